//! # Target
//! What must hold for any octets. A fuzzer's crate takes this file by its path and drives `responses`:
//! `fuzz_target!(|octets: &[u8]| target::responses(octets))`.

use posthorse_imap::wire::{Event, Framer, Limits, Reply, Response, Token, WireError};

/// Limits small enough to be met.
pub const LIMITS: Limits =
    Limits { line: 2000, literal: 100_000, inline: 64, inline_total: 128, depth: 8, tokens: 200 };

/// Nothing panics; the events do not depend on the cut; what is held stays within the limits; every tree has a meaning.
pub fn responses(octets: &[u8]) {
    let whole = events(octets, octets.len());
    for step in [1, 2, 3, 7, 64] {
        assert_eq!(events(octets, step), whole, "in steps of {step}");
    }
    let generous = Limits::default();
    let mut framer = Framer::new(generous);
    framer.push(octets);
    while let Ok(Some(event)) = framer.next() {
        if let Event::Response(response) | Event::LiteralStart { so_far: response, .. } = event {
            let _ = Reply::read(&response);
        }
    }
}

fn events(octets: &[u8], step: usize) -> (Vec<Event>, Option<WireError>) {
    let mut framer = Framer::new(LIMITS);
    let mut events: Vec<Event> = Vec::new();
    for chunk in octets.chunks(step.max(1)) {
        framer.space().extend_from_slice(chunk);
        loop {
            match framer.next() {
                Ok(Some(Event::Piece(piece))) => match events.last_mut() {
                    Some(Event::Piece(before)) => *before = [&before[..], &piece[..]].concat().into(),
                    _ => events.push(Event::Piece(piece)),
                },
                Ok(Some(event)) => {
                    check(&event);
                    events.push(event);
                }
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(framer.next(), Err(error));
                    return (events, Some(error));
                }
            }
        }
        // What waits is a line within its limit, or a literal that will be held.
        assert!(framer.pending().len() <= LIMITS.line.max(LIMITS.inline));
    }
    (events, None)
}

fn check(event: &Event) {
    match event {
        Event::Response(response) => {
            within(response);
            let _ = Reply::read(response);
        }
        Event::LiteralStart { so_far, octets } => {
            within(so_far);
            assert!(*octets <= LIMITS.literal);
            let _ = Reply::read(so_far);
        }
        Event::Piece(_) | Event::LiteralEnd => {}
    }
}

fn within(response: &Response) {
    let mut cost = Cost::default();
    for token in response.tokens.iter().chain(response.code.iter().flatten()) {
        cost.add(token, 1);
    }
    assert!(cost.nodes <= LIMITS.tokens && cost.depth <= LIMITS.depth + 1, "{cost:?}");
    assert!(cost.held <= LIMITS.inline_total && cost.line <= LIMITS.line, "{cost:?}");
}

#[derive(Debug, Default)]
struct Cost {
    nodes: usize,
    depth: usize,
    held: usize,
    line: usize,
}

impl Cost {
    fn add(&mut self, token: &Token, depth: usize) {
        self.nodes += 1;
        self.depth = self.depth.max(depth);
        match token {
            Token::Atom(octets) | Token::Quoted(octets) => self.line += octets.len(),
            Token::Literal(octets) => self.held += octets.len(),
            Token::Streamed(_) => {}
            Token::List(members) => members.iter().for_each(|member| self.add(member, depth + 1)),
        }
    }
}
