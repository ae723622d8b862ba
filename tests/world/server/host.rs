//! # Host
//! The server as a test holds it: connect to it, break it, look into it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::DuplexStream;
use tokio::net::TcpListener;

use super::at::At;
use super::delay::delayed;
use super::fault::Fault;
use super::fill::FolderOf;
use super::log::{Change, Log};
use super::mailbox::Mailbox;
use super::profile::Profile;
use super::quirk::Quirk;
use super::session::{Pipe, Session};
use super::state::Shared;

/// The login of a new server's only mailbox.
pub const USER: &str = "anna";
/// Its password.
pub const PASSWORD: &str = "secret";
/// Octets that an in-process connection holds in each direction before the sender waits.
const WIDE: usize = 256 << 10;
const NARROW: usize = 16 << 10;

/// A simulated IMAP server. Clones are the same server.
#[derive(Debug, Clone)]
pub struct Server {
    pub(super) shared: Shared,
}

impl Server {
    /// A server of this kind with one mailbox (`USER`, `PASSWORD`) and its empty INBOX.
    pub fn new(profile: Profile) -> Server {
        let server = Server { shared: Shared::new(profile) };
        server.mailbox_for(USER, PASSWORD);
        server
    }

    /// Adds a mailbox with an empty INBOX.
    pub fn mailbox_for(&self, user: &str, password: &str) {
        self.shared.with(|state| state.mailboxes.insert(user.to_owned(), Mailbox::new(password)));
    }

    /// Speaks IMAP on a connection until either side ends it.
    pub fn serve<S: Pipe + 'static>(&self, stream: S) -> impl Future<Output = ()> + Send + use<S> {
        let shared = self.shared.clone();
        async move {
            let (trip, width) = shared.with(|state| (state.latency, state.width));
            if trip.is_zero() && width.is_none() {
                return Session::new(stream, shared).run().await;
            }
            let (near, carry) = delayed(stream, trip, width);
            tokio::join!(Session::new(near, shared).run(), carry);
        }
    }

    /// A connection: the client's end, and the future that serves the other.
    pub fn connection(&self) -> (DuplexStream, impl Future<Output = ()> + Send + use<>) {
        // As on a real socket of the product's, little waits to be sent on a narrow link.
        let narrow = self.shared.with(|state| state.width.is_some());
        let (client, server) = tokio::io::duplex(if narrow { NARROW } else { WIDE });
        (client, self.serve(server))
    }

    /// A connection served by a task of its own. Needs a tokio runtime.
    pub fn connect(&self) -> DuplexStream {
        let (client, serving) = self.connection();
        tokio::spawn(serving);
        client
    }

    /// Serves on a free port of 127.0.0.1, in tasks of their own, until the runtime ends.
    ///
    /// # Errors
    /// When the port cannot be bound.
    pub async fn listen_tcp(&self) -> std::io::Result<SocketAddr> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _without_it_only_slower = stream.set_nodelay(true);
                tokio::spawn(server.serve(stream));
            }
        });
        Ok(address)
    }

    /// From now on this goes wrong.
    pub fn fault(&self, at: At, fault: Fault) -> &Server {
        self.shared.with(|state| state.faults.add(at, fault));
        self
    }

    /// All faults are over.
    pub fn heal(&self) {
        self.shared.with(|state| state.faults.clear());
    }

    /// What has struck so far: the fault and the moment, in words.
    pub fn struck(&self) -> Vec<(String, String)> {
        self.shared.with(|state| state.faults.struck().to_vec())
    }

    /// Turns a quirk on.
    pub fn quirk(&self, quirk: Quirk) -> &Server {
        self.shared.with(|state| state.profile.quirks.insert(quirk));
        self
    }

    /// The profile as it is now.
    pub fn profile(&self) -> Profile {
        self.shared.with(|state| state.profile.clone())
    }

    /// Changes the profile, for connections already there too.
    pub fn change(&self, change: impl FnOnce(Profile) -> Profile) -> &Server {
        self.shared.with(|state| state.profile = change(state.profile.clone()));
        self
    }

    /// The server stands so far away (round trip) for connections made from now on.
    pub fn latency(&self, trip: Duration) -> &Server {
        self.shared.with(|state| state.latency = trip);
        self
    }

    /// Connections made from now on carry so many octets per second in each direction.
    pub fn width(&self, octets: u64) -> &Server {
        self.shared.with(|state| state.width = Some(octets));
        self
    }

    /// Seeds whatever looks random. Zero is taken as one.
    pub fn seed(&self, seed: u64) -> &Server {
        self.shared.with(|state| state.seed = seed.max(1));
        self
    }

    /// The wall clock, in seconds since 1970, at the first connection.
    pub fn begins_at(&self, seconds: i64) -> &Server {
        self.shared.with(|state| state.beginning = seconds);
        self
    }

    /// A folder of the first mailbox, by its Unicode name with prefix and delimiters; made when first written to.
    pub fn folder(&self, name: &str) -> FolderOf {
        self.folder_of(&self.first_user(), &super::name::wire(name))
    }

    /// A folder of any mailbox, by its wire name.
    pub fn folder_of(&self, user: &str, wire_name: &[u8]) -> FolderOf {
        FolderOf::new(self.clone(), user, wire_name)
    }

    /// Everything in the first mailbox, to compare or to look through.
    pub fn mailbox(&self) -> Mailbox {
        let user = self.first_user();
        self.shared.with(|state| state.mailboxes.get(&user).cloned()).unwrap_or_else(|| Mailbox::new(""))
    }

    /// Changes the first mailbox behind the back of all clients.
    pub fn meddle<R>(&self, act: impl FnOnce(&mut Mailbox) -> R) -> Option<R> {
        let user = self.first_user();
        self.shared.with(|state| state.mailboxes.get_mut(&user).map(act))
    }

    /// What faults delivered so far: wire name of the folder, and the octets. Some of it may be gone again.
    pub fn delivered(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.shared.with(|state| state.delivered.clone())
    }

    /// What clients did so far.
    pub fn log(&self) -> Log {
        self.shared.with(|state| state.log.clone())
    }

    /// How many commands of this verb came (`APPEND`, `UID FETCH`).
    pub fn count(&self, verb: &str) -> usize {
        self.shared.with(|state| state.log.count(verb))
    }

    /// What clients changed so far.
    pub fn changes(&self) -> Vec<Change> {
        self.shared.with(|state| state.log.changes.clone())
    }

    /// Starts a fresh log.
    pub fn forget(&self) {
        self.shared.with(|state| state.log = Log::default());
    }

    /// The talk, for the message of a failed test.
    pub fn transcript(&self) -> String {
        self.shared.with(|state| state.log.transcript())
    }

    fn first_user(&self) -> String {
        self.shared.with(|state| state.mailboxes.keys().next().cloned()).unwrap_or_default()
    }
}
