//! # Warnings
//! What people should read about a plan.

use std::collections::BTreeSet;

use super::map::Planned;
use super::{special, translate};
use crate::mail::Octets;
use crate::migration::Warning;
use crate::migration::folder::Role;
use crate::migration::label::Kind;
use crate::ports::mail::Listing;

/// The code of what is said of subscriptions.
pub const SUBSCRIPTION: &str = "subscription";

/// The codes of all warnings that a plan can have. The next plan's take their place.
pub const CODES: [&str; 8] =
    ["view", "labels", "look-alike", "undecodable-name", "renamed-folders", "shared-folders", SUBSCRIPTION, "no-room"];

/// Names shown in one sentence.
const SHOWN: usize = 5;

/// Views that are carried, names that change, folders and subscriptions that stay behind.
pub fn warnings(folders: &[Planned], source: &Listing) -> Vec<Warning> {
    let mut all: Vec<Warning> = folders.iter().filter_map(view).collect();
    all.extend(labels(folders));
    all.extend(undecodable(folders));
    all.extend(renamed(folders));
    all.extend(shared(source));
    all.extend(lost_subscriptions(source));
    all
}

fn view(planned: &Planned) -> Option<Warning> {
    let own = planned.label.is_none() && planned.role == Role::Carry;
    let use_ = planned.source.special_use.filter(|use_| special::view(*use_) && own)?;
    let name = planned.source.name.unicode();
    let attribute = use_.attribute();
    let text = format!(
        "'{name}' shows mail that is in other folders too ({attribute}), and is carried as a folder of its own; \
         --exclude '{name}' would leave it out"
    );
    Some(Warning { code: "view".into(), text })
}

fn labels(folders: &[Planned]) -> Option<Warning> {
    let label = |planned: &Planned| planned.label.filter(|_| planned.role == Role::Carry);
    let mut carried = folders.iter().filter_map(label).peekable();
    carried.peek()?;
    let once = carried.any(|label| label.yields && label.kind != Kind::All);
    let text = if once {
        "folders are labels at the source: mail with several is carried once, from Drafts, else its own label (the first \
         in this list), else Sent, else INBOX, and archived mail from All Mail; --labels each makes a copy for each label"
    } else {
        "folders are labels at the source: mail with several is carried once for each, and archived mail from All Mail; \
         --labels once carries each message once"
    };
    Some(Warning { code: "labels".into(), text: text.into() })
}

fn undecodable(folders: &[Planned]) -> Option<Warning> {
    let odd = folders.iter().filter(|planned| planned.source.name.decoded().is_none());
    let names: Vec<String> = odd.map(|planned| format!("'{}'", planned.source.name.unicode())).collect();
    sentence("undecodable-name", &names, "folder names that are neither modified UTF-7 nor UTF-8")
}

/// Folders that had to be given another name, in one sentence.
pub fn renamed(folders: &[Planned]) -> Option<Warning> {
    let pairs = folders.iter().filter(|planned| planned.renamed);
    let pairs: Vec<String> =
        pairs.map(|p| format!("'{}' as '{}'", p.source.name.unicode(), p.destination.unicode())).collect();
    sentence("renamed-folders", &pairs, "folders with another name at the destination")
}

fn shared(source: &Listing) -> Option<Warning> {
    let others = source.folders.iter().filter(|folder| !folder.container && translate::foreign(source, folder));
    let names: Vec<String> = others.map(|folder| format!("'{}'", folder.name.unicode())).collect();
    sentence(
        "shared-folders",
        &names,
        "shared and other people's folders, which are not part of this mailbox and are left out",
    )
}

fn lost_subscriptions(source: &Listing) -> Option<Warning> {
    let listed: BTreeSet<_> = source.folders.iter().map(|folder| &folder.name).collect();
    let lost = source.subscriptions.iter().filter(|name| !listed.contains(name));
    let names: Vec<String> = lost.map(|name| format!("'{}'", name.unicode())).collect();
    sentence(SUBSCRIPTION, &names, "subscriptions to folders that are not there, and are not carried")
}

/// The destination's quota does not hold what is to come: better known before the first message than after the last that
/// fits. `new`: planned for the first time, so that nothing of it is there yet.
pub fn no_room<'a>(new: impl Iterator<Item = &'a Planned>, destination: &Listing) -> Option<Warning> {
    let room = destination.room?;
    let octets = |planned: &Planned| planned.source.status.and_then(|status| status.octets).unwrap_or(0);
    let coming = new.filter(|planned| planned.role == Role::Carry).map(octets).fold(0, u64::saturating_add);
    let text = format!(
        "the destination's quota has room for {}, and about {} are to come: ask for more room first, or leave folders \
         out with --exclude; without, the migration waits when the mailbox is full",
        Octets::new(room),
        Octets::new(coming)
    );
    (coming > room).then(|| Warning { code: "no-room".into(), text })
}

/// `folders … (3): 'a', 'b', 'c'`, of very many the first few; none of none.
fn sentence(code: &str, names: &[String], what: &str) -> Option<Warning> {
    let mut shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    if names.len() > SHOWN {
        shown.push("…");
    }
    let text = format!("{what} ({}): {}", names.len(), shown.join(", "));
    (!names.is_empty()).then(|| Warning { code: code.into(), text })
}
