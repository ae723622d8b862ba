//! # Told
//! The FETCH lines about one message, with the oddities of the profile and the faults of the moment.

use std::time::Duration;

use super::fault::Fault;
use super::fetch::Row;
use super::items::{Asked, Item, Section, cut};
use super::mailbox::length;
use super::message::Message;
use super::profile::Profile;
use super::quirk::Quirk;

/// Something to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text with the CRLF that follows it.
    Line(Vec<u8>),
    /// Octets of a literal.
    Octets(Vec<u8>),
    /// The connection is closed here.
    Close,
    /// Nothing for a while.
    Stall(Duration),
}

/// What Exchange serves instead of a message that it cannot convert.
pub const PLACEHOLDER: &str = "From: \"Microsoft Exchange Server\" <postmaster@example.org>\r\n\
    Subject: Retrieval using the IMAP4 protocol failed for the following message: 7\r\n\
    Date: Sat, 17 Jul 2010 02:44:25 +0000\r\n\
    MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
    The server couldn't retrieve the following message:\r\n\r\nSubject: \"lost\"\r\nFrom: \"a\" <a@example.org>\r\n";

/// All that is sent about one message.
pub fn tell(row: &Row, asked: &Asked, profile: &Profile, uid_only: bool) -> Vec<Piece> {
    let octets_only = |item: &&Item| matches!(item, Item::Section(_));
    let mut words: Vec<&Item> = asked.items.iter().filter(|item| !octets_only(item)).collect();
    let sections: Vec<&Item> = asked.items.iter().filter(octets_only).collect();
    let row = &Numbered { row, uid_only };
    // RFC 9586 §3.3: the UID is the number in front.
    if profile.is(Quirk::NoUidInFetch) || uid_only {
        words.retain(|item| **item != Item::Uid);
    }
    let mut pieces = Pieces { done: Vec::new(), text: Vec::new() };
    if profile.is(Quirk::SplitFetch) && !sections.is_empty() && words.len() > 1 {
        line(&mut pieces, row, &words, profile);
        let again: Vec<&Item> = words.iter().filter(|item| ***item == Item::Uid).chain(&sections).copied().collect();
        line(&mut pieces, row, &again, profile);
        return pieces.done;
    }
    let mut items: Vec<&Item> = words.into_iter().chain(sections).collect();
    if profile.is(Quirk::UidLast) {
        items.sort_by_key(|item| **item == Item::Uid);
    }
    line(&mut pieces, row, &items, profile);
    pieces.done
}

/// A message, by its number or by its UID.
struct Numbered<'a> {
    row: &'a Row,
    uid_only: bool,
}

struct Pieces {
    done: Vec<Piece>,
    text: Vec<u8>,
}

impl Pieces {
    fn text(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    fn end_line(&mut self) {
        self.done.push(Piece::Line(std::mem::take(&mut self.text)));
    }
}

fn line(pieces: &mut Pieces, numbered: &Numbered<'_>, items: &[&Item], profile: &Profile) {
    let row = numbered.row;
    pieces.text(&match numbered.uid_only {
        true => format!("* {} UIDFETCH (", row.message.uid),
        false => format!("* {} FETCH (", row.number),
    });
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            pieces.text(" ");
        }
        match item {
            Item::Section(section) => octets(pieces, row, section),
            word => pieces.text(&spelled(word, row, profile)),
        }
        if pieces.done.last() == Some(&Piece::Close) {
            return;
        }
    }
    pieces.text(if profile.is(Quirk::TrailingBlank) { " )" } else { ")" });
    pieces.end_line();
}

fn spelled(item: &Item, row: &Row, profile: &Profile) -> String {
    let message = &row.message;
    match item {
        Item::Uid => format!("UID {}", message.uid),
        Item::Flags => format!("FLAGS ({})", message.all_flags().join(" ")),
        Item::Date => format!("INTERNALDATE \"{}\"", date(message, profile)),
        Item::Size => format!("RFC822.SIZE {}", size(row)),
        Item::GmailId => format!("X-GM-MSGID {}", row.gmail.0),
        Item::GmailLabels => format!("X-GM-LABELS ({})", row.gmail.1),
        Item::ModSeq => format!("MODSEQ ({})", message.modseq),
        Item::Section(_) => String::new(),
    }
}

fn date(message: &Message, profile: &Profile) -> String {
    let pad = if profile.is(Quirk::BlankPaddedDay) { ' ' } else { '0' };
    message.date_words.clone().unwrap_or_else(|| message.date.spell(pad))
}

fn size(row: &Row) -> u64 {
    let told = row.faults.iter().find_map(|fault| match fault {
        Fault::Size(size) => Some(*size),
        _ => None,
    });
    told.or(row.message.size_told).unwrap_or(length(&row.message.octets))
}

fn octets(pieces: &mut Pieces, row: &Row, section: &Section) {
    pieces.text(&section.name);
    if row.faults.contains(&Fault::Nil) {
        return pieces.text(" NIL");
    }
    let source = if row.faults.contains(&Fault::Placeholder) { PLACEHOLDER.as_bytes() } else { &row.message.octets };
    let mut body = cut(source, section);
    let mut announced = length(&body);
    let mut then = None;
    for fault in &row.faults {
        match fault {
            Fault::Misannounce(more) => announced = announced.saturating_add_signed(*more),
            Fault::CloseAfter(sent) => then = Some((*sent, Piece::Close)),
            Fault::StallAfter(sent, time) => then = Some((*sent, Piece::Stall(*time))),
            _ => {}
        }
    }
    pieces.text(&format!(" {{{announced}}}"));
    pieces.end_line();
    if let Some((sent, piece)) = then {
        let rest = body.split_off(usize::try_from(sent).unwrap_or(usize::MAX).min(body.len()));
        pieces.done.push(Piece::Octets(body));
        pieces.done.push(piece.clone());
        if piece == Piece::Close {
            return;
        }
        body = rest;
    }
    pieces.done.push(Piece::Octets(body));
}
