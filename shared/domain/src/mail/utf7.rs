//! # Modified UTF-7
//! How folder names spell what is not ASCII (RFC 3501 §5.1.3): `&` opens, `-` closes, between them UTF-16BE in base64
//! with `,` for `/`; `&-` is `&`.

/// One stretch of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the octets mean.
    Text(String),
    /// An octet that means nothing: an `&` that opens no sound sequence, or one that is not ASCII.
    Undecodable(u8),
}

/// The text of a name; none when anything in it is unsound (odd length, half a surrogate pair, no closing `-`, bits left
/// over, an octet that is not ASCII).
///
/// Sequences that are sound but not canonical (two in a row, ASCII in base64) are taken: old clients wrote them.
pub fn decode(name: &[u8]) -> Option<String> {
    parts(name)
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => Some(text),
            Part::Undecodable(_) => None,
        })
        .collect()
}

/// A name stretch by stretch. After an unsound `&` reading goes on with the octet behind it.
pub fn parts(name: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        match octet {
            b'&' => match shifted(after) {
                Some((text, length)) => {
                    parts.push(Part::Text(text));
                    rest = after.get(length..).unwrap_or_default();
                }
                None => parts.push(Part::Undecodable(octet)),
            },
            0..=0x7f => match parts.last_mut() {
                Some(Part::Text(text)) => text.push(char::from(octet)),
                _ => parts.push(Part::Text(char::from(octet).to_string())),
            },
            _ => parts.push(Part::Undecodable(octet)),
        }
    }
    parts
}

/// The canonical spelling of any text.
pub fn encode(text: &str) -> Vec<u8> {
    let mut name = Vec::with_capacity(text.len());
    let mut wide: Vec<u16> = Vec::new();
    for char in text.chars() {
        if matches!(char, ' '..='~') {
            close(&mut wide, &mut name);
            name.extend_from_slice(if char == '&' { b"&-" } else { &[] });
            name.extend(u8::try_from(char).ok().filter(|&octet| octet != b'&'));
        } else {
            wide.extend_from_slice(char.encode_utf16(&mut [0; 2]));
        }
    }
    close(&mut wide, &mut name);
    name
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// The text of the sequence behind an `&`, and how many octets it takes, the closing `-` included.
fn shifted(after: &[u8]) -> Option<(String, usize)> {
    // Base64 has no `-`, so the first octet outside it must be the closing one; what follows is not looked at.
    let length = after.iter().position(|&octet| sextet(octet).is_none())?;
    let (coded, closing) = after.split_at_checked(length)?;
    if closing.first() != Some(&b'-') {
        return None;
    }
    let text = if coded.is_empty() { "&".to_owned() } else { wide(coded)? };
    Some((text, length + 1))
}

fn wide(coded: &[u8]) -> Option<String> {
    let (mut units, mut bits, mut held) = (Vec::new(), 0u32, 0u32);
    for &octet in coded {
        bits = (bits << 6) | u32::from(sextet(octet)?);
        held += 6;
        if held >= 16 {
            held -= 16;
            units.push(u16::try_from(bits >> held).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    let padded = held < 6 && bits == 0;
    String::from_utf16(&units).ok().filter(|_| padded)
}

fn sextet(octet: u8) -> Option<u8> {
    match octet {
        b'A'..=b'Z' => Some(octet - b'A'),
        b'a'..=b'z' => Some(octet - b'a' + 26),
        b'0'..=b'9' => Some(octet - b'0' + 52),
        b'+' => Some(62),
        b',' => Some(63),
        _ => None,
    }
}

/// Writes what was gathered as one sequence.
fn close(wide: &mut Vec<u16>, name: &mut Vec<u8>) {
    if wide.is_empty() {
        return;
    }
    name.push(b'&');
    let (mut bits, mut held) = (0u32, 0u32);
    for unit in wide.drain(..) {
        bits = (bits << 16) | u32::from(unit);
        held += 16;
        while held >= 6 {
            held -= 6;
            name.push(letter(bits >> held));
            bits &= (1 << held) - 1;
        }
    }
    if held > 0 {
        name.push(letter(bits << (6 - held)));
    }
    name.push(b'-');
}

fn letter(sextet: u32) -> u8 {
    usize::try_from(sextet & 63).ok().and_then(|index| ALPHABET.get(index)).copied().unwrap_or(b'A')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_spelled_as_the_rfc_spells_them() {
        for (text, name) in [
            ("INBOX", "INBOX"),
            ("R&D", "R&-D"),
            ("&", "&-"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("Отправленные", "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"),
            ("🐎", "&2D3cDg-"),
            ("a🐎b", "a&2D3cDg-b"),
            ("tab\there", "tab&AAk-here"),
            ("", ""),
        ] {
            assert_eq!(String::from_utf8(encode(text)).unwrap(), name);
            assert_eq!(decode(name.as_bytes()).as_deref(), Some(text), "{name}");
        }
    }

    #[test]
    fn sound_but_odd_spellings_are_taken() {
        for (name, text) in [("&AOk-&AOk-", "éé"), ("&AGEA6Q-", "aé"), ("&AC8-", "/"), ("a-b-", "a-b-")] {
            assert_eq!(decode(name.as_bytes()).as_deref(), Some(text));
        }
    }

    #[test]
    fn unsound_spellings_are_refused() {
        for name in [
            &b"&"[..],
            b"R&D",
            b"&APw",
            b"&APw rfe-",
            b"&A-",
            b"&AP-",
            b"&APx-",
            b"&APwA-",
            b"&APwAA-",
            b"&2D0-",
            b"&3A4-",
            b"&3A7YPQ-",
            b"&AP/-",
            b"Entw\xfcrfe",
            b"&\xfc-",
        ] {
            assert_eq!(decode(name), None, "{}", name.escape_ascii());
        }
    }

    #[test]
    fn what_is_sound_around_an_unsound_octet_is_kept() {
        let text = |text: &str| Part::Text(text.to_owned());
        assert_eq!(
            parts(b"R&D &APw-\xe9!"),
            [text("R"), Part::Undecodable(b'&'), text("D "), text("ü"), Part::Undecodable(0xe9), text("!")]
        );
    }

    #[test]
    fn a_long_hostile_name_takes_linear_time() {
        assert_eq!(decode(&b"&AAAA".repeat(200_000)), None);
        assert_eq!(decode(&b"&".repeat(1_000_000)), None);
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let name = encode(&text);
            prop_assert!(name.iter().all(|octet| (b' '..=b'~').contains(octet)));
            prop_assert_eq!(decode(&name), Some(text));
        }

        #[test]
        fn decoding_never_panics(name in proptest::collection::vec(any::<u8>(), 0..60), ascii in "[&A-Ca-c+,-]{0,20}") {
            let _ = decode(&name);
            if let Some(text) = decode(ascii.as_bytes()) {
                prop_assert_eq!(decode(&encode(&text)), Some(text));
            }
        }
    }
}
