//! # Tell
//! Builds the report from the records and the manifest, and keeps it.

use bytes::Bytes;

use crate::migration::folder::Folder;
use crate::migration::report::{Quarantined, Report, ReportedFolder, ReportedPass, Timing, Trusted, VanishedMessage};
use crate::migration::{Anchor, Counts, Failure, Migration, Outcome, State};
use crate::ports::{Archive, Ledger, Ports};
use crate::turn::lines;

const PAGE: usize = 500;

/// Writes `reports/<pass number>.json`.
pub async fn write(ports: &Ports<'_>, record: &Migration) -> Result<(), Failure> {
    let report = report(ports.ledger, ports.archive, record).await?;
    let octets =
        serde_json::to_vec_pretty(&report).map_err(|cause| Failure::store(format!("write the report: {cause}")))?;
    let key = format!("reports/{}.json", record.pass.number);
    ports.archive.put(&record.id, &key, Bytes::from(octets)).await
}

/// The report as things stand, also in the middle of a pass.
pub async fn report(ledger: &dyn Ledger, archive: &dyn Archive, record: &Migration) -> Result<Report, Failure> {
    let mut folders = Vec::new();
    let mut quarantined = Vec::new();
    let mut vanished = Vec::new();
    let mut from = 0;
    loop {
        let page = ledger.folders(&record.id, from, PAGE).await?;
        let Some(last) = page.last() else { break };
        from = last.number + 1;
        for folder in page {
            if folder.counts.quarantined + folder.counts.vanished > 0 {
                let (parked, gone) = exceptions(archive, record, &folder).await?;
                quarantined.extend(parked);
                vanished.extend(gone);
            }
            folders.push(folder);
        }
    }
    Ok(assemble(record, &folders, quarantined, vanished))
}

async fn exceptions(
    archive: &dyn Archive,
    record: &Migration,
    folder: &Folder,
) -> Result<(Vec<Quarantined>, Vec<VanishedMessage>), Failure> {
    let name = folder.source.unicode();
    let mut quarantined = Vec::new();
    let mut vanished = Vec::new();
    let roll = lines::roll(archive, &record.id, folder).await?;
    let exceptional = |outcome| matches!(outcome, Outcome::Quarantined | Outcome::Vanished);
    let named = roll.entries().iter().filter(|line| exceptional(line.outcome())).map(|line| line.uid()).collect();
    for line in lines::of(archive, &record.id, folder, &named).await?.into_values() {
        let uid = line.uid.get();
        match (line.outcome, line.parked) {
            (Outcome::Quarantined, Some(parked)) => quarantined.push(Quarantined {
                folder: name.clone(),
                uid,
                class: parked.class,
                response: parked.response,
                size: line.size,
                message_id: parked.message_id,
                object: parked.object,
            }),
            (Outcome::Vanished, _) => vanished.push(VanishedMessage { folder: name.clone(), uid }),
            _ => {}
        }
    }
    Ok((quarantined, vanished))
}

fn assemble(
    record: &Migration,
    folders: &[Folder],
    quarantined: Vec<Quarantined>,
    vanished: Vec<VanishedMessage>,
) -> Report {
    let sum = |of: &dyn Fn(&Folder) -> Counts| folders.iter().map(of).fold(Counts::default(), |a, b| a.plus(&b));
    let pass = record.pass.number;
    let this_pass = sum(&|folder| folder.counts_of(pass));
    let octets = folders.iter().map(|folder| folder.octets_of(pass)).sum();
    Report {
        version: 1,
        migration: record.id.0.clone(),
        state: record.state,
        reason: record.reason.clone(),
        next_at: record.next_at.filter(|_| record.state == State::Waiting).map(|at| at.rfc3339()),
        pass: ReportedPass { number: record.pass.number, kind: record.pass.kind },
        totals: sum(&|folder| folder.counts),
        this_pass,
        folders: folders.iter().map(reported).collect(),
        quarantined,
        vanished,
        warnings: record.warnings.clone(),
        timing: timing(record, this_pass.copied, octets),
        trust: Trusted {
            source: record.request.source.tls.as_ref().map(Anchor::told),
            destination: record.request.destination.tls.as_ref().map(Anchor::told),
        },
    }
}

fn reported(folder: &Folder) -> ReportedFolder {
    ReportedFolder {
        number: folder.number,
        source: folder.source.unicode(),
        destination: folder.destination.unicode(),
        why: folder.why.clone(),
        error: folder.error.clone(),
        counts: folder.counts,
        flags_dropped: folder.flags_dropped.clone(),
        dates_replaced: folder.dates_replaced,
        flags_changed: folder.flags_changed,
    }
}

fn timing(record: &Migration, copied: u64, octets: u64) -> Timing {
    let seconds = match (record.pass.first_fetch, record.pass.finished) {
        (Some(first), Some(finished)) => finished.since(first).as_secs_f64(),
        _ => 0.0,
    };
    let copied = f64::from(u32::try_from(copied).unwrap_or(u32::MAX));
    let rate = if seconds > 0.0 { (copied / seconds * 10.0).round() / 10.0 } else { 0.0 };
    Timing {
        started: record.pass.started.rfc3339(),
        finished: record.pass.finished.map(|at| at.rfc3339()),
        messages_per_second: rate,
        octets,
    }
}
