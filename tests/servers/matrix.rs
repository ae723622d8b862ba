//! # Matrix
//! A mailbox crosses whole between servers that differ in everything: store, delimiter, prefix, special folders, ways to
//! append. Also when it is killed on the way, when mail is there already, and when folders are numbered anew.

use posthorse_tests::servers::client::quote;
use posthorse_tests::servers::deliver::FOREIGN;
use posthorse_tests::servers::judge::Tolerance;
use posthorse_tests::servers::*;

use crate::support_run::*;
use crate::support_shared::*;

/// Two servers.
struct Route {
    source: Site,
    into: Site,
    /// Messages of `profile::tiny` that the destination is known to rewrite.
    rewritten: u64,
}

macro_rules! routes {
    ($($name:ident: $source:ident => $into:ident, $rewritten:literal;)*) => {$(
        mod $name {
            use super::*;

            const ROUTE: Route =
                Route { source: Site::$source, into: Site::$into, rewritten: $rewritten };

            #[test]
            fn a_mailbox_crosses_whole_and_once() {
                crosses(&ROUTE);
            }

            #[test]
            fn kills_on_the_way_lose_and_double_nothing() {
                survives_kills(&ROUTE);
            }

            #[test]
            fn folders_numbered_anew_on_either_side_are_not_copied_again() {
                is_renumbered(&ROUTE);
            }
        }
    )*};
}

routes! {
    from_dovecot_to_cyrus: Dotted => Cyrus, 2;
    from_dovecot_to_cyrus_with_dots: Slashed => CyrusDots, 2;
    from_courier_to_dovecot: Courier => Slashed, 0;
    from_dovecot_to_courier: Dotted => Courier, 3;
    from_cyrus_to_dovecot_mdbox: Cyrus => Mdbox, 0;
    from_cyrus_with_dots_to_courier: CyrusDots => Courier, 3;
    from_dovecot_mdbox_to_a_dotted_maildir: Mdbox => Dotted, 0;
}

fn crosses(route: &Route) {
    let road = Road::new(route.source, route.into, &profile::tiny());
    let judge = road.judge();
    let before = judge.snapshot().unwrap();
    let report = road.migrate().run().expect(0).report();
    let verdict = equal(&judge);
    let count = profile::tiny().count();
    assert_eq!((verdict.totals.same, number(&report["totals"], "copied")), (count, count), "{report:#}");
    assert_eq!(verdict.totals.rewritten, route.rewritten);
    let untouched = judge.untouched(&before).unwrap();
    assert!(untouched.equal, "{}", untouched.text);
    road.nothing_is_left(0);
}

/// Other folders, large enough to die in, one of them in a message that is not held.
fn with_many() -> Mailbox {
    let mut mailbox = profile::tiny();
    mailbox.folders.push(Folder { path: vec!["Large".into()], ..profile::plain(2, 3_000_000).folders.remove(0) });
    mailbox.folders.push(Folder { path: vec!["Many".into()], ..profile::plain(150, 8_000).folders.remove(0) });
    mailbox
}

fn survives_kills(route: &Route) {
    let road = Road::new(route.source, route.into, &with_many());
    let far = Rules { rtt: std::time::Duration::from_millis(4), ..Rules::default() };
    let proxy = Proxy::start(road.destination().port(), far).unwrap();
    let call = road.between(road.source().port(), proxy.port());
    let mut running = call.start();
    running.until(|_| proxy.counts().up >= 500_000);
    assert!(running.kill(), "{}", running.said());
    let report = call.run().expect(0).report();
    let verdict = equal(&road.judge());
    let count = with_many().count();
    assert_eq!((verdict.totals.same, number(&report["totals"], "copied")), (count, count), "{report:#}");
    let before = road.status();
    assert_eq!(number(&call.run().expect(0).report()["this_pass"], "source"), 0);
    assert_eq!(road.status(), before);
}

#[test]
fn what_comes_over_a_slow_link_is_compressed() {
    let mut mailbox = profile::tiny();
    mailbox.folders.push(Folder { path: vec!["Many".into()], ..profile::plain(400, 8_000).folders.remove(0) });
    let road = Road::new(Site::Cyrus, Site::Slashed, &mailbox);
    let narrow = Rules { width: Some(600_000), ..Rules::default() };
    let proxy = Proxy::start(road.source().port(), narrow).unwrap();
    let report = road.between(proxy.port(), road.destination().port()).run().expect(0).report();
    let verdict = equal(&road.judge());
    let count = mailbox.count();
    assert_eq!((verdict.totals.same, number(&report["totals"], "copied")), (count, count), "{report:#}");
    // A third of the 3.2 MB was needed to find out how slow the link is.
    let came = proxy.counts().down;
    assert!(came < 2_800_000, "{came}");
}

fn is_renumbered(route: &Route) {
    let road = Road::new(route.source, route.into, &profile::tiny());
    road.migrate().run().expect(0);
    // Only Maildir servers can have their inbox changed; elsewhere its UIDs go on.
    let folders: &[&str] = &["Archive/2012/Été & hiver", "Familie, Freunde"];
    for (number_of_new, side) in (80..).zip([road.source(), road.destination()]) {
        let login = if std::ptr::eq(side, road.source()) { &road.from } else { &road.to };
        for folder in folders {
            side.change_uidvalidity(login, folder).unwrap();
        }
        let (delimiter, prefix) = road.source().hierarchy();
        let into = name::wire(&Folder::new(folders[0]).path, &prefix, delimiter);
        let new = tiny::letter("meanwhile", number_of_new);
        road.source().client(&road.from).unwrap().append(&into, &new).unwrap();
        let report = road.migrate().run().expect(0).report();
        assert_eq!(number(&report["this_pass"], "copied"), 1, "{report:#}");
        assert_eq!(number(&report["totals"], "foreign"), 0, "{report:#}");
        assert!(report["warnings"].to_string().contains("uidvalidity-changed"), "{report:#}");
        equal(&road.judge());
    }
    road.nothing_is_left(0);
}

/// What an interrupted run of another program has left, and mail of somebody else.
fn half_there(road: &Road) -> u64 {
    let (delimiter, prefix) = road.destination().hierarchy();
    let mut client = road.destination().client(&road.to).unwrap();
    let mut adopted = 0;
    for (path, taken) in [("INBOX", &[0, 2, 4, 9, 12, 14, 24][..]), ("Entwürfe alt", &[0]), ("Not subscribed", &[])] {
        let folder = profile::tiny().folder_mut(path).unwrap().clone();
        let wire = name::wire(&folder.path, &prefix, delimiter);
        if !folder.is_inbox() {
            client.command(&format!("CREATE {}", quote(&wire))).unwrap();
        }
        for number in taken {
            client.append(&wire, &folder.listed[*number]).unwrap();
            adopted += 1;
        }
        let mut foreign = tiny::letter("was here before", 99);
        foreign.octets.splice(..0, format!("{FOREIGN}: yes\r\n").into_bytes());
        client.append(&wire, &foreign).unwrap();
    }
    adopted
}

#[test]
fn mail_that_is_there_already_is_adopted_and_the_second_of_two_twins_is_still_copied() {
    for into in [Site::Slashed, Site::Mdbox, Site::Cyrus, Site::Courier] {
        let road = Road::new(Site::Dotted, into, &profile::tiny());
        let adopted = half_there(&road);
        let report = road.migrate().run().expect(0).report();
        let totals = &report["totals"];
        let count = profile::tiny().count();
        assert_eq!(
            (number(totals, "adopted"), number(totals, "copied")),
            (adopted, count - adopted),
            "{into:?} {report:#}"
        );
        assert_eq!(number(totals, "foreign"), 3, "{into:?} {report:#}");
        let judge = road.judge().tolerate(Tolerance::Order).foreign(FOREIGN);
        let verdict = equal(&judge);
        assert_eq!((verdict.totals.same, verdict.totals.foreign), (count, 3), "{into:?}");
        road.nothing_is_left(0);
    }
}
