//! # Suffer
//! What faults do to a connection between commands. `commit.rs` and `fetch.rs` have those of single messages.

use super::at::{Event, Moment};
use super::fault::Fault;
use super::folder::Folder;
use super::mailbox::canonical;
use super::message::Message;
use super::session::{Pipe, Session};
use super::wire::Gone;

impl<S: Pipe> Session<S> {
    /// Lets the faults of a moment happen. `Some` is an answer that stands instead of obedience.
    pub async fn suffer(&mut self, moment: Moment, folder: Option<&[u8]>) -> Result<Option<String>, Gone> {
        let event = Event { moment, folder, uid: None, octets: None };
        let faults = self.shared.with(|state| state.strike(&event));
        let mut answer = None;
        for fault in faults {
            match fault {
                Fault::Answer(text) if text.starts_with("BYE") => {
                    self.say(format!("* {text}"));
                    return Err(Gone);
                }
                Fault::Answer(text) => answer = Some(text),
                Fault::Say(text) => self.say(format!("* {text}")),
                Fault::Close => return Err(Gone),
                Fault::Stall(time) => {
                    self.wire.flush().await?;
                    tokio::time::sleep(time).await;
                }
                Fault::Renumber => self.renumber(folder),
                Fault::Deliver(octets) => self.deliver(folder, octets),
                Fault::Remove(name) => self.take_away(&name, None),
                Fault::Rename(name, to) => self.take_away(&name, Some(&to)),
                Fault::Lose(uid) => self.meddle(folder, |folder| folder.remove(uid)),
                _ => {}
            }
        }
        Ok(answer)
    }

    /// Somebody else's mail comes.
    fn deliver(&self, name: Option<&[u8]>, octets: Vec<u8>) {
        let came = name.map(|name| (canonical(name), octets.clone()));
        self.shared.with(|state| state.delivered.extend(came));
        self.meddle(name, |folder| {
            folder.add(Message::plain(octets));
        });
    }

    /// Somebody else takes a folder away, or gives it another name.
    fn take_away(&self, name: &[u8], to: Option<&[u8]>) {
        let user = self.user();
        self.shared.with(|state| {
            let Some(mailbox) = state.mailboxes.get_mut(&user) else { return };
            let Some(folder) = mailbox.folders.remove(name) else { return };
            if let Some(to) = to {
                mailbox.folders.insert(to.to_vec(), Folder { name: to.to_vec(), ..folder });
            }
        });
    }

    /// The named folder gets a new UIDVALIDITY.
    pub fn renumber(&self, folder: Option<&[u8]>) {
        self.meddle(folder, |folder| folder.renumber(folder.uidvalidity.saturating_add(1)));
    }

    /// Somebody else changes a folder.
    pub fn meddle(&self, name: Option<&[u8]>, act: impl FnOnce(&mut Folder)) {
        let user = self.user();
        self.shared.with(|state| name.and_then(|name| state.folder(&user, name)).map(act));
    }
}
