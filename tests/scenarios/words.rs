//! # Words
//! A person's word in the middle of things: nothing is lost or doubled by it, and said twice it is done once.

use std::time::Duration;

use posthorse_domain::intake::obey::{Doors, Told, credentials, obey};
use posthorse_domain::intake::verb::Verb;
use posthorse_domain::migration::{PassKind, Side, State};
use posthorse_domain::ports::{Ledger, Queue, Secret, Vault};
use posthorse_domain::review::quarantine;
use posthorse_embedded::{MemoryVault, StopFlag};
use posthorse_tests::world::server::Profile;
use posthorse_tests::world::{Effects, Lenient, Outcome, World, WorldClock};

use crate::fill::{filled, told};

/// Says a word, as another process than the one that runs the steps.
async fn say(world: &World, vault: &MemoryVault, verb: Verb) -> Told {
    let effects = Effects::default();
    let (ledger, queue) = (world.ledger.through(effects.clone()), world.queue.through(effects));
    let clock = WorldClock::new(world.born(), Duration::from_secs(60), StopFlag::new());
    obey(&Doors { ledger: &ledger, queue: &queue, vault, clock: &clock }, &world.id(), verb).await.unwrap()
}

async fn state(world: &World) -> State {
    world.ledger.migration(&world.id()).await.unwrap().unwrap().state
}

#[tokio::test(start_paused = true)]
async fn a_pass_paused_at_any_moment_goes_on_and_nothing_is_lost_or_doubled() {
    let whole = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    whole.run().await;
    let effects = whole.effects.count();
    let mut paused = 0;
    for at in (1..effects).step_by(9) {
        let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
        let vault = MemoryVault::default();
        let pause = async {
            while world.effects.count() < at {
                tokio::task::yield_now().await;
            }
            if world.ledger.migration(&world.id()).await.unwrap().is_some() {
                say(&world, &vault, Verb::Pause).await
            } else {
                Told::Unknown("migration")
            }
        };
        let (outcome, word) = tokio::join!(world.run(), pause);
        let Told::Done(record) = word else { continue };
        assert_eq!(record.state, State::Paused);
        assert_eq!(state(&world).await, State::Paused, "{at}: {:?}", outcome.failure);
        assert!(matches!(say(&world, &vault, Verb::Pause).await, Told::Already(_)), "{at}");
        paused += 1;
        let done = world.run_to_the_end().await;
        assert_eq!(done.state(), "verified", "{at}\n{}", told(&world, &done));
        assert_eq!(world.judge(&done).await, Vec::<String>::new(), "{at}");
    }
    assert!(paused >= 10, "{paused} of {effects} effects");
}

#[tokio::test(start_paused = true)]
async fn a_folder_is_looked_at_anew_once_however_often_it_is_asked() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    assert_eq!(world.run().await.state(), "verified");
    world.run().await;
    let vault = MemoryVault::default();
    let number = world.folders().await.iter().find(|folder| folder.standing.is_some()).unwrap().number;
    assert!(matches!(say(&world, &vault, Verb::Rerun(number)).await, Told::Done(_)));
    assert!(matches!(say(&world, &vault, Verb::Rerun(number)).await, Told::Already(_)));
    assert_eq!(say(&world, &vault, Verb::Rerun(9_999)).await, Told::Unknown("folder"));
    let done = world.run_to_the_end().await;
    assert_eq!((done.state(), done.appended), ("verified", 0), "{}", told(&world, &done));
    let record = done.record.unwrap();
    assert_eq!((record.pass.number, record.pass.kind), (3, PassKind::Delta));
    let folder = world.folders().await.into_iter().find(|folder| folder.number == number).unwrap();
    assert!(folder.pass == 3 && folder.standing.is_some(), "it was counted in full: {folder:?}");
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_is_looked_at_anew_has_its_quarantined_messages_tried_once_more() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    for subject in ["inbox-3", "inbox-7"] {
        world.destination.refuses_message(&format!("Subject: {subject}\r"), "NO [CANNOT] not this one");
    }
    let first = world.run().await;
    let parked = |outcome: &Outcome| {
        let report = outcome.report.as_ref().unwrap();
        report.quarantined.iter().map(|parked| parked.uid).collect::<Vec<_>>()
    };
    assert_eq!((first.state(), parked(&first)), ("exceptions", vec![3, 7]));
    // A delta leaves them where they are: nobody has said that the destination has changed its mind.
    let delta = world.run().await;
    assert_eq!((delta.appended, parked(&delta)), (0, vec![3, 7]));
    let vault = MemoryVault::default();
    let number = world.folders().await.iter().find(|folder| folder.source.raw() == b"INBOX").unwrap().number;
    // Refused again, they stay in quarantine.
    assert!(matches!(say(&world, &vault, Verb::Rerun(number)).await, Told::Done(_)));
    let again = world.run_to_the_end().await;
    assert_eq!((again.state(), parked(&again)), ("exceptions", vec![3, 7]), "{}", told(&world, &again));
    // Taken, they are not.
    world.destination.heal();
    world.destination.refuses_message("Subject: inbox-7\r", "NO [CANNOT] not this one");
    assert!(matches!(say(&world, &vault, Verb::Rerun(number)).await, Told::Done(_)));
    let done = world.run_to_the_end().await;
    assert_eq!((done.state(), done.appended, parked(&done)), ("exceptions", 1, vec![7]), "{}", told(&world, &done));
    let totals = done.report.as_ref().unwrap().totals;
    assert_eq!((totals.source, totals.copied, totals.quarantined), (29, 28, 1));
    assert_eq!(world.judge_leniently(&done, &[Lenient::Order]).await, Vec::<String>::new());
    let folder = world.folders().await.into_iter().find(|folder| folder.number == number).unwrap();
    assert!(!folder.retry && folder.counts.closes(), "{folder:?}");
    assert_eq!(world.appended_by_a_further_run().await, 0);
}

#[tokio::test(start_paused = true)]
async fn new_credentials_are_kept_while_the_migration_lives_and_not_behind_its_end() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    world.run().await;
    let vault = MemoryVault::default();
    let clock = WorldClock::new(world.born(), Duration::from_secs(60), StopFlag::new());
    let doors = Doors { ledger: &world.ledger, queue: &world.queue, vault: &vault, clock: &clock };
    let secret = Secret::new("another");
    assert!(matches!(credentials(&doors, &world.id(), Side::Source, &secret).await, Ok(Told::Done(_))));
    assert_eq!(vault.secret(&world.id(), Side::Source).await, Ok(Some(secret.clone())));
    assert!(matches!(say(&world, &vault, Verb::Finish).await, Told::Done(_)));
    assert_eq!(vault.secret(&world.id(), Side::Source).await, Ok(None));
    let Ok(Told::Refused(_, why)) = credentials(&doors, &world.id(), Side::Source, &secret).await else {
        panic!("taken")
    };
    assert!(why.0.contains("finished"), "{}", why.0);
    assert_eq!(vault.secret(&world.id(), Side::Source).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_word_makes_its_turn_due_and_its_job_is_sent() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    world.run().await;
    let vault = MemoryVault::default();
    let sent = world.queue.sent();
    let Told::Done(record) = say(&world, &vault, Verb::Pass(PassKind::Final)).await else { panic!("refused") };
    assert_eq!((record.state, record.pass.kind, world.queue.sent()), (State::Planning, PassKind::Final, sent + 1));
    let job = world.queue.receive(Duration::from_secs(1)).await.unwrap().unwrap().job;
    assert_eq!(job.turn, record.turn);
    assert!(matches!(say(&world, &vault, Verb::Cancel).await, Told::Done(_)));
    assert!(matches!(say(&world, &vault, Verb::Cancel).await, Told::Already(_)));
    assert!(matches!(say(&world, &vault, Verb::Resume).await, Told::Refused(..)));
}

#[tokio::test(start_paused = true)]
async fn what_is_in_quarantine_is_listed_page_by_page_and_shown() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    for number in [1, 2, 3] {
        world.destination.refuses_message(&format!("Subject: inbox-{number}\r"), "NO Message contains invalid header");
    }
    assert_eq!(world.run().await.state(), "exceptions");
    let (archive, id) = (&world.archive, &world.id());
    let first = quarantine::list(archive, id, None, 2).await.unwrap();
    assert_eq!(first.items.len(), 2);
    let next = first.next.clone().unwrap();
    let second = quarantine::list(archive, id, Some(&next), 2).await.unwrap();
    assert_eq!((second.items.len(), &second.next), (1, &None));
    for item in first.items.iter().chain(&second.items) {
        let exhibit = quarantine::show(archive, id, &item.item).await.unwrap().unwrap();
        assert_eq!(exhibit.facts["class"], "header");
        assert!(exhibit.header.unwrap().contains("Subject: inbox-"), "{}", item.item);
    }
    assert_eq!(quarantine::show(archive, id, "1-2-3").await, Ok(None));
    assert_eq!(quarantine::show(archive, id, "../plan.json").await, Ok(None));
}
