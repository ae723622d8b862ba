//! # Dispatch
//! Commands that look at a migration or say a word about it: to the state directory, or to the stack.

use posthorse_domain::intake::verb::Verb;
use posthorse_domain::migration::Side;

use crate::args::{Command, FolderOf, NewCredentials, Of, PassOf, Place, Review};
use crate::exit::Exit;
use crate::stack::{self, Ask};
use crate::{out, parked, password, review, word};

/// Runs it. `migrate` and `verify` log in by themselves and are not among these.
pub async fn run(command: &Command) -> Exit {
    match command {
        Command::Status(of) => match of.place() {
            Place::Directory(state) => review::status(state, of.talk).await,
            Place::Stack(name, id) => stack::run(name, &Ask::Status { id }, of.talk).await,
        },
        Command::Report(of) => match of.place() {
            Place::Directory(state) => review::report(state, of.talk).await,
            Place::Stack(name, id) => stack::run(name, &Ask::Report { id }, of.talk).await,
        },
        Command::Pause(of) => say(of, Verb::Pause).await,
        Command::Resume(of) => say(of, Verb::Resume).await,
        Command::Cancel(of) => say(of, Verb::Cancel).await,
        Command::Finish(of) => say(of, Verb::Finish).await,
        Command::Pass(PassOf { kind, of }) => say(of, Verb::Pass((*kind).into())).await,
        Command::Rerun(FolderOf { folder, of }) => say(of, Verb::Rerun(*folder)).await,
        Command::Review(of) => look(of).await,
        Command::List(list) => {
            let (state, reference, host) = (list.only.clone(), list.reference.clone(), list.host.clone());
            let ask = Ask::List { state, reference, host, after: list.after.clone(), limit: list.limit };
            stack::run(&list.stack, &ask, list.talk).await
        }
        Command::Credentials(new) => credentials(new).await,
        Command::Migrate(_) | Command::Verify(_) => Exit::Internal,
    }
}

async fn say(of: &Of, verb: Verb) -> Exit {
    match of.place() {
        Place::Directory(state) => word::run(state, verb, of.talk).await,
        Place::Stack(name, id) => stack::run(name, &Ask::Word { id, verb }, of.talk).await,
    }
}

async fn look(review: &Review) -> Exit {
    match review {
        Review::List(of) => match of.of.place() {
            Place::Directory(state) => parked::list(state, of).await,
            Place::Stack(name, id) => {
                let ask = Ask::Quarantine { id, after: of.after.clone(), limit: of.limit };
                stack::run(name, &ask, of.of.talk).await
            }
        },
        Review::Show(of) => match of.of.place() {
            Place::Directory(state) => parked::show(state, of).await,
            Place::Stack(name, id) => stack::run(name, &Ask::Show { id, item: of.item.clone() }, of.of.talk).await,
        },
        Review::Download(of) => match of.of.of.place() {
            Place::Directory(state) => parked::download(state, of).await,
            Place::Stack(name, id) => {
                let ask = Ask::Download { id, item: of.of.item.clone(), to: of.to.clone() };
                stack::run(name, &ask, of.of.of.talk).await
            }
        },
    }
}

async fn credentials(new: &NewCredentials) -> Exit {
    let side = Side::from(new.side);
    let secret = match password::given(side, new.password_file.as_deref(), &new.migration) {
        Ok(secret) => secret,
        Err(problem) => {
            out::problem(problem);
            return Exit::Usage;
        }
    };
    let ask = Ask::Credentials { id: new.migration.clone(), side, secret };
    stack::run(&new.stack, &ask, new.talk).await
}
