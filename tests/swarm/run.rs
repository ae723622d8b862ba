//! # Run
//! One seed: a migration from its first job to the end of retention, first in trouble, then healed.

use std::time::Duration;

use posthorse_domain::intake::{again, begin};
use posthorse_domain::migration::{Failure, Migration, Side, State};
use posthorse_domain::ports::{Ledger, Secret, Vault};

use super::chance::Chance;
use super::cloud::{Cloud, Drive};
use super::coverage::Coverage;
use super::invariants;
use super::planted::Bug;
use super::scene::scene;
use super::sinks::Logged;
use super::troubles::{self, Kind, troubles};
use crate::world::{Effects, PASSWORD, Strike};

/// How long it is in trouble, at most.
const IN_TROUBLE: Duration = Duration::from_secs(12 * 3600);
/// Invocations while it is in trouble.
const TROUBLED: u32 = 60;
/// How long it may take once nothing goes wrong any more, and in how many invocations.
const HEALED: Duration = Duration::from_secs(14 * 24 * 3600);
const ENOUGH: u32 = 400;
/// How often a person resumes it.
const RESUMED: usize = 12;
/// Deltas until nothing new is there.
const DELTAS: usize = 4;

/// What came of a seed.
#[derive(Clone, Debug)]
pub struct Run {
    /// The seed.
    pub seed: u64,
    /// Servers and troubles, in words.
    pub title: String,
    /// Everything that is wrong; nothing, if all is well.
    pub complaints: Vec<String>,
    /// What struck where.
    pub coverage: Coverage,
    /// A hash of everything that happened.
    pub trace: String,
    /// Messages that the destination stored.
    pub appended: usize,
    /// Further connections that it was sent over.
    pub lanes: usize,
    /// Jobs that were worked on.
    pub invocations: u32,
    /// The talk with both servers, to look for the reason.
    pub talk: String,
}

/// Runs a seed, with a bug on purpose (and the troubles that it needs) or without.
pub async fn run(seed: u64, bug: Option<Bug>) -> Run {
    with(seed, bug, bug.map_or(&[], Bug::needs), None, None).await
}

/// Runs a seed with the troubles that a bug needs, but without the bug.
pub async fn control(seed: u64, bug: Bug) -> Run {
    with(seed, None, bug.needs(), None, None).await
}

/// Runs a seed with one more strike, at the first effect of this name.
pub async fn struck(seed: u64, strike: Strike, effect: &str) -> Run {
    with(seed, None, &[], Some((strike, effect)), None).await
}

/// Runs a seed in which each pair sends over one to three connections more, in batches of a few messages.
pub async fn wide(seed: u64) -> Run {
    let lanes = usize::try_from(seed % 3).unwrap_or_default() + 1;
    with(seed, None, &[], None, Some(lanes)).await
}

async fn with(seed: u64, bug: Option<Bug>, also: &[Kind], first: Option<(Strike, &str)>, lanes: Option<usize>) -> Run {
    let (logged, _guard) = Logged::watch();
    let mut chance = Chance::new(seed);
    let mut scene = scene(&mut chance);
    scene.world.mail.lanes = lanes;
    let troubles = troubles(&mut chance, &scene, also);
    if let Some((strike, effect)) = first {
        scene.world.effects.strike_first(effect, strike);
    }
    let title = format!("{}; {:?}", scene.title, troubles.kinds);
    let full = troubles.kinds.contains(&Kind::Full);
    let mut cloud = Cloud::new(scene.world, troubles, chance, bug);
    if full {
        cloud.coverage.count("out of quota", "destination");
    }
    let mut complaints = Vec::new();
    if let Err(problem) = life(&mut cloud, &mut complaints, &logged).await {
        complaints.push(problem);
    }
    invariants::coverage(&mut cloud);
    complaints.append(&mut cloud.breaches);
    complaints.extend(cloud.world.ledger.breaches());
    Run {
        seed,
        title,
        complaints,
        trace: invariants::trace(&cloud),
        appended: cloud.world.appended(),
        lanes: cloud.world.lanes().len(),
        invocations: cloud.invocations,
        talk: told(&cloud),
        coverage: cloud.coverage,
    }
}

fn told(cloud: &Cloud) -> String {
    let names = cloud.world.effects.names();
    let effects: Vec<String> = names.iter().enumerate().map(|(at, name)| format!("{} {name}", at + 1)).collect();
    format!(
        "--- source\n{}\n--- destination\n{}\n--- effects\n{}\n--- struck\n{:?}\n--- ledger\n{}",
        cloud.world.source.transcript(),
        cloud.world.destination.transcript(),
        effects.join("\n"),
        cloud.world.effects.struck(),
        cloud.world.ledger.dump()
    )
}

async fn life(cloud: &mut Cloud, complaints: &mut Vec<String>, logged: &Logged) -> Result<(), String> {
    start(cloud).await.map_err(|failure| failure.to_string())?;
    cloud.drive(IN_TROUBLE, TROUBLED).await;
    cloud.heal();
    to_the_end(cloud).await?;
    // What came after the recount of its folder nobody has counted yet, and what is parked may have another UID by now.
    let mut more = cloud.troubles.kinds.iter().any(|kind| matches!(kind, Kind::NewMail | Kind::Renumber));
    for _ in 0..DELTAS {
        let record = here(cloud)?;
        if !more && record.totals.arrived == 0 && record.state != State::Unbalanced {
            break;
        }
        more = false;
        delta(cloud).await?;
    }
    invariants::check(cloud, complaints, logged).await;
    let before = cloud.world.appended();
    delta(cloud).await?;
    invariants::events(cloud, complaints);
    let more = cloud.world.appended() - before;
    if more > 0 {
        complaints.push(format!("a further pass appended {more}"));
    }
    end(cloud, complaints).await
}

fn here(cloud: &Cloud) -> Result<Migration, String> {
    cloud.record().ok_or_else(|| "the record is gone".into())
}

async fn start(cloud: &Cloud) -> Result<(), Failure> {
    let world = &cloud.world;
    world.remember();
    for side in [Side::Source, Side::Destination] {
        cloud.vault.keep(&world.id(), side, &Secret::new(PASSWORD)).await?;
    }
    let outside = Effects::default();
    let (ledger, queue) = (world.ledger.through(outside.clone()), world.queue.through(outside));
    begin::begin(&ledger, &queue, &cloud.clock(), world.id(), world.request()).await.map(|_| ())
}

/// Until a pass has ended; a person resumes what has stalled or failed.
async fn to_the_end(cloud: &mut Cloud) -> Result<(), String> {
    for _ in 0..RESUMED {
        if cloud.drive(HEALED, ENOUGH).await == Drive::UsedUp {
            let record = here(cloud)?;
            return Err(format!("it does not end once nothing goes wrong: {:?}, {}", record.state, record.reason));
        }
        let record = here(cloud)?;
        if record.state.pass_ended() {
            return Ok(());
        }
        let outside = Effects::default();
        let (ledger, queue) = (cloud.world.ledger.through(outside.clone()), cloud.world.queue.through(outside));
        let due = again::resume(record, cloud.now());
        let turned = begin::turn(&ledger, &queue, &cloud.clock(), due).await;
        turned.map_err(|failure| failure.to_string())?.map_err(|refused| refused.0)?;
    }
    let record = here(cloud)?;
    Err(format!("it stalls or fails again and again: {:?}, {}", record.state, record.reason))
}

/// The sweep begins the next delta by itself.
async fn delta(cloud: &mut Cloud) -> Result<(), String> {
    let number = here(cloud)?.pass.number;
    let next = |record: &Migration| record.pass.number > number && !record.state.under_way();
    if cloud.drive_until(Duration::from_secs(26 * 3600), ENOUGH, next).await == Drive::UsedUp {
        return Err("no delta came, or it did not end".into());
    }
    to_the_end(cloud).await
}

/// Its end: credentials are forgotten within a minute, and after its retention nothing is left.
async fn end(cloud: &mut Cloud, complaints: &mut Vec<String>) -> Result<(), String> {
    let outside = Effects::default();
    let ledger = cloud.world.ledger.through(outside);
    let ended = again::finish(here(cloud)?, cloud.now());
    if cloud.chance.one_in(2) {
        let done = begin::end(&ledger, cloud.vault.as_ref(), ended).await.map_err(|failure| failure.to_string())?;
        done.map_err(|refused| refused.0)?;
    } else {
        // Whoever ended it died before the credentials were forgotten.
        let record = ended.map_err(|refused| refused.0)?;
        let _saved = ledger.save(&record).await.map_err(|failure| failure.to_string())?;
    }
    let forgotten = |record: &Migration| record.next_at.is_some_and(|at| at > record.ended.unwrap_or_default());
    cloud.drive_until(Duration::from_secs(130), ENOUGH, forgotten).await;
    if cloud.vault.secret(&cloud.world.id(), Side::Source).await.ok().flatten().is_some() {
        complaints.push("the credentials are still there two minutes after the end".into());
    }
    if cloud.chance.one_in(4) {
        troubles::at_the_end(&mut cloud.chance, &cloud.world.effects);
        cloud.drive_until(Duration::from_secs(2 * 24 * 3600), ENOUGH, |_| false).await;
        let left: Vec<String> = cloud.world.archive.all().into_keys().collect();
        if cloud.record().is_some() || !left.is_empty() {
            complaints.push(format!("retention is over, and there is still {left:?} or the record"));
        }
    }
    Ok(())
}
