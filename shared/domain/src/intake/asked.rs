//! # Asked
//! Whether what comes again under an id is the request that had it first. The request's body holds passwords, so nothing of
//! it is kept but a mark: a MAC under the webhook's secret, which nobody can try passwords against. Pure.

use super::begin::same_mailboxes;
use crate::migration::{Migration, Request};

/// Marks of a request, one per active secret, that of the current one first. A mark is `<name of the secret>.<MAC>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks(pub Vec<String>);

impl Marks {
    /// The one that is kept.
    pub fn current(&self) -> String {
        self.0.first().cloned().unwrap_or_default()
    }
}

/// True when `found` was begun by this very request. Once the secret that marked it has been rotated away twice, the marks
/// cannot be compared any more, and the same two mailboxes have to do.
pub fn same(found: &Migration, request: &Request, marks: &Marks) -> bool {
    if marks.0.contains(&found.asked) {
        return true;
    }
    let name = |mark: &str| mark.split_once('.').map(|(name, _)| name.to_owned());
    let comparable = name(&found.asked).is_some_and(|of| marks.0.iter().any(|mark| name(mark).as_ref() == Some(&of)));
    !comparable && same_mailboxes(found, request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::{MigrationId, Moment, Options, Security, ServerSide};

    fn request(user: &str) -> Request {
        let side = |host: &str| ServerSide {
            host: host.into(),
            port: 993,
            security: Security::Tls,
            user: user.into(),
            tls: None,
        };
        Request { source: side("a"), destination: side("b"), options: Options::default() }
    }

    #[test]
    fn a_request_is_the_same_when_a_secret_says_so() {
        let rows: [(&str, &[&str], &str, bool); 8] = [
            ("k1.aa", &["k1.aa"], "anna", true),
            ("k1.aa", &["k1.bb"], "anna", false),
            // Rotated once: the previous secret still tells.
            ("k1.aa", &["k2.cc", "k1.aa"], "anna", true),
            ("k1.aa", &["k2.cc", "k1.bb"], "anna", false),
            // Rotated twice: nobody can tell, and the mailboxes do.
            ("k1.aa", &["k3.dd", "k2.cc"], "anna", true),
            ("k1.aa", &["k3.dd", "k2.cc"], "berta", false),
            ("", &["k1.aa"], "anna", true),
            ("", &["k1.aa"], "berta", false),
        ];
        for (kept, marks, user, expected) in rows {
            let mut found = Migration::accepted(MigrationId("m".into()), request("anna"), Moment::from_millis(0));
            found.asked = kept.into();
            let marks = Marks(marks.iter().map(|mark| (*mark).to_owned()).collect());
            assert_eq!(same(&found, &request(user), &marks), expected, "{kept} {marks:?} {user}");
        }
    }
}
