//! # Matrix
//! A mailbox crosses whole between servers that differ in everything: store, delimiter, prefix, special folders, ways to append.

use posthorse_tests::servers::*;

use crate::support_run::*;
use crate::support_shared::*;

/// Two servers, and where the judge has to look for the special folders of `profile::tiny`.
struct Route {
    source: Site,
    into: Site,
    maps: &'static [(&'static str, &'static str)],
    /// Messages that the destination is known to rewrite.
    rewritten: u64,
}

const APPLE: &[(&str, &str)] = &[("Sent Messages", "Sent"), ("Deleted Messages", "Trash")];
const TO_APPLE: &[(&str, &str)] = &[("Sent", "Sent Messages"), ("Trash", "Deleted Messages")];

fn crosses(route: &Route) {
    let Route { source, into, maps, rewritten } = *route;
    let road = Road::new(source, into, &profile::tiny());
    let judge = maps.iter().fold(road.judge(), |judge, (from, to)| judge.map(from, to));
    let before = judge.snapshot().unwrap();
    let report = road.migrate().run().expect(0).report();
    let verdict = equal(&judge);
    let count = profile::tiny().count();
    assert_eq!((verdict.totals.same, number(&report["totals"], "copied")), (count, count), "{report:#}");
    assert_eq!(verdict.totals.rewritten, rewritten);
    for (from, to) in maps {
        let (delimiter, prefix) = road.source().hierarchy();
        let (_, there) = road.destination().hierarchy();
        let name = format!("{prefix}{}", from.replace('/', &delimiter.to_string()));
        assert_eq!(folder(&report, &name)["destination"], format!("{there}{to}"), "{report:#}");
    }
    let untouched = judge.untouched(&before).unwrap();
    assert!(untouched.equal, "{}", untouched.text);
    road.nothing_is_left(0);
    equal(&judge);
}

#[test]
fn from_dovecot_to_cyrus_with_slashes() {
    crosses(&Route { source: Site::Dotted, into: Site::Cyrus, maps: APPLE, rewritten: 2 });
}

#[test]
fn from_dovecot_to_cyrus_with_dots() {
    crosses(&Route { source: Site::Dotted, into: Site::CyrusDots, maps: APPLE, rewritten: 2 });
}

#[test]
fn from_courier_to_dovecot() {
    crosses(&Route { source: Site::Courier, into: Site::Slashed, maps: APPLE, rewritten: 0 });
}

#[test]
fn from_dovecot_to_courier() {
    crosses(&Route { source: Site::Dotted, into: Site::Courier, maps: &[], rewritten: 3 });
}

#[test]
fn from_cyrus_to_dovecot_mdbox() {
    crosses(&Route { source: Site::Cyrus, into: Site::Mdbox, maps: &[], rewritten: 0 });
}

#[test]
fn from_cyrus_with_dots_to_dovecot_mdbox() {
    crosses(&Route { source: Site::CyrusDots, into: Site::Mdbox, maps: &[], rewritten: 0 });
}

#[test]
fn from_dovecot_mdbox_to_a_dotted_maildir() {
    crosses(&Route { source: Site::Mdbox, into: Site::Dotted, maps: TO_APPLE, rewritten: 0 });
}
