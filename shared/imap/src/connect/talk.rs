//! # Talk
//! One greeting or one command through async-imap. What counts is what the adapter heard; async-imap's own words are
//! those of the adapter's canonical lines and say nothing.

use async_imap::{Client, Connection};

use super::adapter::Adapter;
use super::ear::Waiting;
use super::fault::{Fault, Said};
use super::{Capabilities, identity};

/// async-imap before the login.
pub(super) type Talk<'a> = Client<&'a mut Adapter>;

/// Reads the greeting: OK or PREAUTH.
pub(super) async fn greet(talk: &mut Talk<'_>) -> Result<Said, Fault> {
    talk.get_mut().begin(Waiting::Greeting);
    let _canonical = talk.read_response().await;
    talk.get_mut().outcome()
}

/// Sends a command without arguments to continue, and waits for its tagged OK.
pub(super) async fn command(line: &mut Connection<&mut Adapter>, words: &str) -> Result<Said, Fault> {
    line.get_mut().begin(Waiting::Answer { continuations: 0 });
    let _canonical = line.run_command_and_check_ok(words, None).await;
    line.get_mut().outcome()
}

/// The newest capabilities that the server gave by itself, else those it gives when asked.
pub(super) async fn capabilities(line: &mut Connection<&mut Adapter>) -> Result<Capabilities, Fault> {
    if line.get_mut().ear().capabilities.is_none() {
        tolerated(command(line, "CAPABILITY").await)?;
    }
    Ok(line.get_mut().ear().capabilities.clone().unwrap_or_default())
}

/// Says who we are (RFC 2971) and hears who the server is. A refusal changes nothing.
pub(super) async fn identify(line: &mut Connection<&mut Adapter>) -> Result<(), Fault> {
    tolerated(command(line, &identity::command()).await)
}

/// Asks for UIDs in place of message numbers (RFC 5161, RFC 9586). A refusal changes nothing.
pub(super) async fn enable_uid_only(line: &mut Connection<&mut Adapter>) -> Result<(), Fault> {
    tolerated(command(line, "ENABLE UIDONLY").await)
}

/// NO and BAD to a question that we could do without.
fn tolerated(outcome: Result<Said, Fault>) -> Result<(), Fault> {
    match outcome {
        Ok(_) | Err(Fault::Refused(_)) => Ok(()),
        Err(fault) => Err(fault),
    }
}
