//! # Status
//! Where a migration stands, for the people who run it: whose mailboxes, the state with its reason, what comes next. No
//! secret is in it; logins, hosts and servers' words are. Pure.

use serde::Serialize;

use crate::migration::{Counts, Migration, Obstacle, PassKind, Security, ServerSide, Side};

/// The whole answer; its shape is a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The migration's id.
    pub migration: String,
    /// The caller's own name for it.
    pub reference: String,
    /// The state's word.
    pub state: &'static str,
    /// Why, in plain words, servers' own included.
    pub reason: String,
    /// The kind of trouble, where there is one.
    pub obstacle: Option<Hindrance>,
    /// RFC 3339 UTC: when something happens by itself; null when nothing does, or a step is at work.
    pub next_at: Option<String>,
    /// Which pass.
    pub pass: Pass,
    /// The mailbox that is read.
    pub source: Mailbox,
    /// The mailbox that is written.
    pub destination: Mailbox,
    /// Position in the chain of steps.
    pub turn: u64,
    /// Messages by outcome over all passes, as of the last recount or as counted for this answer.
    pub counts: Counts,
    /// RFC 3339 UTC.
    pub created: String,
    /// RFC 3339 UTC; null while it lives.
    pub ended: Option<String>,
}

/// Trouble, by side and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Hindrance {
    /// Which mailbox.
    pub side: Side,
    /// What kind.
    pub kind: Obstacle,
}

/// A pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pass {
    /// From 1.
    pub number: u32,
    /// `initial`, `delta` or `final`.
    pub kind: PassKind,
}

/// A mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mailbox {
    /// Its server.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// `tls`, `starttls` or `plaintext`.
    pub security: Security,
    /// The login.
    pub user: String,
}

/// Describes a record with these counters.
pub fn status(record: &Migration, counts: Counts) -> Status {
    let at_work = record.lease_until.is_some();
    Status {
        migration: record.id.0.clone(),
        reference: record.request.options.reference.clone(),
        state: record.state.word(),
        reason: record.reason.clone(),
        obstacle: record.obstacle.map(|(side, kind)| Hindrance { side, kind }),
        next_at: record.next_at.filter(|_| !at_work).map(|at| at.rfc3339()),
        pass: Pass { number: record.pass.number, kind: record.pass.kind },
        source: mailbox(&record.request.source),
        destination: mailbox(&record.request.destination),
        turn: record.turn,
        counts,
        created: record.created.rfc3339(),
        ended: record.ended.map(|at| at.rfc3339()),
    }
}

fn mailbox(side: &ServerSide) -> Mailbox {
    Mailbox { host: side.host.clone(), port: side.port, security: side.security, user: side.user.clone() }
}
