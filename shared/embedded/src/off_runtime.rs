//! # Off the runtime
//! What waits for the disk does so on a thread of its own: mail goes on meanwhile. What a step no longer waits for still comes
//! to its end, as a write does whose answer is lost on the way.

use posthorse_domain::migration::Failure;

/// Runs `work` where it may block.
pub(crate) async fn off_runtime<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Failure::store(format!("{operation}: {error}"))))
}
