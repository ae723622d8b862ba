//! # Port
//! A free loopback port, kept from other test processes while it is held.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Below Linux's ephemeral range (32768–60999), where outgoing connections would take ports away.
const FIRST: u16 = 20_000;
/// A test process locks a block of so many ports, by a file, for as long as it lives.
const BLOCK: u16 = 100;
const BLOCKS: u16 = 120;

/// A reserved port number.
#[derive(Debug)]
pub struct Port {
    number: u16,
}

/// The block of this process.
struct Block {
    first: u16,
    next: u16,
    held: BTreeSet<u16>,
    /// Locked as long as it is open.
    _lock: File,
}

static OURS: Mutex<Option<Block>> = Mutex::new(None);

impl Port {
    /// Reserves a port that nobody listens on.
    ///
    /// # Errors
    /// When none is free or the directory of locks cannot be made.
    pub fn reserve() -> io::Result<Self> {
        let mut ours = ours();
        if ours.is_none() {
            *ours = Some(lock_a_block()?);
        }
        let block = ours.as_mut().ok_or_else(|| io::Error::other("no block"))?;
        for _ in 0..BLOCK {
            let number = block.first + block.next;
            block.next = (block.next + 1) % BLOCK;
            if !block.held.contains(&number) && TcpListener::bind(("127.0.0.1", number)).is_ok() {
                block.held.insert(number);
                return Ok(Self { number });
            }
        }
        Err(io::Error::other("all ports of this process are taken"))
    }

    /// The number.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.number
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        if let Some(block) = ours().as_mut() {
            block.held.remove(&self.number);
        }
    }
}

fn ours() -> MutexGuard<'static, Option<Block>> {
    OURS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock_a_block() -> io::Result<Block> {
    let locks = std::env::temp_dir().join("posthorse-ports");
    fs::create_dir_all(&locks)?;
    // Sticky and open to all: root and ordinary users share the machine's ports. Only the owner may set it.
    let _ = fs::set_permissions(&locks, Permissions::from_mode(0o1777));
    let start = u16::try_from(process::id() % u32::from(BLOCKS)).unwrap_or(0);
    for block in (0..BLOCKS).map(|step| (start + step) % BLOCKS) {
        let first = FIRST + block * BLOCK;
        // A file of another user cannot be opened: that block is theirs.
        let Ok(lock) = File::create(locks.join(first.to_string())) else { continue };
        if lock.try_lock().is_ok() {
            return Ok(Block { first, next: 0, held: BTreeSet::new(), _lock: lock });
        }
    }
    Err(io::Error::other("other test processes hold all ports between 20000 and 32000"))
}
