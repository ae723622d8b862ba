//! # Listing
//! Reads both sides in windows, as far as time allows.

use super::count::out_of_time;
use super::places::Places;
use super::recount::{flags_of, stray, take_destination, take_source};
use crate::mail::{Fingerprint, Permanent, Uid, window};
use crate::migration::label::Carriers;
use crate::migration::recounting::{DestinationShown, SourceShown, Stand};
use crate::migration::roll::Roll;
use crate::migration::{Failure, Folder, Side, Trouble};
use crate::ports::Ports;
use crate::ports::mail::{Destination, Opened, Source};

/// What both listings are held against.
pub(super) struct Both<'a> {
    pub ports: &'a Ports<'a>,
    pub roll: &'a Roll,
    pub places: &'a Places,
    pub claims: &'a [Uid],
    pub carriers: Option<&'a Carriers>,
}

/// What the source lists; returned are lines whose message it does not list. Listed must be EXISTS: after NOOP it is asked
/// once more, then the folder is in error.
pub(super) async fn list_source(
    source: &mut dyn Source,
    both: &Both<'_>,
    folder: &Folder,
    opened: Option<&Opened>,
    permanent: &Permanent,
    shown: &mut SourceShown,
) -> Result<Vec<Uid>, Failure> {
    let mut gone = Vec::new();
    let mut exists = opened.and_then(|opened| opened.exists);
    while !shown.done {
        let aim = window::aim(both.ports.clock.left());
        let nothing = opened.is_none() || exists == Some(0);
        let width = if shown.width == 0 { window::first(exists, aim) } else { shown.width };
        let span = if nothing { (shown.next, None) } else { window::span(shown.next, width, Some(folder.snapshot)) };
        let metas = if nothing { Vec::new() } else { source.metas(span.0, span.1).await? };
        take_source(shown, &mut gone, span, &metas, folder.snapshot, both.roll, permanent);
        if let Some(carriers) = both.carriers {
            shown.stray = shown.stray.or_else(|| stray(&metas, folder, both.roll, carriers));
        }
        shown.width = window::window(width, metas.len(), aim);
        match span.1 {
            Some(hi) => shown.next = hi.next(),
            None if opened.is_none() || agrees(source, folder, shown, &mut exists).await? => shown.done = true,
            // The second listing counts alone.
            None => {
                *shown = SourceShown { again: true, ..SourceShown::default() };
                gone.clear();
            }
        }
        if out_of_time(both.ports) {
            break;
        }
    }
    Ok(gone)
}

/// True when the listing stands: it agrees with the number of messages, or is the second that does not.
async fn agrees(
    source: &mut dyn Source,
    folder: &Folder,
    shown: &mut SourceShown,
    exists: &mut Option<u32>,
) -> Result<bool, Failure> {
    let listed = shown.all();
    let agrees = |exists: Option<u32>| exists.is_none_or(|exists| u64::from(exists) == listed);
    (shown.disagrees, shown.hidden) = (None, 0);
    if agrees(*exists) {
        shows_less(source, folder, shown).await?;
        return Ok(true);
    }
    *exists = match source.exists().await? {
        // EXPUNGE without EXISTS has made the first number old: opening it again tells how many there are.
        None => reopened(source, folder).await?,
        says => says,
    };
    if agrees(*exists) {
        return Ok(true);
    }
    shown.contradict(exists.map_or(listed, u64::from));
    Ok(shown.again)
}

async fn reopened(source: &mut dyn Source, folder: &Folder) -> Result<Option<u32>, Failure> {
    let opened = source.open(&folder.source).await?;
    if opened.validity != folder.source_validity {
        return Err(Failure::new(Side::Source, Trouble::Lost, "UIDVALIDITY changed while a folder was counted"));
    }
    Ok(opened.exists)
}

/// STATUS counted more at the plan than there is to be seen: mail was deleted since, or the source shows a part only.
// QUIRK: Yahoo: an open folder shows the newest messages only, STATUS counts all.
async fn shows_less(source: &mut dyn Source, folder: &Folder, shown: &mut SourceShown) -> Result<(), Failure> {
    if folder.planned <= shown.all() {
        return Ok(());
    }
    let status = source.statuses(std::slice::from_ref(&folder.source)).await?.pop().flatten();
    if let Some(messages) = status.and_then(|status| status.messages).map(u64::from).filter(|all| *all > shown.all()) {
        shown.contradict(messages);
    }
    Ok(())
}

/// What the destination shows; returned are lines whose message is not in its place.
pub(super) async fn list_destination(
    destination: &mut dyn Destination,
    both: &Both<'_>,
    opened: Option<&Opened>,
    shown: &mut DestinationShown,
) -> Result<Vec<Uid>, Failure> {
    let mut missing = Vec::new();
    while !shown.done {
        let aim = window::aim(both.ports.clock.left());
        let exists = opened.and_then(|opened| opened.exists);
        let width = if shown.width == 0 { window::first(exists, aim) } else { shown.width };
        let end = opened.and_then(|opened| opened.uid_next);
        let span = if opened.is_some() { window::span(shown.next, width, end) } else { (shown.next, None) };
        let uids = match opened {
            Some(_) => destination.uids(span.0, span.1).await?,
            None => Default::default(),
        };
        take_destination(shown, &mut missing, span, &uids, both.places, both.claims);
        shown.width = window::window(width, uids.len(), aim);
        match span.1 {
            Some(hi) => shown.next = hi.next(),
            None => shown.done = true,
        }
        if out_of_time(both.ports) {
            break;
        }
    }
    Ok(missing)
}

/// Messages that a listing of flags aims at.
const MOST: usize = 2_000;

/// Flags of all messages, as one sum. None when the folder changes meanwhile, or time does not suffice.
pub(super) async fn read_flags(
    source: &mut dyn Source,
    ports: &Ports<'_>,
    stand: &Stand,
) -> Result<Option<Fingerprint>, Failure> {
    let (mut next, mut width) = (Uid::new(1), window::first(Some(stand.exists), MOST));
    let (mut sum, mut listed) = (Fingerprint::default(), 0_u64);
    if stand.exists == 0 {
        return Ok(Some(sum));
    }
    loop {
        let span = window::span(next, width, Some(stand.uid_next));
        let metas = source.metas(span.0, span.1).await?;
        sum = metas.iter().map(flags_of).fold(sum, Fingerprint::plus);
        listed += u64::try_from(metas.len()).unwrap_or(u64::MAX);
        width = window::window(width, metas.len(), MOST);
        let Some(hi) = span.1 else { break };
        if out_of_time(ports) {
            return Ok(None);
        }
        next = hi.next();
    }
    Ok(Some(sum).filter(|_| listed == u64::from(stand.exists)))
}
