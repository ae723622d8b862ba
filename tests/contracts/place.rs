//! # Place
//! Where an adapter keeps what it keeps, and how a suite's sentences become tests.

use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Builder;

/// Something that outlives the adapters opened on it: a directory, a table, a bucket. Every sentence gets a new one.
#[async_trait]
pub trait Place<P: ?Sized>: Send + Sync {
    /// Opens the adapter. Opened again, also while another is open, it sees what was written before.
    async fn open(&self) -> Box<P>;

    /// The shortest time that the adapter can tell from none.
    fn tick(&self) -> Duration {
        Duration::from_millis(50)
    }

    /// What one place may hold.
    fn holds(&self) -> Holds {
        Holds::ManyMigrations
    }
}

/// What one place may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// One migration: its id does not matter.
    OneMigration,
    /// Many; each sees only what is its own.
    ManyMigrations,
}

/// Makes a test of every sentence of a suite, each in a place of its own.
macro_rules! sentences {
    ($suite:ident in $place:expr => $($sentence:ident)+) => {$(
        #[tokio::test]
        async fn $sentence() {
            crate::$suite::$sentence(&$place).await;
        }
    )+};
}

/// Does `work` on so many threads at once, each with a runtime of its own, and collects what they say.
pub fn at_once<T: Send>(threads: usize, work: impl AsyncFn(usize) -> T + Sync) -> Vec<T> {
    let alone = |number| {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(work(number))
    };
    thread::scope(|scope| {
        let handles = (0..threads).map(|number| scope.spawn(move || alone(number))).collect::<Vec<_>>();
        handles.into_iter().map(|handle| handle.join().expect("a thread's answer")).collect()
    })
}
