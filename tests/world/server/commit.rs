//! # Commit
//! Stores what an APPEND brought, all or nothing, and says under which UIDs.

use std::time::Duration;

use tokio::time::Instant;

use super::accept::accept;
use super::at::{Event, Moment};
use super::date::Date;
use super::fault::Fault;
use super::flags::{Flags, kept};
use super::mailbox::{canonical, length};
use super::message::Message;
use super::quirk::Quirk;
use super::rewrite::rewritten;
use super::session::{Answer, Pipe, Session};
use super::set::spell;
use super::state::{Pending, State};
use super::wire::Gone;

/// A message that came whole.
pub struct Arrived {
    pub flags: Flags,
    pub date: Option<Date>,
    pub octets: Vec<u8>,
}

/// What the faults make of an APPEND.
#[derive(Default)]
struct Fate {
    answer: Option<String>,
    close_before: bool,
    close_after: bool,
    later: Option<Duration>,
    dropped: Vec<bool>,
    hidden: Vec<Option<Duration>>,
    stalls: Vec<Duration>,
}

impl<S: Pipe> Session<S> {
    /// Stores the messages, or none of them.
    pub async fn commit(&mut self, name: &[u8], arrived: Vec<Arrived>) -> Answer {
        let fate = self.fate(name, &arrived);
        for time in &fate.stalls {
            self.wire.flush().await?;
            tokio::time::sleep(*time).await;
        }
        if let Some(words) = fate.answer {
            return Ok(words);
        }
        if fate.close_before {
            return Err(Gone);
        }
        if self.is(Quirk::NoAppendToExamined)
            && self.view.as_ref().is_some_and(|view| view.read_only && view.name == name)
        {
            return Ok("NO Current box is selected READ-ONLY.".to_owned());
        }
        let user = self.user();
        let done = self.shared.with(|state| {
            let messages = messages(state, &user, name, arrived, &fate)?;
            if let Some(later) = fate.later {
                let at = Instant::now() + later;
                state.pending.push(Pending { at, user: user.clone(), folder: name.to_vec(), messages });
                return Ok(Vec::new());
            }
            Ok(store(state, &user, name, messages, &fate.dropped))
        });
        match done {
            Err(words) => Ok(words),
            Ok(_) if fate.later.is_some() || fate.close_after => Err(Gone),
            Ok(uids) => Ok(self.appended(name, &uids)),
        }
    }

    fn fate(&self, name: &[u8], arrived: &[Arrived]) -> Fate {
        let mut fate = Fate::default();
        let name = canonical(name);
        for message in arrived {
            let event = Event { moment: Moment::Append, folder: Some(&name), uid: None, octets: Some(&message.octets) };
            let (mut dropped, mut hidden) = (false, None);
            for fault in self.shared.with(|state| state.strike(&event)) {
                match fault {
                    Fault::Answer(text) => fate.answer = Some(text),
                    Fault::Close => fate.close_before = true,
                    Fault::LoseAnswer => fate.close_after = true,
                    Fault::StoreLater(time) => fate.later = Some(time),
                    Fault::ShowLater(time) => hidden = Some(time),
                    Fault::Drop => dropped = true,
                    Fault::Stall(time) => fate.stalls.push(time),
                    _ => {}
                }
            }
            fate.dropped.push(dropped);
            fate.hidden.push(hidden);
        }
        fate
    }

    /// The OK, with APPENDUID as the profile has it (RFC 4315).
    fn appended(&self, name: &[u8], uids: &[u32]) -> String {
        let user = self.user();
        self.shared.with(|state| {
            let profile = state.profile.clone();
            let text = profile.words.appended;
            let Some(folder) = state.folder(&user, name) else {
                return format!("OK {text}");
            };
            let mut validity = folder.uidvalidity;
            if !profile.can("UIDPLUS") || profile.is(Quirk::NoAppendUid) || uids.is_empty() {
                return format!("OK {text}");
            }
            if profile.is(Quirk::AppendUidOfOtherValidity) {
                validity = validity.wrapping_add(77);
            }
            let off = if profile.is(Quirk::AppendUidTooHigh) { 1000 } else { 0 };
            let told = spell(&uids.iter().map(|uid| uid.saturating_add(off)).collect::<Vec<_>>());
            if profile.is(Quirk::AppendUidSwapped) {
                return format!("OK [APPENDUID {told} {validity}] {text}");
            }
            format!("OK [APPENDUID {validity} {told}] {text}")
        })
    }
}

/// The messages as they will be stored, or the refusal of all.
fn messages(
    state: &mut State,
    user: &str,
    name: &[u8],
    arrived: Vec<Arrived>,
    fate: &Fate,
) -> Result<Vec<Message>, String> {
    let now = state.now();
    let profile = state.profile.clone();
    let room = state
        .mailboxes
        .get(user)
        .and_then(|mailbox| mailbox.quota.map(|quota| quota.octets.saturating_sub(mailbox.used())));
    let needed: u64 = arrived.iter().map(|message| length(&message.octets)).sum();
    if room.is_some_and(|room| needed > room) {
        return Err(profile.words.over_quota.to_owned());
    }
    let missing = profile.words.try_create.replace("{}", &String::from_utf8_lossy(name));
    let folder = state.folder(user, name).ok_or(missing)?;
    let hidden = fate.hidden.iter().copied().chain(std::iter::repeat(None));
    arrived
        .into_iter()
        .zip(hidden)
        .map(|(message, hidden)| {
            let keywords = kept(message.flags.keywords, folder, &profile)?;
            let octets = rewritten(accept(message.octets, &profile)?, &profile);
            let forgets = profile.is(Quirk::ForgetsFlags);
            let mut date = message.date.filter(|_| !profile.is(Quirk::ForgetsDates)).unwrap_or(Date::utc(now));
            if profile.is(Quirk::ForgetsZones) {
                date.zone = 0;
            }
            Ok(Message {
                uid: 0,
                flags: if forgets { Default::default() } else { message.flags.system },
                keywords: if forgets { Default::default() } else { keywords },
                date,
                date_words: None,
                size_told: None,
                octets: octets.into(),
                modseq: 0,
                gmail_id: None,
                appended: true,
                hidden_until: hidden.map(|time| Instant::now() + time),
            })
        })
        .collect()
}

/// Stores, and returns the UIDs to tell. A dropped or merged message burns the UID that it is told to have.
fn store(state: &mut State, user: &str, name: &[u8], messages: Vec<Message>, dropped: &[bool]) -> Vec<u32> {
    let drops_deleted = state.profile.is(Quirk::DropsDeleted);
    let mut uids = Vec::new();
    for (message, dropped) in messages.into_iter().zip(dropped) {
        let twin = state.folds(user, name, &message);
        let Some(folder) = state.folder(user, name) else { continue };
        let deleted = drops_deleted && message.flags.contains("\\Deleted");
        if twin || deleted || *dropped {
            uids.push(folder.uidnext);
            folder.uidnext = folder.uidnext.saturating_add(1);
        } else {
            uids.extend(state.store(user, name, vec![message]));
        }
    }
    uids
}
