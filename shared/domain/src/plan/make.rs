//! # Make
//! Makes the folders that the destination does not have. What is there is decided by LIST, not by the answer to CREATE;
//! a refused name is followed by the next safe one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::map::{Plan, Planned};
use super::{safe_name, warnings};
use crate::mail::FolderName;
use crate::migration::folder::Role;
use crate::migration::{Failure, FolderNumber};
use crate::ports::mail::{Destination, Listing, Made as Answer};

/// Names tried for one folder, at most.
const ROUNDS: usize = 16;

/// Folders that could not be made under any name, with the server's words.
pub type Refused = BTreeMap<FolderNumber, String>;

/// Folders asked for between two looks at the clock.
const FLIGHT: usize = 200;

/// How far a step came.
pub struct Made {
    /// Folders that could not be made.
    pub refused: Refused,
    /// Folders up to this number have been asked for.
    pub to: FolderNumber,
}

/// Makes what is missing of the folders behind `from` and writes the names that were accepted into the plan. As far as
/// time allows, one flight at least.
pub async fn folders(
    destination: &mut dyn Destination,
    plan: &mut Plan,
    from: FolderNumber,
    over: &(dyn Fn() -> bool + Sync),
) -> Result<Made, Failure> {
    let all = missing(plan, from, FolderNumber::MAX);
    let (mut answers, to) = ask(destination, &all, over).await?;
    let mut wanted: Vec<FolderName> = all.into_iter().take(answers.len()).map(|(_, name)| name).collect();
    let mut tried: BTreeSet<FolderName> = BTreeSet::new();
    let mut others: BTreeMap<FolderName, VecDeque<FolderName>> = BTreeMap::new();
    let mut refused = Refused::new();
    for round in 1..=ROUNDS {
        if wanted.is_empty() {
            break;
        }
        let listing = destination.list().await?;
        let there: BTreeSet<&FolderName> =
            listing.folders.iter().filter(|folder| !folder.container).map(|folder| &folder.name).collect();
        tried.extend(wanted.iter().cloned());
        for (name, answer) in wanted.iter().zip(&answers).filter(|(name, _)| !there.contains(name)) {
            let words = match answer {
                Answer::Refused(words) => words.clone(),
                Answer::Yes => "it was made and is not listed".into(),
            };
            // The names to try are those of the first one refused: otherwise numbers would pile up behind each other.
            let mut rest = others.remove(name).unwrap_or_else(|| {
                let mut taken = tried.clone();
                taken.extend(listing.folders.iter().map(|folder| folder.name.clone()));
                safe_name::candidates(name, &listing.prefix, listing.delimiter, &taken).collect()
            });
            match rest.pop_front() {
                Some(next) => {
                    rename(plan, name, &next, &listing, &words);
                    others.insert(next, rest);
                }
                None => refused.extend(numbers(plan, name).map(|number| (number, cannot(&words)))),
            }
        }
        let rest = missing(plan, from, to).into_iter().map(|(_, name)| name);
        wanted = rest.filter(|name| !there.contains(name) && !tried.contains(name)).collect();
        if wanted.is_empty() || round == ROUNDS {
            break;
        }
        answers = destination.create(&wanted).await?;
    }
    for name in wanted {
        refused.extend(numbers(plan, &name).map(|number| (number, cannot("no name was accepted"))));
    }
    plan.warnings.retain(|warning| warning.code != "renamed-folders");
    plan.warnings.extend(warnings::renamed(&plan.folders));
    Ok(Made { refused, to })
}

/// Asks for folders, flight after flight: their answers, and up to which number all were asked for.
async fn ask(
    destination: &mut dyn Destination,
    wanted: &[(FolderNumber, FolderName)],
    over: &(dyn Fn() -> bool + Sync),
) -> Result<(Vec<Answer>, FolderNumber), Failure> {
    let mut answers = Vec::new();
    for flight in wanted.chunks(FLIGHT) {
        let names: Vec<FolderName> = flight.iter().map(|(_, name)| name.clone()).collect();
        answers.extend(destination.create(&names).await?);
        let last = flight.last().map_or(0, |(number, _)| *number);
        if answers.len() < wanted.len() && over() {
            return Ok((answers, last));
        }
    }
    Ok((answers, FolderNumber::MAX))
}

fn cannot(words: &str) -> String {
    format!("the destination does not make this folder: {words}; choose another name with --map")
}

/// What is to be made of the folders behind `from` up to `to`, in the order of their numbers: a folder comes before those
/// below it.
fn missing(plan: &Plan, from: FolderNumber, to: FolderNumber) -> Vec<(FolderNumber, FolderName)> {
    let mut seen = BTreeSet::new();
    let within = |planned: &&Planned| planned.number > from && planned.number <= to;
    let carried = plan.folders.iter().filter(|planned| planned.create && planned.role == Role::Carry).filter(within);
    let named = carried.map(|planned| (planned.number, planned.destination.clone()));
    let mut missing: Vec<_> = named.filter(|(_, name)| seen.insert(name.clone())).collect();
    missing.sort();
    missing
}

fn numbers(plan: &Plan, name: &FolderName) -> impl Iterator<Item = FolderNumber> {
    plan.folders.iter().filter(move |planned| planned.destination == *name).map(|planned| planned.number)
}

/// The folder and everything planned below it go by the new name.
fn rename(plan: &mut Plan, from: &FolderName, to: &FolderName, there: &Listing, words: &str) {
    for planned in &mut plan.folders {
        let name = if planned.destination == *from {
            Some(to.clone())
        } else {
            safe_name::follow(&planned.destination, from, to, there.delimiter)
        };
        let Some(name) = name else { continue };
        planned.destination = name;
        planned.renamed = true;
        planned.why = format!("{REFUSED}{}' ({words})", from.unicode());
    }
}

/// How the reason of a folder begins whose name the destination refused.
const REFUSED: &str = "renamed: the destination refused '";

/// True when a folder with this reason stands where it stands because this name, or that of a folder above it, was refused.
pub(super) fn stands_for(why: &str, name: &FolderName) -> bool {
    let refused = why.strip_prefix(REFUSED).and_then(|rest| rest.split_once("' (")).map(|(refused, _)| refused);
    refused.is_some_and(|refused| name.unicode().starts_with(refused))
}
