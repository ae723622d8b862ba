//! Tests against real IMAP servers.

#[cfg(test)]
mod crossing;
#[cfg(test)]
mod judging;
#[cfg(test)]
mod passing;
#[cfg(test)]
mod selftest;
#[cfg(test)]
mod support_run;
