//! # Accept
//! A request that may come twice begins one migration: credentials first, then the record, then the job. Each of the three
//! can be repeated, so that whoever dies in between is mended by the next try of the same request, or by the sweep, which also
//! forgets credentials of which no migration came.

use std::time::Duration;

use super::asked::{Marks, same};
use super::begin::send;
use crate::migration::{Failure, Migration, MigrationId, Request, Side, State, attempts};
use crate::ports::{Attempts, Clock, Ledger, Queue, Saved, Secret, Vault};

/// The doors that intake is given.
pub struct Doors<'a> {
    /// Credentials.
    pub vault: &'a dyn Vault,
    /// Records.
    pub ledger: &'a dyn Ledger,
    /// Jobs.
    pub queue: &'a dyn Queue,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Failed connects per caller.
    pub attempts: &'a dyn Attempts,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It has begun, now or by an earlier try.
    Begun(Box<Migration>),
    /// Another request had this id.
    Taken,
    /// Too much that this caller asked for could not be reached in this hour: nothing new for so long.
    Spent(Duration),
}

/// Begins the migration `id`, unless it has begun. `marks` tell this request from another that comes under the same id: the
/// first of the two whose credential is kept has the id, and the other one is `Taken`.
///
/// # Errors
/// A door failed; the same request may come again.
pub async fn accept(
    doors: &Doors<'_>,
    id: &MigrationId,
    request: &Request,
    secrets: (&Secret, &Secret),
    marks: &Marks,
) -> Result<Accepted, Failure> {
    if let Some(found) = doors.ledger.migration(id).await? {
        return again(doors, found, request, marks).await;
    }
    let (now, asked) = (doors.clock.now(), marks.current());
    if doors.attempts.count(attempts::caller(&asked), attempts::hour(now)).await? >= attempts::MOST {
        return Ok(Accepted::Spent(attempts::until_next_hour(now)));
    }
    for (side, secret) in [(Side::Source, secrets.0), (Side::Destination, secrets.1)] {
        if doors.vault.keep_first(id, side, secret, &marks.0, doors.clock.now()).await? == Saved::Refused {
            return late(doors, id, request, marks).await;
        }
    }
    let accepted = Migration::accepted(id.clone(), request.clone(), doors.clock.now());
    let record = Migration { asked, ..accepted };
    // One write is the whole transaction: the id is the row's key, and the row has its `next_at`.
    if doors.ledger.create(&record).await? == Saved::Yes {
        send(doors.queue, doors.clock, &record).await?;
        return Ok(Accepted::Begun(Box::new(Migration { version: 1, ..record })));
    }
    // A twin was faster, or our own first try was and its answer was lost.
    match doors.ledger.migration(id).await? {
        Some(found) => again(doors, found, request, marks).await,
        None => Err(Failure::conflict("the record was there and is gone")),
    }
}

/// Somebody else's credential is kept under this id: another request was first, or a person has given new ones meanwhile.
async fn late(doors: &Doors<'_>, id: &MigrationId, request: &Request, marks: &Marks) -> Result<Accepted, Failure> {
    match doors.ledger.migration(id).await? {
        Some(found) => again(doors, found, request, marks).await,
        None => Ok(Accepted::Taken),
    }
}

/// The same request once more. Its credentials are kept already: keeping them again could outlive the migration's end.
async fn again(doors: &Doors<'_>, found: Migration, request: &Request, marks: &Marks) -> Result<Accepted, Failure> {
    if !same(&found, request, marks) {
        return Ok(Accepted::Taken);
    }
    if found.state == State::Accepted {
        // The first try may have died before it sent the job; one more is dropped by its turn.
        send(doors.queue, doors.clock, &found).await?;
    }
    Ok(Accepted::Begun(Box::new(found)))
}
