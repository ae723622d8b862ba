//! # Vault
//! What every vault promises.

use posthorse_domain::migration::Side;
use posthorse_domain::ports::{Secret, Vault};

use crate::place::Place;
use crate::record::id;

type Vaults = dyn Place<dyn Vault>;

macro_rules! vault_contract {
    ($place:expr) => {
        sentences! { vault in $place =>
            a_secret_that_was_never_kept_is_none
            a_secret_comes_back_octet_for_octet
            sides_and_migrations_have_secrets_of_their_own
            a_later_secret_replaces_the_earlier
            forgetting_takes_both_sides_and_spares_other_migrations
            forgetting_what_was_never_kept_is_no_error
            a_secret_does_not_print
        }
    };
}

pub async fn a_secret_that_was_never_kept_is_none(place: &Vaults) {
    let vault = place.open().await;
    assert_eq!(vault.secret(&id("m"), Side::Source).await, Ok(None));
}

pub async fn a_secret_comes_back_octet_for_octet(place: &Vaults) {
    let vault = place.open().await;
    for octets in [(0..=u8::MAX).collect(), b"p\xC3\xA4ss\" \\w\xFFrd\n".to_vec(), vec![b'x'; 4_000]] {
        let secret = Secret::new(octets);
        assert_eq!(vault.keep(&id("m"), Side::Source, &secret).await, Ok(()));
        assert_eq!(vault.secret(&id("m"), Side::Source).await, Ok(Some(secret)));
    }
}

pub async fn sides_and_migrations_have_secrets_of_their_own(place: &Vaults) {
    let vault = place.open().await;
    let rows = [("m", Side::Source), ("m", Side::Destination), ("m-2", Side::Source), ("m-2", Side::Destination)];
    for (name, side) in rows {
        assert_eq!(vault.keep(&id(name), side, &secret(&format!("{name} {side}"))).await, Ok(()));
    }
    for (name, side) in rows {
        assert_eq!(vault.secret(&id(name), side).await, Ok(Some(secret(&format!("{name} {side}")))));
    }
}

pub async fn a_later_secret_replaces_the_earlier(place: &Vaults) {
    let vault = place.open().await;
    for word in ["first", "second"] {
        assert_eq!(vault.keep(&id("m"), Side::Destination, &secret(word)).await, Ok(()));
    }
    assert_eq!(vault.secret(&id("m"), Side::Destination).await, Ok(Some(secret("second"))));
}

pub async fn forgetting_takes_both_sides_and_spares_other_migrations(place: &Vaults) {
    let vault = place.open().await;
    for (name, side) in [("m", Side::Source), ("m", Side::Destination), ("m-2", Side::Source)] {
        assert_eq!(vault.keep(&id(name), side, &secret("x")).await, Ok(()));
    }
    assert_eq!(vault.forget(&id("m")).await, Ok(()));
    assert_eq!(vault.secret(&id("m"), Side::Source).await, Ok(None));
    assert_eq!(vault.secret(&id("m"), Side::Destination).await, Ok(None));
    assert_eq!(vault.secret(&id("m-2"), Side::Source).await, Ok(Some(secret("x"))));
}

pub async fn forgetting_what_was_never_kept_is_no_error(place: &Vaults) {
    let vault = place.open().await;
    assert_eq!(vault.forget(&id("m")).await, Ok(()));
}

pub async fn a_secret_does_not_print(place: &Vaults) {
    let vault = place.open().await;
    assert_eq!(vault.keep(&id("m"), Side::Source, &secret("hunter2")).await, Ok(()));
    let printed = format!("{:?}", vault.secret(&id("m"), Side::Source).await);
    assert!(printed.contains("***") && !printed.contains("hunter2"), "{printed}");
}

fn secret(word: &str) -> Secret {
    Secret::new(word)
}
