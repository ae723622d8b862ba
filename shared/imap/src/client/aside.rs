//! # Aside
//! Messages asked for in the flight that opens and lists their folder. They may come among that listing (RFC 9051 §5.5 lets
//! a server answer in turns), and are kept until it is whole.

use std::collections::VecDeque;

use crate::wire::{Body, Event, Reply, Start, Tag, Untagged};

/// Octets that are kept. With more nothing is: the messages are asked for again, and the budget holds them back.
const MOST: usize = 4 << 20;

/// The command, and what came of it so far.
pub(crate) struct Aside {
    tag: Tag,
    events: VecDeque<Event>,
    octets: usize,
    answered: bool,
}

impl Aside {
    pub(super) fn new(tag: Tag) -> Self {
        Self { tag, events: VecDeque::new(), octets: 0, answered: false }
    }

    /// Keeps what belongs to the command; gives back what does not.
    pub(super) fn keep(&mut self, event: Event) -> Option<Event> {
        let octets = match &event {
            // A listing has no literals of this size.
            Event::LiteralStart { .. } | Event::LiteralEnd => 0,
            Event::Piece(octets) => octets.len(),
            Event::Response(response) => match (Reply::read(response), &response.start) {
                (Reply::Data(Untagged::Fetch(fetch)), _) if fetch.body.is_some() => match fetch.body {
                    Some(Body::Octets(octets)) => octets.len(),
                    _ => 0,
                },
                (_, Start::Tagged(tag)) if *tag == self.tag => {
                    self.answered = true;
                    0
                }
                _ => return Some(event),
            },
        };
        self.octets = self.octets.saturating_add(octets);
        if self.octets <= MOST {
            self.events.push_back(event);
        } else {
            self.events.clear();
        }
        None
    }

    /// The command, while its answer is still to come.
    pub(crate) fn unanswered(&self) -> Option<&Tag> {
        Some(&self.tag).filter(|_| !self.answered)
    }

    /// The command and all that came of it; none when that was too much.
    pub(crate) fn all(self) -> Option<(Tag, VecDeque<Event>)> {
        (self.octets <= MOST).then_some((self.tag, self.events))
    }
}
