//! Tests against real IMAP servers.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod corpus_pairs;
#[cfg(test)]
mod crossing;
#[cfg(test)]
mod delta;
#[cfg(test)]
mod endings;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod judging;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod labelled;
#[cfg(test)]
mod lanes;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod matrix_refused;
#[cfg(test)]
mod passing;
#[cfg(test)]
mod selftest;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod sparse;
#[cfg(test)]
mod support_run;
#[cfg(test)]
mod support_shared;
