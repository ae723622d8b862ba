//! # Obey
//! A person's word about one migration, done: the record first, then what follows from it. A step that writes the record
//! meanwhile makes the word be thought over once more.

use super::again::Refused;
use super::begin::send;
use super::verb::{Verb, Verdict, anew, awaited, decide};
use crate::migration::{Failure, FolderNumber, Migration, MigrationId, Side};
use crate::ports::{Clock, Ledger, Queue, Saved, Secret, Vault};

/// How often a record that others wrote meanwhile is read again.
const AGAIN: u32 = 5;

/// The doors that a person's word goes through. Both mailboxes are not among them.
pub struct Doors<'a> {
    /// Records.
    pub ledger: &'a dyn Ledger,
    /// Jobs.
    pub queue: &'a dyn Queue,
    /// Credentials.
    pub vault: &'a dyn Vault,
    /// Time.
    pub clock: &'a dyn Clock,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is done; the record as it is now.
    Done(Box<Migration>),
    /// It was so already.
    Already(Box<Migration>),
    /// A state forbids it.
    Refused(Box<Migration>, Refused),
    /// There is no such migration, or it has no such folder.
    Unknown(&'static str),
}

/// Does what the word says. For new credentials see [`credentials`].
///
/// # Errors
/// A door failed, or others wrote the record again and again: the same word may be said again.
pub async fn obey(doors: &Doors<'_>, id: &MigrationId, verb: Verb) -> Result<Told, Failure> {
    for _ in 0..AGAIN {
        let Some(record) = doors.ledger.migration(id).await? else { return Ok(Told::Unknown("migration")) };
        if let Verb::Rerun(number) = verb
            && let Some(told) = renew(doors, &record, number).await?
        {
            return Ok(told);
        }
        match decide(&record, verb, doors.clock.now()) {
            Verdict::Already => return Ok(Told::Already(Box::new(record))),
            Verdict::Refused(refused) => return Ok(Told::Refused(Box::new(record), refused)),
            Verdict::Do(due) => {
                if doors.ledger.save(&due).await? == Saved::Yes {
                    let due = Migration { version: due.version + 1, ..*due };
                    return followed(doors, due).await.map(|record| Told::Done(Box::new(record)));
                }
            }
        }
    }
    Err(Failure::conflict("its steps write the record faster than it can be changed; say it again"))
}

/// What follows from a record that was saved; whoever dies before it is mended by the sweep.
async fn followed(doors: &Doors<'_>, record: Migration) -> Result<Migration, Failure> {
    if record.state.ended() {
        doors.vault.forget(&record.id).await?;
    } else if record.state.under_way() {
        send(doors.queue, doors.clock, &record).await?;
    }
    Ok(record)
}

/// Before the pass begins its folder is made to be looked at anew. Some: it goes no further.
async fn renew(doors: &Doors<'_>, record: &Migration, number: FolderNumber) -> Result<Option<Told>, Failure> {
    let folder = doors.ledger.folders(&record.id, number, 1).await?.pop().filter(|folder| folder.number == number);
    let Some(folder) = folder else { return Ok(Some(Told::Unknown("folder"))) };
    if awaited(record, &folder) {
        return Ok(Some(Told::Already(Box::new(record.clone()))));
    }
    if !record.state.pass_ended() {
        return Ok(None);
    }
    match doors.ledger.save_folders(&record.id, &[anew(folder)]).await? {
        Saved::Yes => Ok(None),
        Saved::Refused => Err(Failure::conflict("a step wrote the folder; say it again")),
    }
}

/// Takes another credential for one side. It is used from the next step on; a migration that stands still is not resumed.
///
/// # Errors
/// A door failed; the same credential may be given again.
pub async fn credentials(doors: &Doors<'_>, id: &MigrationId, side: Side, secret: &Secret) -> Result<Told, Failure> {
    let Some(record) = doors.ledger.migration(id).await? else { return Ok(Told::Unknown("migration")) };
    if let Verdict::Refused(refused) = decide(&record, Verb::Credentials, doors.clock.now()) {
        return Ok(Told::Refused(Box::new(record), refused));
    }
    doors.vault.keep(id, side, secret).await?;
    // It may have ended meanwhile, and then nobody would forget this one.
    match doors.ledger.migration(id).await? {
        Some(record) if !record.state.ended() => Ok(Told::Done(Box::new(record))),
        _ => {
            doors.vault.forget(id).await?;
            Ok(Told::Refused(Box::new(record), Refused("this migration has ended meanwhile".into())))
        }
    }
}
