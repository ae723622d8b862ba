//! # Recount
//! What both sides list against what the manifest says, for one folder. Pure.

use super::places::Places;
use crate::mail::window::Span;
use crate::mail::{Fingerprint, Permanent, Uid, UidSet, carry};
use crate::migration::label::Carriers;
use crate::migration::recounting::{DestinationShown, SourceShown};
use crate::migration::roll::Roll;
use crate::migration::{Counts, Folder, Outcome};
use crate::ports::mail::Meta;

/// Takes one window of the source's listing in. `gone` gets the lines of this window whose message is not listed.
pub fn take_source(
    shown: &mut SourceShown,
    gone: &mut Vec<Uid>,
    (lo, hi): Span,
    metas: &[Meta],
    snapshot: Uid,
    roll: &Roll,
    permanent: &Permanent,
) {
    for meta in metas {
        shown.flags = shown.flags.plus(flags_of(meta));
        if meta.uid >= snapshot {
            shown.arrived += 1;
            continue;
        }
        shown.listed += 1;
        match roll.get(meta.uid) {
            None => shown.without_line += 1,
            Some(line) if line.delivered() && !line.carried(&carry(&meta.flags, permanent).flags) => {
                shown.flags_changed += 1;
            }
            Some(_) => {}
        }
    }
    let listed = |uid: Uid| metas.binary_search_by_key(&uid, |meta| meta.uid).is_ok();
    let lines = roll.between(lo, hi.unwrap_or(Uid::new(u32::MAX)));
    let unlisted = lines.iter().filter(|line| line.outcome() != Outcome::Vanished && !listed(line.uid()));
    gone.extend(unlisted.map(|line| line.uid()));
}

/// The first message that was left to another folder, and that no other folder has or is to have.
pub fn stray(metas: &[Meta], folder: &Folder, roll: &Roll, carriers: &Carriers) -> Option<Uid> {
    let left = |meta: &&Meta| roll.get(meta.uid).is_some_and(|line| line.outcome() == Outcome::Filtered);
    metas.iter().filter(left).find(|meta| !carriers.leaves(folder, meta)).map(|meta| meta.uid)
}

/// A message's UID and flags as one number, to be summed up.
pub fn flags_of(meta: &Meta) -> Fingerprint {
    let text = format!("{} {}", meta.uid, meta.flags).to_ascii_lowercase();
    Fingerprint::of(text.as_bytes())
}

/// Takes one window of the destination's listing in. `missing` gets the lines whose place is in this window and empty.
pub fn take_destination(
    shown: &mut DestinationShown,
    missing: &mut Vec<Uid>,
    (lo, hi): Span,
    present: &UidSet,
    places: &Places,
    claims: &[Uid],
) {
    let foreign = present.iter().filter(|uid| claims.binary_search(uid).is_err()).count();
    shown.present += u64::try_from(present.len()).unwrap_or(u64::MAX);
    shown.foreign += u64::try_from(foreign).unwrap_or(u64::MAX);
    let empty =
        places.between(lo, hi.unwrap_or(Uid::new(u32::MAX))).iter().filter(|(place, _)| !present.contains(*place));
    missing.extend(empty.map(|(_, uid)| *uid));
}

/// Source UIDs of the lines that need a word of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsettled {
    /// Delivered, and found nowhere.
    pub lost: UidSet,
    /// Not listed by the source.
    pub gone: UidSet,
    /// Whose place is another's: what was seen there was not they.
    pub sharing: UidSet,
}

/// The folder's counters.
pub fn count(folder: &Folder, roll: &Roll, shown: &SourceShown, unsettled: &Unsettled, foreign: u64) -> Counts {
    let Unsettled { lost, gone, sharing } = unsettled;
    let mut counts = folder.retired;
    for line in roll.entries() {
        if lost.contains(line.uid()) && (!line.seen() || sharing.contains(line.uid())) {
            counts.source += 1;
            counts.unexplained += 1;
            continue;
        }
        counts.add(line.outcome());
        counts.removed += u64::from(lost.contains(line.uid()));
        counts.gone += u64::from(gone.contains(line.uid()));
    }
    counts.source += shown.without_line;
    // What a folder in error did not hand over is behind it; anywhere else nobody can say what became of it.
    match folder.error {
        Some(_) => counts.blocked += shown.without_line,
        None => counts.unexplained += shown.without_line,
    }
    counts.source += shown.hidden;
    counts.blocked += shown.hidden;
    counts.arrived = shown.arrived;
    counts.foreign = foreign;
    counts
}

/// The counters of a folder that is not carried: all its messages share one outcome.
pub fn count_whole(folder: &Folder, outcome: Outcome) -> Counts {
    let mut counts = folder.retired;
    counts.source += folder.planned;
    *counts.of(outcome) += folder.planned;
    counts
}
