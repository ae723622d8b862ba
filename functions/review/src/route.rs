//! # Route
//! From verb, path and query to what is asked for. What is not named here is refused. Pure.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use posthorse_aws::web::Problem;
use posthorse_domain::intake::verb::Verb;
use posthorse_domain::migration::{FolderNumber, MigrationId};

/// The most of a list in one answer, and how many where nothing is said.
const MOST: usize = 100;
const USUAL: usize = 50;
/// The longest migration's id.
const LONGEST_ID: usize = 128;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Some migrations.
    List(Query),
    /// Where one stands.
    Status(MigrationId),
    /// Its report.
    Report(MigrationId),
    /// A word that needs no body.
    Word(MigrationId, Verb),
    /// Another pass; the body says which.
    Pass(MigrationId),
    /// New credentials; the body holds them.
    Credentials(MigrationId),
    /// Some of its quarantine.
    Quarantine(MigrationId, Query),
    /// One message of it.
    Show(MigrationId, String),
    /// An address from which its octets can be had for a while.
    Download(MigrationId, String),
}

/// Why there is no such thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoRoute {
    /// Nothing has this path.
    Path,
    /// What has this path takes another verb.
    Method(&'static str),
    /// The query is not understood.
    Query(Problem),
}

/// What stands behind the question mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Only these states; empty: all.
    pub state: String,
    /// Only this reference; empty: all.
    pub reference: String,
    /// Only where one side has this host; empty: all.
    pub host: String,
    /// Begin behind this one, as an earlier answer named it; empty: at the beginning.
    pub after: String,
    /// So many at most.
    pub limit: usize,
}

/// Reads a request's first line.
///
/// # Errors
/// [`NoRoute`], with what would be taken.
pub fn route(method: &str, path: &str, query: &str) -> Result<Route, NoRoute> {
    let parts: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    match parts.as_slice() {
        ["migrations"] => got(method).and_then(|()| read(query, &LIST)).map(Route::List),
        ["migrations", id, rest @ ..] => {
            let id = named(id).ok_or(NoRoute::Path)?;
            let taken = if rest == ["quarantine"] { &PAGED[..] } else { &[] };
            let query = read(query, taken)?;
            of(method, id, rest, query)
        }
        _ => Err(NoRoute::Path),
    }
}

fn of(method: &str, id: MigrationId, rest: &[&str], query: Query) -> Result<Route, NoRoute> {
    let route = match rest {
        [] => Route::Status(id),
        ["report"] => Route::Report(id),
        ["quarantine"] => Route::Quarantine(id, query),
        ["quarantine", item] => Route::Show(id, (*item).to_owned()),
        ["quarantine", item, "download"] => Route::Download(id, (*item).to_owned()),
        _ => return posted(method, word(id, rest).ok_or(NoRoute::Path)?),
    };
    got(method).map(|()| route)
}

fn word(id: MigrationId, rest: &[&str]) -> Option<Route> {
    Some(match rest {
        ["pause"] => Route::Word(id, Verb::Pause),
        ["resume"] => Route::Word(id, Verb::Resume),
        ["cancel"] => Route::Word(id, Verb::Cancel),
        ["finish"] => Route::Word(id, Verb::Finish),
        ["pass"] => Route::Pass(id),
        ["credentials"] => Route::Credentials(id),
        ["folders", number, "rerun"] => Route::Word(id, Verb::Rerun(folder(number)?)),
        _ => return None,
    })
}

fn got(method: &str) -> Result<(), NoRoute> {
    if method == "GET" { Ok(()) } else { Err(NoRoute::Method("GET")) }
}

fn posted(method: &str, route: Route) -> Result<Route, NoRoute> {
    if method == "POST" { Ok(route) } else { Err(NoRoute::Method("POST")) }
}

/// Ids are letters, digits and `-`.
fn named(id: &str) -> Option<MigrationId> {
    let good = (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|o| o.is_ascii_alphanumeric() || o == b'-');
    good.then(|| MigrationId(id.to_owned()))
}

fn folder(number: &str) -> Option<FolderNumber> {
    let digits = number.bytes().all(|octet| octet.is_ascii_digit());
    number.parse().ok().filter(|_| digits)
}

const LIST: [&str; 5] = ["state", "reference", "host", "after", "limit"];
const PAGED: [&str; 2] = ["after", "limit"];

fn read(query: &str, taken: &[&str]) -> Result<Query, NoRoute> {
    let refused = |field: &str, detail: &str| NoRoute::Query(Problem::new(field, detail));
    let mut fields = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(name) = taken.iter().find(|known| **known == name) else {
            return Err(refused("", "the query has a field that is not taken here"));
        };
        let value = value.replace('+', " ");
        let value = percent_decode_str(&value).decode_utf8().map_err(|_| refused(name, "is not UTF-8"))?;
        if fields.insert(*name, value.into_owned()).is_some() {
            return Err(refused(name, "is there twice"));
        }
    }
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    let limit = match take("limit").as_str() {
        "" => USUAL,
        text => {
            let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
            number.ok_or_else(|| refused("limit", "is not a number from 1 to 100"))?
        }
    };
    let (state, reference, host, after) = (take("state"), take("reference"), take("host"), take("after"));
    Ok(Query { state, reference, host, after, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> MigrationId {
        MigrationId("m-1".into())
    }

    /// All that there is.
    fn known() -> Vec<(&'static str, &'static str, Route)> {
        let usual = || Query { limit: USUAL, ..Query::default() };
        vec![
            ("GET", "/migrations", Route::List(usual())),
            ("GET", "/migrations/m-1", Route::Status(id())),
            ("GET", "/migrations/m-1/report", Route::Report(id())),
            ("POST", "/migrations/m-1/pause", Route::Word(id(), Verb::Pause)),
            ("POST", "/migrations/m-1/resume", Route::Word(id(), Verb::Resume)),
            ("POST", "/migrations/m-1/cancel", Route::Word(id(), Verb::Cancel)),
            ("POST", "/migrations/m-1/finish", Route::Word(id(), Verb::Finish)),
            ("POST", "/migrations/m-1/pass", Route::Pass(id())),
            ("POST", "/migrations/m-1/credentials", Route::Credentials(id())),
            ("POST", "/migrations/m-1/folders/12/rerun", Route::Word(id(), Verb::Rerun(12))),
            ("GET", "/migrations/m-1/quarantine", Route::Quarantine(id(), usual())),
            ("GET", "/migrations/m-1/quarantine/1-2-3", Route::Show(id(), "1-2-3".into())),
            ("GET", "/migrations/m-1/quarantine/1-2-3/download", Route::Download(id(), "1-2-3".into())),
        ]
    }

    #[test]
    fn every_address_has_its_meaning_and_its_verb() {
        let rows = known();
        for (method, path, expected) in rows {
            let other = if method == "GET" { "POST" } else { "GET" };
            assert_eq!(route(method, path, ""), Ok(expected), "{path}");
            for wrong in [other, "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "get", ""] {
                let method = if method == "GET" { "GET" } else { "POST" };
                assert_eq!(route(wrong, path, ""), Err(NoRoute::Method(method)), "{wrong} {path}");
            }
        }
    }

    #[test]
    fn the_openapi_document_has_these_addresses_and_no_others() {
        let document: serde_json::Value = serde_json::from_str(include_str!("../../../infra/openapi.json")).unwrap();
        let mut described = Vec::new();
        for (template, item) in document["paths"].as_object().unwrap() {
            if !item["servers"][0]["url"].as_str().unwrap().contains("ReviewUrl") {
                continue;
            }
            let path = template.replace("{id}", "m-1").replace("{folder}", "12").replace("{item}", "1-2-3");
            for (method, what) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "servers") {
                let found = route(&method.to_uppercase(), &path, "");
                described.push(format!("{:?}", found.unwrap_or_else(|_| panic!("{method} {template}"))));
                let parameters = what["parameters"].as_array().unwrap().iter();
                let query: Vec<&str> = parameters
                    .filter(|given| given["in"] == "query")
                    .map(|given| given["name"].as_str().unwrap())
                    .collect();
                let all: String =
                    query.iter().map(|name| format!("{name}={}&", if *name == "limit" { "1" } else { "x" })).collect();
                assert!(route(&method.to_uppercase(), &path, &all).is_ok(), "{method} {template} {all}");
                let taken = LIST.iter().filter(|name| route("GET", &path, &format!("{name}=1")).is_ok()).count();
                assert!(method != "get" || taken == query.len(), "{template}: {query:?}");
            }
        }
        described.sort();
        let mut known: Vec<String> = known().into_iter().map(|(_, _, route)| format!("{route:?}")).collect();
        known.sort();
        assert_eq!(described, known);
    }

    #[test]
    fn nothing_else_has_an_address() {
        let long = format!("/migrations/{}", "x".repeat(129));
        for path in [
            "",
            "/",
            "/migrations/",
            "//migrations",
            "/Migrations",
            "/migrations/m.1",
            "/migrations/m%2F1",
            "/migrations/../m",
            "/migrations/m 1",
            "/migrations/m-1/",
            "/migrations/m-1/remove",
            "/migrations/m-1/pause/now",
            "/migrations/m-1/folders/rerun",
            "/migrations/m-1/folders/x/rerun",
            "/migrations/m-1/folders/-1/rerun",
            "/migrations/m-1/folders/+1/rerun",
            "/migrations/m-1/folders/4294967296/rerun",
            "/migrations/m-1/quarantine/1-2-3/delete",
            "/migrations/m-1/quarantine/1/2/3",
            long.as_str(),
        ] {
            for method in ["GET", "POST"] {
                assert_eq!(route(method, path, ""), Err(NoRoute::Path), "{method} {path}");
            }
        }
    }

    #[test]
    fn a_query_is_read_strictly() {
        let list = |query: &str| match route("GET", "/migrations", query) {
            Ok(Route::List(query)) => Some(query),
            _ => None,
        };
        let read = list("state=failed&reference=order+47%2011&host=IMAP.old.example&after=1-m&limit=7").unwrap();
        assert_eq!((read.state.as_str(), read.reference.as_str(), read.limit), ("failed", "order 47 11", 7));
        assert_eq!((read.host.as_str(), read.after.as_str()), ("IMAP.old.example", "1-m"));
        for bad in ["limit=0", "limit=101", "limit=-1", "limit=x", "state=a&state=b", "order=asc", "x", "host=%FF"] {
            assert!(matches!(route("GET", "/migrations", bad), Err(NoRoute::Query(_))), "{bad}");
        }
        assert!(matches!(route("GET", "/migrations/m-1", "limit=1"), Err(NoRoute::Query(_))));
        assert!(route("GET", "/migrations/m-1/quarantine", "limit=1&after=1-2-3").is_ok());
        assert!(matches!(route("GET", "/migrations/m-1/quarantine", "state=x"), Err(NoRoute::Query(_))));
    }
}
