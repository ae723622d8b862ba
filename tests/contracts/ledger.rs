//! # Ledger
//! What every ledger promises.

use std::sync::Barrier;

use posthorse_domain::migration::{Folder, Migration, Moment};
use posthorse_domain::ports::{Ledger, Saved};

use crate::place::{Place, at_once};
use crate::record::{id, migration, planned, under_way};

type Ledgers = dyn Place<dyn Ledger>;

macro_rules! ledger_contract {
    ($place:expr) => {
        sentences! { ledger in $place =>
            a_migration_that_was_never_created_is_none
            a_created_migration_reads_back_as_it_was_with_version_one
            a_taken_id_is_refused_and_the_first_migration_stays
            a_save_raises_the_version_by_one
            a_save_over_another_version_is_refused_and_changes_nothing
            a_save_of_an_unknown_migration_is_refused
            what_is_due_comes_earliest_first_up_to_the_limit
            due_includes_its_very_moment_and_nothing_later
            a_migration_without_next_at_is_never_due
            a_save_moves_a_migration_among_what_is_due
            a_refused_save_moves_nothing_among_what_is_due
            planned_folders_read_back_as_they_were_with_version_one
            folders_come_in_order_page_by_page
            folders_of_another_migration_are_not_seen
            ten_thousand_folders_are_read_in_pages
            planned_folders_can_be_replaced_in_their_version
            a_new_folder_that_has_a_version_is_refused
            one_stale_folder_refuses_its_whole_call
            one_taken_number_refuses_its_whole_call
            no_folders_are_saved_with_success
            a_commit_raises_the_folders_version_by_one
            a_commit_over_another_version_is_refused
            a_commit_of_a_former_holder_is_refused
            a_commit_of_a_later_holder_is_taken
            a_commit_of_an_unknown_folder_is_refused
            a_forgotten_migration_leaves_nothing
            forgetting_spares_the_others_and_may_be_done_twice
            everything_is_there_after_opening_again
            eight_savers_of_one_migration_have_one_winner_in_each_round
            eight_committers_of_one_folder_have_one_winner_in_each_round
        }
    };
}

pub async fn a_migration_that_was_never_created_is_none(place: &Ledgers) {
    let ledger = place.open().await;
    assert_eq!(ledger.migration(&id("m")).await, Ok(None));
    assert_eq!(ledger.folders(&id("m"), 0, 10).await, Ok(vec![]));
}

pub async fn a_created_migration_reads_back_as_it_was_with_version_one(place: &Ledgers) {
    let ledger = place.open().await;
    let created = created(&*ledger, "m", Some(5)).await;
    assert_eq!(ledger.migration(&id("m")).await, Ok(Some(created)));
}

pub async fn a_taken_id_is_refused_and_the_first_migration_stays(place: &Ledgers) {
    let ledger = place.open().await;
    let first = created(&*ledger, "m", Some(5)).await;
    let second = Migration { reason: "second".into(), next_at: None, ..migration("m", None) };
    assert_eq!(ledger.create(&second).await, Ok(Saved::Refused));
    assert_eq!(ledger.migration(&id("m")).await, Ok(Some(first)));
    assert_eq!(due(&*ledger, 5, 9).await, ["m"]);
}

pub async fn a_save_raises_the_version_by_one(place: &Ledgers) {
    let ledger = place.open().await;
    let mut record = created(&*ledger, "m", None).await;
    for version in 1..5 {
        record.reason = format!("after version {version}");
        assert_eq!(ledger.save(&record).await, Ok(Saved::Yes));
        record.version = version + 1;
        assert_eq!(ledger.migration(&id("m")).await, Ok(Some(record.clone())));
    }
}

pub async fn a_save_over_another_version_is_refused_and_changes_nothing(place: &Ledgers) {
    let ledger = place.open().await;
    let first = created(&*ledger, "m", None).await;
    assert_eq!(ledger.save(&first).await, Ok(Saved::Yes));
    let stored = ledger.migration(&id("m")).await;
    for version in [0, 1, 3, 900] {
        let other = Migration { version, reason: "too late, or too early".into(), ..first.clone() };
        assert_eq!(ledger.save(&other).await, Ok(Saved::Refused), "version {version} over 2");
    }
    assert_eq!(ledger.migration(&id("m")).await, stored);
}

pub async fn a_save_of_an_unknown_migration_is_refused(place: &Ledgers) {
    let ledger = place.open().await;
    for version in [0, 1] {
        let unknown = Migration { version, ..migration("m", Some(1)) };
        assert_eq!(ledger.save(&unknown).await, Ok(Saved::Refused));
    }
    assert_eq!(ledger.migration(&id("m")).await, Ok(None));
    assert_eq!(due(&*ledger, 100, 9).await, [""; 0]);
}

pub async fn what_is_due_comes_earliest_first_up_to_the_limit(place: &Ledgers) {
    let ledger = place.open().await;
    for (name, at) in [("c", 30), ("a", 10), ("d", 40), ("b", 20)] {
        created(&*ledger, name, Some(at)).await;
    }
    assert_eq!(due(&*ledger, 100, 9).await, ["a", "b", "c", "d"]);
    assert_eq!(due(&*ledger, 100, 2).await, ["a", "b"]);
    assert_eq!(due(&*ledger, 100, 0).await, [""; 0]);
}

pub async fn due_includes_its_very_moment_and_nothing_later(place: &Ledgers) {
    let ledger = place.open().await;
    for (name, at) in [("before", -5), ("then", 1_000), ("after", 1_001)] {
        created(&*ledger, name, Some(at)).await;
    }
    assert_eq!(due(&*ledger, 1_000, 9).await, ["before", "then"]);
    assert_eq!(due(&*ledger, 999, 9).await, ["before"]);
}

pub async fn a_migration_without_next_at_is_never_due(place: &Ledgers) {
    let ledger = place.open().await;
    created(&*ledger, "m", None).await;
    assert_eq!(due(&*ledger, i64::MAX, 9).await, [""; 0]);
}

pub async fn a_save_moves_a_migration_among_what_is_due(place: &Ledgers) {
    let ledger = place.open().await;
    let mut record = created(&*ledger, "m", Some(10)).await;
    created(&*ledger, "n", Some(20)).await;
    let rows = [(Some(30), ["n", "m"].as_slice()), (None, &["n"]), (Some(5), &["m", "n"])];
    for (next_at, expected) in rows {
        record.next_at = next_at.map(Moment::from_millis);
        assert_eq!(ledger.save(&record).await, Ok(Saved::Yes));
        record.version += 1;
        assert_eq!(due(&*ledger, 100, 9).await, expected, "next_at {next_at:?}");
    }
}

pub async fn a_refused_save_moves_nothing_among_what_is_due(place: &Ledgers) {
    let ledger = place.open().await;
    let record = created(&*ledger, "m", Some(10)).await;
    let stale = Migration { version: 0, next_at: None, ..record };
    assert_eq!(ledger.save(&stale).await, Ok(Saved::Refused));
    assert_eq!(due(&*ledger, 10, 9).await, ["m"]);
}

pub async fn planned_folders_read_back_as_they_were_with_version_one(place: &Ledgers) {
    let ledger = place.open().await;
    let folders = [planned(1), under_way(2), planned(u32::MAX)];
    assert_eq!(ledger.save_folders(&id("m"), &folders).await, Ok(Saved::Yes));
    let expected = folders.map(|folder| Folder { version: 1, ..folder }).to_vec();
    assert_eq!(ledger.folders(&id("m"), 0, 10).await, Ok(expected));
}

pub async fn folders_come_in_order_page_by_page(place: &Ledgers) {
    let ledger = place.open().await;
    for number in [30, 2, 100, 1, 9] {
        assert_eq!(ledger.save_folders(&id("m"), &[planned(number)]).await, Ok(Saved::Yes));
    }
    let rows = [
        (0, 9, [1, 2, 9, 30, 100].as_slice()),
        (1, 2, &[1, 2]),
        (3, 2, &[9, 30]),
        (30, 1, &[30]),
        (31, 9, &[100]),
        (101, 9, &[]),
        (0, 0, &[]),
    ];
    for (from, limit, expected) in rows {
        assert_eq!(numbers(&*ledger, "m", from, limit).await, expected, "from {from}, at most {limit}");
    }
}

pub async fn folders_of_another_migration_are_not_seen(place: &Ledgers) {
    let ledger = place.open().await;
    for (name, number) in [("m", 1), ("m-2", 2), ("l", 3)] {
        assert_eq!(ledger.save_folders(&id(name), &[planned(number)]).await, Ok(Saved::Yes));
    }
    assert_eq!(numbers(&*ledger, "m", 0, 10).await, [1]);
}

pub async fn ten_thousand_folders_are_read_in_pages(place: &Ledgers) {
    let ledger = place.open().await;
    let all = (1..=10_000).collect::<Vec<_>>();
    for hundred in all.chunks(100) {
        let folders = hundred.iter().map(|number| planned(*number)).collect::<Vec<_>>();
        assert_eq!(ledger.save_folders(&id("m"), &folders).await, Ok(Saved::Yes));
    }
    let mut seen = Vec::new();
    loop {
        let from = seen.last().map_or(0, |last| last + 1);
        let page = numbers(&*ledger, "m", from, 700).await;
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, all);
}

pub async fn planned_folders_can_be_replaced_in_their_version(place: &Ledgers) {
    let ledger = place.open().await;
    let mut folders = vec![planned(1), planned(2)];
    for version in 0..3 {
        folders.iter_mut().for_each(|folder| folder.version = version);
        assert_eq!(ledger.save_folders(&id("m"), &folders).await, Ok(Saved::Yes));
        folders.iter_mut().for_each(|folder| folder.why = format!("version {version} is replaced"));
    }
    let stored = ledger.folders(&id("m"), 0, 10).await.unwrap();
    let found = stored.iter().map(|folder| (folder.version, folder.why.as_str())).collect::<Vec<_>>();
    assert_eq!(found, [(3, "version 1 is replaced"); 2]);
}

pub async fn a_new_folder_that_has_a_version_is_refused(place: &Ledgers) {
    let ledger = place.open().await;
    let folders = [planned(1), Folder { version: 1, ..planned(2) }];
    assert_eq!(ledger.save_folders(&id("m"), &folders).await, Ok(Saved::Refused));
    assert_eq!(numbers(&*ledger, "m", 0, 10).await, [0; 0]);
}

pub async fn one_stale_folder_refuses_its_whole_call(place: &Ledgers) {
    let ledger = place.open().await;
    let folders = (1..=100).map(planned).collect::<Vec<_>>();
    assert_eq!(ledger.save_folders(&id("m"), &folders).await, Ok(Saved::Yes));
    let other = |number| Folder { version: 1, why: "other".into(), ..planned(number) };
    for stale in [1, 57, 100] {
        let mut again = (1..=100).map(other).collect::<Vec<_>>();
        again.iter_mut().filter(|folder| folder.number == stale).for_each(|folder| folder.version = 2);
        assert_eq!(ledger.save_folders(&id("m"), &again).await, Ok(Saved::Refused), "folder {stale} is stale");
    }
    let stored = ledger.folders(&id("m"), 0, 200).await.unwrap();
    assert!(stored.iter().all(|folder| folder.version == 1 && folder.why != "other"));
}

pub async fn one_taken_number_refuses_its_whole_call(place: &Ledgers) {
    let ledger = place.open().await;
    assert_eq!(ledger.save_folders(&id("m"), &[planned(2)]).await, Ok(Saved::Yes));
    assert_eq!(ledger.save_folders(&id("m"), &[planned(1), planned(2), planned(3)]).await, Ok(Saved::Refused));
    assert_eq!(numbers(&*ledger, "m", 0, 10).await, [2]);
}

pub async fn no_folders_are_saved_with_success(place: &Ledgers) {
    let ledger = place.open().await;
    assert_eq!(ledger.save_folders(&id("m"), &[]).await, Ok(Saved::Yes));
}

pub async fn a_commit_raises_the_folders_version_by_one(place: &Ledgers) {
    let ledger = place.open().await;
    let mut folder = saved(&*ledger, under_way(1)).await;
    for version in 1..5 {
        folder.why = format!("after version {version}");
        assert_eq!(ledger.save_folder(&id("m"), &folder).await, Ok(Saved::Yes));
        folder.version = version + 1;
        assert_eq!(ledger.folders(&id("m"), 1, 1).await, Ok(vec![folder.clone()]));
    }
}

pub async fn a_commit_over_another_version_is_refused(place: &Ledgers) {
    let ledger = place.open().await;
    let folder = saved(&*ledger, under_way(1)).await;
    assert_eq!(ledger.save_folder(&id("m"), &folder).await, Ok(Saved::Yes));
    let stored = ledger.folders(&id("m"), 1, 1).await;
    for version in [0, 1, 3, 900] {
        let other = Folder { version, epoch: 99, why: "too late, or too early".into(), ..folder.clone() };
        assert_eq!(ledger.save_folder(&id("m"), &other).await, Ok(Saved::Refused), "version {version} over 2");
    }
    assert_eq!(ledger.folders(&id("m"), 1, 1).await, stored);
}

pub async fn a_commit_of_a_former_holder_is_refused(place: &Ledgers) {
    let ledger = place.open().await;
    let folder = saved(&*ledger, Folder { epoch: 5, ..planned(1) }).await;
    for epoch in [0, 4] {
        let former = Folder { epoch, why: "the version is right".into(), ..folder.clone() };
        assert_eq!(ledger.save_folder(&id("m"), &former).await, Ok(Saved::Refused), "epoch {epoch} over 5");
    }
    assert_eq!(ledger.folders(&id("m"), 1, 1).await, Ok(vec![folder]));
}

pub async fn a_commit_of_a_later_holder_is_taken(place: &Ledgers) {
    let ledger = place.open().await;
    let mut folder = saved(&*ledger, Folder { epoch: 5, ..planned(1) }).await;
    for epoch in [5, 6, 600] {
        folder.epoch = epoch;
        assert_eq!(ledger.save_folder(&id("m"), &folder).await, Ok(Saved::Yes), "epoch {epoch}");
        folder.version += 1;
        let former = Folder { epoch: epoch - 1, ..folder.clone() };
        assert_eq!(ledger.save_folder(&id("m"), &former).await, Ok(Saved::Refused), "epoch {epoch} fences");
    }
    assert_eq!(ledger.folders(&id("m"), 1, 1).await, Ok(vec![folder]));
}

pub async fn a_commit_of_an_unknown_folder_is_refused(place: &Ledgers) {
    let ledger = place.open().await;
    saved(&*ledger, planned(1)).await;
    for version in [0, 1] {
        let unknown = Folder { version, ..planned(2) };
        assert_eq!(ledger.save_folder(&id("m"), &unknown).await, Ok(Saved::Refused));
    }
    assert_eq!(numbers(&*ledger, "m", 0, 10).await, [1]);
}

pub async fn a_forgotten_migration_leaves_nothing(place: &Ledgers) {
    let ledger = place.open().await;
    created(&*ledger, "m", Some(1)).await;
    let folders = (1..=100).map(planned).collect::<Vec<_>>();
    assert_eq!(ledger.save_folders(&id("m"), &folders).await, Ok(Saved::Yes));
    assert_eq!(ledger.forget(&id("m")).await, Ok(()));
    assert_eq!(ledger.migration(&id("m")).await, Ok(None));
    assert_eq!(numbers(&*ledger, "m", 0, 10).await, [0; 0]);
    assert_eq!(due(&*ledger, 100, 9).await, [""; 0]);
    created(&*ledger, "m", Some(1)).await;
}

pub async fn forgetting_spares_the_others_and_may_be_done_twice(place: &Ledgers) {
    let ledger = place.open().await;
    created(&*ledger, "m", Some(1)).await;
    let other = created(&*ledger, "m-2", Some(2)).await;
    assert_eq!(ledger.save_folders(&id("m-2"), &[planned(1)]).await, Ok(Saved::Yes));
    for _ in 0..2 {
        assert_eq!(ledger.forget(&id("m")).await, Ok(()));
    }
    assert_eq!(ledger.migration(&id("m-2")).await, Ok(Some(other)));
    assert_eq!(numbers(&*ledger, "m-2", 0, 10).await, [1]);
    assert_eq!(due(&*ledger, 100, 9).await, ["m-2"]);
}

pub async fn everything_is_there_after_opening_again(place: &Ledgers) {
    let ledger = place.open().await;
    let record = created(&*ledger, "m", Some(7)).await;
    let folder = saved(&*ledger, under_way(1)).await;
    drop(ledger);
    let again = place.open().await;
    assert_eq!(again.migration(&id("m")).await, Ok(Some(record)));
    assert_eq!(again.folders(&id("m"), 0, 10).await, Ok(vec![folder]));
    assert_eq!(due(&*again, 7, 9).await, ["m"]);
}

pub async fn eight_savers_of_one_migration_have_one_winner_in_each_round(place: &Ledgers) {
    let ledger = place.open().await;
    let mut record = created(&*ledger, "m", None).await;
    for _ in 0..20 {
        let start = Barrier::new(8);
        let answers = at_once(8, async |number| {
            let (ledger, mine) = (place.open().await, Migration { reason: number.to_string(), ..record.clone() });
            start.wait();
            ledger.save(&mine).await.unwrap()
        });
        record.version += 1;
        record.reason = the_winner(&answers);
        assert_eq!(ledger.migration(&id("m")).await, Ok(Some(record.clone())));
    }
}

pub async fn eight_committers_of_one_folder_have_one_winner_in_each_round(place: &Ledgers) {
    let ledger = place.open().await;
    let mut folder = saved(&*ledger, under_way(1)).await;
    for _ in 0..20 {
        let start = Barrier::new(8);
        let answers = at_once(8, async |number| {
            let (ledger, mine) = (place.open().await, Folder { why: number.to_string(), ..folder.clone() });
            start.wait();
            ledger.save_folder(&id("m"), &mine).await.unwrap()
        });
        folder.version += 1;
        folder.why = the_winner(&answers);
        assert_eq!(ledger.folders(&id("m"), 1, 1).await, Ok(vec![folder.clone()]));
    }
}

/// The number of the one that was not refused.
fn the_winner(answers: &[Saved]) -> String {
    let winners = answers.iter().enumerate().filter(|(_, saved)| **saved == Saved::Yes).collect::<Vec<_>>();
    assert_eq!(winners.len(), 1, "{answers:?}");
    winners.first().map(|(number, _)| number.to_string()).unwrap()
}

/// Creates a migration; as it is stored.
async fn created(ledger: &dyn Ledger, name: &str, next_at: Option<i64>) -> Migration {
    let record = migration(name, next_at);
    assert_eq!(ledger.create(&record).await, Ok(Saved::Yes));
    Migration { version: 1, ..record }
}

/// Plans a folder of migration `m`; as it is stored.
async fn saved(ledger: &dyn Ledger, folder: Folder) -> Folder {
    assert_eq!(ledger.save_folders(&id("m"), std::slice::from_ref(&folder)).await, Ok(Saved::Yes));
    Folder { version: 1, ..folder }
}

async fn due(ledger: &dyn Ledger, until: i64, limit: usize) -> Vec<String> {
    let ids = ledger.due(Moment::from_millis(until), limit).await.unwrap();
    ids.into_iter().map(|id| id.0).collect()
}

async fn numbers(ledger: &dyn Ledger, name: &str, from: u32, limit: usize) -> Vec<u32> {
    let folders = ledger.folders(&id(name), from, limit).await.unwrap();
    folders.into_iter().map(|folder| folder.number).collect()
}
