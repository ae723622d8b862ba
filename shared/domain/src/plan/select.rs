//! # Select
//! Which folders a person's `--map`, `--exclude` and `--include` speak of. Names are Unicode as the plan prints them,
//! `*` stands for any run of characters, and a folder stands for its children too.

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use super::{special, translate};
use crate::mail::{Delimiter, FolderName, SpecialUse};
use crate::migration::request::MapRule;
use crate::migration::{Folder, Options};
use crate::ports::mail::Listing;

/// Why the text of an option is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// No name at all.
    #[error("a folder name is missing")]
    Empty,
    /// `--map` without `=`.
    #[error("write SOURCE=DESTINATION, with '\\=' for a literal '='")]
    NoEquals,
    /// `--map` with more than one `=`.
    #[error("more than one '='; write '\\=' for a literal one")]
    ManyEquals,
    /// `--map '=B'`.
    #[error("the source folder before '=' is missing")]
    NoSource,
    /// `--map 'A='`.
    #[error("the destination folder after '=' is missing")]
    NoDestination,
    /// `--map 'A=B*'`.
    #[error("the destination folder after '=' is one folder: '*' has no meaning there")]
    Wildcard,
}

/// A pattern that matches no folder of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// `--map`, `--exclude` or `--include`.
    pub option: &'static str,
    /// The pattern as it was given, unescaped.
    pub pattern: String,
}

/// Why a folder is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// By `--exclude`.
    Excluded,
    /// There are `--include`s, and none names it.
    NotIncluded,
    /// Where folders are labels: it shows mail of other folders only, and nobody asked for it.
    View,
}

/// What the options say of one folder of the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The first `--map` that names the folder or one above it.
    pub mapped: Option<Mapped>,
    /// None when it is carried.
    pub left_out: Option<LeftOut>,
}

/// A folder under a `--map`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// Destination folder as it was given.
    pub to: String,
    /// Components below the folder that the rule names, as the source spells them; empty for that folder itself.
    pub below: Vec<Vec<u8>>,
}

/// What the options say of all folders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// One per folder of the source's listing, in its order.
    pub choices: Vec<Choice>,
    /// Patterns that match nothing; the caller ends with a usage error.
    pub unmatched: Vec<Unmatched>,
}

/// Reads the arguments of all `--map`, `--include` and `--exclude`.
///
/// # Errors
/// All that is wrong with them, a line each.
pub fn options(map: &[String], include: &[String], exclude: &[String]) -> Result<Options, String> {
    let mut problems = Vec::new();
    let mut told = |option: &str, text: &str, problem| problems.push(format!("{option} '{text}': {problem}"));
    let map =
        map.iter().filter_map(|text| map_rule(text).map_err(|problem| told("--map", text, problem)).ok()).collect();
    let mut patterns = |option: &str, texts: &[String]| {
        texts
            .iter()
            .filter_map(|text| pattern(text).map_err(|problem: Unreadable| told(option, text, problem)).ok())
            .collect()
    };
    let (include, exclude) = (patterns("--include", include), patterns("--exclude", exclude));
    if problems.is_empty() {
        Ok(Options { map, include, exclude, ..Options::default() })
    } else {
        Err(problems.join("\n"))
    }
}

/// Reads `A=B` of `--map`; `\=` is a literal `=`.
///
/// # Errors
/// When a side or the `=` is missing, when there are several, or when the right side has a `*`.
pub fn map_rule(text: &str) -> Result<MapRule, Unreadable> {
    let mut sides = split(text);
    let (from, to) = match (sides.next(), sides.next(), sides.next()) {
        (Some(from), Some(to), None) => (from, to),
        (Some(_), Some(_), Some(_)) => return Err(Unreadable::ManyEquals),
        _ => return Err(if text.is_empty() { Unreadable::Empty } else { Unreadable::NoEquals }),
    };
    match (from.is_empty(), to.is_empty(), to.contains('*')) {
        (true, _, _) => Err(Unreadable::NoSource),
        (_, true, _) => Err(Unreadable::NoDestination),
        (_, _, true) => Err(Unreadable::Wildcard),
        _ => Ok(MapRule { from, to }),
    }
}

/// Reads a name of `--include` or `--exclude`; `\=` is taken for `=` here too.
///
/// # Errors
/// When it is empty.
pub fn pattern(text: &str) -> Result<String, Unreadable> {
    if text.is_empty() { Err(Unreadable::Empty) } else { Ok(text.replace("\\=", "=")) }
}

/// A name as one side of a `--map` needs it.
pub fn escaped(name: &str) -> String {
    name.replace('=', "\\=")
}

/// Applies the options: map before exclude before include. `known` are records of earlier passes: a folder that is gone
/// from the source since keeps its pattern from being an error.
pub fn select(source: &Listing, options: &Options, known: &[Folder]) -> Selection {
    let names = Names::new(source, known);
    let mut choices = vec![Choice::default(); source.folders.len()];
    let mut unmatched = Vec::new();
    for rule in &options.map {
        let depths = names.depths("--map", &rule.from, &mut unmatched);
        for ((choice, subject), depth) in choices.iter_mut().zip(&names.listed).zip(depths) {
            if let (Some(depth), None) = (depth, &choice.mapped) {
                let below = subject.components.iter().skip(depth).cloned().collect();
                choice.mapped = Some(Mapped { to: rule.to.clone(), below });
            }
        }
    }
    let excluded = names.any("--exclude", &options.exclude, &mut unmatched);
    let included = names.any("--include", &options.include, &mut unmatched);
    for ((choice, excluded), included) in choices.iter_mut().zip(excluded).zip(included) {
        choice.left_out = match (excluded, included || options.include.is_empty()) {
            (true, _) => Some(LeftOut::Excluded),
            (false, false) => Some(LeftOut::NotIncluded),
            (false, true) => None,
        };
    }
    Selection { choices, unmatched }
}

/// Starred and Important show mail of other folders, which is carried from there with its flags: they are left out unless
/// a `--map` or an `--include` names them.
pub fn leave_out_views(source: &Listing, options: &Options, selection: &mut Selection) {
    let is_view = |use_: SpecialUse| special::view(use_) && use_ != SpecialUse::All;
    for (folder, choice) in source.folders.iter().zip(&mut selection.choices) {
        let asked = choice.mapped.is_some() || !options.include.is_empty();
        if folder.special_use.is_some_and(is_view) && choice.left_out.is_none() && !asked {
            choice.left_out = Some(LeftOut::View);
        }
    }
}

/// Every name that a pattern may be meant for.
struct Names {
    listed: Vec<Subject>,
    gone: Vec<Subject>,
}

impl Names {
    fn new(source: &Listing, known: &[Folder]) -> Self {
        let listed = source.folders.iter();
        let listed = listed.map(|f| Subject::new(source, &f.name, f.delimiter, translate::foreign(source, f)));
        let gone = known.iter().map(|f| Subject::new(source, &f.source, f.source_delimiter, false));
        Self { listed: listed.collect(), gone: gone.collect() }
    }

    /// For each listed folder: how many of its components the pattern covers; none when it does not name the folder.
    fn depths(&self, option: &'static str, pattern: &str, unmatched: &mut Vec<Unmatched>) -> Vec<Option<usize>> {
        // Other people's folders are left out anyway: naming them in --exclude is no mistake, elsewhere it is.
        let own = |subject: &&Subject| option == "--exclude" || !subject.foreign;
        let reading = Reading::of(pattern, self.listed.iter().chain(&self.gone).filter(own));
        if reading.is_none() {
            unmatched.push(Unmatched { option, pattern: pattern.to_owned() });
        }
        self.listed.iter().map(|subject| reading.as_ref().and_then(|reading| reading.depth(subject))).collect()
    }

    /// For each listed folder: whether one of the patterns names it.
    fn any(&self, option: &'static str, patterns: &[String], unmatched: &mut Vec<Unmatched>) -> Vec<bool> {
        let mut named = vec![false; self.listed.len()];
        for pattern in patterns {
            for (flag, depth) in named.iter_mut().zip(self.depths(option, pattern, unmatched)) {
                *flag |= depth.is_some();
            }
        }
        named
    }
}

/// A folder's name as patterns see it.
struct Subject {
    text: String,
    /// Where the part after the personal prefix begins.
    start: usize,
    /// Ends of the folders on the way, itself last, each with the number of components up to there. With the prefix
    /// `INBOX.` the folders below it are not children of INBOX.
    ends: Vec<(usize, usize)>,
    components: Vec<Vec<u8>>,
    foreign: bool,
}

impl Subject {
    fn new(source: &Listing, name: &FolderName, delimiter: Option<Delimiter>, foreign: bool) -> Self {
        let text = normal(&name.unicode());
        let prefix = normal(&FolderName::from_raw(source.prefix.clone()).unicode());
        let start = if text.len() > prefix.len() && text.starts_with(&prefix) { prefix.len() } else { 0 };
        let components = name.components(delimiter);
        let mut ends: Vec<(usize, usize)> = Vec::new();
        if let Some(delimiter) = delimiter {
            let at = text.match_indices(char::from(delimiter.get())).map(|(at, _)| at);
            ends = at.zip(1..).filter(|(at, _)| *at > start).collect();
        }
        // A delimiter hidden in modified UTF-7 would shift the count: then only the whole name is looked at.
        if ends.last().is_some_and(|(_, count)| count + 1 != components.len()) {
            ends.clear();
        }
        ends.push((text.len(), components.len()));
        Self { text, start, ends, components, foreign }
    }

    /// How many components the pattern covers, beginning at `from`: of the topmost folder on the way that matches.
    fn depth(&self, pattern: &str, from: usize) -> Option<usize> {
        let matches = |end: usize| self.text.get(from..end).is_some_and(|text| glob(pattern, text));
        self.ends.iter().find(|(end, _)| matches(*end)).map(|(_, count)| *count)
    }
}

/// A pattern, read as whole names or, where that matches nothing, as names without the personal prefix.
enum Reading {
    Whole(String),
    BelowPrefix(String),
}

impl Reading {
    fn of<'a>(pattern: &str, names: impl Iterator<Item = &'a Subject> + Clone) -> Option<Self> {
        let whole = Self::Whole(normal(pattern));
        let below = Self::BelowPrefix(normal(pattern));
        [whole, below].into_iter().find(|reading| names.clone().any(|name| reading.depth(name).is_some()))
    }

    fn depth(&self, name: &Subject) -> Option<usize> {
        match self {
            Self::Whole(pattern) => name.depth(pattern, 0),
            Self::BelowPrefix(pattern) => name.depth(pattern, name.start),
        }
    }
}

/// NFC, and INBOX in capitals: it has no case (RFC 9051 §5.1).
fn normal(name: &str) -> String {
    let name: String = name.nfc().collect();
    match name.split_at_checked(5) {
        Some((inbox, rest))
            if inbox.eq_ignore_ascii_case("INBOX") && !rest.starts_with(|next: char| next.is_alphanumeric()) =>
        {
            format!("INBOX{rest}")
        }
        _ => name,
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut left) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = pieces.next_back() else { return left.is_empty() };
    for piece in pieces {
        let Some((_, after)) = left.split_once(piece) else { return false };
        left = after;
    }
    left.ends_with(last)
}

/// The sides of `A=B`, cut at each `=` without a backslash before it.
fn split(text: &str) -> impl Iterator<Item = String> {
    let mut sides = vec![String::new()];
    let mut rest = text;
    while let Some(at) = rest.find('=') {
        let (before, after) = rest.split_at(at);
        rest = after.strip_prefix('=').unwrap_or_default();
        let literal = before.strip_suffix('\\');
        if let Some(side) = sides.last_mut() {
            side.push_str(literal.unwrap_or(before));
            side.push_str(if literal.is_some() { "=" } else { "" });
        }
        if literal.is_none() {
            sides.push(String::new());
        }
    }
    if let Some(side) = sides.last_mut() {
        side.push_str(rest);
    }
    sides.into_iter()
}

#[cfg(test)]
#[path = "select_tests.rs"]
mod tests;
