//! # Matching
//! Which messages at the destination are which at the source: a multiset match by fingerprint.
//!
//! Messages are grouped by the best print that occurs on both sides. One on each side is a pair; more are told apart by the
//! digest of their bodies, and equal digests are twins, of which each destination message is used once. Which group a
//! message belongs to never depends on digests, so that one round of asking is enough.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::mail::{Fingerprint, Uid};
use crate::ports::mail::Head;

/// Body digests read so far, by UID.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// Of the source.
    pub source: BTreeMap<Uid, Fingerprint>,
    /// Of the destination.
    pub destination: BTreeMap<Uid, Fingerprint>,
    /// True when everything that was asked for has been read: a message without a digest is gone or not handed out, and is
    /// not asked for again.
    pub complete: bool,
}

/// Messages whose body digest decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Source UIDs.
    pub source: Vec<Uid>,
    /// Destination UIDs.
    pub destination: Vec<Uid>,
}

impl Ask {
    /// True when nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty() && self.destination.is_empty()
    }
}

/// What belongs together. Every message is in exactly one place, except that `ambiguous` names only those of an undecided
/// group whose digest is not known yet. All in UID order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// Source UID and destination UID of the same message.
    pub pairs: Vec<(Uid, Uid)>,
    /// Not decided: read these digests and match again.
    pub ambiguous: Ask,
    /// At the source only.
    pub unmatched: Vec<Uid>,
    /// At the destination only.
    pub foreign: Vec<Uid>,
}

/// A message with what it is grouped by.
type Keyed<'a, K> = (K, &'a Head);
/// Source and destination.
type Sides<T> = (Vec<T>, Vec<T>);

/// Matches `wanted` (source) with `had` (destination). In n log n, whatever the number of twins.
pub fn pair_up(wanted: &[Head], had: &[Head], digests: &Digests) -> Matching {
    let mut found = Found { digests, matching: Matching::default() };
    let rest = (unique(wanted), unique(had));
    let rest = meet(rest, |head| head.prints.strong, |ours, theirs| found.decide(ours, theirs, true));
    let nameless = |head: &Head| head.prints.strong.is_none().then_some(head.prints.weak);
    let rest = meet(rest, nameless, |ours, theirs| found.decide(ours, theirs, true));
    // The destination rewrote Subject or From: the same Message-ID and Date, and no other message has them.
    let lone = lone_id_dates(&rest, wanted, had);
    let lone = |head: &Head| head.prints.id_date.filter(|print| lone.contains(print));
    let rest = meet(rest, lone, |ours, theirs| found.decide(ours, theirs, true));
    // No Message-ID at the source and one at the destination, which may have added it. Where the source has one and the
    // destination another or none, the headers contradict each other: the bodies decide.
    let rest = meet(
        rest,
        |head| Some(head.prints.weak),
        |ours, theirs| {
            found.decide(ours, theirs, ours.iter().all(|(_, head)| head.prints.strong.is_none()));
        },
    );
    found.finish(rest)
}

struct Found<'a> {
    digests: &'a Digests,
    matching: Matching,
}

impl Found<'_> {
    /// Decides a group. `print_suffices`: one on each side is a pair without a look at the bodies.
    fn decide<K>(&mut self, ours: &[Keyed<'_, K>], theirs: &[Keyed<'_, K>], print_suffices: bool) {
        match (ours, theirs) {
            ([(_, our)], [(_, their)]) if print_suffices => self.matching.pairs.push((our.uid, their.uid)),
            _ => self.by_digest(ours, theirs, print_suffices),
        }
    }

    fn by_digest<K>(&mut self, ours: &[Keyed<'_, K>], theirs: &[Keyed<'_, K>], print_suffices: bool) {
        let digests = self.digests;
        let (ours, unread) = keyed(heads(ours), |head| digests.source.get(&head.uid).copied());
        let (theirs, unread_there) = keyed(heads(theirs), |head| digests.destination.get(&head.uid).copied());
        let all_read = unread.is_empty() && unread_there.is_empty();
        if !all_read && !digests.complete {
            self.matching.ambiguous.source.extend(uids(&unread));
            self.matching.ambiguous.destination.extend(uids(&unread_there));
            return;
        }
        let mut left: Sides<&Head> = Sides::default();
        let alone = join(ours, theirs, |ours, theirs| {
            add(&mut left, self.twins(heads(ours), heads(theirs)));
        });
        add(&mut left, alone);
        let unread = (unread, unread_there);
        if print_suffices {
            left = self.unread(left, unread);
        } else {
            add(&mut left, unread);
        }
        self.lonely(&left.0, &left.1);
    }

    /// Equal messages. Those of the same date, size and flags first, then of less (a destination that adds headers has
    /// other sizes throughout), so that the better twin is left over; then in UID order. Returns what is left over.
    fn twins<'h>(&mut self, ours: Vec<&'h Head>, theirs: Vec<&'h Head>) -> Sides<&'h Head> {
        let system = |head: &Head| head.flags.map(|flags| flags.system);
        let rest = self.zip((ours, theirs), |head| Some((head.date?, head.size, head.flags?)));
        let rest = self.zip(rest, |head| Some((head.date?, head.size, system(head)?)));
        let rest = self.zip(rest, |head| head.date.map(|date| (date, head.size)));
        let rest = self.zip(rest, |head| Some((head.date?, head.flags?)));
        let rest = self.zip(rest, |head| Some((head.date?, system(head)?)));
        let rest = self.zip(rest, |head| head.date);
        let rest = self.zip(rest, |head| head.flags);
        let rest = self.zip(rest, system);
        self.zip(rest, |_| Some(()))
    }

    /// A body that was not handed out is not known to be another: what is left over on the other side is taken for it. Unless
    /// that is too little: which of several is there is not known then.
    fn unread<'h>(
        &mut self,
        (ours, mut theirs): Sides<&'h Head>,
        (unread, mut there): Sides<&'h Head>,
    ) -> Sides<&'h Head> {
        there.append(&mut theirs);
        let (unread, there) = self.unless_too_few(unread, there);
        let (theirs, there) = there.into_iter().partition(|head| self.digests.destination.contains_key(&head.uid));
        let mut left = self.unless_too_few(ours, there);
        add(&mut left, (unread, theirs));
        left
    }

    fn unless_too_few<'h>(&mut self, ours: Vec<&'h Head>, theirs: Vec<&'h Head>) -> Sides<&'h Head> {
        if ours.len() > theirs.len() { (ours, theirs) } else { self.twins(ours, theirs) }
    }

    /// Pairs in UID order within equal keys; returns what is left.
    fn zip<'h, K: Ord>(&mut self, sides: Sides<&'h Head>, key: impl Fn(&Head) -> Option<K>) -> Sides<&'h Head> {
        let mut over: Sides<&Head> = Sides::default();
        let mut rest = meet(sides, key, |ours, theirs| {
            self.matching.pairs.extend(ours.iter().zip(theirs).map(|((_, our), (_, their))| (our.uid, their.uid)));
            over.0.extend(ours.iter().skip(theirs.len()).map(|(_, head)| *head));
            over.1.extend(theirs.iter().skip(ours.len()).map(|(_, head)| *head));
        });
        rest.0.append(&mut over.0);
        rest.1.append(&mut over.1);
        rest
    }

    fn lonely(&mut self, ours: &[&Head], theirs: &[&Head]) {
        self.matching.unmatched.extend(uids(ours));
        self.matching.foreign.extend(uids(theirs));
    }

    fn finish(mut self, rest: Sides<&Head>) -> Matching {
        self.lonely(&rest.0, &rest.1);
        let mut matching = self.matching;
        matching.pairs.sort_unstable();
        for uids in [
            &mut matching.unmatched,
            &mut matching.foreign,
            &mut matching.ambiguous.source,
            &mut matching.ambiguous.destination,
        ] {
            uids.sort_unstable();
        }
        matching
    }
}

fn add<T>(sides: &mut Sides<T>, more: Sides<T>) {
    sides.0.extend(more.0);
    sides.1.extend(more.1);
}

/// Groups both sides by `key` and hands over each group that has messages on both; returns all others.
fn meet<'h, K: Ord>(
    sides: Sides<&'h Head>,
    key: impl Fn(&Head) -> Option<K>,
    group: impl FnMut(&[Keyed<'h, K>], &[Keyed<'h, K>]),
) -> Sides<&'h Head> {
    let (ours, mut rest) = keyed(sides.0, &key);
    let (theirs, mut rest_there) = keyed(sides.1, &key);
    let mut lonely = join(ours, theirs, group);
    rest.append(&mut lonely.0);
    rest_there.append(&mut lonely.1);
    (rest, rest_there)
}

/// Splits messages into those with a key and those without.
fn keyed<'h, K>(
    heads: impl IntoIterator<Item = &'h Head>,
    key: impl Fn(&Head) -> Option<K>,
) -> (Vec<Keyed<'h, K>>, Vec<&'h Head>) {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for head in heads {
        match key(head) {
            Some(key) => with.push((key, head)),
            None => without.push(head),
        }
    }
    (with, without)
}

/// A merge join in the order of keys; within a key messages without a Message-ID come first, since a destination adds one
/// rather than changes one, then UID order.
fn join<'h, K: Ord>(
    mut ours: Vec<Keyed<'h, K>>,
    mut theirs: Vec<Keyed<'h, K>>,
    mut group: impl FnMut(&[Keyed<'h, K>], &[Keyed<'h, K>]),
) -> Sides<&'h Head> {
    let rank = |head: &Head| (head.prints.strong.is_some(), head.uid);
    let order = |a: &Keyed<'h, K>, b: &Keyed<'h, K>| a.0.cmp(&b.0).then_with(|| rank(a.1).cmp(&rank(b.1)));
    let same = |a: &Keyed<'h, K>, b: &Keyed<'h, K>| a.0 == b.0;
    ours.sort_unstable_by(order);
    theirs.sort_unstable_by(order);
    let (mut rest, mut rest_there) = Sides::default();
    let mut groups = theirs.chunk_by(same).peekable();
    for run in ours.chunk_by(same) {
        let key = run.first().map(|(key, _)| key);
        while let Some(before) = groups.next_if(|theirs| theirs.first().map(|(key, _)| key) < key) {
            rest_there.extend(heads(before));
        }
        match groups.next_if(|theirs| theirs.first().map(|(key, _)| key) == key) {
            Some(theirs) => group(run, theirs),
            None => rest.extend(heads(run)),
        }
    }
    rest_there.extend(groups.flat_map(heads));
    (rest, rest_there)
}

/// (Message-ID, Date) prints that exactly one message of each side has, among all messages.
fn lone_id_dates(rest: &Sides<&Head>, wanted: &[Head], had: &[Head]) -> BTreeSet<Fingerprint> {
    if rest.0.is_empty() || rest.1.is_empty() {
        return BTreeSet::new();
    }
    let there = once(had);
    once(wanted).into_iter().filter(|print| there.contains(print)).collect()
}

fn once(heads: &[Head]) -> BTreeSet<Fingerprint> {
    let mut prints: Vec<Fingerprint> = unique(heads).into_iter().filter_map(|head| head.prints.id_date).collect();
    prints.sort_unstable();
    prints.chunk_by(PartialEq::eq).filter(|same| same.len() == 1).flatten().copied().collect()
}

/// One head per UID: a server may list a message twice.
fn unique(heads: &[Head]) -> Vec<&Head> {
    let mut heads: Vec<&Head> = heads.iter().collect();
    heads.sort_by_key(|head| head.uid);
    heads.dedup_by_key(|head| head.uid);
    heads
}

fn heads<'h, K>(keyed: &[Keyed<'h, K>]) -> Vec<&'h Head> {
    keyed.iter().map(|(_, head)| *head).collect()
}

fn uids(heads: &[&Head]) -> impl Iterator<Item = Uid> {
    heads.iter().map(|head| head.uid)
}

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;
