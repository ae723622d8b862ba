//! # Scene
//! Two servers and a mailbox of 20 to 40 messages with what real ones have: twins, messages without Message-ID, keywords,
//! dates in other zones, names in other scripts, one that is large, mail that is there already.

use std::time::Duration;

use posthorse_domain::migration::Life;
use posthorse_domain::migration::label::Labels;

use super::chance::Chance;
use crate::world::World;
use crate::world::server::{FolderOf, Profile, Quirk, Server};

/// Oddities that a source may have and that nothing may be lost by.
const AT_SOURCE: [Quirk; 11] = [
    Quirk::NoUidNextOnSelect,
    Quirk::EmptyStatus,
    Quirk::StaleStatus,
    Quirk::NewMailAtNoopOnly,
    Quirk::ShuffledFetch,
    Quirk::SplitFetch,
    Quirk::UnaskedFetch,
    Quirk::UnaskedExists,
    Quirk::UnaskedExpunge,
    Quirk::UidLast,
    Quirk::NoUidValidity,
];
/// The same for a destination.
const AT_DESTINATION: [Quirk; 15] = [
    Quirk::NoUidNextOnSelect,
    Quirk::EmptyStatus,
    Quirk::StaleStatus,
    Quirk::NewMailAtNoopOnly,
    Quirk::NoAppendUid,
    Quirk::AppendUidOfOtherValidity,
    Quirk::AppendUidTooHigh,
    Quirk::AppendUidSwapped,
    Quirk::AddsHeaders,
    Quirk::AddsMissingMessageIds,
    Quirk::ForgetsFlags,
    Quirk::ForgetsDates,
    Quirk::ShuffledFetch,
    Quirk::SplitFetch,
    Quirk::UnaskedExists,
];

/// One source in so many has labels for folders.
const LABELLED: u64 = 12;
/// One scene in so many has slow links, and servers that can compress what goes over them.
const NARROW: u64 = 12;
/// One destination in so many has a folder that counts as large by its UIDs.
const LARGE: u64 = 4;
const COMPRESS: &str = "COMPRESS=DEFLATE";

/// What was put up.
pub struct Scene {
    /// The world.
    pub world: World,
    /// Subjects of messages in INBOX, for troubles to strike at.
    pub subjects: Vec<String>,
    /// In words.
    pub title: String,
}

/// The scene of this row of numbers.
pub fn scene(chance: &mut Chance) -> Scene {
    let mut beside = chance.beside();
    let (source, destination) = (source(chance), destination(chance));
    let source = if beside.one_in(LABELLED) { Profile::gmail() } else { source };
    let narrow = beside.one_in(NARROW);
    let source = if narrow { source.capable(COMPRESS) } else { source };
    let destination = if narrow && beside.one_in(2) { destination.capable(COMPRESS) } else { destination };
    let title = format!("{} to {}", titled(&source), titled(&destination));
    let mut world = World::new(source.clone(), destination.clone());
    let subjects = fill(chance, &world.source, &source, "m");
    let labelled = source.can("X-GM-EXT-1");
    if labelled {
        label(&mut beside, &world.source);
    }
    // What a server adds to each message it takes is not on those that it has.
    if chance.one_in(5) && !destination.is(Quirk::AddsHeaders) && !destination.is(Quirk::AddsMissingMessageIds) {
        already_there(chance, &world.destination, &subjects);
    }
    if chance.one_in(6) {
        world.map("Sent Messages", "INBOX/Work");
        world.map("Work", "INBOX/Work");
    }
    world.step = Duration::from_secs(chance.pick(&[15, 30, 60, 120]));
    let trip = chance.pick(&[0, 0, 0, 0, 20, 120]);
    world.source.latency(Duration::from_millis(trip));
    world.destination.latency(Duration::from_millis(trip));
    world.connections(u8::try_from(chance.between(1, 4)).unwrap_or(1));
    if narrow {
        let octets = beside.pick(&[2_000, 5_000]);
        world.source.width(octets);
        world.destination.width(octets);
        world.step = Duration::from_secs(600);
    }
    if beside.one_in(LARGE) {
        world.destination.folder("INBOX").uidnext(30_000);
    }
    world.options(|options| {
        options.life = Life { delta_every: 3600, idle_days: 30, retention_days: 1 };
        options.labels = if labelled { Labels::Each } else { Labels::default() };
    });
    Scene { world, subjects, title }
}

fn titled(profile: &Profile) -> String {
    let quirks: Vec<String> = profile.quirks.iter().map(|quirk| format!("{quirk:?}")).collect();
    format!("{} ({})", profile.name, quirks.join(" "))
}

fn source(chance: &mut Chance) -> Profile {
    let profile = chance.pick(&[
        Profile::dovecot_prefixed(),
        Profile::dovecot(),
        Profile::cyrus(),
        Profile::courier(),
        Profile::exchange(),
        Profile::plain_rfc3501(),
    ]);
    if chance.one_in(4) { profile.with(chance.pick(&AT_SOURCE)) } else { profile }
}

fn destination(chance: &mut Chance) -> Profile {
    let profile = chance.pick(&[
        Profile::dovecot(),
        Profile::dovecot_prefixed(),
        Profile::cyrus(),
        Profile::courier(),
        Profile::exchange(),
        Profile::gmail(),
        Profile::plain_rfc3501(),
        Profile::plain_rfc3501().capable("LITERAL+"),
    ]);
    if chance.one_in(3) { profile.with(chance.pick(&AT_DESTINATION)) } else { profile }
}

fn below(profile: &Profile, levels: &[&str]) -> String {
    let delimiter = profile.delimiter.map_or(String::new(), |octet| char::from(octet).to_string());
    format!("{}{}", profile.prefix, levels.join(&delimiter))
}

/// Fills a mailbox; the subjects of its INBOX.
pub fn fill(chance: &mut Chance, server: &Server, profile: &Profile, stem: &str) -> Vec<String> {
    let mut subjects = Vec::new();
    let inbox = server.folder("INBOX");
    for number in 1..=chance.between(10, 18) {
        let subject = format!("{stem}-{number}");
        one(chance, &inbox, &subject);
        subjects.push(subject);
    }
    let work = server.folder(&below(profile, &["Work"]));
    for number in 1..=chance.between(4, 9) {
        match chance.below(4) {
            0 => drop(work.octets(without_id(number))),
            // A true twin, of another folder sometimes.
            1 => drop(work.message("twin").seen()),
            2 => drop(work.message(&format!("{stem}-{number}")).flagged()),
            _ => one(chance, &work, &format!("work-{number}")),
        }
    }
    if chance.one_in(2) {
        let below = server.folder(&below(profile, &["Work", "Übung & 試験"]));
        below.subscribed();
        below.messages_named("below", usize::try_from(chance.between(0, 4)).unwrap_or(0));
    }
    let sent = server.folder(&below(profile, &["Sent Messages"]));
    for number in 1..=chance.between(3, 8) {
        one(chance, &sent, &format!("sent-{number}"));
    }
    if chance.one_in(3) {
        for _ in 0..chance.between(2, 6) {
            sent.message("twins").seen();
        }
    }
    if chance.one_in(8) {
        let octets = chance.pick(&[20_000, 70_000, 300_000]);
        sent.message("large").sized(octets);
    }
    subjects
}

/// Some messages of INBOX bear other labels as well.
fn label(chance: &mut Chance, server: &Server) {
    let mut labelled = Vec::new();
    server.folder("INBOX").change(|inbox| {
        for message in inbox.messages.values_mut().filter(|_| chance.one_in(2)) {
            message.gmail_id = Some(1_000 + u64::from(message.uid));
            labelled.push(message.clone());
        }
    });
    for name in ["Work", "Sent Messages"] {
        for message in labelled.iter().filter(|_| chance.one_in(2)) {
            server.folder(name).change(|folder| folder.add(message.clone()));
        }
    }
}

fn one(chance: &mut Chance, folder: &FolderOf, subject: &str) {
    let mut message = folder.message(subject);
    for flag in ["\\Seen", "\\Answered", "\\Flagged", "\\Draft"] {
        if chance.one_in(3) {
            message = message.flag(flag);
        }
    }
    if chance.one_in(9) {
        message = message.flag("$Forwarded");
    }
    if chance.one_in(2) {
        let at = 1_400_000_000 + i64::try_from(chance.below(200_000_000)).unwrap_or(0);
        message.dated(at, 60 * (i64::try_from(chance.below(5)).unwrap_or(0) - 2));
    }
}

fn without_id(number: u64) -> Vec<u8> {
    format!(
        "From: Old <old@example.org>\r\nTo: Anna <anna@example.org>\r\nSubject: old {number}\r\n\
         Date: Sat, 17 Jul 2010 02:44:{number:02} -0700\r\n\r\nNo id {number}.\r\n"
    )
    .into_bytes()
}

fn already_there(chance: &mut Chance, server: &Server, subjects: &[String]) {
    let inbox = server.folder("INBOX");
    for subject in subjects.iter().take(usize::try_from(chance.below(4)).unwrap_or(0)) {
        inbox.message(subject);
    }
    inbox.message("foreign");
}
