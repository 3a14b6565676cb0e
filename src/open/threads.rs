//! Blocking work, off the thread on which the run waits.

/// Runs work on the blocking thread pool.
pub(crate) async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down; nobody waits for the result any more.
            Err(_) => std::future::pending().await,
        },
    }
}
