//! # Source
//! The mailbox that is read. Messages alone, whole, for quarantine.

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use posthorse_domain::mail::{Uid, UidSet};
use posthorse_domain::migration::answer::{During, Kind};
use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::mail::{Source, Whole};

use super::Client;
use crate::connection::trouble;
use crate::wire::{Body, Command, Condition, Event, FetchItem, Range, Reply, Untagged};

#[async_trait]
impl Source for Client {
    async fn whole(&mut self, uid: Uid, most: u64) -> Result<Whole, Failure> {
        let set: UidSet = [uid].into_iter().collect();
        let items = [FetchItem::Uid, FetchItem::Whole];
        let command = Command::fetch(Range::Uids(&set), &items, None)
            .map_err(|error| self.connection.failure(Trouble::Ours, error.to_string()))?;
        let tag = self.connection.queue(&command);
        let mut held = BytesMut::new();
        let mut too_large = None;
        let mut found: Option<Whole> = None;
        loop {
            match self.connection.event(None).await? {
                Event::LiteralStart { octets, .. } => {
                    held.clear();
                    too_large = (octets > most).then_some(octets);
                }
                Event::Piece(octets) if too_large.is_none() => held.extend_from_slice(&octets),
                Event::Piece(_) | Event::LiteralEnd => {}
                Event::Response(response) => match Reply::read(&response) {
                    Reply::Data(Untagged::Fetch(fetch)) if fetch.uid == Some(uid) => match fetch.body {
                        Some(Body::Octets(octets)) => found = Some(Whole::Octets(octets)),
                        Some(Body::Streamed(_)) => found = Some(streamed(&mut held, too_large)),
                        Some(Body::Nil) => found = Some(Whole::Unreadable("the source answers NIL".into())),
                        None => {
                            found = found.or(Some(Whole::Unreadable("the source answers without the message".into())))
                        }
                    },
                    Reply::Status(status) if status.tag.as_ref() == Some(&tag) => {
                        if status.condition == Condition::Ok {
                            return Ok(found.unwrap_or(Whole::Vanished));
                        }
                        let answer = self.connection.answer(&status, During::Fetch);
                        return match trouble(&answer) {
                            _ if answer.kind == Kind::Gone => Ok(Whole::Vanished),
                            Some(trouble) => Err(self.connection.failure(trouble, answer.words)),
                            None => Ok(Whole::Unreadable(answer.words)),
                        };
                    }
                    _ => {}
                },
            }
        }
    }
}

fn streamed(held: &mut BytesMut, too_large: Option<u64>) -> Whole {
    match too_large {
        Some(octets) => Whole::Unreadable(format!("{octets} octets are too many to be kept")),
        None => Whole::Octets(Bytes::from(std::mem::take(held))),
    }
}
