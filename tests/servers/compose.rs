//! # Compose
//! Writes mail that looks alive: many hops, several languages, attachments, threads; about as large as wanted.

use std::sync::OnceLock;

use super::date;
use super::random::Random;

const NAMES: [&str; 12] = [
    "Anna Schmidt",
    "Jürgen Müller",
    "Marie Dupont",
    "John Smith",
    "田中 太郎",
    "Иван Петров",
    "Siobhán O'Neill",
    "José García",
    "Łukasz Nowak",
    "Ελένη Παππά",
    "Support",
    "No Reply",
];
const DOMAINS: [&str; 5] = ["example.com", "example.org", "mail.example.net", "firma.example", "lists.example.org"];
const TEXTS: [&str; 6] = [
    "Please find the report attached. The budget for next quarter is on page three. Shall we meet on Tuesday? \
     Kind regards from the office. Thanks for the quick answer. The server will be down on Sunday from ten to twelve.",
    "Vielen Dank für die schnelle Antwort. Die Rechnung liegt bei, die Zeichnung folgt morgen. Mit freundlichen Grüßen. \
     Könnten wir den Termin auf Donnerstag verschieben? Die Übergabe ist für März geplant.",
    "Bonjour à tous. Voici le compte rendu de la réunion. Merci de confirmer votre présence avant vendredi. \
     L'été prochain nous déménageons. Très cordialement.",
    "会議の資料を添付します。ご確認ください。請求書は来週お送りします。よろしくお願いいたします。",
    "Добрый день. Договор и счёт во вложении. Пожалуйста, подтвердите получение. С уважением.",
    "Καλημέρα. Σας στέλνω την προσφορά. Περιμένω την απάντησή σας. Με εκτίμηση.",
];
const SUBJECTS: [&str; 10] = [
    "Quarterly report",
    "Rechnung für März",
    "Compte rendu de la réunion",
    "会議の資料",
    "Договор и счёт",
    "Προσφορά",
    "Re: Budget",
    "Fwd: Server maintenance",
    "AW: Terminverschiebung",
    "Your order",
];
const FILES: [&str; 5] = ["report.pdf", "scan 01.jpg", "=?UTF-8?Q?Zeichnung=C3=BC.dwg?=", "data.xlsx", "photo.png"];
const ZONES: [&str; 5] = ["+0000", "+0100", "-0700", "+0900", "+0530"];

/// Whether a message bears a Message-ID; one in a hundred real ones does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// With this unique part.
    Id(u64),
    /// None.
    Anonymous,
}

/// A message of about `wanted` octets (never much above) from the moment `sent`, lines ended by CRLF.
#[must_use]
pub fn compose(random: &mut Random, wanted: usize, sent: i64, identity: Identity) -> Vec<u8> {
    let mut out = String::new();
    hops(random, sent, &mut out);
    out.push_str(&format!("From: {}\r\nTo: {}", person(random), person(random)));
    for _ in 0..random.pick(&[0_u8, 0, 0, 1, 4]) {
        out.push_str(&format!(",\r\n {}", person(random)));
    }
    let subject = encoded(random.pick(&SUBJECTS));
    out.push_str(&format!("\r\nSubject: {subject}\r\nDate: {}\r\n", date::mail(sent, random.pick(&ZONES))));
    if let Identity::Id(id) = identity {
        let name = random.pick(&["Message-ID", "Message-ID", "Message-Id"]);
        out.push_str(&format!("{name}: <{id:016x}@{}>\r\n", random.pick(&DOMAINS)));
        if random.in_thousand(300) {
            out.push_str(&format!("In-Reply-To: <{:016x}@example.org>\r\n", random.draw()));
        }
    }
    out.push_str("MIME-Version: 1.0\r\n");
    let room = wanted.saturating_sub(out.len());
    let mut octets = out.into_bytes();
    if room > 30_000 || (room > 3_000 && random.in_thousand(300)) {
        with_attachment(random, room, &mut octets);
    } else {
        octets.extend_from_slice(b"Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
        text(random, room.saturating_sub(90), &mut octets);
    }
    octets
}

fn hops(random: &mut Random, sent: i64, out: &mut String) {
    out.push_str(&format!("Return-Path: <bounce-{}@{}>\r\n", random.below(1_000_000), random.pick(&DOMAINS)));
    for hop in 0..=random.below(3) {
        out.push_str(&format!(
            "Received: from mx{}.{} ([192.0.2.{}])\r\n\tby in{hop}.example.com with ESMTPS id {:010X}\r\n\tfor <user@example.com>; {}\r\n",
            random.below(9),
            random.pick(&DOMAINS),
            random.below(255),
            random.below(1 << 40),
            date::mail(sent, "+0000"),
        ));
    }
    if random.in_thousand(500) {
        let signature: String = (0..4).map(|_| format!("{:016x}", random.draw())).collect();
        out.push_str(&format!(
            "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=k1;\r\n\tbh={signature};\r\n\tb={signature}\r\n"
        ));
    }
}

fn with_attachment(random: &mut Random, room: usize, out: &mut Vec<u8>) {
    let boundary = format!("=_{:016x}", random.draw());
    let file = random.pick(&FILES);
    let head = format!(
        "Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n\
         Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    );
    out.extend_from_slice(head.as_bytes());
    let words = (room / 4).min(3_000);
    text(random, words, out);
    let part = format!(
        "\r\n--{boundary}\r\nContent-Type: application/octet-stream; name=\"{file}\"\r\n\
         Content-Disposition: attachment; filename=\"{file}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    out.extend_from_slice(part.as_bytes());
    attachment(random, room.saturating_sub(words + 450), out);
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
}

fn person(random: &mut Random) -> String {
    let name = random.pick(&NAMES);
    let name = if name.is_ascii() { format!("\"{name}\"") } else { encoded(name) };
    format!("{name} <u{}@{}>", random.below(2000), random.pick(&DOMAINS))
}

/// As an encoded word (RFC 2047) unless it is plain ASCII.
fn encoded(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { format!("=?UTF-8?B?{}?=", base64(text.as_bytes())) }
}

/// Sentences of one language, three or so a line, with a quotation and a line that begins with `From ` now and then.
fn text(random: &mut Random, octets: usize, out: &mut Vec<u8>) {
    let end = out.len() + octets;
    let sentences: Vec<&str> = random.pick(&TEXTS).split_inclusive(['.', '。', '?']).map(str::trim).collect();
    while out.len() < end {
        let start = random.pick(&["", "", "", "", "", "", "> ", "From here on: ", "."]);
        out.extend_from_slice(start.as_bytes());
        for _ in 0..=random.below(3) {
            out.extend_from_slice(random.pick(&sentences).as_bytes());
            out.push(b' ');
        }
        out.extend_from_slice(random.pick(&["\r\n", "\r\n", "\r\n\r\n"]).as_bytes());
    }
}

const LINE: usize = 78;

/// Lines of base64 cut from one pool of two megabytes, so that a bench does not measure the generator.
fn attachment(random: &mut Random, octets: usize, out: &mut Vec<u8>) {
    static POOL: OnceLock<Vec<u8>> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        let mut random = Random::new(0, 0, 0);
        let line = |_| {
            let raw: Vec<u8> = (0..8).flat_map(|_| random.draw().to_le_bytes()).take(57).collect();
            format!("{}\r\n", base64(&raw)).into_bytes()
        };
        (0..26_000).flat_map(line).collect()
    });
    let mut left = octets / LINE * LINE;
    while left > 0 {
        let start = random.index(pool.len() / LINE) * LINE;
        let piece = pool.get(start..(start + left).min(pool.len())).unwrap_or_default();
        out.extend_from_slice(piece);
        left -= piece.len();
    }
}

fn base64(octets: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in octets.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for sextet in 0..4 {
            let at = usize::try_from(bits >> (18 - 6 * sextet) & 63).unwrap_or(0);
            let octet = ALPHABET.get(at).copied().filter(|_| sextet <= three.len()).unwrap_or(b'=');
            out.push(char::from(octet));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded_as_the_rfc_wants() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn a_message_has_about_the_wanted_size_and_only_whole_lines() {
        for wanted in [2_000, 20_000, 200_000, 5_000_000] {
            let octets = compose(&mut Random::new(1, 2, 3), wanted, 1_500_000_000, Identity::Id(7));
            assert!(octets.len().abs_diff(wanted) < 1_000, "{wanted}: {}", octets.len());
            assert!(octets.ends_with(b"\r\n"));
            let bare = octets.windows(2).filter(|two| (two[0] == b'\r') != (two[1] == b'\n')).count();
            assert_eq!(bare, 0);
        }
    }
}
