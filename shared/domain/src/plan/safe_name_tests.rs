use proptest::prelude::*;

use super::*;

fn tried(name: &str, prefix: &str, delimiter: &str, taken: &[&str]) -> Vec<String> {
    let taken = taken.iter().map(|name| FolderName::from_unicode(name)).collect();
    let delimiter = delimiter.bytes().next().map(Delimiter::new);
    let names = candidates(&FolderName::from_unicode(name), prefix.as_bytes(), delimiter, &taken);
    names.map(|name| name.unicode()).collect()
}

#[test]
fn the_next_names_lose_what_is_refused() {
    for (name, prefix, delimiter, expected) in [
        ("50%*", "", "/", vec!["50__", "50___1"]),
        ("say \"a\\b\"", "", "/", vec!["say _a_b_", "say _a_b__1"]),
        ("(a){b}", "", "/", vec!["_a__b_", "_a__b__1"]),
        ("~home/~x", "", "/", vec!["_home/_x", "_home/_x_1"]),
        ("a~b", "", "/", vec!["a~b_1"]),
        (" lead/trail ", "", "/", vec!["_lead/trail_", "_lead/trail__1"]),
        ("a  b", "", "/", vec!["a _b", "a _b_1"]),
        ("a/b", "INBOX.", ".", vec!["a_b", "a_b_1"]),
        ("INBOX.a/b", "INBOX.", ".", vec!["INBOX.a_b", "INBOX.a_b_1"]),
        ("#mh/a*", "#mh/", "/", vec!["#mh/a_", "#mh/a__1"]),
        ("Dr. Jones", "", "/", vec!["Dr_ Jones", "Dr_ Jones_1"]),
        ("a!; b. c^`", "", "/", vec!["a__ b. c__", "a__ b_ c__"]),
        ("Fun 😀", "", "/", vec!["Fun _", "Fun __1"]),
        ("R&D*", "", "/", vec!["R&D_", "R_D_", "R_D__1"]),
        ("Files", "", "/", vec!["Files_1", "Files_2"]),
        ("Größe", "", "/", vec!["Größe_1"]),
        ("INBOX/kid", "", "/", vec!["INBOX_/kid", "INBOX_/kid_1"]),
        ("INBOX.INBOX.kid", "INBOX.", ".", vec!["INBOX.INBOX_.kid", "INBOX.INBOX_.kid_1"]),
        ("INBOX.kid", "INBOX.", ".", vec!["INBOX.kid_1"]),
        ("a/b", "", "", vec!["a_b", "a_b_1"]),
    ] {
        let tried = tried(name, prefix, delimiter, &[]);
        assert_eq!(tried[..expected.len()], expected, "{name}");
    }
}

#[test]
fn a_long_name_is_cut_from_its_end() {
    let long = "x".repeat(300);
    let tried_first = |name: &str| tried(name, "", "/", &[]).remove(0);
    assert_eq!(tried_first(&long), "x".repeat(200));
    assert_eq!(tried_first(&format!("{long}/kid")), format!("{}/kid", "x".repeat(200)));
    let many = format!("{}/{}/{}", "a".repeat(100), "b".repeat(100), "c".repeat(100));
    assert_eq!(tried_first(&many), format!("{}/{}/{}", "a".repeat(100), "b".repeat(100), "c".repeat(38)));
    let wide = tried("п".repeat(150).as_str(), "", "/", &[]);
    // The last one is the name as it is, below INBOX.
    let (below, short) = wide.split_last().unwrap();
    assert!(below.starts_with("INBOX/"), "{below}");
    assert!(short.iter().all(|name| FolderName::from_unicode(name).raw().len() <= 200 + 2), "{wide:?}");
    assert!(wide[0].chars().count() > 60, "{wide:?}");
}

#[test]
fn names_in_use_are_left_out_in_any_case() {
    assert_eq!(tried("a*", "", "/", &["A_", "a__1", "a__3"])[..2], ["a__2", "a__4"]);
    assert_eq!(tried("Files", "", "/", &[]).len(), 10, "nine numbers, and one below INBOX");
}

#[test]
fn a_child_follows_the_folder_above_it() {
    let name = FolderName::from_unicode;
    for (folder, asked, made, expected) in [
        ("a*/b", "a*", "a_", Some("a_/b")),
        ("a*", "a*", "a_", None),
        ("a*b/c", "a*", "a_", None),
        ("x/y", "a", "b", None),
    ] {
        let followed = follow(&name(folder), &name(asked), &name(made), Some(Delimiter::new(b'/')));
        assert_eq!(followed, expected.map(name), "{folder}");
    }
    assert_eq!(follow(&name("ab"), &name("a"), &name("c"), None), None);
}

proptest! {
    #[test]
    fn candidates_are_few_new_and_short_enough(name in "[a-zA-Zäя. /*&~(🐎]{0,400}") {
        let name = FolderName::from_unicode(&name);
        let all: Vec<_> = candidates(&name, b"", Some(Delimiter::new(b'/')), &BTreeSet::new()).collect();
        let distinct: BTreeSet<_> = all.iter().collect();
        prop_assert!(all.len() <= 14 && !all.is_empty());
        prop_assert_eq!(distinct.len(), all.len());
        prop_assert!(!all.contains(&name));
        prop_assert!(all.iter().all(|name| name.decoded().is_some()));
    }
}

#[test]
fn the_last_name_to_try_lies_below_inbox_where_nothing_else_was_told() {
    let taken = BTreeSet::new();
    let last = |name: &str, prefix: &[u8], delimiter| {
        candidates(&FolderName::from_raw(name), prefix, delimiter, &taken).last().map(|name| name.unicode())
    };
    let dot = Some(Delimiter::new(b'.'));
    assert_eq!(last("Work.Old", b"", dot).as_deref(), Some("INBOX.Work.Old"));
    assert_eq!(last("INBOX.Work", b"INBOX.", dot).as_deref(), Some("INBOX.Work_9"));
    assert_eq!(last("INBOX.Work", b"", dot).as_deref(), Some("INBOX_.Work_9"));
    assert_eq!(last("Work", b"", None).as_deref(), Some("Work_9"));
}
