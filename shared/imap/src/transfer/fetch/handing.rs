//! # Handing
//! What came goes to the sink, each message with its place in the budget.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use super::super::{Arrival, GRAIN};
use super::Fetching;

impl Fetching {
    /// Hands over what came. Only the last may still lack its place in the budget, which those before it give back.
    pub(super) async fn hand_over(&mut self, give: &mpsc::Sender<Arrival>, budget: &Arc<Semaphore>) {
        while !self.out.is_empty() {
            if self.out.len() == 1 {
                self.secure(budget).await;
            }
            let Ok(place) = give.reserve().await else { return self.close() };
            if let Some(arrival) = self.out.pop_front() {
                place.send(arrival);
            }
        }
        self.pass_on().await;
    }

    fn close(&mut self) {
        self.closed = true;
        self.out.clear();
        self.piece = None;
    }

    /// Takes the last message's place in the budget.
    pub(super) async fn secure(&mut self, budget: &Arc<Semaphore>) {
        let Some(Arrival::Held { read, permit: permit @ None, .. }) = self.out.back_mut() else { return };
        let grains = u32::try_from(read.size / GRAIN + 1).unwrap_or(u32::MAX);
        *permit = Arc::clone(budget).acquire_many_owned(grains).await.ok();
    }

    /// Hands over the piece at hand.
    pub(super) async fn pass_on(&mut self) {
        if self.piece.is_none() {
            return;
        }
        let Some(pieces) = self.streaming.as_ref().and_then(|streaming| streaming.pieces.as_ref()) else {
            self.piece = None;
            return;
        };
        let gone = match pieces.reserve().await {
            Ok(place) => {
                if let Some(octets) = self.piece.take() {
                    place.send(octets);
                }
                false
            }
            Err(_) => true,
        };
        if gone {
            self.piece = None;
            self.streaming.iter_mut().for_each(|streaming| streaming.pieces = None);
        }
    }
}
