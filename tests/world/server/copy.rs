//! # Copy
//! UID COPY (RFC 3501 §6.4.7), with COPYUID (RFC 4315 §3).

use super::fetch::positions;
use super::labels;
use super::log::Change;
use super::mailbox::canonical;
use super::message::Message;
use super::quirk::Quirk;
use super::request::Request;
use super::session::{Pipe, Session};
use super::set::{Set, spell};
use super::state::State;
use super::words::Words;

impl<S: Pipe> Session<S> {
    /// Copies those of the messages that are there.
    pub fn copy(&mut self, request: &Request) -> String {
        let mut words = Words::new(&request.rest);
        let set = Set::parse(words.until(|octet| octet == b' '));
        let name = words.space().and_then(|()| words.astring());
        let (Some(set), Some(name), Some(view)) = (set, name, self.view.clone()) else {
            return self.syntax(request);
        };
        let user = self.user();
        self.shared.with(|state| {
            let profile = state.profile.clone();
            let Some(validity) = state.folder(&user, &name).map(|folder| folder.uidvalidity) else {
                return profile.words.try_create.replace("{}", &String::from_utf8_lossy(&name));
            };
            let uids: Vec<u32> =
                positions(&view, &set, true).into_iter().filter_map(|at| view.uids.get(at).copied()).collect();
            let copy = |uid: u32| Some((uid, copied(state, &user, &view.name, uid, &name)?));
            let (from, to): (Vec<u32>, Vec<u32>) = uids.into_iter().filter_map(copy).unzip();
            if !profile.can("UIDPLUS") || profile.is(Quirk::NoAppendUid) || to.is_empty() {
                return "OK Copy completed.".to_owned();
            }
            format!("OK [COPYUID {validity} {} {}] Copy completed.", spell(&from), spell(&to))
        })
    }
}

/// Copies one message, if it is there; the UID of the copy. At Gmail it is the same message under one more label, which it
/// has once.
fn copied(state: &mut State, user: &str, from: &[u8], uid: u32, to: &[u8]) -> Option<u32> {
    let is_label = state.profile.can("X-GM-EXT-1");
    let home = state.folder(user, from)?;
    let id = labels::id(home, home.messages.get(&uid)?);
    let message = home.messages.get_mut(&uid)?;
    if is_label {
        message.gmail_id = Some(id);
    }
    let message = Message { hidden_until: None, ..message.clone() };
    let folder = state.folder(user, to)?;
    let has = is_label && folder.messages.values().any(|held| held.gmail_id == Some(id));
    if has || state.folds(user, to, &message) {
        return None;
    }
    let folder = state.folder(user, to)?;
    let copy = folder.add(message);
    state.changed(Change::Copied { folder: canonical(to), uid: copy });
    Some(copy)
}
