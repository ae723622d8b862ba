//! # Lock
//! A folder that one APPEND at a time may come to (`Quirk::LocksFromAppend`).

use std::time::Duration;

use super::state::Shared;

/// Between two looks of who waits.
const LOOK: Duration = Duration::from_millis(100);

/// Unlocks the folder when it is dropped.
pub struct Lock {
    shared: Shared,
    folder: (String, Vec<u8>),
}

impl Lock {
    /// Waits until nobody else has it.
    pub async fn of(shared: Shared, user: String, folder: Vec<u8>) -> Self {
        let folder = (user, folder);
        while !shared.with(|state| state.locked.insert(folder.clone())) {
            tokio::time::sleep(LOOK).await;
        }
        Self { shared, folder }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.shared.with(|state| state.locked.remove(&self.folder));
    }
}
