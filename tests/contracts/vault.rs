//! # Vault
//! What every vault promises.

use std::time::Duration;

use posthorse_domain::migration::{Moment, Side};
use posthorse_domain::ports::{Saved, Secret, Vault};

use crate::place::Place;
use crate::record::id;

type Vaults = dyn Place<dyn Vault>;

const AT: Moment = Moment::from_millis(1_800_000_000_000);

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
            the_first_mark_keeps_others_out
            a_secret_without_a_mark_is_not_replaced_by_one_with
            of_many_marks_at_once_one_is_first
            what_nobody_claims_is_found_and_forgotten_by_its_age
            what_is_claimed_is_found_no_more_and_stays
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

pub async fn the_first_mark_keeps_others_out(place: &Vaults) {
    let vault = place.open().await;
    let rows = [
        (Side::Source, "one", &["a"][..], Saved::Yes),
        (Side::Source, "two", &["b"], Saved::Refused),
        (Side::Source, "again", &["a"], Saved::Yes),
        (Side::Source, "rotated", &["c", "a"], Saved::Yes),
        (Side::Source, "late", &["a"], Saved::Refused),
        (Side::Destination, "other side", &["b"], Saved::Yes),
    ];
    for (side, word, marks, saved) in rows {
        let marks: Vec<String> = marks.iter().map(|mark| (*mark).to_owned()).collect();
        assert_eq!(vault.keep_first(&id("m"), side, &secret(word), &marks, AT).await, Ok(saved), "{word}");
    }
    assert_eq!(vault.secret(&id("m"), Side::Source).await, Ok(Some(secret("rotated"))));
    assert_eq!(vault.forget(&id("m")).await, Ok(()));
    assert_eq!(vault.keep_first(&id("m"), Side::Source, &secret("new"), &["b".to_owned()], AT).await, Ok(Saved::Yes));
}

pub async fn a_secret_without_a_mark_is_not_replaced_by_one_with(place: &Vaults) {
    let vault = place.open().await;
    let marks = ["a".to_owned()];
    assert_eq!(vault.keep_first(&id("m"), Side::Source, &secret("first"), &marks, AT).await, Ok(Saved::Yes));
    assert_eq!(vault.keep(&id("m"), Side::Source, &secret("a person's")).await, Ok(()));
    assert_eq!(vault.keep_first(&id("m"), Side::Source, &secret("late"), &marks, AT).await, Ok(Saved::Refused));
    assert_eq!(vault.keep_first(&id("m-2"), Side::Source, &secret("x"), &[], AT).await, Ok(Saved::Yes));
    assert_eq!(vault.keep_first(&id("m-2"), Side::Source, &secret("y"), &[], AT).await, Ok(Saved::Refused));
    assert_eq!(vault.secret(&id("m"), Side::Source).await, Ok(Some(secret("a person's"))));
}

pub async fn of_many_marks_at_once_one_is_first(place: &Vaults) {
    let vault = place.open().await;
    let words: Vec<String> = (0..20).map(|number| format!("word {number}")).collect();
    let m = id("m");
    let tries = words.iter().map(|word| {
        let (vault, m, marks) = (&vault, &m, std::slice::from_ref(word));
        async move { vault.keep_first(m, Side::Source, &secret(word), marks, AT).await }
    });
    let saved = futures::future::join_all(tries).await;
    let first: Vec<&String> =
        words.iter().zip(&saved).filter(|(_, saved)| **saved == Ok(Saved::Yes)).map(|(word, _)| word).collect();
    assert_eq!(first.len(), 1, "{saved:?}");
    assert_eq!(vault.secret(&m, Side::Source).await, Ok(first.first().map(|word| secret(word))));
}

pub async fn what_nobody_claims_is_found_and_forgotten_by_its_age(place: &Vaults) {
    let (vault, m) = (place.open().await, id("m"));
    let (marks, later) = (["a".to_owned()], AT.after(Duration::from_millis(1)));
    for side in [Side::Source, Side::Destination] {
        assert_eq!(vault.keep_first(&m, side, &secret("x"), &marks, AT).await, Ok(Saved::Yes));
    }
    assert_eq!(vault.keep_first(&id("m-2"), Side::Source, &secret("x"), &marks, later).await, Ok(Saved::Yes));
    assert_eq!(vault.keep(&id("m-3"), Side::Source, &secret("x")).await, Ok(()));
    assert_eq!(vault.unclaimed(AT, 10).await, Ok(vec![]));
    assert_eq!(vault.unclaimed(later, 10).await, Ok(vec![m.clone()]));
    let both = vault.unclaimed(later.after(Duration::from_millis(1)), 10).await;
    assert_eq!(both, Ok(vec![m.clone(), id("m-2")]));
    assert_eq!(vault.unclaimed(later.after(Duration::from_millis(1)), 1).await.map(|some| some.len()), Ok(1));
    // Kept again meanwhile: somebody is at it.
    assert_eq!(vault.keep_first(&m, Side::Source, &secret("x"), &marks, later).await, Ok(Saved::Yes));
    assert_eq!(vault.forget_unclaimed(&m, later).await, Ok(()));
    assert_eq!(vault.secret(&m, Side::Source).await, Ok(Some(secret("x"))));
    assert_eq!(vault.secret(&m, Side::Destination).await, Ok(None));
    assert_eq!(vault.forget_unclaimed(&id("m-3"), later).await, Ok(()));
    assert_eq!(vault.secret(&id("m-3"), Side::Source).await, Ok(Some(secret("x"))));
}

pub async fn what_is_claimed_is_found_no_more_and_stays(place: &Vaults) {
    let (vault, m, later) = (place.open().await, id("m"), AT.after(Duration::from_secs(1)));
    assert_eq!(vault.keep_first(&m, Side::Source, &secret("x"), &["a".to_owned()], AT).await, Ok(Saved::Yes));
    assert_eq!(vault.claim(&m).await, Ok(()));
    assert_eq!(vault.unclaimed(later, 10).await, Ok(vec![]));
    assert_eq!(vault.forget_unclaimed(&m, later).await, Ok(()));
    assert_eq!(vault.secret(&m, Side::Source).await, Ok(Some(secret("x"))));
    assert_eq!(vault.secret(&m, Side::Destination).await, Ok(None), "claiming makes nothing");
    assert_eq!(vault.claim(&id("m-9")).await, Ok(()));
}

fn secret(word: &str) -> Secret {
    Secret::new(word)
}
