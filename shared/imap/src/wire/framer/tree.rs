//! # Tree
//! Builds one response's tree, line by line; a literal stands between two lines.

use bytes::{Buf, Bytes};

use super::name::{self, Name, Place};
use super::scan::{self, Announced};
use super::{Limits, Response, Start, Token, WireError};
use crate::wire::Tag;

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It was empty and no response has begun.
    Empty,
    /// The response is whole.
    Whole,
    /// A literal of this many octets follows.
    Literal(u64),
}

/// A response under construction.
#[derive(Debug, Default)]
pub(super) struct Tree {
    start: Option<Start>,
    line: Bytes,
    tokens: Vec<Token>,
    /// Lists that are open, the innermost last.
    open: Vec<Vec<Token>>,
    code: Option<Vec<Token>>,
    text: Bytes,
    /// Nodes so far.
    count: usize,
    /// A literal has come; its size may be wrong, so that what follows is held to the grammar.
    literal: bool,
    /// The octet before the next line was a literal's last.
    after_literal: bool,
}

/// What was learnt about one line while it is read: keeps the work linear.
struct Line {
    /// Literals are announced here; not in response codes.
    literals: bool,
    /// No quote has been found that does not close.
    quotes: bool,
    /// No section has been found that does not close.
    sections: bool,
}

impl Line {
    const fn new(literals: bool) -> Self {
        Self { literals, quotes: true, sections: true }
    }
}

impl Tree {
    /// Reads a line without its end.
    pub(super) fn line(&mut self, line: Bytes, limits: &Limits) -> Result<Ending, WireError> {
        if self.start.is_some() {
            return self.proceed(line, limits);
        }
        let mut rest = line.clone();
        skip_blanks(&mut rest);
        if rest.is_empty() {
            return Ok(Ending::Empty);
        }
        self.line = line;
        self.begin(rest, limits)
    }

    /// Puts what stands for the literal that was announced.
    pub(super) fn literal(&mut self, token: Token, limits: &Limits) -> Result<(), WireError> {
        self.literal = true;
        self.after_literal = true;
        self.push(token, limits)
    }

    /// A copy of what has come, open lists closed. Its nodes count again, so that many copies stay affordable.
    pub(super) fn so_far(&mut self, limits: &Limits) -> Result<Response, WireError> {
        self.count = self.count.saturating_mul(2);
        self.affordable(limits)?;
        let mut open = self.open.clone();
        let mut tokens = self.tokens.clone();
        while let Some(list) = open.pop() {
            open.last_mut().unwrap_or(&mut tokens).push(Token::List(list));
        }
        Ok(Response {
            start: self.start.clone().unwrap_or(Start::Untagged),
            tokens,
            code: self.code.clone(),
            text: self.text.clone(),
            line: self.line.clone(),
        })
    }

    /// The response, whole.
    pub(super) fn finish(self) -> Response {
        let Self { start, line, tokens, code, text, .. } = self;
        Response { start: start.unwrap_or(Start::Untagged), tokens, code, text, line }
    }

    fn begin(&mut self, mut rest: Bytes, limits: &Limits) -> Result<Ending, WireError> {
        // QUIRK: some servers write `+` without the blank that follows.
        if rest.first() == Some(&b'+') {
            rest.advance(1);
            self.start = Some(Start::Continuation);
            return self.words_for_people(rest, limits);
        }
        let end = rest.iter().position(|&octet| scan::is_blank(octet)).unwrap_or(rest.len());
        let tag = rest.split_to(end);
        let tagged = tag != "*";
        self.start = Some(if tagged { Start::Tagged(Tag::heard(tag)) } else { Start::Untagged });
        skip_blanks(&mut rest);
        let end = rest.iter().position(|&octet| scan::is_blank(octet) || octet == b'[').unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        if tagged || is_condition(word) {
            let word = rest.split_to(end);
            if !word.is_empty() {
                self.push(Token::Atom(word), limits)?;
            }
            return self.words_for_people(rest, limits);
        }
        self.proceed(rest, limits)
    }

    /// Response code and text (RFC 9051 §7.1). A code is only what stands right behind the status word.
    fn words_for_people(&mut self, mut rest: Bytes, limits: &Limits) -> Result<Ending, WireError> {
        skip_blanks(&mut rest);
        if rest.first() == Some(&b'[')
            && let Some(end) = scan::code(&rest)
        {
            let mut inside = rest.split_to(end);
            inside.advance(1);
            inside.truncate(end - 2);
            skip_blanks(&mut rest);
            let before = std::mem::take(&mut self.tokens);
            self.items(inside, &mut Line::new(false), limits)?;
            self.close_all();
            self.code = Some(std::mem::replace(&mut self.tokens, before));
        }
        self.text = rest;
        Ok(Ending::Whole)
    }

    fn proceed(&mut self, rest: Bytes, limits: &Limits) -> Result<Ending, WireError> {
        if std::mem::take(&mut self.after_literal) {
            let next = rest.first().copied().unwrap_or(b' ');
            if !scan::is_blank(next) && next != b')' {
                return Err(WireError::AfterLiteral);
            }
        }
        let ending = self.items(rest, &mut Line::new(true), limits)?;
        if ending == Ending::Whole {
            if self.literal && !self.open.is_empty() {
                return Err(WireError::Unbalanced);
            }
            self.close_all();
        }
        Ok(ending)
    }

    fn items(&mut self, mut rest: Bytes, line: &mut Line, limits: &Limits) -> Result<Ending, WireError> {
        loop {
            skip_blanks(&mut rest);
            let Some(&first) = rest.first() else { return Ok(Ending::Whole) };
            if let Some(place) = self.name_due(line) {
                match name::take(&mut rest, place)? {
                    Name::Here(token) => self.push(token, limits)?,
                    Name::Literal(octets) => return Ok(Ending::Literal(octets)),
                }
                continue;
            }
            match first {
                b'(' => self.open(&mut rest, limits)?,
                b')' => self.close(&mut rest),
                b'"' if line.quotes => self.quoted(&mut rest, line, limits)?,
                _ => match if line.literals { scan::announced(&rest) } else { Announced::No } {
                    Announced::Literal(octets) => return Ok(Ending::Literal(octets)),
                    Announced::Broken => return Err(WireError::LiteralSize),
                    Announced::No => {
                        let end = scan::atom(&rest, &mut line.sections);
                        self.push(Token::Atom(rest.split_to(end)), limits)?;
                    }
                },
            }
        }
    }

    fn open(&mut self, rest: &mut Bytes, limits: &Limits) -> Result<(), WireError> {
        rest.advance(1);
        if self.open.len() >= limits.depth {
            return Err(WireError::TooDeep(limits.depth));
        }
        self.count += 1;
        self.affordable(limits)?;
        // The outermost list of a FETCH has four pairs in a listing.
        let room = if self.open.is_empty() { 8 } else { 0 };
        self.open.push(Vec::with_capacity(room));
        Ok(())
    }

    /// A `)` that closes nothing is passed over.
    fn close(&mut self, rest: &mut Bytes) {
        rest.advance(1);
        if let Some(list) = self.open.pop() {
            self.here().push(Token::List(list));
        }
    }

    fn close_all(&mut self) {
        while let Some(list) = self.open.pop() {
            self.here().push(Token::List(list));
        }
    }

    fn quoted(&mut self, rest: &mut Bytes, line: &mut Line, limits: &Limits) -> Result<(), WireError> {
        // QUIRK: a backslash as delimiter that is not escaped: no delimiter is a quote and a blank.
        if self.delimiter_due() && rest.starts_with(br#""\" "#) {
            let inside = rest.slice(1..2);
            rest.advance(3);
            return self.push(Token::Quoted(inside), limits);
        }
        let Some(end) = scan::quoted(rest) else {
            // It does not close on this line: from here on a quote is an octet like any other, so that a literal that
            // is announced at the line's end is still seen.
            line.quotes = false;
            return Ok(());
        };
        let mut inside = rest.split_to(end);
        inside.advance(1);
        inside.truncate(end - 2);
        self.push(Token::Quoted(scan::unescape(inside)), limits)
    }

    fn push(&mut self, token: Token, limits: &Limits) -> Result<(), WireError> {
        self.count += 1;
        self.affordable(limits)?;
        self.here().push(token);
        Ok(())
    }

    fn here(&mut self) -> &mut Vec<Token> {
        self.open.last_mut().unwrap_or(&mut self.tokens)
    }

    fn affordable(&self, limits: &Limits) -> Result<(), WireError> {
        if self.count > limits.tokens { Err(WireError::TooManyTokens(limits.tokens)) } else { Ok(()) }
    }

    fn delimiter_due(&self) -> bool {
        self.open.is_empty() && matches!(self.tokens.as_slice(), [word, _] if is_list(word))
    }

    fn name_due(&self, line: &Line) -> Option<Place> {
        if !line.literals || !self.open.is_empty() {
            return None;
        }
        match self.tokens.as_slice() {
            [word, _, _] if is_list(word) => Some(Place::List),
            [word] if word.is("STATUS") => Some(Place::Status),
            _ => None,
        }
    }
}

fn is_list(word: &Token) -> bool {
    word.is("LIST") || word.is("LSUB") || word.is("XLIST")
}

fn is_condition(word: &[u8]) -> bool {
    [&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"].iter().any(|name| name.eq_ignore_ascii_case(word))
}

fn skip_blanks(rest: &mut Bytes) {
    let blanks = rest.iter().take_while(|&&octet| scan::is_blank(octet)).count();
    rest.advance(blanks);
}
