//! # Verify step
//! Counts folder after folder on fresh connections, then closes the books and writes the report.

use std::collections::BTreeMap;
use std::time::Duration;

use super::recount::{Shown, count, count_whole, not_in_place};
use super::tell;
use crate::mail::{Uid, UidSet};
use crate::migration::dispose::dispose;
use crate::migration::folder::{Progress, Role};
use crate::migration::manifest::Line;
use crate::migration::matching::{Digests, pair_up};
use crate::migration::{Counts, Failure, Folder, Migration, Outcome, Stage, State, Trouble};
use crate::ports::mail::{Destination, Head, Source};
use crate::ports::{Event, Job, Ports};
use crate::turn::{Claim, Held, Next, Timing, claim, commit, hand_over, lines};

const PAGE: usize = 500;
/// UIDs asked for at once.
const WINDOW: u32 = 10_000;
/// Below this much time left no folder is begun.
const LAST_CHANCE: Duration = Duration::from_millis(1000);

struct Count<'a> {
    ports: &'a Ports<'a>,
    held: &'a Held,
    source: Box<dyn Source>,
    destination: Box<dyn Destination>,
}

/// What came of one folder.
enum Counted {
    Done,
    /// Its UIDs mean something else now: copy has to reconcile it first.
    Moved,
}

/// Runs the job. None when it was stale or a twin: acknowledge and drop it. The caller acknowledges in any case.
pub async fn run(ports: &Ports<'_>, job: &Job, holder: &str, timing: Timing) -> Result<Option<Migration>, Failure> {
    let Claim::Held(mut held) = claim(ports, job, holder, timing).await? else { return Ok(None) };
    let mut progress = false;
    let next = match recount(ports, &mut held, &mut progress).await {
        Ok(next) => next,
        Err(failure) if failure.trouble == Trouble::Conflict => return Err(failure),
        Err(failure) => {
            let proven = held.record.source_proven && held.record.destination_proven;
            Next::Disposed(dispose(&failure, progress, held.record.tries, proven, ports.clock.now()))
        }
    };
    if let Next::Ended(state, reason) = &next {
        held.record.state = *state;
        held.record.reason = reason.clone();
        held.record.pass.finished = Some(ports.clock.now());
        tell::write(ports, &held.record).await?;
    }
    hand_over(ports, *held, next, progress).await.map(Some)
}

async fn recount(ports: &Ports<'_>, held: &mut Held, progress: &mut bool) -> Result<Next, Failure> {
    let folders = all(ports, &held.record).await?;
    let total = u64::try_from(folders.len()).unwrap_or(u64::MAX);
    if folders.iter().any(|folder| folder.progress != Progress::Verified) {
        let source = ports.mail.source().await?;
        let destination = ports.mail.destination().await?;
        let mut count = Count { ports, held, source, destination };
        let mut groups: BTreeMap<_, Vec<Folder>> = BTreeMap::new();
        for folder in folders {
            groups.entry(folder.destination.clone()).or_default().push(folder);
        }
        let mut done = 0;
        let mut moved = false;
        for group in groups.values_mut() {
            for at in 0..group.len() {
                let Some(folder) = group.get(at).filter(|folder| folder.progress != Progress::Verified).cloned() else {
                    done += 1;
                    continue;
                };
                if ports.clock.stopping() || ports.clock.left() < LAST_CHANCE {
                    return Ok(Next::Stage(Stage::Verify, Duration::ZERO));
                }
                let (folder, counted) = count.folder(folder, group).await?;
                moved |= matches!(counted, Counted::Moved);
                if let Some(slot) = group.get_mut(at) {
                    *slot = folder;
                }
                *progress = true;
                done += 1;
                ports.notify.tell(Event::Verified { done, of: total });
            }
        }
        count.source.logout().await;
        count.destination.logout().await;
        if moved {
            return Ok(Next::Stage(Stage::Copy, Duration::ZERO));
        }
    }
    close(ports, held).await
}

async fn all(ports: &Ports<'_>, record: &Migration) -> Result<Vec<Folder>, Failure> {
    let mut folders = Vec::new();
    loop {
        let from = folders.last().map_or(0, |folder: &Folder| folder.number + 1);
        let page = ports.ledger.folders(&record.id, from, PAGE).await?;
        if page.is_empty() {
            return Ok(folders);
        }
        folders.extend(page);
    }
}

/// Adds the folders up and names the state.
async fn close(ports: &Ports<'_>, held: &mut Held) -> Result<Next, Failure> {
    let folders = all(ports, &held.record).await?;
    let sum = |of: fn(&Folder) -> Counts| folders.iter().map(of).fold(Counts::default(), |a, b| a.plus(&b));
    let record = &mut held.record;
    record.totals = sum(|folder| folder.counts);
    record.this_pass = sum(|folder| folder.this_pass);
    record.pass.octets = folders.iter().map(|folder| folder.octets).sum();
    let in_error = folders.iter().filter(|folder| folder.error.is_some()).count();
    let totals = record.totals;
    let (state, reason) = if !totals.closes() {
        (
            State::Unbalanced,
            format!(
                "{} messages have no known outcome; start the same command again, or look at the report's folders",
                totals.unexplained
            ),
        )
    } else if totals.quarantined + totals.blocked > 0 || in_error > 0 {
        (
            State::Exceptions,
            format!(
                "{} messages in quarantine, {} behind folders that cannot be opened or made",
                totals.quarantined, totals.blocked
            ),
        )
    } else {
        (State::Verified, "every message has an outcome and the balance closes".into())
    };
    Ok(Next::Ended(state, reason))
}

impl Count<'_> {
    async fn folder(&mut self, mut folder: Folder, group: &[Folder]) -> Result<(Folder, Counted), Failure> {
        let counted = match folder.role {
            Role::Filtered => self.whole(&mut folder, Outcome::Filtered),
            Role::Blocked if folder.head.is_none() => self.whole(&mut folder, Outcome::Blocked),
            Role::Carry | Role::Blocked => self.carried(&mut folder, group).await?,
        };
        if matches!(counted, Counted::Done) {
            folder.progress = Progress::Verified;
        }
        commit(self.ports, self.held, &mut folder).await?;
        Ok((folder, counted))
    }

    fn whole(&mut self, folder: &mut Folder, outcome: Outcome) -> Counted {
        folder.counts = count_whole(folder, outcome);
        folder.this_pass = folder.counts;
        Counted::Done
    }

    async fn carried(&mut self, folder: &mut Folder, group: &[Folder]) -> Result<Counted, Failure> {
        let mut lines = lines::read(self.ports.archive, &self.held.record.id, folder).await?;
        let destination = match self.destination.open(&folder.destination.clone()).await {
            Err(failure) if failure.trouble == Trouble::Folder => {
                folder.error = Some(failure.to_string());
                Default::default()
            }
            opened => opened?,
        };
        let Some(shown) = self.source_shows(folder, &lines, &destination).await? else { return Ok(self.moved(folder)) };
        if folder.error.is_none() && !lines.is_empty() && destination.validity != folder.destination_validity {
            return Ok(self.moved(folder));
        }
        let present = self.destination.uids(Uid::new(1), None).await?;
        let claimed = self.claimed(&lines, group, folder).await?;
        let (lost, found) = self.look_for(&lines, &present, &claimed).await?;
        if !found.is_empty() {
            for line in &found {
                lines.insert(line.uid, line.clone());
            }
            lines::write(self.ports, self.held, folder, found, false).await?;
        }
        let first = group.first().is_some_and(|first| first.number == folder.number);
        let ours = self.claimed(&lines, group, folder).await?;
        let foreign = present.iter().filter(|uid| !ours.contains(*uid)).count();
        let foreign = if first { u64::try_from(foreign).unwrap_or(u64::MAX) } else { 0 };
        let before = folder.this_pass;
        folder.flags_changed = shown.flags_changed;
        folder.counts = count(folder, &lines, &shown, &lost, foreign);
        folder.this_pass = Counts {
            unexplained: folder.counts.unexplained,
            source: before.accounted() - before.unexplained + folder.counts.unexplained,
            arrived: folder.counts.arrived,
            removed: folder.counts.removed,
            gone: folder.counts.gone,
            foreign,
            ..before
        };
        Ok(Counted::Done)
    }

    fn moved(&mut self, folder: &mut Folder) -> Counted {
        folder.progress = Progress::Planned;
        Counted::Moved
    }

    /// The source's listing; none when its UIDVALIDITY is another one now. Listed must be EXISTS: asked twice, then the
    /// folder is in error.
    async fn source_shows(
        &mut self,
        folder: &mut Folder,
        lines: &BTreeMap<Uid, Line>,
        destination: &crate::ports::mail::Opened,
    ) -> Result<Option<Shown>, Failure> {
        if folder.gone {
            return Ok(Some(Shown::default()));
        }
        let opened = match self.source.open(&folder.source.clone()).await {
            Err(failure) if failure.trouble == Trouble::Folder => {
                folder.error = Some(failure.to_string());
                return Ok(Some(Shown::default()));
            }
            opened => opened?,
        };
        if !lines.is_empty() && opened.validity != folder.source_validity {
            return Ok(None);
        }
        let mut shown = Shown::default();
        for _ in 0..2 {
            shown = Shown::default();
            let (mut lo, mut width) = (1_u32, WINDOW);
            while lo < folder.snapshot.get() {
                let hi = lo.saturating_add(width - 1).min(folder.snapshot.get() - 1);
                let metas = self.source.metas(Uid::new(lo), Some(Uid::new(hi))).await?;
                width = crate::mail::window::window(width, metas.len(), 2_000);
                shown.add(&metas, folder.snapshot, lines, &destination.permanent);
                lo = hi.saturating_add(1);
            }
            let rest = self.source.metas(folder.snapshot.max(Uid::new(1)), None).await?;
            shown.add(&rest, folder.snapshot, lines, &destination.permanent);
            let listed = u64::try_from(shown.listed.len()).unwrap_or(u64::MAX) + shown.arrived;
            match self.source.exists().await? {
                Some(exists) if u64::from(exists) != listed => {
                    folder.error = Some(format!("the source says {exists} messages and lists {listed}"));
                }
                _ => {
                    folder.error = folder.error.take().filter(|error| !error.starts_with("the source says"));
                    break;
                }
            }
        }
        Ok(Some(shown))
    }

    /// Destination UIDs that this folder's lines and those of its siblings name.
    async fn claimed(
        &mut self,
        lines: &BTreeMap<Uid, Line>,
        group: &[Folder],
        folder: &Folder,
    ) -> Result<UidSet, Failure> {
        let mut claimed: UidSet = lines.values().filter_map(|line| line.to).collect();
        for sibling in group.iter().filter(|sibling| sibling.number != folder.number) {
            let theirs = lines::read(self.ports.archive, &self.held.record.id, sibling).await?;
            for to in theirs.values().filter_map(|line| line.to) {
                claimed.insert(to);
            }
        }
        Ok(claimed)
    }

    /// Looks by fingerprint for what is not in its place. Lines lost for good, and lines found under another UID.
    async fn look_for(
        &mut self,
        lines: &BTreeMap<Uid, Line>,
        present: &UidSet,
        claimed: &UidSet,
    ) -> Result<(UidSet, Vec<Line>), Failure> {
        let missing = not_in_place(lines, present);
        let mut lost: UidSet = missing.iter().copied().collect();
        if missing.is_empty() {
            return Ok((lost, Vec::new()));
        }
        let wanted: Vec<Head> = missing.iter().filter_map(|uid| lines.get(uid)?.head()).collect();
        let free: UidSet = present.iter().filter(|uid| !claimed.contains(*uid)).collect();
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
                found.push(Line { to: Some(to), seen: true, ..line.clone() });
            }
        }
        found.sort_by_key(|line| line.uid);
        Ok((lost, found))
    }
}
