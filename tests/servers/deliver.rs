//! # Deliver
//! Somebody else who keeps putting mail into a destination folder while a migration runs.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::client::Client;
use super::mailbox::Message;
use super::server::{Login, Server};

/// The header that marks such mail, for [`super::Judge::foreign`].
pub const FOREIGN: &str = "X-Delivered-Meanwhile";

/// A client that appends until it is stopped or has delivered its share.
#[derive(Debug)]
pub struct Delivery {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<io::Result<u32>>>,
}

impl Delivery {
    /// Appends one small message to `folder` (as the server spells it) every `pause`, at most `most` in all.
    ///
    /// # Errors
    /// When the login fails.
    pub fn start(server: &Server, login: &Login, folder: &str, pause: Duration, most: u32) -> io::Result<Self> {
        let mut client = Client::login(server.port(), login)?;
        let (stop, folder) = (Arc::new(AtomicBool::new(false)), folder.to_owned());
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            for number in 0..most {
                if stopped.load(Ordering::Relaxed) {
                    return Ok(number);
                }
                client.append(&folder, &message(number))?;
                thread::sleep(pause);
            }
            Ok(most)
        });
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Ends it and returns how many messages were delivered.
    ///
    /// # Errors
    /// When the server refused one or was lost.
    pub fn stop(mut self) -> io::Result<u32> {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().ok_or_else(|| io::Error::other("already stopped"))?;
        thread.join().map_err(|_| io::Error::other("the delivering thread panicked"))?
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn message(number: u32) -> Message {
    let text = format!(
        "{FOREIGN}: yes\r\nFrom: <mx@example.net>\r\nSubject: delivered {number}\r\nMessage-ID: <{number}@meanwhile.example.net>\r\n\r\nNew mail.\r\n"
    );
    Message { octets: text.into_bytes(), internal_date: 1_700_000_000 + i64::from(number), ..Message::default() }
}
