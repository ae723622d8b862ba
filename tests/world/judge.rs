//! # Judge
//! What must be true in the end, decided by looking into both servers. It believes the product in one thing: which
//! source folder was to go to which destination folder; the plan has tests of its own.

use std::collections::{BTreeMap, BTreeSet};

use posthorse_domain::migration::folder::Role;
use posthorse_domain::migration::report::Report;
use posthorse_domain::migration::{Folder as Record, State};

use super::content::{Before, Piece, counted, take_out};
use super::server::{Change, Mailbox, Message, Profile, Quirk, USER};
use super::worlds::{Outcome, PASSWORD, World};

/// What a scenario cannot ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lenient {
    /// The destination was told not to keep some keywords.
    Keywords,
    /// The destination was told not to keep some dates.
    Dates,
    /// Interrupted APPENDs may change the order.
    Order,
}

struct Judge<'a> {
    world: &'a World,
    before: &'a Before,
    report: &'a Report,
    lenient: &'a [Lenient],
    destination: Mailbox,
    profile: Profile,
    complaints: Vec<String>,
}

/// Everything that is wrong; nothing, if all is well.
pub fn judge(
    world: &World,
    outcome: &Outcome,
    folders: &[Record],
    before: &Before,
    lenient: &[Lenient],
) -> Vec<String> {
    let Some(report) = &outcome.report else { return vec![format!("there is no report: {:?}", outcome.failure)] };
    let (destination, profile) = (world.destination.mailbox(), world.destination.profile());
    let mut judge = Judge { world, before, report, lenient, destination, profile, complaints: Vec::new() };
    judge.ended(outcome, folders);
    judge.books();
    judge.source(folders);
    judge.destination();
    judge.contents(folders);
    judge.quarantine();
    judge.secrets(outcome);
    judge.complaints
}

impl Judge<'_> {
    fn complain(&mut self, complaint: String) {
        self.complaints.push(complaint);
    }

    fn lets(&self, what: Lenient) -> bool {
        self.lenient.contains(&what)
    }

    fn ended(&mut self, outcome: &Outcome, folders: &[Record]) {
        if let Some(failure) = &outcome.failure {
            self.complain(format!("the process failed: {failure}"));
        }
        let in_error = self.report.folders.iter().any(|folder| folder.error.is_some());
        let exceptions = self.report.totals.quarantined + self.report.totals.blocked > 0 || in_error;
        let expected = if exceptions { State::Exceptions } else { State::Verified };
        if self.report.state != expected {
            self.complain(format!("the state is {:?}: {}", self.report.state, self.report.reason));
        }
        if outcome.record.as_ref().is_some_and(|record| record.lease_until.is_some()) {
            self.complain("the lease was not given back".into());
        }
        for folder in folders.iter().filter(|folder| folder.intent.is_some()) {
            self.complain(format!("folder {} has an open intent", folder.source));
        }
    }

    fn books(&mut self) {
        if !self.report.totals.closes() {
            self.complain(format!("the balance does not close: {:?}", self.report.totals));
        }
        for folder in &self.report.folders {
            if !folder.counts.closes() {
                self.complain(format!("the balance of {} does not close: {:?}", folder.source, folder.counts));
            }
        }
    }

    /// Nobody may write to the source, and all of its folders are somewhere in the books.
    fn source(&mut self, folders: &[Record]) {
        let log = self.world.source.log();
        for command in log.writing() {
            self.complain(format!("the source was sent {}", command.line));
        }
        for change in &log.changes {
            self.complain(format!("the source was changed: {change:?}"));
        }
        for breach in &log.breaches {
            self.complain(format!("the source was sent what it may not be: {breach}"));
        }
        for (name, folder) in &self.before.source {
            if folder.selectable && !folders.iter().any(|record| canonical(record.source.raw()) == *name) {
                self.complain(format!("{} is in no book", name.escape_ascii()));
            }
        }
    }

    fn destination(&mut self) {
        let log = self.world.destination.log();
        for command in log.destroying().into_iter().filter(|command| !command.adds_a_flag()) {
            self.complain(format!("the destination was sent {}", command.line));
        }
        // A flag that APPEND lost may be set again, on what came by APPEND and on nothing else.
        for change in &log.changes {
            if matches!(change, Change::Stored { appended: false, .. }) {
                self.complain(format!("a message was changed that others had put there: {change:?}"));
            }
        }
        // A MULTIAPPEND that must not be carried out is ended so that it does not parse.
        for breach in log.breaches.iter().filter(|breach| !breach.ends_with("append:  )")) {
            self.complain(format!("the destination was sent what it may not be: {breach}"));
        }
    }

    fn contents(&mut self, folders: &[Record]) {
        let mut groups: BTreeMap<Vec<u8>, Vec<&Record>> = BTreeMap::new();
        for folder in folders {
            groups.entry(folder.destination.raw().to_vec()).or_default().push(folder);
        }
        for name in self.before.destination.keys() {
            groups.entry(name.clone()).or_default();
        }
        for (name, group) in &groups {
            self.folder(name, group);
        }
    }

    fn folder(&mut self, name: &[u8], group: &[&Record]) {
        let title = name.escape_ascii().to_string();
        let Some(folder) = self.destination.folders.get(name).cloned() else {
            let wanted = group.iter().any(|record| record.role == Role::Carry && record.error.is_none());
            if wanted {
                self.complain(format!("{title} is not at the destination"));
            }
            return;
        };
        let mut rest: Vec<Piece> = folder.messages.values().map(|message| self.trimmed(Piece::of(message))).collect();
        let order: Vec<_> = rest.iter().map(|piece| piece.octets.clone()).collect();
        let stood = self.stood(name);
        for piece in take_out(&mut rest, &stood) {
            self.complain(format!("{title}: {} stood there and is gone or changed", piece.subject()));
        }
        let (mut wanted, gone) = self.wanted(name, group);
        let whole = wanted.clone();
        adopt(&mut wanted, &stood);
        if self.merges() {
            fold(&mut wanted, &rest, &stood);
        }
        self.compare(&title, &wanted, &gone, &rest);
        let plain = stood.is_empty() && gone.is_empty() && group.len() == 1 && wanted.len() == whole.len();
        let expected: Vec<_> = whole.iter().map(|piece| piece.octets.clone()).collect();
        if plain && self.complaints.is_empty() && !self.lets(Lenient::Order) && order != expected {
            self.complain(format!("{title}: the source's order is not kept"));
        }
    }

    /// What was in a destination folder without us.
    fn stood(&self, name: &[u8]) -> Vec<Piece> {
        let stood = self.before.destination.get(name).into_iter().flat_map(|folder| folder.messages.values());
        let foreign = self.before.foreign.iter().filter(|(folder, _)| folder == name);
        let foreign = foreign.map(|(_, octets)| Message::plain(octets.clone()));
        let all = stood.cloned().chain(foreign);
        all.map(|message| self.trimmed(Piece::of(&message))).collect()
    }

    /// What the source folders of a group demand, in order, and what they have had and lost.
    fn wanted(&mut self, name: &[u8], group: &[&Record]) -> (Vec<Piece>, Vec<Piece>) {
        let (mut wanted, mut gone) = (Vec::new(), Vec::new());
        for record in group.iter().filter(|record| record.role == Role::Carry) {
            let source = self.world.source.folder_of(USER, &canonical(record.source.raw()));
            let now = source.messages();
            let parked: BTreeSet<u32> = self.parked(&record.source.unicode());
            for message in now.iter().filter(|message| message.uid < record.snapshot.get()) {
                if !parked.contains(&message.uid) {
                    wanted.extend(self.kept(name, message));
                }
            }
            let mut now = counted(now.iter().map(|message| message.octets.clone()));
            for message in self.had(&canonical(record.source.raw())) {
                match now.get_mut(&message.octets) {
                    Some(count) if *count > 0 => *count -= 1,
                    _ => gone.extend(self.kept(name, &message)),
                }
            }
        }
        (wanted, gone)
    }

    /// What a source folder has ever held: what stood there, and what came meanwhile, which may have been carried and then
    /// removed like any other.
    fn had(&self, name: &[u8]) -> Vec<Message> {
        let stood = self.before.source.get(name).into_iter().flat_map(|folder| folder.messages.values().cloned());
        let came = self.world.source.delivered().into_iter().filter(|(folder, _)| folder == name);
        stood.chain(came.map(|(_, octets)| Message::plain(octets))).collect()
    }

    fn parked(&self, folder: &str) -> BTreeSet<u32> {
        self.report.quarantined.iter().filter(|parked| parked.folder == folder).map(|parked| parked.uid).collect()
    }

    fn kept(&mut self, name: &[u8], message: &Message) -> Option<Piece> {
        let folder = self.destination.folders.get(name)?;
        match Piece::at_destination(message, &self.profile, folder) {
            Ok(piece) => Some(self.trimmed(piece)),
            Err(words) => {
                let subject = Piece::of(message).subject();
                self.complain(format!("{subject} is refused by the server ({words}) and not in quarantine"));
                None
            }
        }
    }

    /// A piece without what this scenario does not ask for.
    fn trimmed(&self, mut piece: Piece) -> Piece {
        if self.lets(Lenient::Keywords) {
            piece.flags.retain(|flag| flag.starts_with('\\'));
        }
        if self.lets(Lenient::Dates) || self.profile.is(Quirk::ForgetsDates) {
            piece.date = None;
        }
        piece
    }

    fn merges(&self) -> bool {
        self.profile.is(Quirk::MergesEqualMessageIds)
    }

    fn compare(&mut self, title: &str, wanted: &[Piece], gone: &[Piece], rest: &[Piece]) {
        let count = |pieces: &[Piece]| counted(pieces.iter().map(|piece| piece.octets.clone()));
        let (want, had, have) = (count(wanted), count(gone), count(rest));
        for piece in wanted {
            let (want, have) = (want.get(&piece.octets), have.get(&piece.octets).copied().unwrap_or(0));
            if want.is_some_and(|want| have < *want) {
                self.complain(format!("LOST in {title}: {} ({have} of {})", piece.subject(), want.unwrap_or(&0)));
            }
        }
        for (octets, have) in &have {
            let most = want.get(octets).unwrap_or(&0) + had.get(octets).unwrap_or(&0);
            if *have > most {
                let piece = Piece { octets: octets.clone(), flags: BTreeSet::new(), date: None };
                self.complain(format!("TWICE in {title}: {} ({have} instead of {most})", piece.subject()));
            }
        }
        if self.complaints.is_empty() {
            let mut all = [wanted, gone].concat();
            let mut others = take_out(&mut all, rest);
            others.retain(|piece| !self.is_left_bare(piece, gone));
            for piece in others {
                let words = format!("{}: {:?} {:?}", piece.subject(), piece.flags, piece.date);
                let meant = wanted.iter().find(|other| other.octets == piece.octets);
                let meant = meant.map(|other| (&other.flags, other.date));
                self.complain(format!("flags or date in {title} are others: {words}, not {meant:?}"));
            }
        }
    }

    /// Flags that APPEND forgot cannot be set again when the source's message went before it could be asked.
    fn is_left_bare(&self, piece: &Piece, gone: &[Piece]) -> bool {
        let of =
            |gone: &Piece| gone.octets == piece.octets && gone.date == piece.date && piece.flags.is_subset(&gone.flags);
        self.profile.is(Quirk::ForgetsFlags) && gone.iter().any(of)
    }

    /// The octets kept are the source's.
    fn quarantine(&mut self) {
        let objects = self.world.archive.all();
        for parked in &self.report.quarantined {
            let source = self.world.source.folder(&parked.folder).messages();
            let message = source.iter().find(|message| message.uid == parked.uid);
            let Some(object) = &parked.object else { continue };
            match (objects.get(object), message) {
                (None, _) => self.complaints.push(format!("{object} is not in the archive")),
                (Some(octets), Some(message)) if octets[..] != message.octets[..] && !is_note(octets) => {
                    self.complaints.push(format!("{object} is not what the source has"));
                }
                _ => {}
            }
        }
    }

    fn secrets(&mut self, outcome: &Outcome) {
        let objects = self.world.archive.all();
        let objects = objects.into_iter().filter(|(key, _)| !key.ends_with(".eml"));
        let mut sinks = vec![
            ("ledger", self.world.ledger.dump()),
            ("queue", self.world.queue.dump()),
            ("events", format!("{:?}", self.world.watcher.events())),
            ("failure", format!("{:?}", outcome.failure)),
        ];
        sinks.extend(objects.map(|(_, octets)| ("archive", String::from_utf8_lossy(&octets).into_owned())));
        for (sink, text) in sinks {
            if text.contains(PASSWORD) {
                self.complain(format!("the password is in the {sink}"));
            }
        }
    }
}

/// INBOX is one folder in any case.
fn canonical(name: &[u8]) -> Vec<u8> {
    if name.eq_ignore_ascii_case(b"INBOX") { b"INBOX".to_vec() } else { name.to_vec() }
}

/// A note of the server's own in place of a message.
fn is_note(octets: &[u8]) -> bool {
    String::from_utf8_lossy(octets).contains("Microsoft Exchange Server")
}

/// Takes out of what is wanted as many as stood there already.
fn adopt(wanted: &mut Vec<Piece>, stood: &[Piece]) {
    for piece in stood {
        if let Some(at) = wanted.iter().position(|other| other.octets == piece.octets) {
            wanted.remove(at);
        }
    }
}

/// Of messages with one Message-ID the server keeps one: the one that it has.
fn fold(wanted: &mut Vec<Piece>, rest: &[Piece], stood: &[Piece]) {
    let mut seen: BTreeSet<String> = stood.iter().filter_map(Piece::message_id).collect();
    wanted.sort_by_key(|piece| !rest.contains(piece));
    wanted.retain(|piece| piece.message_id().is_none_or(|id| seen.insert(id)));
}
