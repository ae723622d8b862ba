//! # Asking
//! What goes out to the source: windows of UIDs, one after the other.

use std::collections::VecDeque;
use std::ops::Range as Places;

use posthorse_domain::mail::UidSet;
use posthorse_domain::migration::inspect::{Verdict, inspect};
use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::mail::Fate;

use super::{Fetching, Window};
use crate::client::MESSAGE;
use crate::connection::Connection;
use crate::wire::{Command, Range};

/// Messages asked for in one command.
const WINDOW: usize = 2000;
/// Commands on their way at once.
// QUIRK: Dovecot 2.3 answers two FETCHes in turns when its output stalls (RFC 9051 §5.5 allows it): with TLS, `1:100`
// followed by `101:120` came as 1-7, 101-120, 8-100, and the messages would be appended in that order.
const OUTSTANDING: usize = 1;
/// Octets of messages after which the pace of a link is known.
const PROBE: u64 = 1 << 20;

/// Octets of a UID set in one command.
const SET: usize = 4000;

/// Windows by count. Octets need no windows: what does not fit into the budget stays with the source, by TCP.
pub(super) fn windows(places: Places<usize>) -> VecDeque<Vec<usize>> {
    let places: Vec<usize> = places.collect();
    places.chunks(WINDOW).map(<[usize]>::to_vec).collect()
}

impl Fetching {
    /// Asks for what comes next. False when there is nothing to wait for.
    pub(super) fn asks(&mut self, connection: &mut Connection) -> Result<bool, Failure> {
        if self.windows.is_empty() && !self.queue.is_empty() {
            connection.squeeze_if_slow();
        }
        while self.windows.len() < OUTSTANDING && !self.closed {
            let Some(mut asked) = self.queue.pop_front() else { break };
            if connection.is_of_unknown_pace() {
                self.shorten(&mut asked);
            }
            self.ask(connection, asked)?;
        }
        if self.closed {
            self.queue.clear();
        }
        Ok(!self.windows.is_empty())
    }

    /// Leaves as many messages in a window as tell how fast the link is; the others are asked for next.
    fn shorten(&mut self, asked: &mut Vec<usize>) {
        let mut octets = 0_u64;
        let sizes = asked.iter().map(|at| self.parcels.get(*at).map_or(0, |parcel| parcel.size));
        let few = sizes
            .take_while(|size| {
                octets < PROBE && {
                    octets += size;
                    true
                }
            })
            .count();
        let rest = asked.split_off(few.max(1).min(asked.len()));
        if !rest.is_empty() {
            self.queue.push_front(rest);
        }
    }

    fn ask(&mut self, connection: &mut Connection, asked: Vec<usize>) -> Result<(), Failure> {
        let mut wanted = Vec::new();
        for at in asked {
            match self.too_large(at) {
                Some(fate) => {
                    self.came.insert(at);
                    self.settled(at, fate);
                }
                None => wanted.push(at),
            }
        }
        let uids: UidSet = wanted.iter().filter_map(|at| self.parcels.get(*at)).map(|parcel| parcel.uid).collect();
        if uids.is_empty() {
            return Ok(());
        }
        if uids.to_string().len() > SET {
            self.halves(wanted);
            return Ok(());
        }
        let command = Command::fetch(Range::Uids(&uids), &MESSAGE, None)
            .map_err(|error| connection.failure(Trouble::Ours, error.to_string()))?;
        let tag = connection.queue(&command);
        self.windows.push_back(Window { tag, asked: wanted });
        Ok(())
    }

    /// A message far over a limit by the source's own word is not fetched to be sent; it is fetched to be kept.
    fn too_large(&self, at: usize) -> Option<Fate> {
        let parcel = self.parcels.get(at)?;
        // The size is a hint: only a message that is over the limit by a wide margin is believed to be.
        let Verdict::Park(class, response) = inspect(&self.limits, parcel.size / 2, &[]) else { return None };
        Some(Fate::Refused { facts: None, octets: None, class, response })
    }
}
