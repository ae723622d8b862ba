use super::super::listings::server;
use super::*;

#[test]
fn a_map_rule_is_read_or_refused_in_words() {
    let rule = |from: &str, to: &str| Ok(MapRule { from: from.into(), to: to.into() });
    for (text, expected) in [
        ("A=B", rule("A", "B")),
        ("INBOX.Gesendete Objekte=Sent", rule("INBOX.Gesendete Objekte", "Sent")),
        ("Old/*=Archive", rule("Old/*", "Archive")),
        (r"a\=b=c", rule("a=b", "c")),
        (r"a=b\=c", rule("a", "b=c")),
        (r"a\b=c", rule(r"a\b", "c")),
        ("", Err(Unreadable::Empty)),
        ("A", Err(Unreadable::NoEquals)),
        (r"A\=B", Err(Unreadable::NoEquals)),
        ("A=B=C", Err(Unreadable::ManyEquals)),
        ("=B", Err(Unreadable::NoSource)),
        ("A=", Err(Unreadable::NoDestination)),
        ("=", Err(Unreadable::NoSource)),
        ("A*=B*", Err(Unreadable::Wildcard)),
    ] {
        assert_eq!(map_rule(text), expected, "{text}");
    }
}

#[test]
fn all_options_are_read_and_all_problems_told() {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let read = options(&texts(&["A=B"]), &texts(&["C"]), &texts(&[r"d\=e", "f*"])).unwrap();
    assert_eq!(read.map, [MapRule { from: "A".into(), to: "B".into() }]);
    assert_eq!((read.include, read.exclude), (texts(&["C"]), texts(&["d=e", "f*"])));
    assert_eq!(options(&[], &[], &[]), Ok(Options::default()));
    assert_eq!(
        options(&texts(&["A", "A=B", "A="]), &texts(&[""]), &texts(&["x", ""]))
            .unwrap_err()
            .lines()
            .collect::<Vec<_>>(),
        [
            "--map 'A': write SOURCE=DESTINATION, with '\\=' for a literal '='",
            "--map 'A=': the destination folder after '=' is missing",
            "--include '': a folder name is missing",
            "--exclude '': a folder name is missing",
        ]
    );
}

#[test]
fn an_escaped_name_reads_as_itself() {
    let text = format!("{}={}", escaped("a=b"), escaped("c=d"));
    assert_eq!(map_rule(&text), Ok(MapRule { from: "a=b".into(), to: "c=d".into() }));
    assert_eq!(pattern(&escaped("a=b")).as_deref(), Ok("a=b"));
    assert_eq!(pattern("a=b").as_deref(), Ok("a=b"));
    assert_eq!(pattern(""), Err(Unreadable::Empty));
}

#[test]
fn a_star_is_any_run_of_characters() {
    for (pattern, text, matches) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("*", "", true),
        ("*", "ü/x", true),
        ("a*", "a", true),
        ("a*c", "abc", true),
        ("a*c", "abcd", false),
        ("*b*", "abc", true),
        ("a*b*c", "axbxc", true),
        ("a*bc*c", "abc", false),
        ("ab*ba", "aba", false),
        ("**x", "yx", true),
        ("*ü", "Menü", true),
    ] {
        assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
    }
}

fn excluded(source: &Listing, pattern: &str) -> Vec<String> {
    let options = Options { exclude: vec![pattern.into()], ..Options::default() };
    let selection = select(source, &options, &[]);
    let folders = source.folders.iter().zip(selection.choices);
    folders.filter(|(_, choice)| choice.left_out.is_some()).map(|(folder, _)| folder.name.unicode()).collect()
}

#[test]
fn a_pattern_names_a_folder_and_its_children() {
    let slash =
        || server("", "/").folders(&["INBOX", "inbox/kid", "Archive", "Archive/2020", "Archives", "a.b", "Größe"]);
    let dot =
        || server("INBOX.", ".").folders(&["INBOX", "INBOX.Sent", "INBOX.Sent.Old", "INBOX.INBOX.kid", "INBOX.a/b"]);
    let twice = || server("x.", ".").folders(&["INBOX", "x.x", "x.x.x", "x.y"]);
    let flat = || server("", "").folders(&["INBOX", "Archive/2020", "Archive"]);
    let cases: Vec<(Listing, &str, Vec<&str>)> = vec![
        (slash(), "Archive", vec!["Archive", "Archive/2020"]),
        (slash(), "Archive/2020", vec!["Archive/2020"]),
        (slash(), "Archive*", vec!["Archive", "Archive/2020", "Archives"]),
        (slash(), "Archive/*", vec!["Archive/2020"]),
        (slash(), "a", vec![]),
        (slash(), "archive", vec![]),
        (slash(), "Inbox", vec!["INBOX", "inbox/kid"]),
        (slash(), "INBOX/kid", vec!["inbox/kid"]),
        // The same letters, composed otherwise.
        (slash(), "Gro\u{308}ße", vec!["Größe"]),
        (dot(), "INBOX.Sent", vec!["INBOX.Sent", "INBOX.Sent.Old"]),
        (dot(), "Sent", vec!["INBOX.Sent", "INBOX.Sent.Old"]),
        (dot(), "Sent.Old", vec!["INBOX.Sent.Old"]),
        // With this prefix other folders are not children of INBOX.
        (dot(), "INBOX", vec!["INBOX"]),
        (dot(), "inbox.sent", vec![]),
        (dot(), "inbox.Sent.Old", vec!["INBOX.Sent.Old"]),
        (dot(), "INBOX.a", vec![]),
        (dot(), "INBOX.*", vec!["INBOX.Sent", "INBOX.Sent.Old", "INBOX.INBOX.kid", "INBOX.a/b"]),
        // As a whole name it is one folder; so it is not read as a name without the prefix.
        (twice(), "x.x", vec!["x.x", "x.x.x"]),
        (twice(), "y", vec!["x.y"]),
        (flat(), "Archive", vec!["Archive"]),
        (flat(), "Archive/2020", vec!["Archive/2020"]),
    ];
    for (source, pattern, expected) in cases {
        assert_eq!(excluded(&source, pattern), expected, "{pattern}");
    }
}

#[test]
fn an_undecodable_name_is_named_as_it_is_printed() {
    let source = server("", "/").raw(b"Entw\xfcrfe", 0).raw(b"Entw\xfcrfe/kid", 0);
    assert_eq!(excluded(&source, "Entw\\xFCrfe"), ["Entw\\xFCrfe", "Entw\\xFCrfe/kid"]);
}

#[test]
fn exclude_goes_before_include_and_no_include_means_all() {
    let source = server("", "/").folders(&["INBOX", "A", "A/b", "C"]);
    for (exclude, include, expected) in [
        (vec![], vec![], [None, None, None, None]),
        (
            vec!["A/b"],
            vec!["A"],
            [Some(LeftOut::NotIncluded), None, Some(LeftOut::Excluded), Some(LeftOut::NotIncluded)],
        ),
        (vec!["*"], vec!["A"], [Some(LeftOut::Excluded); 4]),
        (vec![], vec!["A", "INBOX"], [None, None, None, Some(LeftOut::NotIncluded)]),
    ] {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let options = Options { exclude: names(&exclude), include: names(&include), ..Options::default() };
        let selection = select(&source, &options, &[]);
        let left_out: Vec<_> = selection.choices.iter().map(|choice| choice.left_out).collect();
        assert_eq!(left_out, expected, "{exclude:?} {include:?}");
        assert_eq!(selection.unmatched, []);
    }
}

#[test]
fn the_first_rule_and_the_topmost_folder_decide_a_mapping() {
    let source = server("", "/").folders(&["Archive", "Archive/2020", "Archive/2020/May", "B"]);
    let options =
        Options { map: vec![map_rule("Arch*=Old").unwrap(), map_rule("*=Rest").unwrap()], ..Options::default() };
    let mapped: Vec<_> =
        select(&source, &options, &[]).choices.into_iter().map(|choice| choice.mapped.unwrap()).collect();
    let expect = |to: &str, below: &[&str]| Mapped {
        to: to.into(),
        below: below.iter().map(|part| part.as_bytes().to_vec()).collect(),
    };
    assert_eq!(
        mapped,
        [expect("Old", &[]), expect("Old", &["2020"]), expect("Old", &["2020", "May"]), expect("Rest", &[])]
    );
}

#[test]
fn a_pattern_that_names_nothing_is_told_unless_its_folder_was_there_once() {
    let source = server("", "/").folders(&["A", "Other/x"]).others(&["Other/"]);
    let gone = FolderName::from_unicode("Gone");
    let known = Folder::planned(1, gone.clone(), gone, crate::migration::folder::Role::Carry, String::new());
    let options = Options {
        map: vec![map_rule("Nowhere=B").unwrap(), map_rule("Other=B").unwrap()],
        exclude: vec!["Gone".into(), "Nobody".into(), "Other".into()],
        include: vec!["A".into(), "Nothing*".into()],
        ..Options::default()
    };
    let told: Vec<_> =
        select(&source, &options, &[known]).unmatched.into_iter().map(|u| (u.option, u.pattern)).collect();
    let expected = [("--map", "Nowhere"), ("--map", "Other"), ("--exclude", "Nobody"), ("--include", "Nothing*")];
    assert_eq!(told, expected.map(|(option, pattern)| (option, pattern.to_owned())));
}
