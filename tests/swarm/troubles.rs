//! # Troubles
//! Which faults a seed has, and where they strike. Each seed has a few kinds of many (swarm testing): kinds that hide each
//! other meet in some seeds and not in others.

use std::time::Duration;

use super::chance::Chance;
use super::scene::Scene;
use crate::world::server::{At, Fault, letter};
use crate::world::{Effects, Index, Strike};

/// Effects that a migration of this size has, about.
const EFFECTS: u64 = 260;
/// Clocks differ from the true time by so many seconds.
const SKEW: i64 = 30;
const HOUR: i64 = 3_600_000;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Kills,
    Errors,
    LostAnswers,
    Freezes,
    Drops,
    Throttling,
    StaleIndex,
    Twice,
    Late,
    Poison,
    Skew,
    Jump,
    Slow,
    Cuts,
    CutsInside,
    LateStores,
    Refusals,
    BadMessage,
    Full,
    Renumber,
    Expunge,
    NewMail,
    Foreign,
    Logins,
}

impl Kind {
    const ALL: [Self; 24] = [
        Self::Kills,
        Self::Errors,
        Self::LostAnswers,
        Self::Freezes,
        Self::Drops,
        Self::Throttling,
        Self::StaleIndex,
        Self::Twice,
        Self::Late,
        Self::Poison,
        Self::Skew,
        Self::Jump,
        Self::Slow,
        Self::Cuts,
        Self::CutsInside,
        Self::LateStores,
        Self::Refusals,
        Self::BadMessage,
        Self::Full,
        Self::Renumber,
        Self::Expunge,
        Self::NewMail,
        Self::Foreign,
        Self::Logins,
    ];
}

/// What goes wrong in the cloud itself; what goes wrong at the servers and at effects is set there already.
#[derive(Clone, Debug, Default)]
pub struct Troubles {
    /// Kinds of this seed.
    pub kinds: Vec<Kind>,
    /// One job in so many is delivered twice; 0: none.
    pub twice: u64,
    /// One job in so many comes late.
    pub late: u64,
    /// One delivery in so many is followed by a job that nobody sent.
    pub poison: u64,
    /// One invocation in so many is dropped at some await.
    pub drops: u64,
    /// Clocks are wrong by up to so many seconds.
    pub skew: i64,
    /// One invocation in so many sees its clock jump.
    pub jumps: u64,
    /// The index of what is due is late, one sweep in so many.
    pub stale: u64,
    /// Messages may end in quarantine.
    pub parks: bool,
    /// Somebody else delivers this to the destination's INBOX, at this invocation.
    pub foreign: Option<(u32, Vec<u8>)>,
}

impl Troubles {
    /// How a wall clock is wrong.
    pub fn skew(&self, chance: &mut Chance) -> i64 {
        if self.skew == 0 { 0 } else { chance.skew(self.skew) }
    }

    /// By how much it jumps, and when.
    pub fn jump(&self, chance: &mut Chance) -> Option<(Duration, i64)> {
        let jumps = self.jumps > 0 && chance.one_in(self.jumps);
        jumps.then(|| (chance.millis(1_000, 20_000), chance.pick(&[HOUR, -HOUR])))
    }

    /// What the index of what is due does.
    pub fn index(&self, chance: &mut Chance) -> Index {
        match self.stale > 0 && chance.one_in(self.stale) {
            true => chance.pick(&[Index::Everything, Index::Nothing]),
            false => Index::True,
        }
    }
}

/// Chooses the troubles of a scene and sets those of servers and effects.
pub fn troubles(chance: &mut Chance, scene: &Scene, also: &[Kind]) -> Troubles {
    let mut troubles = Troubles::default();
    let count = chance.pick(&[0, 1, 1, 2, 2, 3, 3, 4, 5, 6]);
    let mut kinds: Vec<Kind> = (0..count).map(|_| chance.pick(&Kind::ALL)).collect();
    kinds.extend(also);
    kinds.sort();
    kinds.dedup();
    for kind in &kinds {
        set(chance, scene, *kind, &mut troubles);
    }
    troubles.kinds = kinds;
    troubles
}

fn strikes(chance: &mut Chance, scene: &Scene, strike: impl Fn(&mut Chance) -> Strike) {
    for _ in 0..chance.between(1, 4) {
        let at = usize::try_from(chance.between(1, EFFECTS)).unwrap_or(1);
        let strike = strike(chance);
        scene.world.effects.strike(at, strike);
    }
}

/// Strikes at the removal of everything, which is long after the last trouble: one sweep or two do not get to its end.
pub fn at_the_end(chance: &mut Chance, effects: &Effects) {
    effects.sicken();
    for _ in 0..chance.between(0, 2) {
        let at = effects.count() + usize::try_from(chance.between(1, 24)).unwrap_or(1);
        let freeze = Strike::Freeze(chance.millis(1_000, 400_000));
        let strikes = [Strike::KillBefore, Strike::KillAfter, Strike::Fail, Strike::LoseAnswer, freeze];
        effects.strike(at, chance.pick(&strikes));
    }
}

fn set(chance: &mut Chance, scene: &Scene, kind: Kind, troubles: &mut Troubles) {
    match kind {
        Kind::Kills => strikes(chance, scene, |chance| chance.pick(&[Strike::KillBefore, Strike::KillAfter])),
        Kind::Errors => strikes(chance, scene, |_| Strike::Fail),
        Kind::LostAnswers => strikes(chance, scene, |_| Strike::LoseAnswer),
        Kind::Freezes => strikes(chance, scene, |chance| Strike::Freeze(chance.millis(1_000, 400_000))),
        Kind::Drops => troubles.drops = chance.between(2, 6),
        Kind::Throttling => scene.world.effects.throttle_reads(chance.number(), chance.between(5, 40)),
        Kind::StaleIndex => troubles.stale = chance.between(1, 3),
        Kind::Twice => troubles.twice = chance.between(1, 4),
        Kind::Late => troubles.late = chance.between(1, 4),
        Kind::Poison => troubles.poison = chance.between(1, 3),
        Kind::Skew => troubles.skew = SKEW,
        Kind::Jump => troubles.jumps = chance.between(1, 4),
        Kind::Foreign => {
            let octets = letter("foreign later", "Somebody else's.\r\n");
            troubles.foreign = Some((u32::try_from(chance.between(2, 6)).unwrap_or(2), octets));
        }
        Kind::BadMessage => {
            troubles.parks = true;
            bad_message(chance, scene);
        }
        kind => {
            // A message left out twice cannot be read.
            troubles.parks |= kind == Kind::CutsInside;
            servers(chance, scene, kind);
        }
    }
}

fn some(chance: &mut Chance, most: u64) -> u64 {
    chance.between(1, most)
}

/// Troubles of the servers, in finite number or until they are healed.
fn servers(chance: &mut Chance, scene: &Scene, kind: Kind) {
    let (source, destination) = (&scene.world.source, &scene.world.destination);
    match kind {
        Kind::Slow => {
            let time = chance.millis(300, 3_000);
            destination.fault(At::append(), Fault::Stall(time));
        }
        Kind::Cuts => {
            for _ in 0..some(chance, 3) {
                let server = chance.pick(&[source, destination]);
                match chance.below(4) {
                    0 => server.dies_before_command(some(chance, 60)),
                    1 => server.dies_after_command(some(chance, 60)),
                    2 => source.fault(At::body().nth(some(chance, 40)), Fault::Close),
                    _ => destination.fault(At::append().nth(some(chance, 40)), Fault::Close),
                };
            }
        }
        Kind::CutsInside => {
            for _ in 0..some(chance, 2) {
                match chance.below(4) {
                    0 => destination.fault(At::literal().nth(some(chance, 40)), Fault::CloseAfter(some(chance, 300))),
                    1 => source.fault(At::body().nth(some(chance, 40)), Fault::CloseAfter(some(chance, 300))),
                    2 => {
                        let stall = Fault::StallAfter(some(chance, 300), Duration::from_secs(70));
                        source.fault(At::body().nth(some(chance, 40)), stall)
                    }
                    _ => source.fault(At::body().nth(some(chance, 40)), Fault::Omit),
                };
            }
        }
        Kind::LateStores => {
            for _ in 0..some(chance, 2) {
                match chance.below(3) {
                    0 => destination.loses_answer_of_append(some(chance, 40)),
                    1 => destination.stores_append_later(some(chance, 40), chance.millis(100, 9_000)),
                    _ => {
                        destination.fault(At::append().nth(some(chance, 40)), Fault::ShowLater(chance.millis(1, 1_500)))
                    }
                };
            }
        }
        Kind::Refusals => refusals(chance, scene),
        Kind::Full => {
            let room = chance.between(500, 9_000);
            destination.meddle(|mailbox| {
                let octets = mailbox.used() + room;
                mailbox.quota = Some(crate::world::server::Quota { octets });
            });
        }
        Kind::Renumber => {
            let nth = some(chance, 4);
            match chance.below(2) {
                0 => source.renumbers_at_examine("INBOX", nth),
                _ => destination.renumbers_at_select("INBOX", nth),
            };
        }
        Kind::Expunge => {
            for _ in 0..some(chance, 3) {
                let uid = u32::try_from(some(chance, 18)).unwrap_or(1);
                let at = At::command("UID FETCH").folder("INBOX").nth(some(chance, 6));
                source.fault(at, Fault::Lose(uid));
            }
        }
        Kind::NewMail => {
            for number in 0..some(chance, 3) {
                let octets = letter(&format!("new-{number}"), "It came later.\r\n");
                let verb = chance.pick(&["UID FETCH", "EXAMINE", "NOOP"]);
                let at = At::command(verb).folder("INBOX").nth(some(chance, 6));
                source.fault(at, Fault::Deliver(octets));
            }
        }
        Kind::Logins => {
            let server = chance.pick(&[source, destination]);
            let words = chance.pick(&["NO [UNAVAILABLE] Try later", "NO [INUSE] Too many sessions", "BYE Overloaded"]);
            server.refuses_logins(some(chance, 3), words);
        }
        _ => {}
    }
}

fn refusals(chance: &mut Chance, scene: &Scene) {
    let (source, destination) = (&scene.world.source, &scene.world.destination);
    for _ in 0..some(chance, 2) {
        match chance.below(6) {
            0 => destination.refuses_append(some(chance, 12), "NO [UNAVAILABLE] Slow down"),
            1 => destination.throttles("APPEND", some(chance, 12), chance.millis(1_000, 900_000)),
            2 => source.throttles("UID FETCH", some(chance, 12), chance.millis(1_000, 900_000)),
            3 => source.fault(At::command("EXAMINE").nth(some(chance, 6)), Fault::answer("NO [UNAVAILABLE] Later")),
            4 => destination.fault(At::command("SELECT").nth(some(chance, 6)), Fault::answer("NO [UNAVAILABLE] Later")),
            _ => destination.fault(At::command("CREATE").nth(some(chance, 2)), Fault::answer("NO [UNAVAILABLE] Later")),
        };
    }
}

/// One message that can never be delivered as it is.
fn bad_message(chance: &mut Chance, scene: &Scene) {
    let (source, destination) = (&scene.world.source, &scene.world.destination);
    let subject = chance.pick(&scene.subjects);
    let text = format!("Subject: {subject}\r");
    match chance.below(5) {
        0 => destination.refuses_message(&text, "NO Message contains invalid header"),
        1 => destination.refuses_message(&text, "NO [CANNOT] Not this one"),
        2 => destination.dies_at_append_of(&text),
        3 => source.fault(At::body().holding(&text), Fault::Placeholder),
        _ => source.fault(At::body().holding(&text), Fault::Nil),
    };
}
