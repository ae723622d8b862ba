//! # Parked
//! `review list`, `show` and `download`: what lies in the quarantine of a state directory.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use posthorse_domain::migration::Failure;
use posthorse_domain::ports::Archive;
use posthorse_domain::review::quarantine::{self, Exhibit, Page};
use posthorse_embedded::state::Look;
use serde_json::Value;

use crate::args::{Download, Item, ListOf};
use crate::exit::Exit;
use crate::migrate::id;
use crate::out;

fn failed(failure: &Failure) -> Exit {
    out::problem(failure);
    Exit::of_failure(failure)
}

fn open(state: &Path) -> Result<Look, Exit> {
    Look::open(state).map_err(|error| {
        out::problem(error);
        Exit::State
    })
}

fn unknown(item: &str) -> Exit {
    out::problem(format_args!("there is no {item} in this quarantine; `posthorse review list` names what there is"));
    Exit::Usage
}

/// Names and facts, page by page.
pub async fn list(state: &Path, of: &ListOf) -> Exit {
    let store = match open(state) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    match quarantine::list(&store.archive, &id(), of.after.as_deref(), usize::from(of.limit)).await {
        Ok(page) if of.of.talk.json => out::json(&page),
        Ok(page) => out::text(&table(&page)),
        Err(failure) => return failed(&failure),
    }
    Exit::Verified
}

/// One message: facts, header, and the octets that were in the way.
pub async fn show(state: &Path, of: &Item) -> Exit {
    let store = match open(state) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    match quarantine::show(&store.archive, &id(), &of.item).await {
        Ok(Some(exhibit)) if of.of.talk.json => out::json(&exhibit),
        Ok(Some(exhibit)) => out::text(&shown(&exhibit)),
        Ok(None) => return unknown(&of.item),
        Err(failure) => return failed(&failure),
    }
    Exit::Verified
}

/// The exact octets into a file that must not be there yet.
pub async fn download(state: &Path, of: &Download) -> Exit {
    let store = match open(state) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let item = &of.of.item;
    let Some(key) = quarantine::octets_key(item) else { return unknown(item) };
    let octets = match store.archive.get(&id(), &key).await {
        Ok(Some(octets)) => octets,
        Ok(None) => return unknown(item),
        Err(failure) => return failed(&failure),
    };
    let written =
        OpenOptions::new().write(true).create_new(true).open(&of.to).and_then(|mut file| file.write_all(&octets));
    match written {
        Ok(()) => {
            out::talk(&format!("{} octets in {}", octets.len(), of.to.display()));
            Exit::Verified
        }
        Err(error) => {
            out::problem(format_args!("write {}: {error}", of.to.display()));
            Exit::Usage
        }
    }
}

fn word<'a>(facts: &'a Value, name: &str) -> &'a str {
    facts.get(name).and_then(Value::as_str).unwrap_or("")
}

/// Items, one in a line.
pub fn table(page: &Page) -> String {
    if page.items.is_empty() {
        return "nothing is in quarantine\n".into();
    }
    let line = |item: &quarantine::Item| {
        let facts = &item.facts;
        format!("{}  {}  {}  {}\n", item.item, word(facts, "class"), word(facts, "folder"), word(facts, "response"))
    };
    let mut text: String = page.items.iter().map(line).collect();
    if let Some(next) = &page.next {
        text.push_str(&format!("more: --after {next}\n"));
    }
    text
}

/// One item, for people.
pub fn shown(exhibit: &Exhibit) -> String {
    let mut text = String::new();
    for (name, value) in exhibit.facts.as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.push_str(&format!("{name}: {value}\n"));
    }
    for offence in &exhibit.offences {
        let (offset, line, what, around) = (offence.offset, offence.line, &offence.what, &offence.around);
        text.push_str(&format!("octet {offset}, line {line}: {what}: {around}\n"));
    }
    let header = exhibit.header.as_deref().unwrap_or("(there are no octets)");
    text.push_str(&format!("\n{}\n", header.replace('\r', "")));
    text
}
