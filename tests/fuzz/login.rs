//! # Login
//! Nothing in a user or a password makes a second command or another login: 100,000 of them, at a server that reads as
//! strictly as the RFC has it. What no login can carry is refused before anything is sent.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use posthorse_domain::migration::{Side, Trouble};
use posthorse_domain::ports::Secret;
use posthorse_imap::connect::login_over;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};

use crate::random::Random;

const NASTY: &[u8] = b"\"\"\\\\{}{}+-0123 ()[]*%aA1 LOGOUT NOOP~&\x7f\t";

/// The login that a server believes to have heard, and whatever else was said.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    login: Option<(Vec<u8>, Vec<u8>)>,
    others: Vec<String>,
}

/// Greets, takes one login, says OK to all, and tells what it heard once the client has gone.
async fn serve(stream: DuplexStream, plain_only: bool) -> Heard {
    let (reader, mut writer) = tokio::io::split(stream);
    let (mut reader, mut heard) = (BufReader::new(reader), Heard::default());
    let offer = if plain_only { "IMAP4rev1 LOGINDISABLED AUTH=PLAIN" } else { "IMAP4rev1 AUTH=PLAIN" };
    // Whoever has nothing to say that can be said is gone already.
    if writer.write_all(format!("* OK [CAPABILITY {offer}] ready\r\n").as_bytes()).await.is_err() {
        return heard;
    }
    while let Some(line) = line(&mut reader).await {
        let text = String::from_utf8(line).expect("octets outside ASCII in a command");
        let (tag, rest) = text.split_once(' ').expect("a command has a tag");
        assert!(!tag.is_empty() && tag.bytes().all(|octet| octet.is_ascii_alphanumeric()), "{text:?}");
        if let Some(strings) = rest.strip_prefix("LOGIN ") {
            assert_eq!(heard.login.replace(quoted_pair(strings)), None, "a second login");
        } else if rest == "AUTHENTICATE PLAIN" {
            writer.write_all(b"+ \r\n").await.unwrap();
            let answer = BASE64.decode(self::line(&mut reader).await.unwrap()).expect("base64");
            let fields: Vec<&[u8]> = answer.split(|octet| *octet == 0).collect();
            let [b"", user, password] = fields[..] else { panic!("{answer:?}") };
            assert_eq!(heard.login.replace((user.to_vec(), password.to_vec())), None, "a second login");
        } else {
            heard.others.push(rest.to_owned());
        }
        writer.write_all(format!("{tag} OK [CAPABILITY IMAP4rev1] done\r\n").as_bytes()).await.unwrap();
    }
    heard
}

/// A line without its end, which is CR LF; none when the client has gone.
async fn line(reader: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    if reader.read_until(b'\n', &mut line).await.ok()? == 0 {
        return None;
    }
    let whole = line.strip_suffix(b"\r\n").expect("a line ends with CR LF");
    assert!(!whole.contains(&b'\r') && !whole.contains(&0), "{}", whole.escape_ascii());
    Some(whole.to_vec())
}

/// `"…" "…"` (RFC 9051 §9) and nothing behind it.
fn quoted_pair(text: &str) -> (Vec<u8>, Vec<u8>) {
    let (first, rest) = quoted(text);
    let (second, rest) = quoted(rest.strip_prefix(' ').expect("a space between two strings"));
    assert_eq!(rest, "", "something behind the password");
    (first, second)
}

fn quoted(text: &str) -> (Vec<u8>, &str) {
    let mut inside = Vec::new();
    let mut letters = text.strip_prefix('"').expect("a quoted string").char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (inside, &text[at + 2..]),
            '\\' => {
                let (_, escaped) = letters.next().expect("something is escaped");
                assert!(matches!(escaped, '"' | '\\'), "{text:?}");
                inside.push(u8::try_from(escaped).unwrap());
            }
            ' '..='~' => inside.push(u8::try_from(letter).unwrap()),
            _ => panic!("{letter:?} in a quoted string"),
        }
    }
    panic!("no end: {text:?}")
}

fn text(random: &mut Random) -> String {
    let mut octets = random.octets(NASTY, 20);
    octets.push(b'x');
    let mut text = String::from_utf8(octets).unwrap();
    if random.once_in(4) {
        text.insert(0, 'ü');
    }
    // Now and then what would end the line, or separate the fields of PLAIN.
    if random.once_in(5) {
        let at = random.below(text.chars().count());
        let at = text.char_indices().nth(at).map_or(0, |(at, _)| at);
        text.insert_str(at, random.one(&["\r", "\n", "\0", "\r\n", "\r\na2 LOGOUT\r\n"]));
    }
    text
}

#[test]
fn a_user_or_password_makes_no_second_command() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut carried, mut refused, mut by_plain) = (0, 0, 0);
    runtime.block_on(async {
        for seed in 0..100_000 {
            let random = &mut Random::new(seed);
            let (user, password) = (text(random), text(random));
            let unspeakable = [&user, &password].iter().any(|text| text.contains(['\r', '\n', '\0']));
            let plain_only = random.once_in(3);
            let (ours, theirs) = duplex(1_024);
            let login = async {
                let (secret, patience) = (Secret::new(password.clone()), Duration::from_secs(60));
                let ready =
                    login_over(Box::new(ours), Side::Source, "mail.example", &user, &secret, None, patience).await;
                ready.map(drop)
            };
            let (ended, heard) = tokio::join!(login, serve(theirs, plain_only));
            if unspeakable {
                let failure = ended.expect_err("a login that nobody can say");
                assert_eq!((failure.trouble, heard), (Trouble::Auth, Heard::default()), "{user:?} {password:?}");
                refused += 1;
                continue;
            }
            assert_eq!(ended.map_err(|failure| failure.cause), Ok(()), "{user:?} {password:?}");
            assert_eq!(heard.login, Some((user.clone().into_bytes(), password.clone().into_bytes())));
            assert_eq!(heard.others, Vec::<String>::new(), "{user:?} {password:?}");
            by_plain += u32::from(plain_only || !user.is_ascii() || !password.is_ascii());
            carried += 1;
        }
    });
    assert!(carried > 50_000 && refused > 20_000 && by_plain > 10_000, "{carried} {refused} {by_plain}");
}
