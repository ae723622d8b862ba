//! # Survey
//! The folders of both mailboxes and what STATUS says of each, found out in as many steps as it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::mail::FolderName;
use crate::migration::{Failure, Migration, Moment};
use crate::ports::mail::{Census, Destination, Listing, Mailbox, Source};
use crate::ports::{Ports, Put};

/// Folders asked for their STATUS between two looks at the clock.
const FLIGHT: usize = 200;
/// A listing that was begun longer ago is begun anew.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// One mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    listing: Listing,
    /// Folders that are still to be asked.
    unasked: BTreeSet<FolderName>,
}

/// Both mailboxes as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// The pass whose plan it is for.
    pass: u32,
    begun: Moment,
    source: Listed,
    destination: Listed,
}

impl Survey {
    /// Goes on where an earlier step of this plan left off, as far as time allows; one flight at least.
    ///
    /// # Errors
    /// When a mailbox cannot be listed, or the archive cannot be read.
    pub async fn further(
        ports: &Ports<'_>,
        record: &Migration,
        source: &mut dyn Source,
        destination: &mut dyn Destination,
        over: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self, Failure> {
        let (pass, now) = (record.pass.number, ports.clock.now());
        let (begun, here, there) = match earlier(ports, record, now).await? {
            Some(Self { begun, source, destination, .. }) => (begun, Some(source), Some(destination)),
            None => (now, None, None),
        };
        let read = async {
            let listed = match here {
                Some(earlier) => earlier,
                None => Listed::new(source.list().await?),
            };
            ask(source, listed, over).await
        };
        let written = async {
            // Earlier steps have made folders there.
            let listed = Listed::new(destination.list().await?);
            ask(destination, listed.after(there), over).await
        };
        let (source, destination) = futures::try_join!(read, written)?;
        Ok(Self { pass, begun, source, destination })
    }

    /// Both listings, when nothing is left to be asked.
    pub fn done(&self) -> Option<(&Listing, &Listing)> {
        (self.source.unasked.is_empty() && self.destination.unasked.is_empty())
            .then_some((&self.source.listing, &self.destination.listing))
    }

    /// Keeps it for the next step of this plan. The caller saves the record.
    ///
    /// # Errors
    /// When the archive does not take it.
    pub async fn keep(&self, ports: &Ports<'_>, record: &mut Migration) -> Result<(), Failure> {
        let key = format!("index/plan-e{}-t{}.json.zst", record.epoch, record.turn);
        let octets = serde_json::to_vec(self).map_err(|cause| Failure::store(format!("keep the listings: {cause}")))?;
        match ports.archive.put_once(&record.id, &key, Bytes::from(octets)).await? {
            Put::Done => record.survey = Some(key),
            Put::Exists => return Err(Failure::conflict(format!("{key} is there already"))),
        }
        Ok(())
    }
}

impl Listed {
    fn new(listing: Listing) -> Self {
        let unknown = listing.folders.iter().filter(|folder| !folder.container && folder.status.is_none());
        Self { unasked: unknown.map(|folder| folder.name.clone()).collect(), listing }
    }

    /// With what was found out before of the same folders.
    fn after(mut self, earlier: Option<Self>) -> Self {
        let Some(Self { listing, unasked }) = earlier else { return self };
        let asked = listing.folders.into_iter().filter(|folder| !unasked.contains(&folder.name));
        self.told(asked.map(|folder| (folder.name, folder.status)).collect());
        self
    }

    fn told(&mut self, statuses: BTreeMap<FolderName, Option<Census>>) {
        for folder in &mut self.listing.folders {
            if let Some(status) = statuses.get(&folder.name).filter(|_| self.unasked.remove(&folder.name)) {
                folder.status = *status;
            }
        }
    }
}

/// All folders of a mailbox with their STATUS, however long it takes.
///
/// # Errors
/// When it cannot be listed.
pub async fn whole(mailbox: &mut (impl Mailbox + ?Sized)) -> Result<Listing, Failure> {
    let listed = Listed::new(mailbox.list().await?);
    Ok(ask(mailbox, listed, &|| false).await?.listing)
}

/// What an earlier step of this plan kept. What cannot be used is found out anew.
async fn earlier(ports: &Ports<'_>, record: &Migration, now: Moment) -> Result<Option<Survey>, Failure> {
    let Some(key) = &record.survey else { return Ok(None) };
    let octets = ports.archive.get(&record.id, key).await?;
    let survey: Option<Survey> = octets.and_then(|octets| serde_json::from_slice(&octets).ok());
    Ok(survey.filter(|survey| survey.pass == record.pass.number && now.since(survey.begun) < STALE))
}

/// Asks for the STATUS of folders that came without one.
async fn ask(
    mailbox: &mut (impl Mailbox + ?Sized),
    mut listed: Listed,
    over: &(dyn Fn() -> bool + Sync),
) -> Result<Listed, Failure> {
    while !listed.unasked.is_empty() {
        let flight: Vec<FolderName> = listed.unasked.iter().take(FLIGHT).cloned().collect();
        let statuses = mailbox.statuses(&flight).await?;
        listed.told(flight.into_iter().zip(statuses).collect());
        if over() {
            break;
        }
    }
    Ok(listed)
}
