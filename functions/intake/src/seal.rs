//! # Seal
//! MACs that intake makes itself, each under a key of its own drawn from the webhook's secret: the mark that tells one body
//! from another, and the part of a status address that nobody can guess. None of them is a signature that a request could carry.

use posthorse_domain::intake::asked::Marks;
use posthorse_domain::migration::MigrationId;
use ring::hmac;

use crate::signature::Key;

/// Octets of a MAC that are kept and sent: 128 bits.
const KEPT: usize = 16;
/// Octets that name a secret without telling anything of it.
const NAME: usize = 4;

/// Tells this body from any other, under each active secret.
pub fn marks(keys: &[Key], body: &[u8]) -> Marks {
    let mark = |key: &Key| format!("{}.{}", hex(tag(key, "name", b""), NAME), hex(tag(key, "body", body), KEPT));
    Marks(keys.iter().map(mark).collect())
}

/// The last part of a status address: the id and its MAC under the current secret.
pub fn ticket(keys: &[Key], id: &MigrationId) -> String {
    let mac = keys.first().map(|key| hex(tag(key, "status", id.0.as_bytes()), KEPT)).unwrap_or_default();
    format!("{}.{mac}", id.0)
}

/// The id of a ticket, if one of the active secrets has made it.
pub fn admitted(keys: &[Key], ticket: &str) -> Option<MigrationId> {
    let (id, mac) = ticket.split_once('.')?;
    let mac = unhex(mac)?;
    // Compared in constant time: both sides are MACs again, of what is compared.
    let ours = |key: &Key| {
        let wanted = tag(key, "status", id.as_bytes());
        let blind = derived(key, "compare");
        let given = hmac::sign(&blind, &mac);
        hmac::verify(&blind, wanted.as_ref().get(..KEPT).unwrap_or_default(), given.as_ref()).is_ok()
    };
    keys.iter().any(ours).then(|| MigrationId(id.to_owned()))
}

fn derived(key: &Key, purpose: &str) -> hmac::Key {
    let drawn = hmac::sign(key.hmac(), format!("posthorse {purpose} 1").as_bytes());
    hmac::Key::new(hmac::HMAC_SHA256, drawn.as_ref())
}

fn tag(key: &Key, purpose: &str, what: &[u8]) -> hmac::Tag {
    hmac::sign(&derived(key, purpose), what)
}

fn hex(tag: hmac::Tag, octets: usize) -> String {
    tag.as_ref().iter().take(octets).map(|octet| format!("{octet:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let lower = text.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'));
    if !lower || text.len() != 2 * KEPT {
        return None;
    }
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const TWO: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn keys(secrets: &[&str]) -> Vec<Key> {
        secrets.iter().map(|secret| Key::read(secret).unwrap()).collect()
    }

    fn id() -> MigrationId {
        MigrationId("9c1185a5c5e9fc54612808977ee8f548".into())
    }

    #[test]
    fn a_ticket_is_admitted_for_as_long_as_its_secret_is_active() {
        let ticket = ticket(&keys(&[ONE]), &id());
        assert_eq!(ticket.len(), 32 + 1 + 32);
        assert_eq!(admitted(&keys(&[ONE]), &ticket), Some(id()));
        assert_eq!(admitted(&keys(&[TWO, ONE]), &ticket), Some(id()), "rotated once");
        assert_eq!(admitted(&keys(&[TWO]), &ticket), None, "rotated twice");
        assert_eq!(admitted(&[], &ticket), None);
    }

    #[test]
    fn nothing_else_is_admitted() {
        let keys = keys(&[ONE]);
        let good = ticket(&keys, &id());
        let (name, mac) = good.split_once('.').unwrap();
        let mut flipped = mac.to_owned().into_bytes();
        flipped[31] = if flipped[31] == b'0' { b'1' } else { b'0' };
        let flipped = String::from_utf8(flipped).unwrap();
        let other = ticket(&keys, &MigrationId("other".into()));
        let bad = [
            String::new(),
            ".".into(),
            name.into(),
            format!("{name}."),
            format!(".{mac}"),
            format!("{name}.{flipped}"),
            format!("{name}.{}", &mac[..30]),
            format!("{name}.{mac}00"),
            format!("{name}.{}", mac.to_uppercase()),
            format!("{name}x.{mac}"),
            format!("{}.{mac}", &name[..31]),
            format!("{name}.{}", other.split_once('.').unwrap().1),
            format!("{name}/{mac}"),
            format!("{name}.{mac}.{mac}"),
            format!("{name}.{}", "é".repeat(16)),
        ];
        for ticket in bad {
            assert_ne!(ticket, good);
            assert_eq!(admitted(&keys, &ticket), None, "{ticket}");
        }
    }

    #[test]
    fn marks_tell_bodies_apart_and_name_their_secret() {
        let both = marks(&keys(&[ONE, TWO]), b"{}");
        assert_eq!(both, marks(&keys(&[ONE, TWO]), b"{}"));
        let other = marks(&keys(&[ONE, TWO]), b"{ }");
        let part = |mark: &str, at: usize| mark.split('.').nth(at).unwrap().to_owned();
        for (mine, theirs) in both.0.iter().zip(&other.0) {
            assert_eq!(part(mine, 0), part(theirs, 0));
            assert_ne!(part(mine, 1), part(theirs, 1));
        }
        assert_ne!(part(&both.0[0], 0), part(&both.0[1], 0));
        // A mark of an empty body says nothing of the ticket of an empty id, and neither is a webhook's signature.
        let empty = marks(&keys(&[ONE]), b"");
        assert_ne!(part(&empty.0[0], 1), ticket(&keys(&[ONE]), &MigrationId(String::new())).replace('.', ""));
    }
}
