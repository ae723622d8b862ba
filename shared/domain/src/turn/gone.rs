//! # Gone
//! Folders that somebody removed or renamed at the source while they were carried.

use crate::mail::FolderName;
use crate::migration::folder::Progress;
use crate::migration::{Failure, Folder, Warning};
use crate::ports::mail::Source;

/// True when the source does not list this folder any more, or only as a name on the way to others. A listing without any
/// folder that can be opened says nothing.
pub async fn is_gone(source: &mut dyn Source, name: &FolderName) -> Result<bool, Failure> {
    let listing = source.list().await?;
    let mut there = listing.folders.iter().filter(|listed| !listed.container).peekable();
    Ok(there.peek().is_some() && there.all(|listed| listed.name != *name))
}

/// Enters into the record that the folder is gone, and warns when messages vanished with it: those that the plan counted and
/// that have no outcome; their UIDs nobody has seen.
pub fn let_go(folder: &mut Folder) -> Option<Warning> {
    let settled = folder.counts.source.saturating_sub(folder.counts.gone);
    let missing = folder.planned.saturating_sub(settled);
    for counts in [&mut folder.counts, &mut folder.this_pass, &mut folder.retired] {
        counts.source += missing;
        counts.vanished += missing;
    }
    folder.gone = true;
    folder.error = None;
    folder.intent = None;
    folder.progress = Progress::Copied;
    let text = format!("folder {}: it is no longer at the source; {missing} messages vanished with it", folder.number);
    (missing > 0).then(|| Warning { code: "folder-gone".into(), text })
}

#[cfg(test)]
mod tests {
    use super::let_go;
    use crate::mail::FolderName;
    use crate::migration::folder::{Progress, Role};
    use crate::migration::{Counts, Folder};

    #[test]
    fn what_was_counted_and_has_no_outcome_has_vanished() {
        let name = FolderName::from_raw("A");
        for (planned, copied, gone, missing) in [(8, 0, 0, 8), (8, 5, 0, 3), (8, 5, 2, 5), (4, 5, 0, 0)] {
            let counts = Counts { source: copied, copied, gone, ..Counts::default() };
            let folder = Folder::planned(1, name.clone(), name.clone(), Role::Carry, Default::default());
            let mut folder = Folder { planned, counts, ..folder };
            let warned = let_go(&mut folder).map(|warning| warning.text);
            let text = format!("folder 1: it is no longer at the source; {missing} messages vanished with it");
            assert_eq!(warned, Some(text).filter(|_| missing > 0), "{planned} {copied} {gone}");
            assert_eq!((folder.counts.vanished, folder.retired.vanished), (missing, missing));
            assert!(folder.counts.closes() && folder.gone && folder.progress == Progress::Copied);
        }
    }
}
