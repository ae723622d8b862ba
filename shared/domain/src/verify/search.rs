//! # Search
//! Looks by fingerprint for what is not in its place at the destination.

use super::count::Count;
use crate::mail::UidSet;
use crate::migration::manifest::Line;
use crate::migration::matching::{Digests, pair_up};
use crate::migration::recounting::Recounting;
use crate::migration::{Failure, Folder};
use crate::ports::mail::Head;
use crate::turn::lines;

impl Count<'_> {
    /// Lines that are lost for good; those found under another UID get new lines. None: the time is over.
    pub(super) async fn look_for(
        &mut self,
        folder: &mut Folder,
        at: &mut Recounting,
        missing: &UidSet,
    ) -> Result<Option<UidSet>, Failure> {
        let mut lost = missing.clone();
        if missing.is_empty() || at.destination.foreign == 0 {
            return Ok(Some(lost));
        }
        let lines = lines::of(self.ports.archive, &self.held.record.id, folder, missing).await?;
        let wanted: Vec<Head> = lines.values().filter_map(Line::head).collect();
        let present = self.destination.uids(crate::mail::Uid::new(1), None).await?;
        let free: UidSet = present.iter().filter(|uid| self.claims.binary_search(uid).is_err()).collect();
        let mut had = Vec::new();
        for piece in free.pieces(4_000, 500) {
            had.extend(self.destination.heads_of(&piece).await?);
        }
        let mut digests = Digests::default();
        let first = pair_up(&wanted, &had, &digests);
        for uid in &first.ambiguous.source {
            if let Some(digest) = self.source.body_digest(*uid).await? {
                digests.source.insert(*uid, digest);
            }
        }
        for uid in &first.ambiguous.destination {
            if let Some(body) = self.destination.body_digest(*uid).await? {
                digests.destination.insert(*uid, body);
            }
        }
        digests.complete = true;
        let mut found = Vec::new();
        for (uid, to) in pair_up(&wanted, &had, &digests).pairs {
            if let Some(line) = lines.get(&uid) {
                lost.remove(uid);
                self.claims.push(to);
                found.push(Line { to: Some(to), seen: true, ..line.clone() });
            }
        }
        self.claims.sort_unstable();
        at.destination.foreign = at.destination.foreign.saturating_sub(u64::try_from(found.len()).unwrap_or(u64::MAX));
        if !found.is_empty() {
            found.sort_by_key(|line| line.uid);
            lines::write(self.ports, self.held, folder, found, false).await?;
        }
        Ok(Some(lost))
    }
}
