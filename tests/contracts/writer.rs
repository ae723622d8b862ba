//! # Writer
//! A process that is there to be killed: it writes to a state directory without end, and says on stdout what is durable.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use posthorse_domain::mail::FolderName;
use posthorse_domain::migration::folder::Role;
use posthorse_domain::migration::{
    Failure, Folder, Migration, MigrationId, Moment, Options, Request, Security, ServerSide, Stage,
};
use posthorse_domain::ports::{Archive, Job, Ledger, Queue, Saved};
use posthorse_embedded::State;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).ok_or("which state directory?")?;
    let state = State::open(Path::new(&directory))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(write(&state))
}

/// Object, folder, migration, job: the order in which a step commits.
async fn write(state: &State) -> Result<(), Box<dyn std::error::Error>> {
    let id = MigrationId("m".into());
    let (mut migration, mut folder) = start(state, &id).await?;
    loop {
        let turn = migration.version;
        let key = format!("manifest/{turn:08}.jsonl.zst");
        state.archive.put_once(&id, &key, Bytes::from(key.repeat(200))).await?;
        say("object", turn)?;
        state.archive.put(&id, "plan.json", Bytes::from(turn.to_string())).await?;
        say("plan", turn)?;
        must(state.ledger.save_folder(&id, &folder).await?)?;
        folder.version += 1;
        say("folder", folder.version)?;
        must(state.ledger.save(&migration).await?)?;
        migration.version += 1;
        say("migration", migration.version)?;
        state.queue.send(&Job { migration: id.clone(), stage: Stage::Copy, turn }, Duration::ZERO).await?;
        say("job", turn)?;
    }
}

/// The records as the last writer left them.
async fn start(state: &State, id: &MigrationId) -> Result<(Migration, Folder), Box<dyn std::error::Error>> {
    if state.ledger.migration(id).await?.is_none() {
        let new = Migration::accepted(id.clone(), request(), Moment::from_millis(0));
        must(state.ledger.create(&new).await?)?;
    }
    let mut folders = state.ledger.folders(id, 1, 1).await?;
    if folders.is_empty() {
        let name = FolderName::from_raw("INBOX");
        let new = Folder::planned(1, name.clone(), name, Role::Carry, "the same name".into());
        must(state.ledger.save_folders(id, &[new]).await?)?;
        folders = state.ledger.folders(id, 1, 1).await?;
    }
    let migration = state.ledger.migration(id).await?;
    Ok((migration.ok_or("no migration")?, folders.pop().ok_or("no folder")?))
}

fn say(what: &str, number: u64) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what} {number}")?;
    out.flush()
}

fn must(saved: Saved) -> Result<(), Failure> {
    match saved {
        Saved::Yes => Ok(()),
        Saved::Refused => Err(Failure::conflict("refused, though nobody else writes")),
    }
}

fn request() -> Request {
    let side = ServerSide { host: "127.0.0.1".into(), port: 993, security: Security::Tls, user: "a".into(), tls: None };
    Request { source: side.clone(), destination: side, options: Options::default() }
}
