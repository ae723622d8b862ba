//! # Amend
//! Reads back what the destination kept of messages that this migration appended, sets flags again that APPEND lost, and
//! counts what cannot be had.

use std::collections::BTreeMap;

use super::crossing::Crossing;
use super::read_back::{self, Sent, Unkept};
use super::unwilling::PATIENCE;
use crate::mail::Uid;
use crate::migration::{Failure, Folder, Side, Trouble};
use crate::ports::mail::{Made, Shown};

/// Connections that may be lost while flags are set, in one step and pair; after that a later step sets them, or, when
/// step after step went so, they are counted as lost.
const LOSSES: u32 = 2;

impl Crossing<'_> {
    /// What the destination did not keep of these messages, once lost flags were set again. `shown`: what a look from
    /// `floor` up has shown already; whoever is missing is looked up. Setting a flag twice changes nothing, so a failure
    /// leaves it to the chunk's settlement.
    pub(super) async fn amend(
        &mut self,
        sent: Vec<Sent>,
        mut shown: BTreeMap<Uid, Shown>,
        floor: Uid,
    ) -> Result<Unkept, Failure> {
        if sent.iter().any(|one| !shown.contains_key(&one.to)) {
            shown.extend(self.pair.destination().metas(floor, None).await?.into_iter().map(read_back::listed));
        }
        let mut unkept = read_back::unkept(&sent, &shown);
        drop((sent, shown));
        for (flag, uids) in std::mem::take(&mut unkept.system) {
            let given_up = self.unamended >= LOSSES;
            if given_up && self.held.record.tries >= PATIENCE {
                unkept.lose(flag, &uids);
                continue;
            }
            if given_up || self.ports.clock.now() >= self.deadline() {
                return Err(Failure::new(Side::Destination, Trouble::Stopped, "flags are set again by a later step"));
            }
            let made = self.pair.destination().flag(&uids, flag).await;
            if made.is_err() {
                self.unamended += 1;
            }
            if made? != Made::Yes {
                unkept.lose(flag, &uids);
            }
        }
        Ok(unkept)
    }
}

/// Enters into the record what the destination does not keep.
pub(super) fn count(folder: &mut Folder, unkept: Unkept) {
    folder.dates_replaced += unkept.dates;
    for (name, count) in unkept.lost {
        *folder.flags_dropped.entry(name).or_default() += count;
    }
}
