//! # Lanes
//! Connections to the destination that fewer folders than pairs leave over: one long folder is sent over several.

use std::convert::Infallible;
use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, join_all, select};

use super::chunk::Measured;
use super::errands::Errands;
use super::step::{Group, unsettled};
use crate::ports::mail::Mail;

/// With fewer messages left of the largest group, another login takes longer than it saves.
const WORTH: u64 = 2_000;
/// Where as many messages a second go over one connection, further ones gain little, and at a distance cost round trips.
const FAST: u64 = 4_000;
/// A chunk with fewer messages tells the distance rather than the pace, unless it took `SLOW`.
const TELLING: u32 = 4_000;
const SLOW: Duration = Duration::from_millis(500);

/// Of so many connections, those that these groups leave over; none where that is not worth it, or no folder may use them.
pub(super) fn spare(groups: &[Group], connections: usize) -> usize {
    let wide = |group: &Group| unsettled(group.iter().filter(|folder| folder.may_be_wide()));
    let most = groups.iter().map(wide).max().unwrap_or(0);
    if most >= WORTH { connections.saturating_sub(groups.len()) } else { 0 }
}

/// Whether more connections to the destination would help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    None,
    /// It may turn out so: they should be at hand.
    Perhaps,
    More,
}

/// By the last chunk.
pub(super) fn need(last: Option<&Measured>) -> Need {
    match last.filter(|last| last.messages_a_second() < FAST.saturating_mul(last.connections)) {
        Some(last) if last.messages >= TELLING || last.took >= SLOW => Need::More,
        Some(_) => Need::Perhaps,
        None => Need::None,
    }
}

/// Does the work of all pairs. As soon as one of them may need it, so many further connections log in beside, and are lent out;
/// nobody waits for them. What is lent out in the end is logged out.
pub(super) async fn with_spare<T>(
    mail: &dyn Mail,
    errands: &Errands,
    spare: usize,
    work: impl Future<Output = T>,
) -> T {
    let recruit = async {
        errands.lanes_are_wanted().await;
        join_all((0..spare).map(|_| async { errands.lend(mail.lane().await) })).await;
        pending::<Infallible>().await
    };
    let done = match select(pin!(work), pin!(recruit)).await {
        Either::Left((done, _)) => done,
        Either::Right((never, _)) => match never {},
    };
    join_all(errands.all_lanes().iter_mut().map(|lane| lane.logout())).await;
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::FolderName;
    use crate::migration::Folder;
    use crate::migration::folder::Role;

    fn group(folders: &[(u64, u64, u8)]) -> Group {
        let folder = |&(planned, copied, lost_lanes): &(u64, u64, u8)| {
            let name = || FolderName::from_raw("INBOX");
            let folder = Folder::planned(1, name(), name(), Role::Carry, String::new());
            let mut folder = Folder { planned, lost_lanes, ..folder };
            folder.counts.copied = copied;
            folder
        };
        folders.iter().map(folder).collect()
    }

    #[test]
    fn a_slow_destination_is_sent_to_over_more_connections() {
        let measured = |messages, millis, connections| {
            let took = Duration::from_millis(millis);
            Some(Measured { messages, octets: 1 << 20, took, connections })
        };
        let cases = [
            ("nothing was measured", None, Need::None),
            ("too few to tell", measured(1_600, 499, 1), Need::Perhaps),
            ("few, and fast", measured(400, 40, 1), Need::None),
            ("few, for as long as that", measured(50, 500, 1), Need::More),
            ("slow", measured(4_000, 1_001, 1), Need::More),
            ("fast", measured(4_000, 1_000, 1), Need::None),
            ("fast over one, slow over each of four", measured(16_000, 3_000, 4), Need::More),
            ("fast over each of four", measured(16_000, 1_000, 4), Need::None),
            ("in no time", measured(4_000, 0, 1), Need::None),
        ];
        for (name, last, expected) in cases {
            assert_eq!(need(last.as_ref()), expected, "{name}");
        }
    }

    #[test]
    fn what_folders_leave_over_is_spare() {
        let long = || group(&[(2_000, 0, 1)]);
        let short = || group(&[(1_999, 0, 0)]);
        let cases = [
            ("one folder", vec![long()], 4, 3),
            ("one connection is none more", vec![long()], 1, 0),
            ("short ones beside it", vec![short(), long(), short()], 4, 1),
            ("as many folders", vec![long(), long()], 2, 0),
            ("more folders", vec![long(), long(), long()], 2, 0),
            ("short folders", vec![short(), short()], 4, 0),
            ("most of it is there", vec![group(&[(5_000, 3_001, 0)])], 4, 0),
            ("two folders with one destination", vec![group(&[(1_000, 0, 0), (1_000, 0, 0)])], 4, 3),
            ("lost again and again", vec![group(&[(9_000, 0, 2)])], 4, 0),
            ("nothing is left to do", vec![], 4, 0),
        ];
        for (name, groups, connections, expected) in cases {
            assert_eq!(spare(&groups, connections), expected, "{name}");
        }
    }
}
