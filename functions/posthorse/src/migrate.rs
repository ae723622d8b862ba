//! # Migrate
//! `posthorse migrate`: the state directory, both logins, the chain, the report.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use posthorse_domain::intake::{again, begin};
use posthorse_domain::migration::{Failure, Migration, MigrationId, Moment, PassKind, Request, Side, State, Trouble};
use posthorse_domain::plan;
use posthorse_domain::ports::mail::Mail;
use posthorse_domain::ports::{Clock, Ledger, Secret};
use posthorse_embedded::{DATABASE_FILE, State as Store, StateError, StepClock, StopFlag};
use posthorse_imap::ImapMail;

use crate::advice;
use crate::args::{Again, Logins, Migrate, Talk};
use crate::chain::Chain;
use crate::exit::Exit;
use crate::options::{self, Settings};
use crate::progress::Progress;
use crate::{out, review, stated};

/// The one migration of a state directory.
pub const ONLY: &str = "local";
/// Temporary trouble before the first login is retried this long.
const MINUTE: Duration = Duration::from_secs(60);

/// Why an invocation ends without a report.
struct End(Exit, String);

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self(Exit::of_failure(&failure), advice::failure(&failure))
    }
}

impl From<StateError> for End {
    fn from(error: StateError) -> Self {
        Self(Exit::State, advice::state(&error))
    }
}

fn usage(problem: impl Into<String>) -> End {
    End(Exit::Usage, problem.into())
}

/// Runs the command and says how it ended.
pub async fn run(args: Migrate) -> Exit {
    let progress = Progress::new(args.talk);
    let ended = migrate(&args, &progress).await;
    told(ended, &progress)
}

fn told(ended: Result<Exit, End>, progress: &Progress) -> Exit {
    progress.end();
    match ended {
        Ok(exit) => exit,
        Err(End(exit, problem)) => {
            out::problem(problem);
            exit
        }
    }
}

async fn migrate(args: &Migrate, progress: &Progress) -> Result<Exit, End> {
    let settings = Settings::read().map_err(usage)?;
    let request = options::request(args).map_err(usage)?;
    let secrets = options::secrets(&request, &args.logins).map_err(usage)?;
    let stop = stop_on_signals();
    let mail = mail(&request, secrets, &args.logins)?;
    if args.dry_run {
        let clock = StepClock::new(settings.step, stop.clone());
        prove(&mail, &clock, &stop, progress).await?;
        return tokio::select! {
            () = stop.wait() => Err(End(Exit::Interrupted, "interrupted; nothing was begun".into())),
            ended = dry_run(&mail, &request, args.talk, progress) => ended,
        };
    }
    let directory = args.state.clone().unwrap_or_else(|| options::state_dir(&request));
    let clock = StepClock::new(settings.step, stop.clone());
    let (store, proven) = {
        let mut proving = pin!(prove(&mail, &clock, &stop, progress));
        let mut opening = pin!(opened(directory.clone()));
        // Nothing that is stored can speak against dialling.
        let is_new = !directory.join(DATABASE_FILE).exists();
        tokio::select! {
            // It comes first: names are resolved on the same threads.
            biased;
            store = opening.as_mut() => (store?, if is_new { Some(proving.await) } else { None }),
            proven = proving.as_mut(), if is_new => (opening.await?, Some(proven)),
        }
    };
    let stored = store.ledger.migration(&id()).await?;
    if let Some(stored) = &stored {
        check_same(stored, &request, &directory)?;
    }
    if let Some((record, at)) = stored.as_ref().and_then(|record| Some((record, stated::until(record, clock.now())?))) {
        progress.say(&format!("waiting until {}, as a server asked: {}", at.rfc3339(), record.reason));
        if args.no_wait || !stated::wait(at, &clock, &stop).await {
            progress.end();
            review::print(&store.ledger, &store.archive, record, args.talk).await?;
            return Ok(if args.no_wait { Exit::Waiting } else { Exit::Interrupted });
        }
    }
    let proven = match proven {
        Some(proven) => proven,
        None => prove(&mail, &clock, &stop, progress).await,
    };
    if let Err(end) = proven {
        progress.end();
        let record = unproven(stored, request, &end, clock.now());
        review::print(&store.ledger, &store.archive, &record, args.talk).await?;
        return Err(end);
    }
    if let Some(record) = stored {
        wait_for_quiet(&record, &settings, &clock, progress).await;
        resume(&store, &clock, record, request, args.pass.map(PassKind::from)).await?;
    } else {
        begin::begin(&store.ledger, &store.queue, &clock, id(), request).await?;
    }
    let chain = Chain {
        store: &store,
        mail: &mail,
        notify: progress,
        stop: &stop,
        step: settings.step,
        timing: settings.timing,
        wait: !args.no_wait,
    };
    finish(chain, args.talk, progress).await
}

/// The state directory, opened where it keeps nobody from logging in meanwhile.
async fn opened(directory: PathBuf) -> Result<Store, End> {
    let opening = tokio::task::spawn_blocking(move || Store::open(&directory));
    let store = opening.await.map_err(|problem| End(Exit::State, format!("the state directory: {problem}")))?;
    Ok(store?)
}

/// `posthorse verify`: the recount alone, again.
pub async fn verify(args: Again) -> Exit {
    let progress = Progress::new(args.talk);
    let ended = recount(&args, &progress).await;
    told(ended, &progress)
}

async fn recount(args: &Again, progress: &Progress) -> Result<Exit, End> {
    let settings = Settings::read().map_err(usage)?;
    let store = Store::open(&args.state)?;
    let stop = stop_on_signals();
    let clock = StepClock::new(settings.step, stop.clone());
    let Some(record) = store.ledger.migration(&id()).await? else {
        return Err(End(Exit::State, format!("{} holds no migration", args.state.display())));
    };
    let secrets = options::secrets(&record.request, &args.logins).map_err(usage)?;
    let mail = mail(&record.request, secrets, &args.logins)?;
    if let Err(end) = prove(&mail, &clock, &stop, progress).await {
        progress.end();
        let record = unproven(Some(record.clone()), record.request, &end, clock.now());
        review::print(&store.ledger, &store.archive, &record, args.talk).await?;
        return Err(end);
    }
    let due = again::recount(record, clock.now()).map_err(|refused| usage(refused.0))?;
    begin::reopen(&store.ledger, &id()).await?;
    let due = begin::turn(&store.ledger, &store.queue, &clock, Ok(due)).await?;
    due.map_err(|refused| usage(refused.0))?;
    let (step, timing) = (settings.step, settings.timing);
    let chain = Chain { store: &store, mail: &mail, notify: progress, stop: &stop, step, timing, wait: true };
    finish(chain, args.talk, progress).await
}

async fn finish(chain: Chain<'_>, talk: Talk, progress: &Progress) -> Result<Exit, End> {
    let ran = chain.run(&id()).await;
    progress.end();
    if let Err(failure) = &ran
        && failure.trouble == Trouble::Usage
    {
        return Err(failure.clone().into());
    }
    let record = chain.store.ledger.migration(&id()).await?;
    if let Some(record) = &record {
        review::print(&chain.store.ledger, &chain.store.archive, record, talk).await?;
    }
    let record = ran?;
    Ok(if chain.stop.asked() && record.state.under_way() { Exit::Interrupted } else { Exit::of_state(&record) })
}

/// The id of the one migration here.
pub fn id() -> MigrationId {
    MigrationId(ONLY.into())
}

fn check_same(stored: &Migration, request: &Request, directory: &Path) -> Result<(), End> {
    if begin::same_mailboxes(stored, request) {
        return Ok(());
    }
    let of = &stored.request;
    Err(End(
        Exit::State,
        format!(
            "{} belongs to the migration of {} at {} to {} at {}; name another directory with --state",
            directory.display(),
            of.source.user,
            of.source.host,
            of.destination.user,
            of.destination.host
        ),
    ))
}

/// A killed step may have sent what has not arrived yet: it gets the quiet period to show itself.
async fn wait_for_quiet(record: &Migration, settings: &Settings, clock: &StepClock, progress: &Progress) {
    if record.lease_until.is_some() {
        progress.say("resuming after an interruption");
        clock.sleep(settings.timing.quiet).await;
    }
}

async fn resume(
    store: &Store,
    clock: &StepClock,
    record: Migration,
    request: Request,
    pass: Option<PassKind>,
) -> Result<(), End> {
    let due = again::again(Migration { request, ..record }, pass, clock.now());
    let due = begin::turn(&store.ledger, &store.queue, clock, due).await?;
    due.map(|_| ()).map_err(|refused| usage(refused.0))
}

fn mail(request: &Request, secrets: (Secret, Secret), logins: &Logins) -> Result<ImapMail, End> {
    let authorities = options::authorities(logins).map_err(usage)?;
    let mail = ImapMail::new(request, secrets, authorities.as_deref(), logins.silence());
    mail.map_err(|failure| usage(failure.cause))
}

/// What is told of a migration whose logins could not be proven. Nothing of it is kept: the first request may have been
/// misspelled, a later one finds the migration as it was.
fn unproven(stored: Option<Migration>, request: Request, end: &End, now: Moment) -> Migration {
    let state = if stored.is_some() { State::Waiting } else { State::Failed };
    let record = stored.unwrap_or_else(|| Migration::accepted(id(), request, now));
    Migration { state, reason: end.1.clone(), next_at: None, ..record }
}

/// Proves each login once. Temporary trouble is retried for a minute; everything else ends the invocation.
async fn prove(mail: &ImapMail, clock: &StepClock, stop: &StopFlag, progress: &Progress) -> Result<(), End> {
    let sides = async {
        let mut source = std::pin::pin!(prove_side(mail, Side::Source, clock, progress));
        let mut destination = std::pin::pin!(prove_side(mail, Side::Destination, clock, progress));
        let mut proven = None;
        // Where both fail, the source's failure is the one to tell.
        tokio::select! {
            source = source.as_mut() => source?,
            destination = destination.as_mut() => proven = Some(destination),
        }
        match proven {
            Some(destination) => source.await.and(destination),
            None => destination.await,
        }
    };
    tokio::select! {
        () = stop.wait() => Err(End(Exit::Interrupted, "interrupted before the first login; nothing was begun".into())),
        proven = sides => proven,
    }
}

async fn prove_side(mail: &ImapMail, side: Side, clock: &StepClock, progress: &Progress) -> Result<(), End> {
    let begun = clock.monotonic();
    let mut pause = Duration::from_secs(1);
    loop {
        let Err(failure) = mail.prove(side).await else { return Ok(()) };
        let over = clock.monotonic().saturating_sub(begun) + pause > MINUTE;
        if !failure.temporary() || over || refused_port(&failure) {
            return Err(failure.into());
        }
        progress.say(&format!("{failure}; trying again in {} s", pause.as_secs()));
        clock.sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(15));
    }
}

/// Nobody listens there, or the name does not exist: waiting a minute will not mend an address.
fn refused_port(failure: &Failure) -> bool {
    failure.trouble == Trouble::Unreachable
}

async fn dry_run(mail: &dyn Mail, request: &Request, talk: Talk, progress: &Progress) -> Result<Exit, End> {
    let plan = plan::step::preview(mail, request).await?;
    let plan = plan.map_err(|refused| usage(refused.to_string()))?;
    progress.end();
    review::print_plan(&plan, talk);
    Ok(Exit::Verified)
}

/// INT and TERM: drain, save, end. A second one: at once.
fn stop_on_signals() -> StopFlag {
    let stop = StopFlag::new();
    let flag = stop.clone();
    tokio::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut int), Ok(mut term)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
            return;
        };
        let mut asked = false;
        loop {
            tokio::select! {
                _ = int.recv() => {}
                _ = term.recv() => {}
            }
            if asked {
                std::process::exit(Exit::Interrupted.number().into());
            }
            asked = true;
            out::problem("stopping; what is on its way is finished and saved (again: at once)");
            flag.ask();
        }
    });
    stop
}
