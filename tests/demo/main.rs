//! # Demo
//! A lived-in mailbox moves between two real servers; the move is killed on the way, resumed, and judged by a program
//! that shares no code with it. `make demo` builds and runs it. Needs Dovecot, python3, openssl and setpriv.

mod crossing;
mod room;
mod stage;
mod verdict;

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use crossing::Crossing;
use room::Room;
use stage::Stage;

/// What `posthorse migrate` answers when all is well but for messages that the destination refused.
const EXCEPTIONS: i32 = 3;

fn main() -> ExitCode {
    match demo() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("demo: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn demo() -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let room = Room::empty()?;
    say("Two Dovecot servers, and ten years of mail at the first");
    let stage = Stage::set(&room)?;
    println!("{}", stage.description());
    let before = verdict::Before::of(&stage)?;
    let crossing = Crossing::new(&room, &stage)?;

    say("The move; it will be killed on the way");
    println!("{}\n", crossing.shown());
    let killed = crossing.kill_at(stage.messages() / 2, || stage.arrived())?;
    println!(
        "\nKilled (SIGKILL to process {}) with {} of {} messages at the destination.",
        killed.pid,
        stage.arrived()?,
        stage.messages()
    );

    say("The same command again");
    let code = crossing.run()?;
    if code != Some(EXCEPTIONS) {
        return Err(format!("posthorse ended with {code:?}, expected {EXCEPTIONS}").into());
    }
    println!(
        "posthorse ended with {EXCEPTIONS}: the balance closes, and messages are in quarantine.\n\
         Here that is as it should be: they are larger than the destination takes, and a person has to know."
    );

    say("An independent comparison of both mailboxes (tests/servers/compare.py, no code shared with Posthorse)");
    println!("{}", before.compare(&stage, &room.report())?);
    drop(stage);
    println!(
        "\nDone in {:.0} s; both servers are stopped and their mail is gone. What Posthorse wrote is kept until the next\n\
         demo:  {}\n  report:      {}\n  quarantine:  {}",
        begun.elapsed().as_secs_f64(),
        room.state().display(),
        room.report().display(),
        room.state().join("quarantine").display()
    );
    Ok(())
}

fn say(heading: &str) {
    println!("\n== {heading}\n");
}
