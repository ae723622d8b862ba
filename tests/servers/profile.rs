//! # Profile
//! The mailboxes that tests, demo and bench ask for by name. All are made message by message when they are wanted.

use std::collections::BTreeSet;

use super::compose::{Identity, compose};
use super::mailbox::{Flag, Folder, Made, Mailbox, Maker, Message};
use super::random::Random;

pub use super::tiny::{awkward, tiny};

/// Octets above which a destination refuses the three largest messages of [`demo`]; all others are well below.
pub const DEMO_LIMIT: u64 = 2_000_000;

/// Which of `demo`'s messages are over the limit: folder number and index.
const OVER: [(u64, u64); 3] = [(0, 333), (1, 420), (6, 12)];

/// Path, special use, number of messages.
const DEMO: [(&str, &str, u64); 18] = [
    ("INBOX", "", 640),
    ("Sent Messages", "Sent", 520),
    ("Drafts", "Drafts", 7),
    ("Deleted Messages", "Trash", 60),
    ("Junk", "Junk", 80),
    ("Archive", "", 20),
    ("Archive/2019", "", 110),
    ("Archive/2022", "", 140),
    ("Archive/2024", "", 150),
    ("Projekte/Umbau Büro", "", 90),
    ("Projekte/Été 2025/Réunions & notes", "", 40),
    ("Договоры", "", 45),
    ("送信済みメール", "", 35),
    ("Ελληνικά", "", 25),
    ("Newsletter", "", 180),
    ("Lists/rust-users", "", 120),
    ("Familie, Freunde", "", 60),
    ("Leer", "", 0),
];

const KEYWORDS: [&str; 6] = ["$Forwarded", "NonJunk", "$MDNSent", "Work", "$label1", "privat"];

/// What a person has after ten years: 2,322 messages (some 40 MB) in 18 folders and six languages, with attachments,
/// flags, keywords, twins and messages without Message-ID; three are larger than [`DEMO_LIMIT`].
#[must_use]
pub fn demo(seed: u64) -> Mailbox {
    let folders = (0..).zip(DEMO).map(|(number, (path, special, count))| Folder {
        special: (!special.is_empty()).then(|| special.to_owned()),
        made: Some(Made { seed, folder: number, count, make: demo_message }),
        ..Folder::new(path)
    });
    Mailbox { folders: folders.collect() }
}

/// Bench: 1,000 messages of mixed size, about 40 MB.
#[must_use]
pub fn small(seed: u64) -> Mailbox {
    spread(seed, 1_000, |seed, folder, index| usual(seed, folder, index, mixed))
}

/// Bench: 20,000 messages of mixed size, about 600 MB.
#[must_use]
pub fn medium(seed: u64) -> Mailbox {
    spread(seed, 20_000, |seed, folder, index| usual(seed, folder, index, lighter))
}

/// Bench: 100,000 messages of about 2 KB in the inbox.
#[must_use]
pub fn many(seed: u64) -> Mailbox {
    inbox(Made { seed, folder: 0, count: 100_000, make: |seed, folder, index| usual(seed, folder, index, |_| 2_000) })
}

/// Bench: as many in four folders, which four pairs carry at once.
#[must_use]
pub fn wide(seed: u64) -> Mailbox {
    let make: Maker = |seed, folder, index| usual(seed, folder, index, |_| 2_000);
    let folders = (0..)
        .zip(["INBOX", "Archive", "Lists", "Sent Messages"])
        .map(|(folder, path)| Folder { made: Some(Made { seed, folder, count: 25_000, make }), ..Folder::new(path) });
    Mailbox { folders: folders.collect() }
}

/// Bench: 300 messages of 5 to 25 MB, about 4.5 GB.
#[must_use]
pub fn big(seed: u64) -> Mailbox {
    spread(seed, 300, |seed, folder, index| usual(seed, folder, index, |random| 5_000_000 + random.index(20_000_000)))
}

/// `count` plain messages of about `octets` octets each, no two alike, all in the inbox.
#[must_use]
pub fn plain(count: u64, octets: u64) -> Mailbox {
    let make: Maker =
        |octets, folder, index| dressed(octets, folder, index, index, usize::try_from(octets).unwrap_or(0));
    inbox(Made { seed: octets, folder: 0, count, make })
}

fn inbox(made: Made) -> Mailbox {
    Mailbox { folders: vec![Folder { made: Some(made), ..Folder::new("INBOX") }] }
}

/// Over a dozen folders of unequal size.
fn spread(seed: u64, count: u64, make: Maker) -> Mailbox {
    let weights = [
        ("INBOX", 30),
        ("Sent Messages", 20),
        ("Archive", 3),
        ("Archive/2012", 5),
        ("Archive/2018", 6),
        ("Archive/2023", 6),
        ("Projects/Été 2019", 4),
        ("Entwürfe alt", 2),
        ("Отправленные", 4),
        ("送信済みメール", 4),
        ("Lists/debian-devel", 10),
        ("Junk", 6),
    ];
    let folders = (0..).zip(weights).map(|(folder, (path, weight))| Folder {
        made: Some(Made { seed, folder, count: count * weight / 100, make }),
        ..Folder::new(path)
    });
    Mailbox { folders: folders.collect() }
}

/// Sizes by tiers; the share of each in a thousand.
fn tiered(random: &mut Random, tiers: &[(u64, usize, usize)]) -> usize {
    let mut throw = random.below(1000);
    for &(share, least, most) in tiers {
        if throw < share {
            return least + random.index(most - least);
        }
        throw -= share;
    }
    2_000
}

fn mixed(random: &mut Random) -> usize {
    tiered(random, &[(700, 2_000, 12_000), (200, 12_000, 60_000), (82, 60_000, 300_000), (18, 300_000, 1_500_000)])
}

fn lighter(random: &mut Random) -> usize {
    tiered(random, &[(740, 2_000, 12_000), (200, 12_000, 60_000), (52, 60_000, 300_000), (8, 300_000, 1_500_000)])
}

fn lived_in(random: &mut Random) -> usize {
    tiered(random, &[(900, 1_500, 12_000), (85, 12_000, 80_000), (15, 80_000, 900_000)])
}

fn demo_message(seed: u64, folder: u64, index: u64) -> Message {
    if OVER.contains(&(folder, index)) {
        return dressed(seed, folder, index, index, usize::try_from(DEMO_LIMIT + 400_000).unwrap_or(0));
    }
    let mut message = usual(seed, folder, index, lived_in);
    match usize::try_from(folder).ok().and_then(|at| DEMO.get(at)).map(|&(_, special, _)| special) {
        Some("Sent") => message.flags.extend([Flag::Seen]),
        Some("Drafts") => message.flags = BTreeSet::from([Flag::Draft, Flag::Seen]),
        _ => {}
    }
    message
}

/// A message of a size that `size` throws; one in a hundred is the one before it once more, octet for octet.
fn usual(seed: u64, folder: u64, index: u64, size: fn(&mut Random) -> usize) -> Message {
    let is_twin = index % 2 == 1 && Random::new(seed ^ 3, folder, index).in_thousand(20);
    let told = if is_twin { index - 1 } else { index };
    dressed(seed, folder, index, told, size(&mut Random::new(seed ^ 1, folder, told)))
}

/// The letter number `told` with date, and flags and keywords of its own.
fn dressed(seed: u64, folder: u64, index: u64, told: u64, octets: usize) -> Message {
    let mut words = Random::new(seed ^ 2, folder, told);
    // Ten years from 2015 on, in order within each round of them.
    let days = i64::try_from(told).unwrap_or(0) * 5;
    let sent = 1_420_070_400 + days * 86_401 % 330_000_000 + i64::try_from(words.below(40_000)).unwrap_or(0);
    let identity = if words.in_thousand(10) { Identity::Anonymous } else { Identity::Id(words.draw()) };
    let octets = compose(&mut words, octets, sent, identity);
    let mut random = Random::new(seed, folder, index);
    let shares = [(Flag::Seen, 850), (Flag::Answered, 200), (Flag::Flagged, 50)];
    let flags = shares.into_iter().filter(|&(_, share)| random.in_thousand(share)).map(|(flag, _)| flag).collect();
    let keywords = KEYWORDS.iter().filter(|_| random.in_thousand(40)).map(|&name| name.to_owned()).collect();
    Message { octets, flags, keywords, internal_date: sent + 2 }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn size(message: &Message) -> u64 {
        u64::try_from(message.octets.len()).unwrap()
    }

    fn octets(mailbox: &Mailbox) -> u64 {
        mailbox.folders.iter().flat_map(Folder::messages).map(|message| size(&message)).sum()
    }

    #[test]
    fn the_same_seed_gives_the_same_mailbox_and_another_another() {
        let letters = |seed| {
            demo(seed)
                .folders
                .iter()
                .flat_map(|folder| folder.messages().take(20).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        };
        assert_eq!(letters(1), letters(1));
        assert_ne!(letters(1), letters(2));
    }

    #[test]
    fn the_demo_has_what_it_promises() {
        let mailbox = demo(1);
        assert_eq!(mailbox.count(), 2_322);
        let all: Vec<Message> = mailbox.folders.iter().flat_map(Folder::messages).collect();
        let limit = usize::try_from(DEMO_LIMIT).unwrap();
        assert_eq!(all.iter().filter(|message| message.octets.len() > limit).count(), 3);
        assert_eq!(all.iter().filter(|message| message.octets.len() > limit / 2).count(), 3);
        let mut times = BTreeMap::new();
        all.iter().for_each(|message| *times.entry(&message.octets).or_insert(0) += 1);
        assert!(times.values().filter(|&&count| count > 1).count() > 5, "twins");
        let anonymous =
            |message: &&Message| !String::from_utf8_lossy(&message.octets).to_lowercase().contains("\nmessage-id:");
        assert!(all.iter().filter(anonymous).count() > 5);
    }

    #[test]
    fn bench_mailboxes_have_their_size() {
        for (mailbox, count, megabytes) in [(small(1), 1_000, 30..50), (plain(50, 10_000), 50, 0..1)] {
            assert_eq!(mailbox.count(), count);
            assert!(megabytes.contains(&(octets(&mailbox) / 1_000_000)), "{}", octets(&mailbox));
        }
        assert_eq!((medium(1).count(), many(1).count(), big(1).count()), (20_000, 100_000, 300));
        let tenth: u64 = medium(1)
            .folders
            .iter()
            .map(|folder| {
                folder
                    .messages()
                    .take(usize::try_from(folder.count() / 10).unwrap())
                    .map(|message| size(&message))
                    .sum::<u64>()
            })
            .sum();
        assert!((50..70).contains(&(tenth / 1_000_000)), "{tenth}");
    }
}
