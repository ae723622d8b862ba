//! # Park
//! Keeps what could not be delivered: exact octets first, the facts beside them, the line in the manifest last.

use bytes::Bytes;
use serde::Serialize;

use super::crossing::Crossing;
use crate::mail::{Fingerprints, Uid, UidSet, header};
use crate::migration::manifest::{Line, Parked};
use crate::migration::{Class, Failure, Folder, Outcome};
use crate::ports::Event;
use crate::ports::mail::{Facts, Fate, Meta, Whole};

/// The largest message that is held to be parked, in octets.
const MOST: u64 = 256 << 20;

/// What the quarantine says beside the octets.
#[derive(Serialize)]
struct Card<'a> {
    folder: String,
    destination: String,
    uid: u32,
    class: Class,
    response: &'a str,
    size: u64,
    message_id: Option<&'a str>,
    internal_date: Option<String>,
    flags: String,
    octets: bool,
}

/// A message to be parked.
pub(super) struct Refusal {
    pub(super) class: Class,
    pub(super) response: String,
    pub(super) octets: Option<Bytes>,
    pub(super) facts: Option<Facts>,
    /// How it is recognised, where no octets of it told.
    pub(super) prints: Option<Fingerprints>,
}

impl Crossing<'_> {
    /// Lines of all parcels whose fate is final without being delivered.
    pub(super) async fn park_all(
        &mut self,
        folder: &Folder,
        parcels: &[Meta],
        fates: &[Fate],
    ) -> Result<Vec<Line>, Failure> {
        let mut lines = Vec::new();
        let still_there = self.still_there(parcels, fates).await?;
        for (parcel, fate) in parcels.iter().zip(fates) {
            let mut refusal = match fate.clone() {
                Fate::Vanished if still_there.contains(parcel.uid) => {
                    let response = "the source lists it and answers OK without it".into();
                    Refusal { class: Class::Unreadable, response, octets: None, facts: None, prints: None }
                }
                Fate::Vanished => {
                    lines.push(Line::bare(parcel.uid, Outcome::Vanished));
                    continue;
                }
                Fate::Refused { facts, octets, class, response } => {
                    Refusal { class, response, octets, facts, prints: None }
                }
                Fate::Unreadable { response, class, octets } => {
                    Refusal { class, response, octets, facts: None, prints: None }
                }
                Fate::Sent { .. } | Fate::Unknown | Fate::Unsent => continue,
            };
            if refusal.facts.is_none() {
                refusal.prints = self.prints_of(parcel.uid, parcels.len() == 1).await?;
            }
            lines.push(self.park(folder, parcel, refusal).await?);
        }
        Ok(lines)
    }

    /// Which of the messages that did not come the source still lists: those are not gone.
    async fn still_there(&mut self, parcels: &[Meta], fates: &[Fate]) -> Result<UidSet, Failure> {
        let absent = parcels.iter().zip(fates).filter(|(_, fate)| matches!(fate, Fate::Vanished));
        let absent: Vec<Uid> = absent.map(|(parcel, _)| parcel.uid).collect();
        let (Some(first), Some(last)) = (absent.first(), absent.last()) else { return Ok(UidSet::default()) };
        // Expunged messages leave a listing at NOOP (RFC 9051 §7.5.1).
        self.pair.source().exists().await?;
        self.pair.source().uids(*first, Some(*last)).await
    }

    /// Parks one message. Octets that are no longer held are read again; a message that is gone by then has vanished.
    pub(super) async fn park(&mut self, folder: &Folder, parcel: &Meta, mut refusal: Refusal) -> Result<Line, Failure> {
        if refusal.octets.is_none() && refusal.class != Class::Unreadable {
            match self.pair.source().whole(parcel.uid, MOST).await? {
                Whole::Octets(octets) => refusal.octets = Some(octets),
                Whole::Vanished => return Ok(Line::bare(parcel.uid, Outcome::Vanished)),
                Whole::Unreadable(words) => refusal.response = format!("{}; source: {words}", refusal.response),
            }
        }
        self.keep(folder, parcel, refusal).await
    }

    /// How a message is recognised that is parked without having been read: without it, nobody would know it again once its
    /// folder is numbered anew. None when its header cannot be had either. `alone`: no other message is in its chunk.
    pub(super) async fn prints_of(&mut self, uid: Uid, alone: bool) -> Result<Option<Fingerprints>, Failure> {
        let only: UidSet = std::iter::once(uid).collect();
        match self.pair.source().heads_of(&only).await {
            // Where even this cannot be had, it has to be the message's own doing: among others it is asked again. A server
            // that asks to wait says nothing about it.
            Err(failure) if alone && !failure.asks_to_wait() => Ok(None),
            heads => Ok(heads?.pop().map(|head| head.prints)),
        }
    }

    /// Parks one message with the octets at hand, or none.
    pub(super) async fn keep(&mut self, folder: &Folder, parcel: &Meta, refusal: Refusal) -> Result<Line, Failure> {
        let stem = stem(folder, parcel.uid);
        let object = refusal.octets.as_ref().map(|_| format!("{stem}.eml"));
        let size = refusal.octets.as_ref().map_or(parcel.size, |octets| octets.len().try_into().unwrap_or(u64::MAX));
        let message_id = refusal
            .facts
            .as_ref()
            .and_then(|facts| facts.message_id.clone())
            .or_else(|| refusal.octets.as_deref().and_then(header::message_id));
        let card = Card {
            folder: folder.source.unicode(),
            destination: folder.destination.unicode(),
            uid: parcel.uid.get(),
            class: refusal.class,
            response: &refusal.response,
            size,
            message_id: message_id.as_deref(),
            internal_date: parcel.internal_date.as_ref().map(|date| String::from_utf8_lossy(date).into_owned()),
            flags: parcel.flags.to_string(),
            octets: object.is_some(),
        };
        let card =
            serde_json::to_vec_pretty(&card).map_err(|cause| Failure::store(format!("write {stem}: {cause}")))?;
        let (id, archive) = (&self.held.record.id, self.ports.archive);
        if let (Some(key), Some(octets)) = (&object, &refusal.octets) {
            archive.put(id, key, octets.clone()).await?;
        }
        archive.put(id, &format!("{stem}.json"), Bytes::from(card)).await?;
        self.ports.notify.tell(Event::Quarantined {
            folder: folder.number,
            uid: parcel.uid.get(),
            class: refusal.class,
        });
        let parked = Parked { class: refusal.class, response: refusal.response, object, message_id };
        Ok(Line {
            size,
            prints: refusal.facts.as_ref().map(|facts| facts.prints).or(refusal.prints),
            digest: refusal.facts.as_ref().map(|facts| facts.digest),
            parked: Some(Box::new(parked)),
            ..Line::bare(parcel.uid, Outcome::Quarantined)
        })
    }
}

fn stem(folder: &Folder, uid: Uid) -> String {
    let validity = folder.source_validity.map_or(0, |validity| validity.get());
    format!("quarantine/{}-{}-{}", folder.number, validity, uid.get())
}
