//! # Trouble
//! The troubles that scenarios speak of most, as sentences. Everything else is `Server::fault`.

use std::time::Duration;

use super::at::At;
use super::fault::Fault;
use super::host::Server;

impl Server {
    /// The n-th APPEND is answered so, before its literal: `refuses_append(3, "NO [LIMIT] Slow down")`.
    pub fn refuses_append(&self, n: u64, answer: &str) -> &Server {
        self.fault(At::command("APPEND").nth(n), Fault::answer(answer))
    }

    /// Every message that holds this text is refused so, after its octets.
    pub fn refuses_message(&self, text: &str, answer: &str) -> &Server {
        self.fault(At::append().holding(text), Fault::answer(answer))
    }

    /// The n-th message appended is stored, but the connection is gone before the answer.
    pub fn loses_answer_of_append(&self, n: u64) -> &Server {
        self.fault(At::append().nth(n), Fault::LoseAnswer)
    }

    /// The connection is gone at the n-th message appended, which is stored so much later.
    pub fn stores_append_later(&self, n: u64, after: Duration) -> &Server {
        self.fault(At::append().nth(n), Fault::StoreLater(after))
    }

    /// The connection dies whenever a message that holds this text is appended; nothing is stored.
    pub fn dies_at_append_of(&self, text: &str) -> &Server {
        self.fault(At::append().holding(text), Fault::Close)
    }

    /// The next so many logins are answered so.
    pub fn refuses_logins(&self, times: u64, answer: &str) -> &Server {
        self.fault(At::command("LOGIN").times(times), Fault::answer(answer));
        self.fault(At::command("AUTHENTICATE").times(times), Fault::answer(answer))
    }

    /// The n-th command of this verb is answered with Microsoft's order to wait so long.
    pub fn throttles(&self, verb: &str, n: u64, wait: Duration) -> &Server {
        self.fault(At::command(verb).nth(n), Fault::throttled(wait))
    }

    /// Every connection is greeted with this line instead: `* BYE Too busy`, `+OK POP3`.
    pub fn greets_with(&self, line: &str) -> &Server {
        self.fault(At::greeting(), Fault::answer(line))
    }

    /// The folder has a new UIDVALIDITY and new UIDs from its n-th SELECT on.
    pub fn renumbers_at_select(&self, folder: &str, n: u64) -> &Server {
        self.fault(At::command("SELECT").folder(folder).nth(n), Fault::Renumber)
    }

    /// The folder has a new UIDVALIDITY and new UIDs from its n-th EXAMINE on.
    pub fn renumbers_at_examine(&self, folder: &str, n: u64) -> &Server {
        self.fault(At::command("EXAMINE").folder(folder).nth(n), Fault::Renumber)
    }

    /// The connection is gone when the n-th command of all comes; it is not carried out.
    pub fn dies_before_command(&self, n: u64) -> &Server {
        self.fault(At::any_command().nth(n), Fault::Close)
    }

    /// The connection is gone when the n-th command of all has been carried out, before its tagged answer.
    pub fn dies_after_command(&self, n: u64) -> &Server {
        self.fault(At::any_answer().nth(n), Fault::Close)
    }

    /// Nothing comes for so long before the n-th command of this verb is carried out.
    pub fn stalls_at(&self, verb: &str, n: u64, time: Duration) -> &Server {
        self.fault(At::command(verb).nth(n), Fault::Stall(time))
    }
}
