//! # posthorse
//! The same steps as in the cloud, one after the other on this machine, over an embedded store.

mod advice;
mod args;
mod chain;
mod dispatch;
mod exit;
mod migrate;
mod options;
mod out;
mod parked;
mod password;
mod progress;
mod review;
mod stack;
mod stated;
mod table;
mod url;
mod word;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::args::{Cli, Command};
use crate::exit::Exit;

/// Threads that wait for the disk, or for a name to be resolved: each has its own share of the heap, and the disk is one.
const BLOCKING: usize = 2;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Verified.into() };
        }
    };
    let filter = EnvFilter::try_from_env("POSTHORSE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // A log line that cannot be written would be reported by eprintln!, which panics for the same reason.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.log_internal_errors(false).init();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = match runtime.enable_all().max_blocking_threads(BLOCKING).build() {
        Ok(runtime) => runtime,
        Err(error) => {
            out::problem(format_args!("cannot start: {error}"));
            return Exit::Internal.into();
        }
    };
    let exit = runtime.block_on(async {
        match cli.command {
            Command::Migrate(args) => migrate::run(*args).await,
            Command::Verify(again) => migrate::verify(again).await,
            command => dispatch::run(&command).await,
        }
    });
    exit.into()
}
