//! # Fill
//! Filling mailboxes in words that read aloud: `source.folder("INBOX").message("A").seen()`.

use std::collections::BTreeSet;

use super::at::At;
use super::fault::Fault;
use super::folder::{Folder, Permanent};
use super::host::Server;
use super::letter::{MessageOf, letter};
use super::message::Message;

/// One folder of a server, there or not yet.
#[derive(Debug, Clone)]
pub struct FolderOf {
    server: Server,
    user: String,
    name: Vec<u8>,
}

impl FolderOf {
    pub(super) fn new(server: Server, user: &str, name: &[u8]) -> FolderOf {
        FolderOf { server, user: user.to_owned(), name: name.to_vec() }
    }

    /// Makes sure that the folder is there, as any of the following do.
    pub fn exists(&self) -> &FolderOf {
        self.change(|_| ())
    }

    /// Changes the folder as it likes.
    pub fn change<R>(&self, act: impl FnOnce(&mut Folder) -> R) -> &FolderOf {
        self.server.shared.with(|state| {
            if let Some(mailbox) = state.mailboxes.get_mut(&self.user) {
                act(mailbox.create(&self.name));
            }
        });
        self
    }

    /// Gives it a special use, such as `\Sent`.
    pub fn special(&self, attribute: &str) -> &FolderOf {
        self.change(|folder| folder.attributes.push(attribute.to_owned()))
    }

    /// Puts it on the list of subscriptions.
    pub fn subscribed(&self) -> &FolderOf {
        self.change(|folder| folder.subscribed = true)
    }

    /// It holds no messages and cannot be opened: `\Noselect`.
    pub fn noselect(&self) -> &FolderOf {
        self.change(|folder| folder.selectable = false)
    }

    /// It is listed like any other, but SELECT, EXAMINE and STATUS are refused with this answer.
    pub fn locked(&self, answer: &str) -> &FolderOf {
        self.change(|folder| folder.locked = Some(answer.to_owned()))
    }

    /// It keeps only these keywords (PERMANENTFLAGS without `\*`).
    pub fn keeps_only(&self, keywords: &[&str]) -> &FolderOf {
        let known: BTreeSet<String> = keywords.iter().map(|keyword| (*keyword).to_owned()).collect();
        self.change(|folder| folder.permanent = Permanent::Only(known))
    }

    /// It has this UIDVALIDITY.
    pub fn uidvalidity(&self, validity: u32) -> &FolderOf {
        self.change(|folder| folder.uidvalidity = validity)
    }

    /// The next message gets this UID.
    pub fn uidnext(&self, uid: u32) -> &FolderOf {
        self.change(|folder| folder.uidnext = uid)
    }

    /// A new UIDVALIDITY, and all messages numbered anew.
    pub fn renumbered(&self, validity: u32) -> &FolderOf {
        self.change(|folder| folder.renumber(validity))
    }

    /// A message disappears, as if another client had expunged it.
    pub fn lose(&self, uid: u32) -> &FolderOf {
        self.change(|folder| folder.remove(uid))
    }

    /// Adds a small message with this subject and `<subject@example.org>` as Message-ID.
    pub fn message(&self, subject: &str) -> MessageOf {
        self.octets(letter(subject, &format!("This is {subject}.\r\n")))
    }

    /// Adds a message of exactly these octets.
    pub fn octets(&self, octets: impl Into<Vec<u8>>) -> MessageOf {
        let message = Message::plain(octets.into());
        let mut uid = 0;
        self.change(|folder| uid = folder.add(message));
        MessageOf::new(self.clone(), uid)
    }

    /// Adds so many small messages with numbered subjects.
    pub fn messages_named(&self, subject: &str, count: usize) -> &FolderOf {
        for number in 1..=count {
            self.message(&format!("{subject}-{number}"));
        }
        self
    }

    /// Each time this message is fetched, this goes wrong.
    pub(super) fn goes_wrong(&self, uid: u32, fault: Fault) {
        self.server.shared.with(|state| state.faults.add(At::body().at(&self.name, uid), fault));
    }

    /// The folder as it is, if it is there.
    pub fn look(&self) -> Option<Folder> {
        self.server.shared.with(|state| state.folder(&self.user, &self.name).map(|folder| folder.clone()))
    }

    /// All messages, by UID, hidden ones too; none if the folder is not there.
    pub fn messages(&self) -> Vec<Message> {
        self.look().map(|folder| folder.messages.into_values().collect()).unwrap_or_default()
    }

    /// The octets of all messages, sorted: what must be equal after a migration.
    pub fn contents(&self) -> Vec<String> {
        let mut contents: Vec<String> = self.messages().iter().map(Message::text).collect();
        contents.sort();
        contents
    }

    /// How many messages it holds.
    pub fn count(&self) -> usize {
        self.look().map_or(0, |folder| folder.messages.len())
    }
}
