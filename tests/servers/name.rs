//! # Name
//! Folder names on the wire: modified UTF-7 (RFC 9051 §A.1, once RFC 3501 §5.1.3), prefix and delimiter.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// One name in modified UTF-7.
#[must_use]
pub fn encode(name: &str) -> String {
    let mut out = String::new();
    let mut shifted: Vec<u8> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut shifted, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            shifted.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut shifted, &mut out);
    out
}

/// A whole path as the server spells it, in modified UTF-7; the inbox stays `INBOX`.
#[must_use]
pub fn wire(path: &[String], prefix: &str, delimiter: char) -> String {
    let names: Vec<String> = path.iter().map(|name| encode(name)).collect();
    let joined = names.join(&delimiter.to_string());
    let inbox = joined.eq_ignore_ascii_case("INBOX");
    if inbox { "INBOX".to_owned() } else { format!("{prefix}{joined}") }
}

fn flush(shifted: &mut Vec<u8>, out: &mut String) {
    if shifted.is_empty() {
        return;
    }
    out.push('&');
    for three in shifted.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for sextet in 0..=three.len() {
            let at = usize::try_from(bits >> (18 - 6 * sextet) & 63).unwrap_or(0);
            out.extend(ALPHABET.get(at).map(|&octet| char::from(octet)));
        }
    }
    out.push('-');
    shifted.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_the_rfc_spells_them() {
        for (name, spelled) in [
            ("Sent Messages", "Sent Messages"),
            ("A & B", "A &- B"),
            ("台北", "&U,BTFw-"),
            ("日本語", "&ZeVnLIqe-"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("Été 2019", "&AMk-t&AOk- 2019"),
            ("😀", "&2D3eAA-"),
        ] {
            assert_eq!(encode(name), spelled);
        }
    }

    #[test]
    fn prefix_and_delimiter_are_the_servers() {
        let path = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(wire(&path("inbox"), "INBOX.", '.'), "INBOX");
        assert_eq!(wire(&path("A/B"), "INBOX.", '.'), "INBOX.A.B");
        assert_eq!(wire(&path("A/B"), "", '/'), "A/B");
    }
}
