//! # Stack
//! The same commands about migrations of a deployed stack: `--stack NAME --migration ID`. Requests go to the stack's address
//! for operators, signed with the AWS credentials of whoever calls.
//!
//! `account` finds credentials and region, `signed` signs and sends, `asks` says which request a command is.

mod account;
mod asks;
mod signed;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use posthorse_domain::migration::report::Report;
use posthorse_domain::review::quarantine::{Exhibit, Page};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::args::Talk;
use crate::exit::Exit;
use crate::{out, parked, table};
use account::Account;
pub use asks::Ask;

/// Asks the stack, prints what it says, and gives the exit code.
pub async fn run(stack: &str, ask: &Ask, talk: Talk) -> Exit {
    match asked(stack, ask, talk).await {
        Ok(exit) => exit,
        Err((exit, problem)) => {
            out::problem(problem);
            exit
        }
    }
}

type Ended = Result<Exit, (Exit, String)>;

async fn asked(stack: &str, ask: &Ask, talk: Talk) -> Ended {
    let account = Account::find().map_err(|problem| (Exit::Usage, problem))?;
    let lost = |problem: String| (Exit::State, format!("the stack {stack}: {problem}"));
    let address = signed::address(&account, stack).await.map_err(lost)?;
    let (method, path, body) = ask.request();
    let url = format!("{}{path}", address.trim_end_matches('/'));
    let answer = signed::send(&account, "lambda", method, &url, body).await.map_err(lost)?;
    let value: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    match answer.status {
        200 => told(&account, ask, &value, talk).await,
        403 => Err((
            Exit::Usage,
            "AWS does not let these credentials in: they need lambda:InvokeFunctionUrl and \
                                  lambda:InvokeFunction on the stack's function review"
                .into(),
        )),
        404 | 409 | 422 => Err((Exit::Usage, problem(&value))),
        status => Err(lost(format!("it answers {status}: {}", problem(&value)))),
    }
}

/// What a problem document says.
fn problem(value: &Value) -> String {
    let word = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let errors = value.get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
    let fields = errors.iter().map(|error| {
        let word = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        format!("{} {}", word("field"), word("detail"))
    });
    let told: Vec<String> =
        Some(word("detail").to_owned()).into_iter().chain(fields).filter(|text| !text.is_empty()).collect();
    if told.is_empty() { "an answer that cannot be read".into() } else { told.join("; ") }
}

async fn told(account: &Account, ask: &Ask, value: &Value, talk: Talk) -> Ended {
    if let Ask::Download { to, .. } = ask {
        return download(account, value, to).await;
    }
    if talk.json {
        out::json(value);
    } else {
        out::text(&text(ask, value)?);
    }
    Ok(match ask {
        Ask::Report { .. } => Exit::of_word(value.get("state").and_then(Value::as_str).unwrap_or_default()),
        _ => Exit::Verified,
    })
}

fn text(ask: &Ask, value: &Value) -> Result<String, (Exit, String)> {
    Ok(match ask {
        Ask::List { .. } => list(value),
        Ask::Report { .. } => table::report(&read::<Report>(value)?),
        Ask::Quarantine { .. } => parked::table(&read::<Page>(value)?),
        Ask::Show { .. } => parked::shown(&read::<Exhibit>(value)?),
        Ask::Status { .. } => line(value),
        _ => line(value.get("migration").unwrap_or(&Value::Null)),
    })
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, (Exit, String)> {
    let odd = |cause| (Exit::Internal, format!("the stack is of another version than this program: {cause}"));
    serde_json::from_value(value.clone()).map_err(odd)
}

/// One migration in a line.
fn line(status: &Value) -> String {
    let text = |path: &str| match status.pointer(path) {
        Some(Value::String(text)) => text.clone(),
        Some(value) if !value.is_null() => value.to_string(),
        _ => String::new(),
    };
    let reference = Some(text("/reference")).filter(|text| !text.is_empty()).map(|text| format!(" [{text}]"));
    let next = Some(text("/next_at")).filter(|text| !text.is_empty()).map(|text| format!(" (next: {text})"));
    format!(
        "{}{} {} (pass {}, {}) {} at {} to {} at {}: {} of {} copied. {}{}\n",
        text("/migration"),
        reference.unwrap_or_default(),
        text("/state"),
        text("/pass/number"),
        text("/pass/kind"),
        text("/source/user"),
        text("/source/host"),
        text("/destination/user"),
        text("/destination/host"),
        text("/counts/copied"),
        text("/counts/source"),
        text("/reason"),
        next.unwrap_or_default()
    )
}

fn list(value: &Value) -> String {
    let migrations = value.get("migrations").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut text: String = migrations.iter().map(line).collect();
    match value.get("next").and_then(Value::as_str) {
        Some(next) => text.push_str(&format!("more: --after {next}\n")),
        None if migrations.is_empty() => text.push_str("no migration fits\n"),
        None => {}
    }
    text
}

async fn download(account: &Account, value: &Value, to: &Path) -> Ended {
    let url = value.get("url").and_then(Value::as_str).unwrap_or_default();
    let octets = signed::get(account, url).await.map_err(|problem| (Exit::State, problem))?;
    let written = OpenOptions::new().write(true).create_new(true).open(to).and_then(|mut file| file.write_all(&octets));
    written.map_err(|error| (Exit::Usage, format!("write {}: {error}", to.display())))?;
    out::talk(&format!("{} octets in {}", octets.len(), to.display()));
    Ok(Exit::Verified)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_problem_is_told_with_its_fields() {
        let refused =
            json!({"status": 409, "detail": "this migration is copying: its pass has not ended", "state": "copying"});
        assert_eq!(problem(&refused), "this migration is copying: its pass has not ended");
        let fields = json!({"title": "t", "errors": [{"field": "limit", "detail": "is not a number from 1 to 100"}]});
        assert_eq!(problem(&fields), "limit is not a number from 1 to 100");
        assert_eq!(problem(&Value::Null), "an answer that cannot be read");
    }

    #[test]
    fn a_list_says_where_it_goes_on() {
        assert_eq!(list(&json!({"migrations": [], "next": null})), "no migration fits\n");
        let status = json!({"migration": "m", "reference": "order 7", "state": "waiting", "pass": {"number": 1, "kind": "initial"},
                            "source": {"user": "a", "host": "old"}, "destination": {"user": "b", "host": "new"},
                            "counts": {"copied": 3, "source": 9}, "reason": "slow.", "next_at": "2026-11-25T12:00:00Z"});
        let text = list(&json!({"migrations": [status], "next": "5-m"}));
        assert_eq!(
            text,
            "m [order 7] waiting (pass 1, initial) a at old to b at new: 3 of 9 copied. slow. (next: 2026-11-25T12:00:00Z)\n\
             more: --after 5-m\n"
        );
    }
}
