//! Tests against real IMAP servers.

#[cfg(test)]
mod judging;
#[cfg(test)]
mod passing;
#[cfg(test)]
mod selftest;
