//! # Grammar
//! Responses as RFC 3501 §9 and its extensions have them, in all their spellings; and mutations of them.

use crate::random::Random;

const ATOM: &[u8] = b"abcXYZ019-_.$&+,=~/";
const TEXT: &[u8] = b"abc XYZ 019 (){}*%#'@!,;:?[]<>=&|`~^$_-+./";

/// One response with its line end.
pub fn response(random: &mut Random) -> Vec<u8> {
    let line = match random.below(18) {
        0 | 1 => tagged(random),
        2 | 3 => untagged_status(random),
        4 => join(&[b"+ ", &text(random)]),
        5 => join(&[b"* CAPABILITY IMAP4rev1", &words(random)]),
        6 => join(&[b"* ENABLED", &words(random)]),
        7 | 8 => list(random),
        9 => folder_status(random),
        10 => join(&[b"* SEARCH", &numbers(random)]),
        11 => join(&[b"* FLAGS ", &flags(random)]),
        12 => join(&[b"* ", &number(random), random.one(&[&b" EXISTS"[..], b" RECENT", b" EXPUNGE"])]),
        13 => quota(random),
        14 => id(random),
        15 => join(&[b"* VANISHED ", random.one(&[&b""[..], b"(EARLIER) "]), &set(random)]),
        _ => fetch(random),
    };
    join(&[&line, b"\r\n"])
}

/// A few responses, then a few changes.
pub fn mutated(random: &mut Random) -> Vec<u8> {
    let mut octets: Vec<u8> = (0..=random.below(4)).flat_map(|_| response(random)).collect();
    for _ in 0..random.below(6) {
        mutate(&mut octets, random);
    }
    octets
}

fn mutate(octets: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(octets.len() + 1);
    let end = (at + random.below(9)).min(octets.len());
    let interesting = [
        &b"{5}\r\n"[..],
        b"{0}\r\n",
        b"{-1}\r\n",
        b"{99999999999999999999}\r\n",
        b"{70000}\r\n",
        b"~{3+}\r\n",
        b"\"",
        b"\\",
        b"(",
        b")",
        b"[",
        b"]",
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b"\xff",
        b" ",
        b"  ",
        b"NIL",
        b"BODY[",
        b"* LIST () \"/\" ",
        b"* STATUS ",
        b"((((((((((((((((",
        b"* ",
        b"+",
        b"* OK [",
        b"\t",
        b"<",
        b"4294967296",
    ];
    match random.below(5) {
        0 => drop(octets.splice(at..at, random.one(&interesting).iter().copied())),
        1 => drop(octets.splice(at..end, [random.octet()])),
        2 => drop(octets.drain(at..end)),
        3 => {
            let again = octets[at..end].to_vec();
            drop(octets.splice(at..at, again));
        }
        _ => drop(octets.splice(at..end, random.one(&interesting).iter().copied())),
    }
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn tagged(random: &mut Random) -> Vec<u8> {
    let condition = random.one(&["OK", "NO", "BAD", "ok", "No"]);
    join(&[format!("P{} {condition} ", random.below(1000)).as_bytes(), &words_for_people(random)])
}

fn untagged_status(random: &mut Random) -> Vec<u8> {
    let condition = random.one(&["OK", "NO", "BAD", "BYE", "PREAUTH", "Bye"]);
    join(&[format!("* {condition} ").as_bytes(), &words_for_people(random)])
}

fn words_for_people(random: &mut Random) -> Vec<u8> {
    if random.once_in(3) {
        return text(random);
    }
    let code = match random.below(12) {
        0 => join(&[b"APPENDUID ", &number(random), b" ", &set(random)]),
        1 => join(&[b"CAPABILITY IMAP4rev1", &words(random)]),
        2 => join(&[b"HIGHESTMODSEQ ", &number(random)]),
        3 => join(&[b"PERMANENTFLAGS ", &flags(random)]),
        4 => join(&[b"UIDNEXT ", &number(random)]),
        5 => join(&[b"UIDVALIDITY ", &number(random)]),
        6 => join(&[b"UNSEEN ", &number(random)]),
        7 => join(&[random.one(&[&b"X-NEW"[..], b"MAXSIZE 5", b"REFERRAL imap://a/b"])]),
        _ => random
            .one(&[
                "ALERT",
                "READ-ONLY",
                "READ-WRITE",
                "TRYCREATE",
                "UIDNOTSTICKY",
                "OVERQUOTA",
                "CLOSED",
                "NOMODSEQ",
                "TOOBIG",
            ])
            .as_bytes()
            .to_vec(),
    };
    join(&[b"[", &code, b"] ", &text(random)])
}

/// Text for people; it does not begin like a code or a blank.
fn text(random: &mut Random) -> Vec<u8> {
    join(&[b"t", &random.octets(TEXT, 30)])
}

fn atom(random: &mut Random) -> Vec<u8> {
    join(&[b"a", &random.octets(ATOM, 8)])
}

fn words(random: &mut Random) -> Vec<u8> {
    (0..random.below(5)).flat_map(|_| join(&[b" ", &atom(random)])).collect()
}

fn number(random: &mut Random) -> Vec<u8> {
    let most = [10, 1000, u64::from(u32::MAX)][random.below(3)];
    (1 + random.next() % most).to_string().into_bytes()
}

fn numbers(random: &mut Random) -> Vec<u8> {
    (0..random.below(6)).flat_map(|_| join(&[b" ", &number(random)])).collect()
}

/// A set that rises.
fn set(random: &mut Random) -> Vec<u8> {
    let mut at = 1 + random.below(1000);
    let ranges: Vec<String> = (0..=random.below(4))
        .map(|_| {
            let (from, to) = (at, at + random.below(3));
            at = to + 2 + random.below(100);
            if from == to { from.to_string() } else { format!("{from}:{to}") }
        })
        .collect();
    ranges.join(",").into_bytes()
}

fn flag(random: &mut Random) -> Vec<u8> {
    match random.below(3) {
        0 => random.one(&["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"]).as_bytes().to_vec(),
        1 => join(&[b"$", &atom(random)]),
        _ => atom(random),
    }
}

fn flags(random: &mut Random) -> Vec<u8> {
    let flags: Vec<Vec<u8>> = (0..random.below(5)).map(|_| flag(random)).collect();
    join(&[b"(", &flags.join(&b' '), b")"])
}

fn quoted(octets: &[u8]) -> Vec<u8> {
    let escaped: Vec<u8> = octets
        .iter()
        .flat_map(|&octet| if matches!(octet, b'"' | b'\\') { vec![b'\\', octet] } else { vec![octet] })
        .collect();
    join(&[b"\"", &escaped, b"\""])
}

fn literal(octets: &[u8]) -> Vec<u8> {
    join(&[format!("{{{}}}\r\n", octets.len()).as_bytes(), octets])
}

fn string(random: &mut Random) -> Vec<u8> {
    match random.below(3) {
        0 => literal(&random.octets(b"ab\r\n(){}\"\\ *)1[]\xff", 20)),
        1 => quoted(&random.octets(b"ab (){}\"\\*[]1", 12)),
        _ => quoted(&random.octets(TEXT, 12)),
    }
}

fn astring(random: &mut Random) -> Vec<u8> {
    match random.below(4) {
        0 => atom(random),
        1 => b"INBOX".to_vec(),
        _ => string(random),
    }
}

fn list(random: &mut Random) -> Vec<u8> {
    let attributes =
        ["\\Noselect", "\\HasNoChildren", "\\Sent", "\\Marked", "\\Noinferiors", "\\Subscribed", "\\Archive"];
    let chosen: Vec<&str> = (0..random.below(4)).map(|_| random.one(&attributes)).collect();
    let delimiter = random.one(&["\"/\"", "\".\"", "\"\\\\\"", "NIL"]);
    let verb = random.one(&["LIST", "LSUB", "list"]);
    join(&[format!("* {verb} ({}) {delimiter} ", chosen.join(" ")).as_bytes(), &astring(random)])
}

fn folder_status(random: &mut Random) -> Vec<u8> {
    let items: Vec<Vec<u8>> = ["MESSAGES ", "UIDNEXT ", "UIDVALIDITY ", "UNSEEN ", "HIGHESTMODSEQ "]
        .into_iter()
        .filter(|_| !random.once_in(3))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|item| join(&[item.as_bytes(), &number(random)]))
        .collect();
    join(&[b"* STATUS ", &astring(random), b" (", &items.join(&b' '), b")"])
}

fn quota(random: &mut Random) -> Vec<u8> {
    if random.once_in(2) {
        let roots: Vec<u8> = (0..random.below(3)).flat_map(|_| join(&[b" ", &astring(random)])).collect();
        return join(&[b"* QUOTAROOT ", &astring(random), &roots]);
    }
    join(&[b"* QUOTA ", &astring(random), b" (STORAGE ", &number(random), b" ", &number(random), b")"])
}

fn id(random: &mut Random) -> Vec<u8> {
    if random.once_in(3) {
        return b"* ID NIL".to_vec();
    }
    let pairs: Vec<Vec<u8>> = ["name", "version", "vendor"]
        .iter()
        .map(|name| join(&[&quoted(name.as_bytes()), b" ", &quoted(&random.octets(TEXT, 9))]))
        .collect();
    join(&[b"* ID (", &pairs.join(&b' '), b")"])
}

fn fetch(random: &mut Random) -> Vec<u8> {
    let mut items = Vec::new();
    for kind in 0..8 {
        if random.once_in(2) {
            continue;
        }
        items.push(match kind {
            0 => join(&[b"UID ", &number(random)]),
            1 => join(&[b"FLAGS ", &flags(random)]),
            2 => b"INTERNALDATE \"17-Jul-1996 02:44:25 -0700\"".to_vec(),
            3 => join(&[b"RFC822.SIZE ", &number(random)]),
            4 => join(&[b"MODSEQ (", &number(random), b")"]),
            5 => join(&[b"BODY[] ", &if random.once_in(4) { b"NIL".to_vec() } else { string(random) }]),
            6 => join(&[b"BODY[HEADER] ", &string(random)]),
            _ => join(&[b"BODY[HEADER.FIELDS (TO SUBJECT)] ", &string(random)]),
        });
    }
    if items.is_empty() {
        items.push(b"UID 1".to_vec());
    }
    let turn = random.below(items.len());
    items.rotate_left(turn);
    join(&[b"* ", &number(random), b" FETCH (", &items.join(&b' '), b")"])
}
