//! # Crossing
//! A mailbox moves between two real Dovecots by the real binary, and a judge that shares no code with it finds both equal.

use std::fs;

use posthorse_tests::servers::judge::Totals;
use posthorse_tests::servers::*;
use serde_json::Value;

use crate::support_run::*;

#[test]
fn a_mailbox_crosses_whole_whichever_way_the_servers_are_spoken_to() {
    for manner in [Manner::Tls, Manner::Starttls, Manner::Plain] {
        let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::tiny());
        let judge = pair.judge();
        let before = judge.snapshot().unwrap();
        let report = pair.migrate(manner).run().expect(0).report();
        let verdict = judge.compare().unwrap();
        assert!(verdict.equal, "{manner:?}: {}", verdict.text);
        let untouched = judge.untouched(&before).unwrap();
        assert!(untouched.equal, "{manner:?}: {}", untouched.text);
        let count = profile::tiny().count();
        assert_eq!((verdict.totals.same, number(&report["totals"], "copied")), (count, count), "{manner:?}");
        assert_eq!((&report["state"], &report["pass"]["kind"]), (&"verified".into(), &"initial".into()));
        assert_eq!(folder(&report, "INBOX.Sent Messages")["destination"], "Sent");
        assert_eq!(folder(&report, "INBOX.Deleted Messages")["destination"], "Trash");
        no_secret_in(&pair.state(), [&pair.from, &pair.to]);
    }
}
