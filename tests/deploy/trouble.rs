//! # Trouble
//! What befalls a chain on its way: steps of every stage killed at work, jobs delivered twice, late, or hidden for a while.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use posthorse_domain::migration::{Migration, MigrationId, Stage, State};
use posthorse_tests::servers::random::Random;
use posthorse_tests::servers::{Proxy, Rules};
use serde_json::json;

use crate::stack::Stack;

/// A move that takes longer has hung; the machine may build at the same time.
const LIMIT: Duration = Duration::from_secs(900);
/// Between two looks at the record.
const LOOK: Duration = Duration::from_millis(40);
/// Steps that are to die, by stage.
const KILLS: [(Stage, &str, usize); 3] =
    [(Stage::Plan, "PlanFunction", 1), (Stage::Copy, "CopyFunction", 3), (Stage::Verify, "VerifyFunction", 1)];
/// Jobs that are hidden, at most: each stands still for seconds.
const HIDDEN: u32 = 4;
/// Far enough away that a chunk takes a while.
pub const FAR: Rules = Rules { rtt: Duration::from_millis(30), width: None, cut: None, stall: None, refuse: false };
/// So far away that a plan and a recount take seconds, which nobody misses who wants to kill them.
pub const VERY_FAR: Rules = Rules { rtt: Duration::from_millis(150), ..FAR };

/// What has befallen it.
pub struct Troubled {
    /// The record when the pass had ended.
    pub record: Migration,
    /// Steps that died at work: their turn was claimed before, and not given back behind it.
    pub kills: BTreeMap<&'static str, usize>,
    /// Jobs delivered twice.
    pub twins: u32,
    /// Twins of jobs that came seconds later, when their turn was over.
    pub late: u32,
    /// Jobs that were hidden for seconds.
    pub hidden: u32,
    /// Jobs as they were seen in the queues.
    pub bodies: BTreeSet<String>,
}

impl Troubled {
    /// All steps died that were to.
    pub fn all_died(&self) -> bool {
        KILLS.iter().all(|(_, function, wanted)| self.kills.get(function) == Some(wanted))
    }
}

/// Looks on until the pass has ended, and makes trouble.
pub fn trouble(stack: &Stack, id: &MigrationId, proxies: [&Proxy; 2]) -> Troubled {
    let mut trouble = Trouble {
        stack,
        id,
        proxies,
        moments: Random::new(4_711, 0, 0),
        kills: BTreeMap::new(),
        counts: [0; 3],
        bodies: BTreeSet::new(),
    };
    let (over, mut next, mut round) = (Instant::now() + LIMIT, Instant::now(), 0);
    loop {
        let record = stack.record(id).unwrap();
        if !record.state.under_way() {
            let [twins, late, hidden] = trouble.counts;
            return Troubled { record, kills: trouble.kills, twins, late, hidden, bodies: trouble.bodies };
        }
        assert!(
            Instant::now() < over,
            "{} after {} turns: {}\n{}",
            record.state.word(),
            record.turn,
            record.reason,
            stack.emulator.log()
        );
        trouble.strike(&record);
        if Instant::now() >= next {
            round += 1;
            trouble.disturb(&record, round);
            next = Instant::now() + trouble.moment(400);
        }
        thread::sleep(LOOK);
    }
}

struct Trouble<'a> {
    stack: &'a Stack,
    id: &'a MigrationId,
    proxies: [&'a Proxy; 2],
    moments: Random,
    kills: BTreeMap<&'static str, usize>,
    /// Twins, late ones, hidden jobs.
    counts: [u32; 3],
    bodies: BTreeSet<String>,
}

impl Trouble<'_> {
    fn moment(&mut self, millis: u64) -> Duration {
        Duration::from_millis(self.moments.below(millis))
    }

    /// Kills a step at work, if one of this stage is still to die; not two tries of one turn: five in a row without progress
    /// are for a person to look at.
    fn strike(&mut self, record: &Migration) {
        let Some((stage, function, wanted)) = KILLS.into_iter().find(|(stage, ..)| *stage == record.stage) else {
            return;
        };
        let due = self.kills.get(function).is_none_or(|done| *done < wanted);
        let far = if due && stage != Stage::Copy { VERY_FAR } else { FAR };
        self.proxies.into_iter().for_each(|proxy| proxy.set(far));
        if !due || record.lease_until.is_none() || record.tries > 1 {
            return;
        }
        thread::sleep(self.moment(if stage == Stage::Copy { 500 } else { 100 }));
        let at_work = |now: &Migration| now.turn == record.turn && now.lease_until == record.lease_until;
        if !at_work(&self.stack.record(self.id).unwrap()) || self.stack.kill(function) == 0 {
            return;
        }
        // A lease that nobody gave back is what a dead step leaves.
        if at_work(&self.stack.record(self.id).unwrap()) {
            *self.kills.entry(function).or_default() += 1;
        }
    }

    fn disturb(&mut self, record: &Migration, round: u32) {
        let queue = |stack: &Stack| match record.state {
            State::Planning | State::Accepted => stack.resource("PlanQueue"),
            State::Verifying => stack.resource("VerifyQueue"),
            _ => stack.resource("CopyQueue"),
        };
        let queue = queue(self.stack);
        let job = json!({"migration": self.id.0, "stage": record.stage, "turn": record.turn}).to_string();
        let [twins, late, hidden] = &mut self.counts;
        match round % 5 {
            1 => {
                self.stack.call("sqs", "send_message", json!({"QueueUrl": queue, "MessageBody": job}));
                *twins += 1;
            }
            2 => {
                let with = json!({"QueueUrl": queue, "MessageBody": job, "DelaySeconds": 3});
                self.stack.call("sqs", "send_message", with);
                *late += 1;
            }
            3 if *hidden < HIDDEN => {
                // Whoever receives a job hides it: it comes later.
                let with = json!({"QueueUrl": queue, "VisibilityTimeout": 3, "MaxNumberOfMessages": 1});
                let received = self.stack.call("sqs", "receive_message", with);
                for message in received["Messages"].as_array().into_iter().flatten() {
                    self.bodies.insert(message["Body"].as_str().unwrap().to_owned());
                    *hidden += 1;
                }
            }
            _ => _ = self.stack.sweep(),
        }
    }
}
