use super::*;
use crate::mail::{Flags, Uid};
use crate::ports::mail::Tags;

fn folder(number: FolderNumber, name: &str, use_: Option<SpecialUse>) -> Folder {
    let name = FolderName::from_unicode(name);
    let label = Label::of(&name, use_, true);
    Folder { label, ..Folder::planned(number, name.clone(), name, Role::Carry, String::new()) }
}

fn mailbox() -> Vec<Folder> {
    vec![
        folder(1, "INBOX", None),
        folder(2, "Work", None),
        folder(3, "Private", None),
        folder(4, "[Gmail]/Sent Mail", Some(SpecialUse::Sent)),
        folder(5, "[Gmail]/Drafts", Some(SpecialUse::Drafts)),
        folder(6, "[Gmail]/All Mail", Some(SpecialUse::All)),
        folder(7, "[Gmail]/Trash", Some(SpecialUse::Trash)),
    ]
}

fn meta(id: u64, labels: &[&str]) -> Meta {
    let labels = labels.iter().map(|label| label.as_bytes().to_vec().into()).collect();
    let tags = Some(Tags { id, labels });
    Meta { uid: Uid::new(1), flags: Flags::new(), odd_flags: Vec::new(), internal_date: None, size: 1, tags }
}

/// The folders that carry a message with these labels, each seen from each folder it shows up in.
fn carriers(folders: &[Folder], labels: &[(u32, &str)]) -> Vec<FolderNumber> {
    let carriers = Carriers::of(folders.iter()).unwrap();
    let seen_from = |own: FolderNumber| -> Vec<&str> {
        labels.iter().filter(|(number, _)| *number != own).map(|(_, label)| *label).collect()
    };
    let here = labels.iter().map(|(number, _)| *number).chain([6]);
    here.filter(|number| {
        let folder = folders.iter().find(|folder| folder.number == *number).unwrap();
        !carriers.leaves(folder, &meta(9, &seen_from(*number)))
    })
    .collect()
}

#[test]
fn each_message_is_carried_from_one_of_its_folders() {
    let (inbox, work, private) = ((1, "\\Inbox"), (2, "Work"), (3, "Private"));
    let (sent, draft) = ((4, "\\Sent"), (5, "\\Draft"));
    for (labels, carrier) in [
        (vec![], 6),
        (vec![inbox], 1),
        (vec![inbox, work], 2),
        (vec![inbox, private, work], 2),
        (vec![inbox, sent], 4),
        (vec![sent, private], 3),
        (vec![draft, inbox, work, sent], 5),
        (vec![inbox, (9, "\\Important")], 1),
    ] {
        let own: Vec<(u32, &str)> = labels.iter().copied().filter(|(number, _)| *number < 9).collect();
        let mut folders = mailbox();
        assert_eq!(carriers(&folders, &own), [carrier], "{labels:?}");
        folders.reverse();
        assert_eq!(carriers(&folders, &own), [carrier], "{labels:?}, in another order");
    }
}

#[test]
fn a_label_whose_folder_is_not_carried_carries_nothing() {
    let unusable: [fn(&mut Folder); 3] = [
        |folder| folder.role = Role::Filtered,
        |folder| folder.error = Some("it cannot be opened".into()),
        |folder| folder.gone = true,
    ];
    for change in unusable {
        let mut folders = mailbox();
        change(&mut folders[1]);
        let carriers = Carriers::of(folders.iter()).unwrap();
        assert!(!carriers.leaves(&folders[0], &meta(9, &["Work"])));
        assert!(carriers.leaves(&folders[0], &meta(9, &["Work", "Private"])));
    }
}

#[test]
fn what_was_carried_is_left_although_its_label_is_gone() {
    let folders = mailbox();
    let carriers = Carriers::of(folders.iter()).unwrap();
    let line = |outcome, id| Line { gmail_id: Some(id), ..Line::bare(Uid::new(1), outcome) };
    carriers.note([line(Outcome::Copied, 1), line(Outcome::Quarantined, 2), line(Outcome::Filtered, 3)].iter());
    let left: Vec<bool> = (1..=4).map(|id| carriers.leaves(&folders[5], &meta(id, &[]))).collect();
    assert_eq!(left, [true, true, false, false]);
    assert!(!carriers.leaves(&folders[6], &meta(1, &[])), "Trash holds mail of its own");
}

#[test]
fn with_a_copy_for_each_label_only_all_mail_leaves_any() {
    let mut folders = mailbox();
    for folder in &mut folders {
        folder.label = folder.label.map(|label| Label { yields: label.kind == Kind::All, ..label });
    }
    let carriers = Carriers::of(folders.iter()).unwrap();
    assert!(!carriers.leaves(&folders[0], &meta(9, &["Work"])));
    assert!(carriers.leaves(&folders[5], &meta(9, &["\\Inbox", "Work"])));
    assert!(!carriers.leaves(&folders[5], &meta(9, &["\\Starred"])));
}

#[test]
fn a_mailbox_of_folders_needs_no_carriers() {
    let plain: Vec<Folder> = mailbox().into_iter().map(|folder| Folder { label: None, ..folder }).collect();
    assert!(Carriers::of(plain.iter()).is_none());
}
