//! # Lanes
//! One long folder over several connections to real servers: every message arrives, in its order.

use posthorse_tests::servers::*;

use crate::support_run::*;

/// Octets on a connection over which batches were sent, at least.
const BATCHES: u64 = 200_000;
/// Octets a second that each connection carries: slow enough for several to be of use.
const WIDTH: u64 = 2 << 20;

/// `folders` short folders beside a long one.
fn crosses_over_four_connections(kind: Kind, folders: u32) {
    let name = format!("{kind:?}, {folders} short folders");
    let mut mailbox = profile::plain(4_000, 1_500);
    let short = |number| Folder::new(&format!("Short {number}")).with([tiny::letter("short", number)]);
    mailbox.folders.extend((1..=folders).map(short));
    let pair = Pair::start(Dovecot::dotted(), kind, &mailbox);
    // The first message ever makes a directory, and Cyrus 3.6 refuses who comes at the same moment ("System I/O error").
    let mut somebody = pair.destination.client(&pair.destination.user(2)).unwrap();
    somebody.append("INBOX", &tiny::letter("first", 1)).unwrap();
    let proxy = Proxy::start(pair.destination.port(), Rules { width: Some(WIDTH), ..Rules::default() }).unwrap();
    let report = pair.between(Manner::Plain, pair.source.port(), proxy.port()).run().expect(0).report();
    let verdict = pair.judge().compare().unwrap();
    assert!(verdict.equal, "{name}: {}", verdict.text);
    assert_eq!(number(&report["totals"], "copied"), mailbox.count(), "{name}");
    let busy = proxy.up().into_iter().filter(|octets| *octets > BATCHES).count();
    assert!(busy >= 4, "{name}: {:?}", proxy.up());
}

#[test]
fn one_folder_goes_over_four_connections() {
    for kind in [Kind::from(Dovecot::slashed()), Kind::from(Cyrus::default())] {
        crosses_over_four_connections(kind, 0);
    }
}

#[test]
fn a_long_folder_goes_over_the_connections_that_short_ones_have_left() {
    for kind in [Kind::from(Dovecot::slashed()), Kind::from(Cyrus::default())] {
        crosses_over_four_connections(kind, 5);
    }
}
