//! # Password
//! Where a password comes from: a file, the environment, a prompt; in that order, never the command line.

use std::io::IsTerminal;
use std::path::Path;

use posthorse_domain::migration::{ServerSide, Side};
use posthorse_domain::ports::Secret;

/// The password of one side.
pub fn find(side: Side, server: &ServerSide, file: Option<&Path>) -> Result<Secret, String> {
    taken(side, &format!("{} at {} ({side})", server.user, server.host), file, &format!("--{side}-password-file"))
}

/// Another password for one side of a migration elsewhere.
pub fn given(side: Side, file: Option<&Path>, migration: &str) -> Result<Secret, String> {
    taken(side, &format!("the {side} of {migration}"), file, "--password-file")
}

fn taken(side: Side, whose: &str, file: Option<&Path>, option: &str) -> Result<Secret, String> {
    if let Some(path) = file {
        return read(path);
    }
    let variable = match side {
        Side::Destination => "POSTHORSE_DESTINATION_PASSWORD",
        _ => "POSTHORSE_SOURCE_PASSWORD",
    };
    if let Some(value) = std::env::var_os(variable) {
        return Ok(Secret::new(value.into_encoded_bytes()));
    }
    if !std::io::stdin().is_terminal() {
        return Err(format!("no password for the {side}: give {option}, set {variable}, or start it in a terminal"));
    }
    let prompt = format!("Password of {whose}: ");
    let typed = rpassword::prompt_password(prompt).map_err(|cause| format!("read the password: {cause}"))?;
    Ok(Secret::new(typed))
}

/// One final newline is not part of the password.
fn read(path: &Path) -> Result<Secret, String> {
    let mut octets =
        std::fs::read(path).map_err(|cause| format!("read the password file {}: {cause}", path.display()))?;
    if octets.last() == Some(&b'\n') {
        octets.pop();
        if octets.last() == Some(&b'\r') {
            octets.pop();
        }
    }
    if octets.is_empty() {
        return Err(format!("the password file {} is empty", path.display()));
    }
    Ok(Secret::new(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_final_newline_is_dropped_and_no_more() {
        let dir = std::env::temp_dir().join(format!("posthorse-password-{}", std::process::id()));
        for (written, read_as) in [("a b\n", "a b"), ("a\n\n", "a\n"), ("a\r\n", "a"), (" a", " a")] {
            std::fs::write(&dir, written).unwrap();
            assert_eq!(read(&dir).unwrap().reveal(), read_as.as_bytes());
        }
        std::fs::remove_file(&dir).unwrap();
        assert!(read(&dir).unwrap_err().contains("password file"));
    }
}
