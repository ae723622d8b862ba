//! # Begin
//! Keeps a migration, or its next turn, and sends the job of that turn.

use std::time::Duration;

use super::again::Refused;
use crate::migration::folder::Progress;
use crate::migration::{Failure, Migration, MigrationId, Request};
use crate::ports::{Clock, Job, Ledger, Queue, Saved, Vault};

/// Folder records read and written per call.
const PAGE: usize = 100;

/// Whether a stored migration is between the same two mailboxes.
pub fn same_mailboxes(record: &Migration, request: &Request) -> bool {
    let key = |request: &Request| {
        let of = |side: &crate::migration::ServerSide| (side.host.to_lowercase(), side.port, side.user.clone());
        (of(&request.source), of(&request.destination))
    };
    key(&record.request) == key(request)
}

/// Keeps a new migration and sends its first job.
pub async fn begin(
    ledger: &dyn Ledger,
    queue: &dyn Queue,
    clock: &dyn Clock,
    id: MigrationId,
    request: Request,
) -> Result<Migration, Failure> {
    let record = Migration::accepted(id, request, clock.now());
    if ledger.create(&record).await? == Saved::Refused {
        return Err(Failure::conflict("a migration of this name is there already"));
    }
    send(queue, clock, &record).await?;
    Ok(Migration { version: 1, ..record })
}

/// Saves a record whose next turn is due and sends the job of that turn.
pub async fn turn(
    ledger: &dyn Ledger,
    queue: &dyn Queue,
    clock: &dyn Clock,
    record: Result<Migration, Refused>,
) -> Result<Result<Migration, Refused>, Failure> {
    let record = match record {
        Ok(record) => record,
        Err(refused) => return Ok(Err(refused)),
    };
    if ledger.save(&record).await? == Saved::Refused {
        return Err(Failure::conflict("another process wrote the migration's record"));
    }
    if record.state.under_way() {
        send(queue, clock, &record).await?;
    }
    Ok(Ok(Migration { version: record.version + 1, ..record }))
}

/// Ends a migration: its record first, then its credentials are forgotten. What dies in between is mended by the sweep.
pub async fn end(
    ledger: &dyn Ledger,
    vault: &dyn Vault,
    record: Result<Migration, Refused>,
) -> Result<Result<Migration, Refused>, Failure> {
    let record = match record {
        Ok(record) => record,
        Err(refused) => return Ok(Err(refused)),
    };
    if ledger.save(&record).await? == Saved::Refused {
        return Err(Failure::conflict("another process wrote the migration's record"));
    }
    vault.forget(&record.id).await?;
    Ok(Ok(Migration { version: record.version + 1, ..record }))
}

/// Makes the recount of an ended pass look at every folder again. Comes before the turn that asks for it.
pub async fn reopen(ledger: &dyn Ledger, id: &MigrationId) -> Result<(), Failure> {
    let mut from = 0;
    loop {
        let mut page = ledger.folders(id, from, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        from = last.number + 1;
        for folder in &mut page {
            folder.progress = folder.progress.min(Progress::Copied);
            // Who asks for a recount wants a full one.
            folder.standing = None;
        }
        if ledger.save_folders(id, &page).await? == Saved::Refused {
            return Err(Failure::conflict("another process wrote the migration's folders"));
        }
    }
}

/// Sends the job of the record's turn, due when the record is.
pub async fn send(queue: &dyn Queue, clock: &dyn Clock, record: &Migration) -> Result<(), Failure> {
    let delay = record.next_at.map_or(Duration::ZERO, |at| at.since(clock.now()));
    let job = Job { migration: record.id.clone(), stage: record.stage, turn: record.turn };
    queue.send(&job, delay).await
}
