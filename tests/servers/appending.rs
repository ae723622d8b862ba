//! # Appending
//! Seeds a mailbox over IMAP, for servers whose files are their own affair.

use std::io;

use super::client::{Client, quote};
use super::mailbox::{Folder, Mailbox};
use super::name;

/// Creates what is missing, subscribes and appends, in the order of the mailbox.
///
/// # Errors
/// When the server refuses a folder or a message.
pub fn seed(client: &mut Client, mailbox: &Mailbox, prefix: &str, delimiter: char) -> io::Result<()> {
    for folder in &mailbox.folders {
        let wire = name::wire(&folder.path, prefix, delimiter);
        open(client, folder, &wire)?;
        for message in folder.messages() {
            client.append(&wire, &message)?;
        }
    }
    Ok(())
}

/// Deletes all folders and messages; only throw-away servers are ever given to this.
///
/// # Errors
/// When the server refuses.
pub fn wipe(client: &mut Client) -> io::Result<()> {
    let listed = client.command("LIST \"\" \"*\"")?;
    let mut names: Vec<&str> = listed
        .iter()
        .filter_map(|line| line.text.rsplit_once(" \"/\" ").or(line.text.rsplit_once(" \".\" ")))
        .map(|(_, name)| name)
        .collect();
    names.sort_unstable();
    for name in names.into_iter().rev() {
        // The inbox cannot be deleted; Cyrus keeps folders that have a special use, too: they are emptied.
        if client.command(&format!("DELETE {name}")).is_err() {
            empty(client, name)?;
        }
    }
    Ok(())
}

fn empty(client: &mut Client, name: &str) -> io::Result<()> {
    for command in [&format!("SELECT {name}"), "UID STORE 1:* +FLAGS.SILENT (\\Deleted)", "EXPUNGE", "UNSELECT"] {
        client.command(command)?;
    }
    Ok(())
}

fn open(client: &mut Client, folder: &Folder, wire: &str) -> io::Result<()> {
    // Some servers refuse to create what exists without saying so by a code (RFC 5530); LIST decides.
    if !folder.is_inbox() && !exists(client, wire)? {
        client.command(&format!("CREATE {}", quote(wire)))?;
    }
    let verb = if folder.subscribed { "SUBSCRIBE" } else { "UNSUBSCRIBE" };
    client.command(&format!("{verb} {}", quote(wire))).map(drop)
}

fn exists(client: &mut Client, wire: &str) -> io::Result<bool> {
    let listed = client.command(&format!("LIST \"\" {}", quote(wire)))?;
    Ok(listed.iter().any(|line| line.text.starts_with("* LIST") && !line.text.to_lowercase().contains("\\noselect")))
}
