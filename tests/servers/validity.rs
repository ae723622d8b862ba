//! # Validity
//! Gives a folder another UIDVALIDITY, as a restored backup or a moved store does (RFC 9051 §2.3.1.1).

use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::client::{Client, quote};
use super::maildir::{self, Keeper, Owner};

/// Edits the file in which a Maildir server numbers the messages; UIDs stay, nobody may have the folder open.
/// Returns the new value.
///
/// # Errors
/// When the server has not numbered the folder yet (select it once) or writing fails.
pub fn edit(at: &Path, keeper: Keeper, owner: Owner) -> io::Result<u32> {
    let file = at.join(if keeper == Keeper::Dovecot { "dovecot-uidlist" } else { "courierimapuiddb" });
    let text = fs::read_to_string(&file)?;
    let (head, rest) = text.split_once('\n').unwrap_or((&text, ""));
    // Dovecot: `3 V1795464428 N7 G…`; Courier: `1 1795464428 7`.
    let mut words: Vec<String> = head.split(' ').map(str::to_owned).collect();
    let word = words.get_mut(1).ok_or_else(|| io::Error::other(format!("cannot read {head:?}")))?;
    let number: u32 = word.trim_start_matches('V').parse().map_err(io::Error::other)?;
    let next = number.wrapping_add(1000).max(1);
    *word = word.replace(&number.to_string(), &next.to_string());
    for entry in fs::read_dir(at)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("dovecot.index")) {
            fs::remove_file(path)?;
        }
    }
    maildir::own(&file, format!("{}\n{rest}", words.join(" ")).as_bytes(), owner)?;
    Ok(next)
}

/// Puts a copy in the folder's place; not for the inbox. UIDs start anew. Returns the new value.
///
/// # Errors
/// When the server refuses.
pub fn replace(client: &mut Client, folder: &str) -> io::Result<u32> {
    let (folder, copy) = (quote(folder), quote(&format!("{folder} (copy)")));
    // Cyrus takes the clock's second for a new folder.
    thread::sleep(Duration::from_millis(1100));
    client.command(&format!("CREATE {copy}"))?;
    let opened = client.command(&format!("SELECT {folder}"))?;
    if !opened.iter().any(|line| line.text.starts_with("* 0 EXISTS")) {
        client.command(&format!("UID COPY 1:* {copy}"))?;
    }
    for command in ["UNSELECT".to_owned(), format!("DELETE {folder}"), format!("RENAME {copy} {folder}")] {
        client.command(&command)?;
    }
    client.uid_validity(folder.trim_matches('"'))
}
