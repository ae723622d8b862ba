//! # Login
//! Greeting, capabilities, ID, LOGIN and AUTHENTICATE PLAIN.

use super::at::{Event, Moment};
use super::fault::Fault;
use super::profile::Announce;
use super::quirk::Quirk;
use super::request::Request;
use super::session::{Answer, Pipe, Seat, Session};
use super::wire::Gone;
use super::words::Words;

impl<S: Pipe> Session<S> {
    /// The greeting; `PREAUTH …` logs the first user in.
    pub async fn greet(&mut self) -> Result<(), Gone> {
        let event = Event { moment: Moment::Greeting, folder: None, uid: None, octets: None };
        let faults = self.shared.with(|state| state.strike(&event));
        let mut greeting = format!("* {}", self.shared.with(|state| state.profile.greeting.clone()));
        for fault in faults {
            match fault {
                Fault::Answer(text) => greeting = text,
                Fault::Stall(time) => tokio::time::sleep(time).await,
                Fault::Close => return Err(Gone),
                _ => {}
            }
        }
        if greeting.starts_with("BYE") {
            self.say(format!("* {greeting}"));
            return Err(Gone);
        }
        if greeting.starts_with("* PREAUTH") || greeting.starts_with("PREAUTH") {
            let first = self.shared.with(|state| state.mailboxes.keys().next().cloned()).unwrap_or_default();
            self.seat = Seat::take(&self.shared, &first);
        }
        let greeting = match greeting.as_str() {
            text if text.starts_with("OK") || text.starts_with("PREAUTH") => format!("* {text}"),
            text => text.to_owned(),
        };
        self.say(self.greeting_with_code(greeting));
        self.wire.flush().await
    }

    fn greeting_with_code(&self, greeting: String) -> String {
        let line = self.capability_line();
        self.shared.with(|state| match greeting.strip_prefix("* OK ") {
            Some(text) if state.profile.announce == Announce::InCodes && !text.starts_with('[') => {
                format!("* OK [{line}] {text}")
            }
            _ => greeting,
        })
    }

    /// CAPABILITY.
    pub fn capability(&mut self) -> String {
        let line = self.capability_line();
        self.say(format!("* {line}"));
        "OK Capability completed.".to_owned()
    }

    fn capability_line(&self) -> String {
        let inside = self.seat.is_some();
        self.shared.with(|state| {
            let profile = &state.profile;
            let mut list = if inside { profile.capabilities.clone() } else { profile.before_login.clone() };
            if !inside && (profile.is(Quirk::AnnouncesStartTls) || profile.is(Quirk::LoginDisabled)) {
                list.push("STARTTLS".to_owned());
            }
            if !inside && profile.is(Quirk::LoginDisabled) {
                list.push("LOGINDISABLED".to_owned());
            }
            format!("CAPABILITY {}", list.join(" "))
        })
    }

    /// ID (RFC 2971).
    pub fn identify(&mut self, request: &Request) -> String {
        if !self.can("ID") {
            return self.syntax(request);
        }
        let mut words = Words::new(&request.rest);
        let pairs = words.list();
        self.identified = pairs.is_some_and(|pairs| !pairs.is_empty());
        self.say("* ID (\"name\" \"world\")");
        "OK ID completed.".to_owned()
    }

    /// LOGIN.
    pub fn login(&mut self, request: &Request) -> String {
        let mut words = Words::new(&request.rest);
        let user = words.astring();
        let password = words.space().and_then(|()| words.astring());
        match (user, password) {
            (Some(user), Some(password)) if words.is_empty() => self.enter(&user, &password),
            _ => self.syntax(request),
        }
    }

    /// AUTHENTICATE PLAIN, with or without initial response (RFC 4959).
    pub async fn authenticate(&mut self, request: &Request) -> Answer {
        let mut words = Words::new(&request.rest);
        let mechanism = words.keyword();
        if mechanism.as_deref() != Some("PLAIN") {
            return Ok("NO [CANNOT] Unsupported authentication mechanism.".to_owned());
        }
        let response = if words.space().is_some() {
            words.rest().to_vec()
        } else {
            self.say("+ ");
            self.wire.line().await?.text
        };
        let Some(plain) = base64(&response) else {
            return Ok(self.syntax(request));
        };
        let mut parts = plain.split(|octet| *octet == 0).skip(1);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(user), Some(password), None) => Ok(self.enter(user, password)),
            _ => Ok(self.syntax(request)),
        }
    }

    fn enter(&mut self, user: &[u8], password: &[u8]) -> String {
        if self.seat.is_some() {
            return "BAD Already logged in.".to_owned();
        }
        let (words, disabled) = self.shared.with(|state| (state.profile.words, state.profile.is(Quirk::LoginDisabled)));
        if disabled {
            return "NO [PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections."
                .to_owned();
        }
        let user = String::from_utf8_lossy(user).into_owned();
        let known = self.shared.with(|state| state.mailboxes.get(&user).map(|mailbox| mailbox.password.clone()));
        if known.is_none_or(|known| known.as_bytes() != password) {
            return words.wrong_password.to_owned();
        }
        match Seat::take(&self.shared, &user) {
            Some(seat) => self.seat = Some(seat),
            None => return words.too_many_connections.to_owned(),
        }
        self.welcome()
    }

    fn welcome(&mut self) -> String {
        let line = self.capability_line();
        match self.shared.with(|state| state.profile.announce) {
            Announce::InCodes => format!("OK [{line}] Logged in"),
            Announce::BeforeOk => {
                self.say(format!("* {line}"));
                "OK Logged in".to_owned()
            }
            Announce::OnDemand => "OK LOGIN completed".to_owned(),
        }
    }

    /// ENABLE (RFC 5161).
    pub fn enable(&mut self, request: &Request) -> String {
        if !self.can("ENABLE") {
            return self.syntax(request);
        }
        let asked = String::from_utf8_lossy(&request.rest).to_ascii_uppercase();
        let known: Vec<&str> = asked.split(' ').filter(|word| self.can(word) && *word == "CONDSTORE").collect();
        let uid_only = asked.split(' ').any(|word| word == "UIDONLY") && self.can("UIDONLY");
        let known: Vec<&str> = known.into_iter().chain(uid_only.then_some("UIDONLY")).collect();
        self.uid_only |= uid_only;
        self.condstore |= known.contains(&"CONDSTORE");
        self.say(format!("* ENABLED {}", known.join(" ")).trim_end());
        "OK Enabled.".to_owned()
    }
}

/// Decodes base64 (RFC 4648).
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_suffix(b"==").or(text.strip_suffix(b"=")).unwrap_or(text);
    let mut out = Vec::new();
    let (mut gathered, mut bits) = (0u32, 0u32);
    for letter in text {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        gathered = (gathered << 6 | u32::from(six)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(gathered >> bits & 0xFF).ok()?);
        }
    }
    Some(out)
}
