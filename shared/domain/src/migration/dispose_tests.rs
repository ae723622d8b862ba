use std::time::Duration;

use super::super::{Failure, Moment, Side, State, Trouble};
use super::{Disposal, dispose};

const NOW: Moment = Moment::from_millis(1_800_000_000_000);

fn after(trouble: Trouble, tries: u32) -> Disposal {
    dispose(&Failure::new(Side::Destination, trouble, "its words"), false, tries, true, NOW)
}

#[test]
fn the_wait_grows_with_the_tries_and_the_fifth_stalls() {
    #[rustfmt::skip]
    let cases: &[(Trouble, [u64; 4])] = &[
        // seconds after the first, second, third and fourth try
        (Trouble::Rate(None), [60, 120, 240, 480]),
        (Trouble::Budget, [21_600, 43_200, 86_400, 86_400]),
        (Trouble::Full, [1_800, 3_600, 7_200, 14_400]),
        (Trouble::Auth, [900, 1_800, 3_600, 7_200]),
        (Trouble::Tls, [900, 1_800, 3_600, 7_200]),
        (Trouble::Unreachable, [10, 60, 600, 4_500]),
        (Trouble::Lost, [10, 60, 600, 4_500]),
        (Trouble::Unavailable, [10, 60, 600, 4_500]),
        (Trouble::Nonsense, [10, 60, 600, 4_500]),
        (Trouble::Ours, [10, 60, 600, 4_500]),
        (Trouble::Folder, [10, 60, 600, 4_500]),
        (Trouble::Store, [10, 60, 600, 4_500]),
    ];
    for (trouble, seconds) in cases {
        for (tries, seconds) in (1..).zip(seconds) {
            let disposal = after(*trouble, tries);
            assert_eq!(disposal.state, State::Waiting, "{trouble:?} {tries}");
            assert_eq!(disposal.next_at, Some(NOW.after(Duration::from_secs(*seconds))), "{trouble:?} {tries}");
            assert!(!disposal.stated && !disposal.resets_tries, "{trouble:?}");
        }
        for tries in [5, 6, u32::MAX] {
            let disposal = after(*trouble, tries);
            assert_eq!((disposal.state, disposal.next_at), (State::Stalled, None), "{trouble:?} {tries}");
            assert!(disposal.reason.contains("until it is resumed"), "{}", disposal.reason);
        }
    }
}

#[test]
fn a_stated_wait_is_kept_to_the_millisecond_and_never_stalls() {
    for (tries, stated, kept) in
        [(1, 299_961, 299_961), (5, 299_961, 299_961), (99, 3_000_000, 3_000_000), (1, 0, 1000)]
    {
        let disposal = after(Trouble::Rate(Some(Duration::from_millis(stated))), tries);
        assert_eq!(disposal.state, State::Waiting);
        assert_eq!(disposal.next_at, Some(NOW.after(Duration::from_millis(kept))));
        assert!(disposal.stated && disposal.resets_tries);
    }
}

#[test]
fn progress_begins_the_waits_anew() {
    let failure = Failure::new(Side::Source, Trouble::Lost, "reset");
    let disposal = dispose(&failure, true, 40, true, NOW);
    assert_eq!(disposal.next_at, Some(NOW.after(Duration::from_secs(10))));
    assert_eq!(disposal.state, State::Waiting);
}

#[test]
fn a_login_that_never_worked_fails_and_one_that_did_waits() {
    for trouble in [Trouble::Auth, Trouble::Tls] {
        let failure = Failure::new(Side::Source, trouble, "[AUTHENTICATIONFAILED] No.");
        let never = dispose(&failure, false, 1, false, NOW);
        assert_eq!((never.state, never.next_at), (State::Failed, None), "{trouble:?}");
        let once = dispose(&failure, false, 1, true, NOW);
        assert_eq!(
            (once.state, once.next_at),
            (State::Waiting, Some(NOW.after(Duration::from_secs(900)))),
            "{trouble:?}"
        );
    }
    let away = Failure::new(Side::Source, Trouble::Unreachable, "refused");
    assert_eq!(dispose(&away, false, 1, false, NOW).state, State::Waiting);
}

#[test]
fn a_request_that_cannot_be_met_fails_however_often_it_is_tried() {
    for tries in [1, 9] {
        let disposal = after(Trouble::Usage, tries);
        assert_eq!((disposal.state, disposal.next_at), (State::Failed, None));
    }
}

#[test]
fn what_the_caller_handles_itself_is_due_at_once() {
    for trouble in [Trouble::Conflict, Trouble::Stopped] {
        let disposal = after(trouble, 9);
        assert_eq!((disposal.state, disposal.next_at), (State::Waiting, Some(NOW)));
    }
}

#[test]
fn the_reason_names_the_side_the_words_and_what_to_do() {
    let reason = |side, trouble, cause: &str, tries, proven| {
        dispose(&Failure::new(side, trouble, cause), false, tries, proven, NOW).reason
    };
    assert_eq!(
        reason(Side::Destination, Trouble::Full, "[OVERQUOTA] Quota exceeded.", 1, true),
        "mailbox full at the destination: [OVERQUOTA] Quota exceeded. Make room there or raise its quota. It is tried again by itself."
    );
    assert_eq!(
        reason(Side::Source, Trouble::Auth, "LOGIN failed.", 1, false),
        "the source refused the login: LOGIN failed. Check user name and password, whether IMAP is allowed for this mailbox, \
         and whether the provider wants an application password. Then start it again."
    );
    assert_eq!(
        reason(Side::Source, Trouble::Unreachable, "", 5, true),
        "the source cannot be reached. Check host name, port and network. No progress in 5 tries; nothing more is sent until \
         it is resumed."
    );
    assert_eq!(
        reason(Side::Source, Trouble::Rate(Some(Duration::from_secs(60))), "Request is throttled", 1, true),
        "the source asks to go slower: Request is throttled. It goes on when the time that the server stated is over."
    );
}
