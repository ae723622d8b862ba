//! # Account
//! What the fates of a chunk mean: lines for the manifest, and how far the folder is settled.

use std::collections::BTreeMap;

use crate::mail::{Uid, UidSet};
use crate::migration::manifest::Line;
use crate::migration::{Folder, Outcome};
use crate::ports::mail::{Facts, Fate, Meta};

/// The line of a message that the destination took.
pub fn delivered(uid: Uid, facts: &Facts, to: Option<Uid>) -> Line {
    Line {
        to,
        seen: to.is_some(),
        prints: Some(facts.prints),
        digest: Some(facts.digest),
        size: facts.size,
        flags: facts.flags.clone(),
        date: facts.date.map(|date| date.instant()),
        ..Line::bare(uid, Outcome::Copied)
    }
}

/// Lines of the messages that were sent, with the UIDs that are theirs.
pub fn sent(parcels: &[Meta], fates: &[Fate], claims: &BTreeMap<Uid, Uid>) -> Vec<Line> {
    parcels
        .iter()
        .zip(fates)
        .filter_map(|(parcel, fate)| match fate {
            Fate::Sent { facts, .. } => Some(delivered(parcel.uid, facts, claims.get(&parcel.uid).copied())),
            _ => None,
        })
        .collect()
}

/// Lines that the destination took and does not show, as what they are when it has the same message already: folded into
/// that one (Gmail does it). The same header is not enough: where both octets are known, they have to be equal.
pub fn merged(new: Vec<Line>, before: &[Line]) -> Vec<Line> {
    let placed: Vec<Line> = new.iter().chain(before).filter(|line| line.to.is_some()).cloned().collect();
    let fold = |line: Line| {
        if line.to.is_some() || line.outcome != Outcome::Copied {
            return line;
        }
        match placed.iter().find(|other| same_message(&line, other)) {
            Some(other) => Line { outcome: Outcome::Merged, to: other.to, seen: true, ..line },
            None => line,
        }
    };
    new.into_iter().map(fold).collect()
}

fn same_message(line: &Line, other: &Line) -> bool {
    let strong = |line: &Line| line.prints.and_then(|prints| prints.strong);
    let octets = match (line.digest, other.digest) {
        (Some(one), Some(two)) => one == two,
        _ => true,
    };
    strong(line).is_some() && strong(line) == strong(other) && octets
}

/// Counts what was sent: octets, dropped keywords, replaced dates.
pub fn tally(folder: &mut Folder, fates: &[Fate]) {
    for fate in fates {
        let Fate::Sent { facts, .. } = fate else { continue };
        folder.octets += facts.size;
        folder.dates_replaced += u64::from(facts.date_replaced);
        for keyword in &facts.dropped {
            *folder.flags_dropped.entry(keyword.clone()).or_default() += 1;
        }
    }
}

/// Enters new lines into the record: counters, the highest claimed UID, and the watermark. `listed` are the source UIDs of
/// the range that ends at `hi`; the watermark stops before the first of them that has no line.
pub fn enter(folder: &mut Folder, lines: &[Line], listed: &UidSet, known: &mut UidSet, hi: Uid) {
    for line in lines {
        if !known.contains(line.uid) {
            folder.counts.add(line.outcome);
            folder.this_pass.add(line.outcome);
            known.insert(line.uid);
        }
        folder.claimed = folder.claimed.max(line.to.unwrap_or_default());
    }
    let open = listed.iter().find(|uid| *uid > folder.committed && !known.contains(*uid));
    let settled = open.map_or(hi, |uid| Uid::new(uid.get().saturating_sub(1)));
    folder.committed = folder.committed.max(settled);
    // Below the watermark nothing is asked any more: what is known stays small, however large the folder is.
    known.remove_through(folder.committed);
    folder.lines_ahead = !known.is_empty();
}
