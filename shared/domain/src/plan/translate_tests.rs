use super::super::listings::server;
use super::*;

fn child(listing: &Listing, parent: Option<&str>, component: &[u8]) -> (String, Option<Change>) {
    let parent = parent.map(FolderName::from_unicode);
    let (name, change) = Destination::new(listing).child(parent.as_ref(), component);
    (String::from_utf8(name.raw().to_vec()).unwrap(), change)
}

#[test]
fn a_folder_is_made_below_another() {
    let slash = || server("", "/");
    let dot = || server("INBOX.", ".");
    let mbox = || slash().folder("INBOX", 0).but(|folder| folder.childless = true);
    let by = |octet| Some(Change::Delimiter(Delimiter::new(octet)));
    type Case<'a> = (Listing, Option<&'a str>, &'a [u8], &'a str, Option<Change>);
    let cases: Vec<Case<'_>> = vec![
        (slash(), None, b"a", "a", None),
        (slash(), Some("a"), b"b", "a/b", None),
        (slash(), Some("a"), b"b.c", "a/b.c", None),
        (slash(), Some("a"), b"b/c", "a/b_c", by(b'/')),
        (slash(), Some("INBOX"), b"kid", "INBOX/kid", None),
        (dot(), None, b"a", "INBOX.a", None),
        (dot(), Some("INBOX.a"), b"b", "INBOX.a.b", None),
        (dot(), Some("INBOX.a"), b"Dr. Jones", "INBOX.a.Dr_ Jones", by(b'.')),
        (dot(), Some("INBOX"), b"kid", "INBOX.INBOX.kid", None),
        (dot(), None, b"Some Stuff...", "INBOX.Some Stuff___", by(b'.')),
        (slash(), None, b"a\tb", "a_b", Some(Change::Control)),
        (slash(), None, b"&AAk-", "_", Some(Change::Control)),
        (slash(), None, b"", "_", Some(Change::Empty)),
        (slash(), None, b"Entw&APw-rfe", "Entw&APw-rfe", None),
        (slash(), None, "Entwürfe".as_bytes(), "Entw&APw-rfe", None),
        (slash(), None, b"Entw\xfcrfe", "Entw_rfe", Some(Change::Undecodable)),
        (slash(), None, "ü\u{fffd}".as_bytes(), "&APz,,Q-", None),
        (slash(), None, b"R&D &APw-", "R_D &APw-", Some(Change::Undecodable)),
        (slash(), None, b"&AC8-", "_", by(b'/')),
        (server("", ""), Some("a"), b"b", "a_b", Some(Change::Flat)),
        (server("", ""), None, b"a/b", "a/b", None),
        (mbox(), Some("INBOX"), b"kid", "INBOX_kid", Some(Change::Flat)),
        (mbox().folder("INBOX/other", 0), Some("INBOX"), b"kid", "INBOX/kid", None),
    ];
    for (listing, parent, component, expected, change) in cases {
        assert_eq!(
            child(&listing, parent, component),
            (expected.to_owned(), change),
            "{parent:?} {}",
            component.escape_ascii()
        );
    }
}

#[test]
fn a_destination_without_a_delimiter_in_its_namespace_takes_its_folders() {
    let mut listing = server("", "/").folder("a", 0);
    listing.delimiter = None;
    assert_eq!(child(&listing, Some("a"), b"b").0, "a/b");
}

#[test]
fn a_path_is_what_lies_below_the_prefix() {
    for (prefix, delimiter, name, expected) in [
        ("", "/", "a/b.c", vec!["a", "b.c"]),
        ("", "/", "inbox", vec!["INBOX"]),
        ("", "/", "Inbox/kid", vec!["INBOX", "kid"]),
        ("INBOX.", ".", "INBOX", vec!["INBOX"]),
        ("INBOX.", ".", "INBOX.a.b", vec!["a", "b"]),
        ("INBOX.", ".", "Inbox.a", vec!["a"]),
        ("INBOX.", ".", "INBOX.INBOX.kid", vec!["INBOX", "kid"]),
        ("INBOX.", ".", "elsewhere.a", vec!["elsewhere", "a"]),
        ("", "", "a/b.c", vec!["a/b.c"]),
        ("", "/", "a/", vec!["a"]),
        ("", "/", "a//b", vec!["a", "", "b"]),
        ("Mail/", "/", "Mail/a", vec!["a"]),
        ("Mail/", "/", "Mail", vec!["Mail"]),
    ] {
        let listing = server(prefix, delimiter);
        let path = path(&listing, &FolderName::from_unicode(name), listing.delimiter);
        let path: Vec<String> = path.into_iter().map(|part| String::from_utf8(part).unwrap()).collect();
        assert_eq!(path, expected, "{prefix} {name}");
    }
}

#[test]
fn the_longest_prefix_says_whose_a_folder_is() {
    for (prefix, others, name, expected) in [
        ("", vec!["Other Users/", "Shared Folders/"], "Other Users/ann", true),
        ("", vec!["Other Users/", "Shared Folders/"], "Other Users", true),
        ("", vec!["Other Users/"], "Other Users2", false),
        ("", vec!["Other Users/"], "INBOX", false),
        ("", vec![""], "a", false),
        ("INBOX.", vec!["user.", ""], "INBOX.a", false),
        ("INBOX.", vec!["user.", ""], "INBOX", false),
        ("INBOX.", vec!["user.", ""], "user.ann", true),
        ("INBOX.", vec!["user.", ""], "news", true),
        ("INBOX.", vec!["INBOX.shared."], "INBOX.shared.x", true),
        ("INBOX.", vec!["#shared.", "shared."], "shared.x", true),
        ("INBOX.", vec![], "stray", false),
    ] {
        let listing = server(prefix, ".").others(&others).container(name);
        assert_eq!(foreign(&listing, &listing.folders[0]), expected, "{prefix} {others:?} {name}");
    }
    let own = server("", "/").others(&["Shared/"]).folder("Shared", 1);
    assert!(!foreign(&own, &own.folders[0]), "a folder that can be opened beside the prefix is our own");
}

#[test]
fn a_name_that_a_person_gives_may_lack_the_prefix() {
    let dot = || server("INBOX.", ".").others(&["shared."]).raw("INBOX.Größe".as_bytes(), 0).folder("INBOX.Sent", 0);
    for (listing, name, expected) in [
        (dot(), "Sent", "INBOX.Sent"),
        (dot(), "INBOX.Sent", "INBOX.Sent"),
        (dot(), "INBOX.New.", "INBOX.New"),
        (dot(), "inbox", "INBOX"),
        (dot(), "shared.x", "shared.x"),
        (dot(), "INBOX.Größe", "INBOX.Größe"),
        (server("", "/"), "Größe/x", "Gr&APYA3w-e/x"),
    ] {
        let named = Destination::new(&listing).named(name);
        assert_eq!(String::from_utf8(named.raw().to_vec()).unwrap(), expected, "{name}");
    }
}
