use super::super::listings::server;
use super::*;

fn sent(listing: &Listing) -> Option<(String, Evidence)> {
    let all = candidates(listing, |_| true);
    choose(&all, SpecialUse::Sent, None).map(|taker| (taker.name.unicode(), taker.evidence))
}

#[test]
fn one_folder_stands_for_sent() {
    let slash = || server("", "/");
    type Case = (&'static str, Listing, Option<(&'static str, Evidence)>);
    let cases: Vec<Case> = vec![
        ("none", slash().folder("Work", 9), None),
        ("a name", slash().folder("Sent", 0), Some(("Sent", Evidence::Name))),
        (
            "a name below the prefix",
            server("INBOX.", ".").folder("INBOX.Sent", 0),
            Some(("INBOX.Sent", Evidence::Name)),
        ),
        ("a name deeper down says nothing", slash().folder("Old/Sent", 9), None),
        (
            "an attribute deeper down does",
            slash().container("[Gmail]").used("[Gmail]/Sent Mail", SpecialUse::Sent, 1),
            Some(("[Gmail]/Sent Mail", Evidence::Attribute)),
        ),
        (
            "an attribute goes before much mail",
            slash().folder("Sent", 900).used("Gesendet", SpecialUse::Sent, 0),
            Some(("Gesendet", Evidence::Attribute)),
        ),
        (
            "of two names the one with the most mail",
            slash().folder("Sent", 3).folder("Отправленные", 5000).folder("Sent Items", 7),
            Some(("Отправленные", Evidence::Name)),
        ),
        (
            "of two attributes too",
            slash().used("A", SpecialUse::Sent, 3).used("B", SpecialUse::Sent, 4),
            Some(("B", Evidence::Attribute)),
        ),
        (
            "of equals the first",
            slash().folder("Sent Items", 3).folder("Sent", 3),
            Some(("Sent Items", Evidence::Name)),
        ),
        ("another attribute outweighs the name", slash().used("Sent", SpecialUse::Archive, 3), None),
        ("a container cannot", slash().container("Sent"), None),
        ("INBOX cannot", slash().used("INBOX", SpecialUse::Sent, 3), None),
        ("other people's cannot", slash().others(&["Other/"]).used("Other/Sent", SpecialUse::Sent, 3), None),
        ("a flat name is a top-level name", server("", "").folder("Sent", 1), Some(("Sent", Evidence::Name))),
    ];
    for (case, listing, expected) in cases {
        assert_eq!(sent(&listing), expected.map(|(name, by)| (name.to_owned(), by)), "{case}");
    }
}

#[test]
fn the_wanted_name_goes_before_much_mail_but_not_before_an_attribute() {
    let wanted = FolderName::from_unicode("Sent Items");
    for (listing, expected) in [
        (server("", "/").folder("Sent", 9).folder("Sent Items", 0), "Sent Items"),
        (server("", "/").used("Sent", SpecialUse::Sent, 0).folder("Sent Items", 0), "Sent"),
    ] {
        let all = candidates(&listing, |_| true);
        assert_eq!(choose(&all, SpecialUse::Sent, Some(&wanted)).unwrap().name.unicode(), expected);
    }
}

#[test]
fn views_are_never_matched() {
    let source = server("", "/")
        .used("[Gmail]/All Mail", SpecialUse::All, 9)
        .used("Starred", SpecialUse::Flagged, 9)
        .folders(&["All Mail", "Important", "Starred"]);
    assert_eq!(candidates(&source, |_| true), []);
}

#[test]
fn the_reason_names_the_evidence() {
    for (source, destination, expected) in [
        (Evidence::Attribute, Evidence::Attribute, "special use \\Sent (attribute)"),
        (Evidence::Attribute, Evidence::Name, "special use \\Sent (attribute and name)"),
        (Evidence::Name, Evidence::Attribute, "special use \\Sent (attribute and name)"),
        (Evidence::Name, Evidence::Name, "special use \\Sent (name)"),
    ] {
        assert_eq!(why(SpecialUse::Sent, source, destination), expected);
    }
}
