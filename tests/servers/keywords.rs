//! # Keywords
//! Where a Maildir server keeps flags and keywords: letters in file names, names in a file of the folder.

use std::fs;
use std::io;
use std::path::Path;

use super::mailbox::{Flag, Message};
use super::maildir::{self, Keeper, Owner};

/// The keywords of one folder: their names by number, and for Courier which message has which.
#[derive(Debug)]
pub struct Keywords {
    keeper: Keeper,
    names: Vec<String>,
    lines: Vec<String>,
}

impl Keywords {
    /// What the folder at `at` has already.
    #[must_use]
    pub fn read(at: &Path, keeper: Keeper) -> Self {
        let text = |file: &str| fs::read_to_string(at.join(file)).unwrap_or_default();
        let (names, lines) = match keeper {
            // A line is `0 $Forwarded`: number, name.
            Keeper::Dovecot => {
                let known = text("dovecot-keywords");
                (
                    known.lines().filter_map(|line| line.split_once(' ')).map(|(_, name)| name.to_owned()).collect(),
                    Vec::new(),
                )
            }
            // Names, an empty line, then `FILE:0 2`: file name without flags, numbers.
            Keeper::Courier => {
                let known = text("courierimapkeywords/:list");
                let (names, lines) = known.split_once("\n\n").unwrap_or_default();
                (names.lines().map(str::to_owned).collect(), lines.lines().map(str::to_owned).collect())
            }
        };
        Self { keeper, names, lines }
    }

    /// The flag letters for the file called `base`, in the alphabet's order as the Maildir specification wants them.
    ///
    /// # Errors
    /// When the folder would have more than 26 keywords.
    pub fn letters(&mut self, base: &str, message: &Message) -> io::Result<String> {
        let mut letters: Vec<char> = message.flags.iter().map(|&flag| letter(flag)).collect();
        let numbers: Vec<usize> = message.keywords.iter().map(|name| self.number(name)).collect();
        match self.keeper {
            Keeper::Dovecot => {
                for number in numbers {
                    let letter = ('a'..='z').nth(number);
                    letters.push(letter.ok_or_else(|| io::Error::other("more than 26 keywords in a folder"))?);
                }
            }
            Keeper::Courier if numbers.is_empty() => {}
            Keeper::Courier => {
                let numbers = numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
                self.lines.push(format!("{base}:{numbers}"));
            }
        }
        letters.sort_unstable();
        Ok(letters.into_iter().collect())
    }

    /// Writes the names back.
    ///
    /// # Errors
    /// When writing fails.
    pub fn save(&self, at: &Path, owner: Owner) -> io::Result<()> {
        if self.names.is_empty() {
            return Ok(());
        }
        match self.keeper {
            Keeper::Dovecot => {
                let lines = self.names.iter().enumerate().map(|(number, name)| format!("{number} {name}\n"));
                maildir::own(&at.join("dovecot-keywords"), lines.collect::<String>().as_bytes(), owner)
            }
            Keeper::Courier => {
                let directory = at.join("courierimapkeywords");
                fs::create_dir_all(&directory)?;
                maildir::give(&directory, owner)?;
                let text = format!("{}\n\n{}\n", self.names.join("\n"), self.lines.join("\n"));
                maildir::own(&directory.join(":list"), text.as_bytes(), owner)
            }
        }
    }

    fn number(&mut self, keyword: &str) -> usize {
        let known = self.names.iter().position(|name| name == keyword);
        known.unwrap_or_else(|| {
            self.names.push(keyword.to_owned());
            self.names.len() - 1
        })
    }
}

fn letter(flag: Flag) -> char {
    match flag {
        Flag::Draft => 'D',
        Flag::Flagged => 'F',
        Flag::Answered => 'R',
        Flag::Seen => 'S',
        Flag::Deleted => 'T',
    }
}
