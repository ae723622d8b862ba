//! # Items
//! What a FETCH asks for (RFC 3501 §6.4.5, RFC 7162 CHANGEDSINCE).

use super::words::Words;

/// One thing to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Uid,
    Flags,
    Date,
    Size,
    ModSeq,
    /// X-GM-MSGID.
    GmailId,
    /// X-GM-LABELS.
    GmailLabels,
    Section(Section),
}

/// Octets to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The item's name as the answer has it: `BODY[HEADER]`.
    pub name: String,
    pub part: Part,
    /// Sets `\Seen`.
    pub marks: bool,
    /// First octet and largest number of octets.
    pub partial: Option<(u64, u64)>,
}

/// Which octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Whole,
    Header,
    Text,
    /// Only these header fields.
    Fields(Vec<String>),
}

/// A FETCH, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    pub items: Vec<Item>,
    pub changed_since: Option<u64>,
}

impl Asked {
    /// Reads what follows the set.
    pub fn parse(words: &mut Words<'_>) -> Option<Asked> {
        let mut asked = Asked::default();
        if words.eat(b'(') {
            while !words.eat(b')') {
                if !asked.items.is_empty() {
                    words.space()?;
                }
                asked.items.extend(item(words)?);
            }
        } else {
            asked.items = item(words)?;
        }
        if words.space().is_some() {
            words.eat(b'(').then_some(())?;
            (words.keyword()? == "CHANGEDSINCE").then_some(())?;
            words.space()?;
            asked.changed_since = words.number();
            (asked.changed_since.is_some() && words.eat(b')')).then_some(())?;
        }
        words.is_empty().then_some(asked)
    }

    pub fn has(&self, item: &Item) -> bool {
        self.items.contains(item)
    }

    /// Asks for whole messages.
    pub fn whole(&self) -> bool {
        self.sections().any(|section| section.part == Part::Whole)
    }

    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        self.items.iter().filter_map(|item| match item {
            Item::Section(section) => Some(section),
            _ => None,
        })
    }
}

fn item(words: &mut Words<'_>) -> Option<Vec<Item>> {
    let name = words.until(|octet| octet <= b' ' || b"()[".contains(&octet)).to_ascii_uppercase();
    Some(match name.as_slice() {
        b"UID" => vec![Item::Uid],
        b"FLAGS" => vec![Item::Flags],
        b"INTERNALDATE" => vec![Item::Date],
        b"RFC822.SIZE" => vec![Item::Size],
        b"MODSEQ" => vec![Item::ModSeq],
        b"X-GM-MSGID" => vec![Item::GmailId],
        b"X-GM-LABELS" => vec![Item::GmailLabels],
        b"FAST" => vec![Item::Flags, Item::Date, Item::Size],
        b"RFC822" => vec![named("RFC822", Part::Whole, true)],
        b"RFC822.HEADER" => vec![named("RFC822.HEADER", Part::Header, false)],
        b"BODY" if words.peek() == Some(b'[') => vec![section(words, true)?],
        b"BODY.PEEK" if words.peek() == Some(b'[') => vec![section(words, false)?],
        _ => return None,
    })
}

fn named(name: &str, part: Part, marks: bool) -> Item {
    Item::Section(Section { name: name.to_owned(), part, marks, partial: None })
}

fn section(words: &mut Words<'_>, marks: bool) -> Option<Item> {
    words.eat(b'[').then_some(())?;
    let inner = words.until(|octet| octet == b']').to_vec();
    words.eat(b']').then_some(())?;
    let inner = String::from_utf8(inner).ok()?.to_ascii_uppercase();
    let part = match inner.as_str() {
        "" => Part::Whole,
        "HEADER" => Part::Header,
        "TEXT" => Part::Text,
        other => Part::Fields(fields(other.strip_prefix("HEADER.FIELDS ")?)?),
    };
    let mut name = format!("BODY[{inner}]");
    let mut partial = None;
    if words.eat(b'<') {
        let first = words.number()?;
        words.eat(b'.').then_some(())?;
        partial = Some((first, words.number()?));
        words.eat(b'>').then_some(())?;
        name = format!("{name}<{first}>");
    }
    Some(Item::Section(Section { name, part, marks, partial }))
}

fn fields(list: &str) -> Option<Vec<String>> {
    let inner = list.strip_prefix('(')?.strip_suffix(')')?;
    Some(inner.split(' ').map(|field| field.trim_matches('"').to_owned()).collect())
}

/// The octets of a section.
pub fn cut(octets: &[u8], section: &Section) -> Vec<u8> {
    let header = super::accept::header(octets);
    let rest = octets.get(header.len()..).unwrap_or_default();
    let blank = if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
    let (line, text) = rest.split_at(blank.min(rest.len()));
    let part = match &section.part {
        Part::Whole => octets.to_vec(),
        Part::Header => [header, line].concat(),
        Part::Text => text.to_vec(),
        Part::Fields(names) => chosen(header, names),
    };
    let Some((first, most)) = section.partial else {
        return part;
    };
    let first = usize::try_from(first).unwrap_or(usize::MAX);
    part.into_iter().skip(first).take(usize::try_from(most).unwrap_or(usize::MAX)).collect()
}

fn chosen(header: &[u8], names: &[String]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut taking = false;
    for line in header.split_inclusive(|octet| *octet == b'\n') {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let end = line.iter().position(|octet| *octet == b':').unwrap_or_default();
            let name = line.get(..end).unwrap_or_default();
            taking = names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted.as_bytes()));
        }
        if taking {
            out.extend_from_slice(line);
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}
