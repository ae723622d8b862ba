//! # Outbox
//! Octets on their way out, with the places where the server has to be waited for (RFC 9051 §4.3).

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes, BytesMut};

use crate::wire::Tag;

/// Short pieces are joined up to this many octets, so that a row of them fits into one write.
const JOIN: usize = 16 << 10;

#[derive(Debug)]
enum Item {
    Octets(Tag, Bytes),
    Wait(Tag),
}

/// What is still to be written.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    items: VecDeque<Item>,
    octets: usize,
}

impl Outbox {
    pub(super) fn push(&mut self, tag: &Tag, octets: Bytes) {
        if octets.is_empty() {
            return;
        }
        self.octets += octets.len();
        self.items.push_back(Item::Octets(tag.clone(), octets));
    }

    /// The server has to ask before anything behind this is written.
    pub(super) fn wait(&mut self, tag: &Tag) {
        self.items.push_back(Item::Wait(tag.clone()));
    }

    /// The server asked. Nothing happens when nobody waited for it.
    pub(super) fn release(&mut self) {
        if matches!(self.items.front(), Some(Item::Wait(_))) {
            self.items.pop_front();
        }
    }

    pub(super) fn is_waiting(&self, tag: &Tag) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Wait(of) if of == tag))
    }

    /// The command has had its answer: what waits for the server to ask is not sent any more. Octets that were announced
    /// without waiting still are: the server expects them.
    pub(super) fn forget(&mut self, tag: &Tag) {
        let Some(at) = self.items.iter().position(|item| matches!(item, Item::Wait(of) if of == tag)) else { return };
        let mut place = 0;
        self.items.retain(|item| {
            place += 1;
            place <= at || !matches!(item, Item::Octets(of, _) | Item::Wait(of) if of == tag)
        });
        self.octets = self.items.iter().map(Item::len).sum();
    }

    pub(super) fn octets(&self) -> usize {
        self.octets
    }

    /// What is to be written next, at most `most` octets of it in as many pieces as `slices` has places; how many are filled.
    /// None when there is nothing, or the server has to ask first.
    pub(super) fn fill<'a>(&'a mut self, most: usize, slices: &mut [IoSlice<'a>]) -> usize {
        self.join();
        let (mut left, mut filled) = (most, 0);
        for (item, slice) in self.items.iter().zip(slices) {
            let Item::Octets(_, octets) = item else { break };
            let Some(octets) = octets.get(..octets.len().min(left)).filter(|octets| !octets.is_empty()) else { break };
            *slice = IoSlice::new(octets);
            left -= octets.len();
            filled += 1;
        }
        filled
    }

    pub(super) fn written(&mut self, count: usize) {
        let mut left = count;
        self.octets = self.octets.saturating_sub(count);
        while let Some(Item::Octets(_, octets)) = self.items.front_mut().filter(|_| left > 0) {
            let here = left.min(octets.len());
            octets.advance(here);
            left -= here;
            if octets.is_empty() {
                self.items.pop_front();
            }
        }
    }

    /// Joins short pieces at the front into one.
    fn join(&mut self) {
        let small = |item: Option<&Item>| matches!(item, Some(Item::Octets(_, octets)) if octets.len() < JOIN);
        if !small(self.items.front()) || !small(self.items.get(1)) {
            return;
        }
        let mut joined = BytesMut::with_capacity(2 * JOIN);
        let mut last = None;
        while joined.len() < JOIN && small(self.items.front()) {
            if let Some(Item::Octets(tag, octets)) = self.items.pop_front() {
                joined.extend_from_slice(&octets);
                last = Some(tag);
            }
        }
        if let Some(tag) = last {
            self.items.push_front(Item::Octets(tag, joined.freeze()));
        }
    }
}

impl Item {
    fn len(&self) -> usize {
        match self {
            Self::Octets(_, octets) => octets.len(),
            Self::Wait(_) => 0,
        }
    }
}
