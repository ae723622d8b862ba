//! # Search
//! Looks by fingerprint for what is not in its place at the destination, among the messages that no line names.

use super::count::{Count, out_of_time};
use crate::mail::{Uid, UidSet};
use crate::migration::manifest::Line;
use crate::migration::matching::{Digests, pair_up};
use crate::migration::recounting::Recounting;
use crate::migration::{Failure, Folder};
use crate::ports::mail::Opened;
use crate::turn::headers::{Reading, Scope};
use crate::turn::lines;
use crate::turn::pile::{Pile, Sifted, sift};

/// Lines that get their new place in one segment.
const SEGMENT: usize = 2_000;

impl Count<'_> {
    /// Lines that are lost for good; those found under another UID get new lines. None: the time is over.
    pub(super) async fn look_for(
        &mut self,
        folder: &mut Folder,
        at: &mut Recounting,
        missing: &UidSet,
        opened: Option<&Opened>,
    ) -> Result<Option<UidSet>, Failure> {
        let Some(opened) = opened.filter(|_| !missing.is_empty() && at.destination.foreign > 0) else {
            return Ok(Some(missing.clone()));
        };
        let mut reading = Reading::from(at.search.take().unwrap_or_default());
        if !self.read_foreign(folder, &mut reading, opened).await? {
            at.search = Some(reading.survey);
            return Ok(None);
        }
        let sifted = self.sift(folder, &reading, missing).await?;
        let digests = self.digests(&sifted).await?;
        let pairs = sifted.decide(&digests);
        self.write_found(folder, missing, &pairs).await?;
        at.destination.foreign = at.destination.foreign.saturating_sub(u64::try_from(pairs.len()).unwrap_or(u64::MAX));
        self.claims.extend(pairs.iter().map(|(_, to)| *to));
        self.claims.sort_unstable();
        let found: UidSet = pairs.iter().map(|(uid, _)| *uid).collect();
        Ok(Some(missing.iter().filter(|uid| !found.contains(*uid)).collect()))
    }

    /// Headers of messages that no line names. False: the time is over.
    async fn read_foreign(&mut self, folder: &Folder, reading: &mut Reading, opened: &Opened) -> Result<bool, Failure> {
        let claims = &self.claims;
        let wanted = |uid: Uid| claims.binary_search(&uid).is_err();
        let scope =
            Scope { below: None, uid_next: opened.uid_next, exists: opened.exists, flags: false, wanted: &wanted };
        while !reading.survey.done {
            reading.window(self.destination.as_mut(), &scope, self.ports.clock.left()).await?;
            let over = out_of_time(self.ports) && !reading.survey.done;
            if over || reading.is_full() {
                reading.flush(self.ports, self.held, folder, "search").await?;
            }
            if over {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn sift(&self, folder: &Folder, reading: &Reading, missing: &UidSet) -> Result<Sifted, Failure> {
        let (archive, id) = (self.ports.archive, &self.held.record.id);
        let uids = lines::roll(archive, id, folder).await?.uids();
        let lines = Pile::manifest(archive, id, folder.head.clone(), &uids);
        let survey = &reading.survey;
        let foreign = Pile::survey(archive, id, survey.head.clone(), &reading.fresh, survey.read);
        sift((&lines, &|line: &Line| missing.contains(line.uid)), (&foreign, &|_: &Line| true)).await
    }

    async fn digests(&mut self, sifted: &Sifted) -> Result<Digests, Failure> {
        let mut digests = Digests::default();
        let asked = pair_up(&sifted.here, &sifted.there, &digests).ambiguous;
        for uid in &asked.source {
            if let Some(digest) = self.source.body_digest(*uid).await? {
                digests.source.insert(*uid, digest);
            }
        }
        for uid in &asked.destination {
            if let Some(digest) = self.destination.body_digest(*uid).await? {
                digests.destination.insert(*uid, digest);
            }
        }
        digests.complete = true;
        Ok(digests)
    }

    /// New lines, a segment at a time; the caller's save makes all of them count.
    async fn write_found(&self, folder: &mut Folder, missing: &UidSet, pairs: &[(Uid, Uid)]) -> Result<(), Failure> {
        let former = folder.clone();
        for portion in pairs.chunks(SEGMENT) {
            let uids: UidSet = portion.iter().map(|(uid, _)| *uid).filter(|uid| missing.contains(*uid)).collect();
            let lines = lines::of(self.ports.archive, &self.held.record.id, &former, &uids).await?;
            let found = portion.iter().filter_map(|(uid, to)| {
                let line = lines.get(uid)?;
                Some(Line { to: Some(*to), seen: true, ..line.clone() })
            });
            lines::write(self.ports, self.held, folder, found.collect(), false).await?;
        }
        Ok(())
    }
}
