//! # Table
//! Columns for people: the plan and the report as text.

use posthorse_domain::mail::Octets;
use posthorse_domain::migration::report::{Report, ReportedFolder};
use posthorse_domain::plan::print::PlanDocument;

/// Lines of columns, each as wide as its widest cell; the columns named in `right` lean to the right.
pub fn columns(rows: &[Vec<String>], right: &[usize]) -> String {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..).map_while(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for ((at, cell), width) in row.iter().enumerate().zip(&widths) {
            let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
            match right.contains(&at) {
                true => line.extend([pad.as_str(), cell, "  "]),
                false => line.extend([cell, pad.as_str(), "  "]),
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The plan as people read it.
pub fn plan(plan: &PlanDocument) -> String {
    let heads = ["folder", "goes to", "why", "messages", "octets"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let unknown = || "?".to_owned();
    rows.extend(plan.folders.iter().map(|folder| {
        vec![
            folder.source.clone(),
            folder.destination.clone().unwrap_or_else(|| "-".into()),
            folder.why.clone(),
            folder.messages.map_or_else(unknown, |messages| messages.to_string()),
            folder.octets.map_or_else(unknown, |octets| Octets::new(octets).to_string()),
        ]
    }));
    let mut out = columns(&rows, &[3, 4]);
    for folder in &plan.folders {
        for note in &folder.notes {
            out.push_str(&format!("{}: {note}\n", folder.source));
        }
    }
    for warning in plan.warnings.iter().filter(|warning| warning.code != "look-alike") {
        out.push_str(&format!("Note ({}): {}\n", warning.code, warning.text));
    }
    out
}

/// The report as people read it.
pub fn report(report: &Report) -> String {
    let mut out = String::new();
    if report.folders.is_empty() {
        return format!("State: {}. {}\n", report.state.word(), report.reason);
    }
    let heads = ["folder", "goes to", "source", "copied", "adopted", "quarantined", "other", "missing", ""];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(report.folders.iter().map(folder));
    out.push_str(&columns(&rows, &[2, 3, 4, 5, 6, 7]));
    let totals = &report.totals;
    out.push_str(&format!(
        "\nBalance: {} at the source = {} copied + {} adopted + {} merged + {} quarantined + {} filtered + {} vanished + {} blocked + {} unexplained\n",
        totals.source, totals.copied, totals.adopted, totals.merged, totals.quarantined, totals.filtered, totals.vanished,
        totals.blocked, totals.unexplained
    ));
    out.push_str(if totals.closes() { "The balance closes.\n" } else { "THE BALANCE DOES NOT CLOSE.\n" });
    let outside = [
        (totals.arrived, "came to the source after the pass began; the next pass takes them"),
        (totals.removed, "were delivered and then moved or deleted at the destination"),
        (totals.gone, "were deleted at the source after they had an outcome"),
        (totals.foreign, "are at the destination and not from this migration"),
    ];
    for (count, meaning) in outside.iter().filter(|(count, _)| *count > 0) {
        out.push_str(&format!("{count} messages {meaning}.\n"));
    }
    dropped(&mut out, &report.folders);
    exceptions(&mut out, report);
    for (side, told) in [("source", &report.trust.source), ("destination", &report.trust.destination)] {
        if let Some(told) = told {
            out.push_str(&format!("Certificates trusted at the {side}: {told}.\n"));
        }
    }
    for warning in &report.warnings {
        out.push_str(&format!("Note ({}): {}\n", warning.code, warning.text));
    }
    out.push_str(&format!(
        "\nPass {} ({}), {} messages in it, {}, {} messages/s.\nState: {}. {}\n",
        report.pass.number,
        report.pass.kind.word(),
        report.this_pass.copied,
        Octets::new(report.timing.octets),
        report.timing.messages_per_second,
        report.state.word(),
        report.reason
    ));
    if let Some(at) = &report.next_at {
        out.push_str(&format!("It goes on at {at}.\n"));
    }
    out
}

fn folder(folder: &ReportedFolder) -> Vec<String> {
    let counts = &folder.counts;
    let other = counts.merged + counts.filtered + counts.vanished + counts.blocked;
    let remark = match &folder.error {
        Some(error) => format!("ERROR: {error}"),
        None => folder.why.clone(),
    };
    vec![
        folder.source.clone(),
        folder.destination.clone(),
        counts.source.to_string(),
        counts.copied.to_string(),
        counts.adopted.to_string(),
        counts.quarantined.to_string(),
        other.to_string(),
        counts.unexplained.to_string(),
        remark,
    ]
}

fn dropped(out: &mut String, folders: &[ReportedFolder]) {
    for folder in folders {
        for (keyword, messages) in &folder.flags_dropped {
            out.push_str(&format!(
                "{}: the destination does not keep {keyword} ({messages} messages).\n",
                folder.source
            ));
        }
        if folder.dates_replaced > 0 {
            out.push_str(&format!("{}: {} dates could not be carried.\n", folder.source, folder.dates_replaced));
        }
    }
}

fn exceptions(out: &mut String, report: &Report) {
    if !report.quarantined.is_empty() {
        out.push_str("\nNot delivered, kept for review:\n");
        let rows: Vec<Vec<String>> = report
            .quarantined
            .iter()
            .map(|message| {
                vec![
                    format!("  {}", message.folder),
                    format!("UID {}", message.uid),
                    message.class.word().to_owned(),
                    Octets::new(message.size).to_string(),
                    message.response.clone(),
                    message.object.clone().unwrap_or_else(|| "(the source did not hand out its octets)".into()),
                ]
            })
            .collect();
        out.push_str(&columns(&rows, &[3]));
    }
    for message in &report.vanished {
        out.push_str(&format!("Vanished before it could be read: {} UID {}\n", message.folder, message.uid));
    }
}
