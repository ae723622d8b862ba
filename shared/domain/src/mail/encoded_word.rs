//! # Encoded word
//! Text in a header that is not ASCII (RFC 2047), decoded. Linear time, no failure: what is no sound encoded word stays.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;

/// Octets of adjacent encoded words in one charset. They are decoded together: many senders cut inside a character.
struct Run {
    charset: String,
    octets: Vec<u8>,
}

/// Decodes the encoded words in `value`; blanks between two of them are dropped (RFC 2047 §6.2).
///
/// More is taken than the RFC allows, since senders do it: words that touch other text, blanks inside a word.
pub fn decode(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut run: Option<Run> = None;
    let mut rest = value;
    while let Some((before, opened)) = rest.split_once("=?") {
        let Some((word, after)) = word(opened) else {
            text.extend([end(run.take()).as_str(), before, "=?"]);
            rest = opened;
            continue;
        };
        let adjacent = run.is_some() && before.trim_ascii().is_empty();
        match &mut run {
            Some(run) if adjacent && run.charset == word.charset => run.octets.extend(word.octets),
            _ => {
                text.extend([end(run.replace(word)).as_str(), if adjacent { "" } else { before }]);
            }
        }
        rest = after;
    }
    text.extend([end(run).as_str(), rest]);
    text
}

fn end(run: Option<Run>) -> String {
    run.map_or_else(String::new, |run| in_charset(&run.charset, &run.octets))
}

/// `charset?encoding?text?=`: the charset in lower case without its language (RFC 2231 §5), the octets, what follows.
/// Each part ends at the next `?`, so a run of broken words is not read over and over.
fn word(opened: &str) -> Option<(Run, &str)> {
    let (charset, rest) = opened.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (coded, rest) = rest.split_once('?')?;
    let after = rest.strip_prefix('=')?;
    let charset = charset.split('*').next().filter(|name| !name.is_empty())?;
    if !charset.bytes().all(|octet| octet.is_ascii_graphic()) {
        return None;
    }
    let octets = match encoding {
        "q" | "Q" => quoted(coded.as_bytes()),
        "b" | "B" => base64_decode(coded.as_bytes())?,
        _ => return None,
    };
    Some((Run { charset: charset.to_ascii_lowercase(), octets }, after))
}

/// The Q encoding (RFC 2047 §4.2). `=` without two hex digits stands for itself.
fn quoted(coded: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(coded.len());
    let mut rest = coded;
    while let Some((&octet, after)) = rest.split_first() {
        let (decoded, after) = match (octet, after) {
            (b'_', _) => (b' ', after),
            (b'=', [high, low, behind @ ..]) => hex(*high, *low).map_or((octet, after), |octet| (octet, behind)),
            _ => (octet, after),
        };
        octets.push(decoded);
        rest = after;
    }
    octets
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |octet: u8| char::from(octet).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

fn in_charset(charset: &str, octets: &[u8]) -> String {
    match charset_decoder(charset.as_bytes()) {
        Some(decode) => decode(octets),
        None => String::from_utf8_lossy(octets).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn encoded_words_are_decoded_and_the_rest_stays() {
        for (value, text) in [
            ("plain", "plain"),
            ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
            ("=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße"),
            ("=?iso-8859-1*de?q?Gr=FC=DFe_aus?= Wien", "Grüße aus Wien"),
            ("Re: =?utf-8?Q?a?= =?utf-8?Q?b?= c", "Re: ab c"),
            ("=?utf-8?B?w7?= =?utf-8?B?!!?= x", "\u{fffd} =?utf-8?B?!!?= x"),
            ("a =?utf-8?Q??= =?utf-8?Q?b?=", "a b"),
            ("=?utf-8?B?8J+Q?= =?utf-8?B?jg==?=", "🐎"),
            ("=?utf-8?Q?=C3?=  =?UTF-8?Q?=BC?=", "ü"),
            ("=?utf-8?Q?a?= =?iso-8859-1?Q?=FC?=", "aü"),
            ("x=?utf-8?Q?a b?=y", "xa by"),
            ("=?utf-8?Q?100=_=4?=", "100= =4"),
            ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
            ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
            ("=??Q?abc?=", "=??Q?abc?="),
            ("=?utf-8?Q?no end", "=?utf-8?Q?no end"),
            ("=?utf-8?Q?a?= =?broken", "a =?broken"),
            ("=?unknown-8bit?Q?abc?=", "abc"),
            ("=?=?utf-8?Q?a?=", "=?a"),
            ("", ""),
        ] {
            assert_eq!(decode(value), text, "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(value in any::<String>(), words in "(=\\?|\\?=|utf-8|\\?[qbQB]\\?|[=A-F0-9 _]){0,30}") {
            let _ = (decode(&value), decode(&words));
        }

        #[test]
        fn no_octets_in_any_charset_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..12), escapes in "[\x1b$(BJ@~{}A-C+]{0,12}") {
            for charset in [
                "utf-7", "utf-16", "utf-16le", "utf-16be", "shift_jis", "big5", "euc-jp", "euc-kr", "iso-2022-jp", "gbk",
                "gb18030", "gb2312", "iso-2022-kr", "hz-gb-2312", "x-user-defined", "x-mac-cyrillic", "windows-1258",
                "iso-8859-8", "tis-620", "macintosh", "cp850", "us-ascii",
            ] {
                let _ = (in_charset(charset, &octets), in_charset(charset, escapes.as_bytes()));
            }
        }
    }
}
