//! # Matches
//! Which of the messages that were read on both sides are the same: former lines first, then mail that is there already.

use bytes::Bytes;

use super::crossing::Crossing;
use super::reconcile::Work;
use crate::mail::{Fingerprint, Fingerprints, Uid};
use crate::migration::manifest::Line;
use crate::migration::matched::{Matched, second};
use crate::migration::matching::{Digests, pair_up};
use crate::migration::{Failure, Folder, survey};
use crate::ports::Put;
use crate::ports::mail::Head;
use crate::turn::headers::Reading;
use crate::turn::lines;
use crate::turn::pile::{Keep, Pile, Sifted, sift};

impl Crossing<'_> {
    /// What became of the former lines, and what of the rest is there already.
    pub(super) async fn match_all(
        &mut self,
        folder: &mut Folder,
        work: &mut Work<'_>,
        siblings: &[Folder],
    ) -> Result<Matched, Failure> {
        let mut matched = self.match_former(folder, work).await?;
        let claimed = self.claimed(folder, work, &matched, siblings).await?;
        let known = has_line(work, &matched);
        let unknown = |line: &Line| known.binary_search(&line.uid).is_err();
        let free = |line: &Line| claimed.binary_search(&line.uid).is_err();
        let sifted = {
            let (here, there) = self.piles(work);
            sift((&here, &unknown), (&there, &free)).await?
        };
        let digests = self.digests(folder, work, &sifted).await?;
        matched.adopted = sifted.decide(&digests);
        if work.is_large() {
            self.keep_matched(folder, work, &matched).await?;
        }
        Ok(matched)
    }

    /// Former lines under the UIDs that their messages have now.
    async fn match_former(&self, folder: &Folder, work: &Work<'_>) -> Result<Matched, Failure> {
        let mut matched = Matched::default();
        let (here, there) = self.piles(work);
        let former = Pile::manifest(self.ports.archive, &self.held.record.id, folder.head.clone(), &work.uids);
        let every: Keep<'_> = &|_: &Line| true;
        if work.change.source {
            let sifted = sift((&here, every), (&former, every)).await?;
            let digests = by_order(&sifted);
            matched.rekeyed = sifted.decide(&digests).into_iter().map(|(now, before)| (before, now)).collect();
            matched.rekeyed.sort_unstable();
        }
        if work.change.destination {
            let survives = |line: &Line| line.delivered() && now(work, &matched, line.uid).is_some();
            let sifted = sift((&former, &survives), (&there, every)).await?;
            let digests = by_order(&sifted);
            matched.pointed = sifted.decide(&digests);
        }
        Ok(matched)
    }

    /// What was read of both sides.
    pub(super) fn piles<'w>(&'w self, work: &'w Work<'_>) -> (Pile<'w>, Pile<'w>) {
        let pile = |reading: &'w Reading| {
            let survey = &reading.survey;
            Pile::survey(self.ports.archive, &self.held.record.id, survey.head.clone(), &reading.fresh, survey.read)
        };
        (pile(&work.source), pile(&work.destination))
    }

    /// Destination UIDs that this migration has already accounted for in this destination folder, sorted.
    async fn claimed(
        &self,
        folder: &Folder,
        work: &Work<'_>,
        matched: &Matched,
        siblings: &[Folder],
    ) -> Result<Vec<Uid>, Failure> {
        let (archive, id) = (self.ports.archive, &self.held.record.id);
        let mut claimed: Vec<Uid> = if work.change.destination {
            matched.pointed.iter().map(|(_, to)| *to).collect()
        } else {
            let roll = lines::roll(archive, id, folder).await?;
            let alive = roll.entries().iter().filter(|line| now(work, matched, line.uid()).is_some());
            alive.filter_map(|line| line.to()).collect()
        };
        claimed.sort_unstable();
        for sibling in siblings.iter().filter(|sibling| sibling.head.is_some()) {
            let roll = lines::roll(archive, id, sibling).await?;
            let now = work.opened.validity;
            if now.is_some() && sibling.destination_validity == now {
                claimed.extend(roll.places());
            } else {
                claimed.extend(self.places_of(work, sibling, &roll.uids(), &claimed).await?);
            }
            claimed.sort_unstable();
        }
        Ok(claimed)
    }

    /// Where the messages of another folder are, whose lines name UIDs of another numbering.
    async fn places_of(
        &self,
        work: &Work<'_>,
        sibling: &Folder,
        uids: &[Uid],
        claimed: &[Uid],
    ) -> Result<Vec<Uid>, Failure> {
        let theirs = Pile::manifest(self.ports.archive, &self.held.record.id, sibling.head.clone(), uids);
        let free = |line: &Line| claimed.binary_search(&line.uid).is_err();
        let (_, there) = self.piles(work);
        let sifted = sift((&theirs, &Line::delivered), (&there, &free)).await?;
        let digests = by_order(&sifted);
        Ok(sifted.decide(&digests).into_iter().map(|(_, to)| to).collect())
    }

    /// Digests of the bodies that decide. Those read so far are kept when time is over.
    async fn digests(&mut self, folder: &mut Folder, work: &mut Work<'_>, sifted: &Sifted) -> Result<Digests, Failure> {
        let asked = pair_up(&sifted.here, &sifted.there, &Digests::default()).ambiguous;
        let mut digests = match work.at.digests.clone() {
            Some(key) => self.object(&key, |octets| serde_json::from_slice(octets).ok()).await?,
            None => Digests::default(),
        };
        for uid in asked.source.iter().filter(|uid| !digests.source.contains_key(uid)).copied().collect::<Vec<_>>() {
            if let Some(digest) = self.pair.source().body_digest(uid).await? {
                digests.source.insert(uid, digest);
            }
            self.pause_with(folder, work, &digests).await?;
        }
        let there = asked.destination.iter().filter(|uid| !digests.destination.contains_key(uid)).copied();
        for uid in there.collect::<Vec<_>>() {
            if let Some(digest) = self.pair.destination().body_digest(uid).await? {
                digests.destination.insert(uid, digest);
            }
            self.pause_with(folder, work, &digests).await?;
        }
        digests.complete = true;
        Ok(digests)
    }

    async fn pause_with(&mut self, folder: &mut Folder, work: &mut Work<'_>, digests: &Digests) -> Result<(), Failure> {
        if !self.out_of_time() {
            return Ok(());
        }
        let octets = serde_json::to_vec(digests).map_err(|cause| Failure::store(format!("keep digests: {cause}")))?;
        work.at.digests = Some(self.put_object(folder, "digests", octets).await?);
        Err(self.pause(folder, work).await?)
    }

    async fn keep_matched(
        &mut self,
        folder: &mut Folder,
        work: &mut Work<'_>,
        matched: &Matched,
    ) -> Result<(), Failure> {
        work.at.matched = Some(self.put_object(folder, "matched", matched.encode()).await?);
        self.keep_position(folder, work).await
    }

    /// What an earlier step has matched.
    pub(super) async fn matched(&self, key: &str) -> Result<Matched, Failure> {
        self.object(key, Matched::decode).await
    }

    async fn put_object(&self, folder: &Folder, what: &str, octets: Vec<u8>) -> Result<String, Failure> {
        let record = &self.held.record;
        let key = survey::key(folder, record.epoch, record.turn, what, 0);
        match self.ports.archive.put_once(&record.id, &key, Bytes::from(octets)).await? {
            Put::Done => Ok(key),
            Put::Exists => Err(Failure::conflict(format!("{key} is there already"))),
        }
    }

    async fn object<T>(&self, key: &str, read: impl FnOnce(&[u8]) -> Option<T>) -> Result<T, Failure> {
        let octets = self.ports.archive.get(&self.held.record.id, key).await?;
        octets.and_then(|octets| read(&octets)).ok_or_else(|| {
            Failure::store(format!("read {key}: it is not there, or is not what was written; restore it from a backup"))
        })
    }
}

/// The source UID that a former line has now; none when its message is not there any more.
pub(super) fn now(work: &Work<'_>, matched: &Matched, before: Uid) -> Option<Uid> {
    if work.change.source { second(&matched.rekeyed, before) } else { Some(before) }
}

/// Source UIDs of the messages that have a line, sorted.
pub(super) fn has_line(work: &Work<'_>, matched: &Matched) -> Vec<Uid> {
    if !work.change.source {
        return work.uids.clone();
    }
    let mut uids: Vec<Uid> = matched.rekeyed.iter().map(|(_, now)| *now).collect();
    uids.sort_unstable();
    uids
}

/// Old records have no octets to be asked for: what is equal in every print is matched in UID order.
fn by_order(sifted: &Sifted) -> Digests {
    let all = |heads: &[Head]| heads.iter().map(|head| (head.uid, of_prints(&head.prints))).collect();
    Digests { source: all(&sifted.here), destination: all(&sifted.there), complete: true }
}

fn of_prints(prints: &Fingerprints) -> Fingerprint {
    let mut octets = prints.weak.octets().to_vec();
    for print in [prints.strong, prints.id_date].into_iter().flatten() {
        octets.extend_from_slice(print.octets());
    }
    Fingerprint::of(&octets)
}
