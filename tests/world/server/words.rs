//! # Words
//! A cursor over one command as it came, literals included: atoms, strings, lists, numbers (RFC 3501 §9).

/// What is left of a command.
#[derive(Debug, Clone)]
pub struct Words<'a> {
    rest: &'a [u8],
}

/// A literal announced at the end of a line: `{12}`, `{12+}`, `~{12}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced {
    pub size: u64,
    /// The client waits for our `+` before it sends.
    pub waits: bool,
    pub binary: bool,
}

impl<'a> Words<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Words { rest: text }
    }

    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes this octet if it is next.
    pub fn eat(&mut self, octet: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == octet => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes one blank; `None` if there is none.
    pub fn space(&mut self) -> Option<()> {
        self.eat(b' ').then_some(())
    }

    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The octets up to the first that `stop` accepts, possibly none.
    pub fn until(&mut self, stop: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|octet| stop(*octet)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// An atom, also one with `]`, `*` and `%` (list patterns, response-like words).
    pub fn atom(&mut self) -> Option<&'a [u8]> {
        let word = self.until(|octet| octet <= b' ' || octet == 0x7f || b"(){\"".contains(&octet));
        (!word.is_empty()).then_some(word)
    }

    /// An atom in upper case.
    pub fn keyword(&mut self) -> Option<String> {
        self.atom().map(|word| String::from_utf8_lossy(word).to_ascii_uppercase())
    }

    pub fn number(&mut self) -> Option<u64> {
        let digits = self.until(|octet| !octet.is_ascii_digit());
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// An atom, a quoted string or a literal.
    pub fn astring(&mut self) -> Option<Vec<u8>> {
        match self.peek()? {
            b'"' => self.quoted(),
            b'{' => self.literal(),
            _ => self.atom().map(<[u8]>::to_vec),
        }
    }

    fn quoted(&mut self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        self.rest = self.rest.get(1..)?;
        loop {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            match first {
                b'"' => return Some(text),
                b'\\' => {
                    let (escaped, rest) = self.rest.split_first()?;
                    self.rest = rest;
                    text.push(*escaped);
                }
                other => text.push(*other),
            }
        }
    }

    fn literal(&mut self) -> Option<Vec<u8>> {
        let end = self.rest.iter().position(|octet| *octet == b'\n')?;
        let head = self.rest.get(..end)?.strip_suffix(b"\r")?;
        let size = usize::try_from(announced(head)?.size).ok()?;
        let body = self.rest.get(end + 1..)?;
        let text = body.get(..size)?.to_vec();
        self.rest = body.get(size..)?;
        Some(text)
    }

    /// The words inside parentheses, each an astring; `None` if it is not such a list.
    pub fn list(&mut self) -> Option<Vec<Vec<u8>>> {
        self.eat(b'(').then_some(())?;
        let mut words = Vec::new();
        while !self.eat(b')') {
            if !words.is_empty() {
                self.space()?;
            }
            words.push(self.astring_in_list()?);
        }
        Some(words)
    }

    fn astring_in_list(&mut self) -> Option<Vec<u8>> {
        match self.peek()? {
            b'"' | b'{' => self.astring(),
            _ => {
                let word = self.until(|octet| octet <= b' ' || b"()\"".contains(&octet));
                (!word.is_empty()).then(|| word.to_vec())
            }
        }
    }
}

/// The literal that a line announces at its end.
pub fn announced(line: &[u8]) -> Option<Announced> {
    let inner = line.strip_suffix(b"}")?;
    let open = inner.iter().rposition(|octet| *octet == b'{')?;
    let digits = inner.get(open + 1..)?;
    let (digits, waits) = match digits.strip_suffix(b"+") {
        Some(digits) => (digits, false),
        None => (digits, true),
    };
    let size = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let binary = open.checked_sub(1).and_then(|before| inner.get(before)) == Some(&b'~');
    Some(Announced { size, waits, binary })
}

/// The line without the literal it announces.
pub fn before_literal(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|octet| *octet == b'{').unwrap_or(line.len());
    let head = line.get(..end).unwrap_or_default();
    head.strip_suffix(b"~").unwrap_or(head)
}
