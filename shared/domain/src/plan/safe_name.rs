//! # Safe name
//! The next name to try when the destination refuses a folder's name: first without what some server refuses, then
//! shorter, then with a number.

use std::collections::BTreeSet;

use crate::mail::{Delimiter, FolderName};

/// Octets of one component at most. Dovecot 2.3 refuses 300 and takes 200.
const COMPONENT: usize = 200;
/// Octets of a whole name at most; file systems and Courier 5.0 end at 255.
const WHOLE: usize = 240;
/// A component is not cut below this to make room for the others.
const LEAST: usize = 16;
/// Highest number that is put behind a name.
const NUMBERS: u32 = 9;

/// Names to try instead of `name`, best first, at most 15. `prefix` (the destination's personal namespace) stays as it
/// is. Names in `taken` are left out, also in another case: servers differ in whether case counts.
pub fn candidates(
    name: &FolderName,
    prefix: &[u8],
    delimiter: Option<Delimiter>,
    taken: &BTreeSet<FolderName>,
) -> impl Iterator<Item = FolderName> + use<> {
    let kept = if name.starts_with(prefix) { prefix } else { &[] };
    let below = FolderName::from_raw(name.raw().get(kept.len()..).unwrap_or_default());
    let components = below.components(delimiter).into_iter().map(|raw| FolderName::from_raw(raw).unicode()).collect();
    let whole = Parts { prefix: kept.to_vec(), delimiter, components };

    let plain = whole.each(|component| replaced(component, refused));
    let plainest = plain.each(|component| replaced(component, refused_by_some));
    let short = plainest.shortened(WHOLE);
    let beside = short.beside_inbox();
    let numbered = (1..=NUMBERS).map(|number| beside.shortened(WHOLE - 2).numbered(number));
    let mut seen: BTreeSet<String> = taken.iter().map(folded).collect();
    seen.insert(folded(name));
    // QUIRK: a server that keeps all folders below INBOX and has no NAMESPACE to say so.
    let below = whole.below_inbox().filter(|_| kept.is_empty());
    let all: Vec<FolderName> =
        [&plain, &plainest, &short, &beside].map(Parts::name).into_iter().chain(numbered).chain(below).collect();
    all.into_iter().filter(move |candidate| seen.insert(folded(candidate)))
}

/// The name of `folder` after a folder above it had to be made as `made` instead of `asked`; none when it is not below.
pub fn follow(
    folder: &FolderName,
    asked: &FolderName,
    made: &FolderName,
    delimiter: Option<Delimiter>,
) -> Option<FolderName> {
    let below = folder.raw().strip_prefix(asked.raw())?;
    (below.first() == delimiter.map(Delimiter::get).as_ref() && !below.is_empty())
        .then(|| FolderName::from_raw([made.raw(), below].concat()))
}

/// A name in pieces: the namespace's prefix in octets, the rest in Unicode.
struct Parts {
    prefix: Vec<u8>,
    delimiter: Option<Delimiter>,
    components: Vec<String>,
}

impl Parts {
    fn each(&self, change: impl Fn(&str) -> String) -> Self {
        let components = self.components.iter().map(|component| change(component)).collect();
        Self { prefix: self.prefix.clone(), delimiter: self.delimiter, components }
    }

    fn name(&self) -> FolderName {
        let encoded: Vec<Vec<u8>> = self.components.iter().map(|c| encoded(c)).collect();
        let between: Vec<u8> = self.delimiter.iter().map(|delimiter| delimiter.get()).collect();
        FolderName::from_raw([self.prefix.as_slice(), &encoded.join(between.as_slice())].concat())
    }

    /// Cuts each component, then from the last to the first what is too much in all.
    fn shortened(&self, whole: usize) -> Self {
        let mut short = self.each(|component| cut(component, COMPONENT));
        for at in (0..short.components.len()).rev() {
            let surplus = short.name().raw().len().saturating_sub(whole);
            if let Some(component) = short.components.get_mut(at).filter(|_| surplus > 0) {
                *component = cut(component, encoded(component).len().saturating_sub(surplus).max(LEAST));
            }
        }
        short
    }

    // QUIRK: mbox servers take no folder below INBOX, and Cyrus reserves INBOX.INBOX: the children go beside it.
    fn beside_inbox(&self) -> Self {
        let mut beside = self.each(str::to_owned);
        if let Some(first) = beside.components.first_mut().filter(|first| first.eq_ignore_ascii_case("INBOX")) {
            first.push('_');
        }
        beside
    }

    /// None for a name that is there already, or where there are no levels.
    fn below_inbox(&self) -> Option<FolderName> {
        self.delimiter?;
        let inbox = self.components.first()?.eq_ignore_ascii_case("INBOX");
        let components = std::iter::once("INBOX".to_owned()).chain(self.components.iter().cloned()).collect();
        let below = Self { prefix: self.prefix.clone(), delimiter: self.delimiter, components };
        (!inbox).then(|| below.name())
    }

    fn numbered(mut self, number: u32) -> FolderName {
        if let Some(last) = self.components.last_mut() {
            last.push_str(&format!("_{number}"));
        }
        self.name()
    }
}

/// What one of Cyrus, Dovecot, Courier, Gmail or Exchange refuses in a name.
// QUIRK: Cyrus 3.6 takes none of ! " % ; < > \ ^ ` { | } (and takes * and brackets); Courier 5.0 nothing beyond U+FFFF.
fn refused(character: char) -> bool {
    character.is_control() || character > '\u{ffff}' || "*%\"\\(){}[]/|<>:;?!^`".contains(character)
}

/// What is common in names, and refused by few.
fn refused_by_some(character: char) -> bool {
    ".&#,".contains(character)
}

/// The component with `_` for such characters, for a `~` at the beginning, and for blanks at the ends or in a row
/// (Gmail: "Folder contains excess whitespace").
fn replaced(component: &str, unwanted: fn(char) -> bool) -> String {
    let last = component.chars().count().saturating_sub(1);
    let mut blank = true;
    let keep = |(at, character): (usize, char)| {
        let excess = character == ' ' && (blank || at == last);
        blank = character == ' ';
        if excess || (at == 0 && character == '~') || unwanted(character) { '_' } else { character }
    };
    component.chars().enumerate().map(keep).collect()
}

/// The longest beginning of a component that is at most so long on the wire.
fn cut(component: &str, octets: usize) -> String {
    let mut text: Vec<char> = component.chars().take(octets).collect();
    loop {
        let name: String = text.iter().collect();
        let surplus = encoded(&name).len().saturating_sub(octets);
        if surplus == 0 || text.is_empty() {
            return name;
        }
        // A character needs up to 8 octets, and a shift up to 4 more: near the end one at a time.
        text.truncate(text.len().saturating_sub((surplus / 8).max(1)));
    }
}

fn encoded(component: &str) -> Vec<u8> {
    FolderName::from_unicode(component).raw().to_vec()
}

fn folded(name: &FolderName) -> String {
    name.unicode().to_lowercase()
}

#[cfg(test)]
#[path = "safe_name_tests.rs"]
mod tests;
