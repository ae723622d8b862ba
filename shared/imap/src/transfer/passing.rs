//! # Passing
//! What is learnt of a message while its octets go by: fingerprints of its header, digest of all of it.

use posthorse_domain::mail::print::Digest;
use posthorse_domain::mail::{Fingerprint, Letterhead, header};

use super::Read;
use crate::connection::MOST_COLLECTED;

/// A message going by.
pub(super) struct Passing {
    digest: Digest,
    header: Vec<u8>,
    whole_header: bool,
    size: u64,
}

impl Passing {
    pub(super) fn new() -> Self {
        Self { digest: Digest::new(), header: Vec::new(), whole_header: false, size: 0 }
    }

    pub(super) fn update(&mut self, octets: &[u8]) {
        self.digest.update(octets);
        self.size += u64::try_from(octets.len()).unwrap_or(0);
        if self.whole_header {
            return;
        }
        let room = MOST_COLLECTED.saturating_sub(self.header.len()).min(octets.len());
        self.header.extend_from_slice(octets.get(..room).unwrap_or_default());
        let (head, rest) = header::split(&self.header);
        if !rest.is_empty() || room < octets.len() {
            let length = head.len();
            self.header.truncate(length);
            self.whole_header = true;
        }
    }

    /// True when all of the header has come, as far as it is kept.
    pub(super) fn has_header(&self) -> bool {
        self.whole_header
    }

    /// The header, or what came of it so far.
    pub(super) fn header(&self) -> &[u8] {
        header::split(&self.header).0
    }

    pub(super) fn finish(self) -> Read {
        let head = Letterhead::of(&self.header);
        Read { prints: head.fingerprints(), digest: self.digest.finish(), size: self.size, message_id: head.shown_id() }
    }
}

/// The same of a message that is held; its Message-ID can be read when it is wanted.
pub(super) fn held(octets: &[u8], head: &Letterhead<'_>) -> Read {
    Read {
        prints: head.fingerprints(),
        digest: Fingerprint::of(octets),
        size: u64::try_from(octets.len()).unwrap_or(u64::MAX),
        message_id: None,
    }
}
