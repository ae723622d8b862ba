//! # Fetch
//! FETCH and UID FETCH: which messages, what befalls them, and the lines that answer. `told.rs` spells the lines.

use super::at::{Event, Moment};
use super::fault::Fault;
use super::items::{Asked, Item};
use super::labels;
use super::log::Change;
use super::mailbox::length;
use super::message::Message;
use super::quirk::Quirk;
use super::request::Request;
use super::session::{Answer, Pipe, Session};
use super::set::Set;
use super::told::{Piece, tell};
use super::wire::Gone;
use super::words::Words;

/// One message to answer about.
pub struct Row {
    pub number: usize,
    pub message: Message,
    pub faults: Vec<Fault>,
    /// X-GM-MSGID and X-GM-LABELS, where they were asked for.
    pub gmail: (u64, String),
}

impl<S: Pipe> Session<S> {
    /// FETCH; by UID if `by_uid`.
    pub async fn fetch(&mut self, request: &Request, by_uid: bool) -> Answer {
        let mut words = Words::new(&request.rest);
        let set = Set::parse(words.until(|octet| octet == b' '));
        let asked = words.space().and_then(|()| Asked::parse(&mut words));
        let (Some(set), Some(mut asked)) = (set, asked) else {
            return Ok(self.syntax(request));
        };
        if asked.has(&Item::ModSeq) || asked.changed_since.is_some() {
            if !self.can("CONDSTORE") {
                return Ok(self.syntax(request));
            }
            self.condstore = true;
        }
        if (asked.has(&Item::GmailId) || asked.has(&Item::GmailLabels)) && !self.can("X-GM-EXT-1") {
            return Ok(self.syntax(request));
        }
        if by_uid && !asked.has(&Item::Uid) {
            asked.items.insert(0, Item::Uid);
        }
        // RFC 7162 §3.1.4.1: CHANGEDSINCE brings MODSEQ along.
        if asked.changed_since.is_some() && !asked.has(&Item::ModSeq) {
            asked.items.push(Item::ModSeq);
        }
        let (mut rows, mut missed) = self.rows(&set, by_uid, &asked);
        // RFC 9738 §3.1: the newest are dealt with, and the lowest of them is told.
        let limit = self.shared.with(|state| state.profile.message_limit).filter(|most| rows.len() > *most);
        let mut code = String::new();
        if let Some(most) = limit {
            rows.drain(..rows.len() - most);
            let lowest = rows.iter().map(|row| row.message.uid).min().unwrap_or_default();
            code = format!("[MESSAGELIMIT {most} {lowest}] ");
        }
        if let Some(words) = rows.iter().flat_map(|row| &row.faults).find_map(answer) {
            return Ok(words);
        }
        for row in rows {
            missed |= self.answer_row(row, &asked).await?;
        }
        if missed && self.is(Quirk::ExpungeIssued) {
            return Ok("NO [EXPUNGEISSUED] Some of the requested messages no longer exist.".to_owned());
        }
        Ok(format!("OK {code}{} completed.", request.verb))
    }

    /// The messages of the set, and whether some are gone.
    fn rows(&self, set: &Set, by_uid: bool, asked: &Asked) -> (Vec<Row>, bool) {
        let (Some(view), user) = (self.view.as_ref(), self.user()) else {
            return (Vec::new(), false);
        };
        let wanted = positions(view, set, by_uid);
        self.shared.with(|state| {
            let moment = if asked.whole() {
                Moment::Body
            } else if asked.sections().next().is_some() {
                Moment::Header
            } else {
                Moment::Listing
            };
            let mut missed = false;
            let mut rows = Vec::new();
            let Some(folder) = state.folder(&user, &view.name) else {
                return (rows, true);
            };
            for at in wanted {
                let Some(message) = view.uids.get(at).and_then(|uid| folder.messages.get(uid)) else {
                    missed = true;
                    continue;
                };
                if asked.changed_since.is_none_or(|since| message.modseq > since) {
                    rows.push(Row {
                        number: at + 1,
                        message: message.clone(),
                        faults: Vec::new(),
                        gmail: (labels::id(folder, message), String::new()),
                    });
                }
            }
            match moment {
                Moment::Body => state.log.bodies += u64::try_from(rows.len()).unwrap_or(0),
                Moment::Header => {
                    rows.iter().for_each(|row| *state.log.headers.entry(row.message.uid).or_default() += 1);
                }
                _ => {}
            }
            if asked.has(&Item::GmailLabels) {
                for row in &mut rows {
                    row.gmail.1 = labels::labels(state, &user, &view.name, &row.message);
                }
            }
            let watched = if state.faults.is_empty() { 0 } else { rows.len() };
            for row in rows.iter_mut().take(watched) {
                let event = Event {
                    moment: moment.clone(),
                    folder: Some(&view.name),
                    uid: Some(row.message.uid),
                    octets: Some(&row.message.octets),
                };
                row.faults = state.faults.strike(&event);
            }
            if state.profile.is(Quirk::ShuffledFetch) {
                for last in (1..rows.len()).rev() {
                    let bound = u64::try_from(last).unwrap_or(0) + 1;
                    rows.swap(last, usize::try_from(state.random() % bound).unwrap_or(0));
                }
            }
            (rows, missed)
        })
    }

    /// Says the lines of one message. `true` if the message is gone.
    async fn answer_row(&mut self, mut row: Row, asked: &Asked) -> Result<bool, Gone> {
        for fault in row.faults.clone() {
            match fault {
                Fault::Close => return Err(Gone),
                Fault::Stall(time) => {
                    self.wire.flush().await?;
                    tokio::time::sleep(time).await;
                }
                Fault::Say(text) => self.say(format!("* {text}")),
                Fault::Omit => return Ok(false),
                Fault::Vanish => {
                    let name = self.view.as_ref().map(|view| view.name.clone());
                    self.meddle(name.as_deref(), |folder| folder.remove(row.message.uid));
                    return Ok(true);
                }
                Fault::Renumber => {
                    let name = self.view.as_ref().map(|view| view.name.clone());
                    self.renumber(name.as_deref());
                    return Ok(true);
                }
                _ => {}
            }
        }
        self.mark_seen(&mut row.message, asked);
        self.gossip(row.number);
        let uid_only = self.uid_only;
        let pieces = self.shared.with(|state| tell(&row, asked, &state.profile, uid_only));
        for piece in pieces {
            self.send(piece).await?;
        }
        self.wire.ease().await?;
        Ok(false)
    }

    async fn send(&mut self, piece: Piece) -> Result<(), Gone> {
        match piece {
            Piece::Line(line) => self.say(line),
            Piece::Octets(octets) => {
                self.shared.with(|state| state.log.sent += length(&octets));
                self.wire.put(octets);
            }
            Piece::Close => return Err(Gone),
            Piece::Stall(time) => {
                self.wire.flush().await?;
                tokio::time::sleep(time).await;
            }
        }
        Ok(())
    }

    /// Untagged lines that nobody asked for.
    fn gossip(&mut self, number: usize) {
        let exists = self.view.as_ref().map_or(0, |view| view.uids.len());
        if self.is(Quirk::UnaskedFetch) {
            let other = if number == 1 { exists } else { 1 };
            self.say(format!("* {other} FETCH (FLAGS (\\Seen))"));
        }
        if self.is(Quirk::UnaskedExists) {
            self.say(format!("* {exists} EXISTS"));
        }
        // QUIRK: Exchange sends EXPUNGE for numbers that it never announced.
        if self.is(Quirk::UnaskedExpunge) {
            self.say(format!("* {} EXPUNGE", exists + 1000));
        }
    }

    /// `BODY[]` without PEEK sets `\Seen`, unless the folder is open read-only (RFC 3501 §6.4.5).
    fn mark_seen(&self, message: &mut Message, asked: &Asked) {
        let (Some(view), user) = (self.view.as_ref(), self.user()) else { return };
        if view.read_only
            || !asked.sections().any(|section| section.marks)
            || !message.flags.insert("\\Seen".to_owned())
        {
            return;
        }
        self.shared.with(|state| {
            let Some(folder) = state.folder(&user, &view.name) else { return };
            folder.modseq += 1;
            let modseq = folder.modseq;
            if let Some(stored) = folder.messages.get_mut(&message.uid) {
                stored.flags.insert("\\Seen".to_owned());
                stored.modseq = modseq;
            }
            state.changed(Change::Seen { folder: view.name.clone(), uid: message.uid });
        });
    }
}

/// Positions in the view that a set means, ascending, each once.
pub fn positions(view: &super::view::View, set: &Set, by_uid: bool) -> std::collections::BTreeSet<usize> {
    let count = view.uids.len();
    if by_uid {
        let largest = view.uids.last().copied().unwrap_or(0);
        set.ranges(largest).into_iter().flat_map(|(low, high)| view.between(low, high)).collect()
    } else {
        let largest = u32::try_from(count).unwrap_or(u32::MAX);
        let position = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let ranges = set.ranges(largest).into_iter();
        ranges.flat_map(|(low, high)| position(low).max(1) - 1..position(high).min(count)).collect()
    }
}

fn answer(fault: &Fault) -> Option<String> {
    match fault {
        Fault::Answer(text) => Some(text.clone()),
        _ => None,
    }
}
