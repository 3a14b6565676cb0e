//! The signals by which a person or the system asks for an end, and one that is none of them.

/// Waits for such a signal; says what people call it. From the first poll on, signals no longer end the process by
/// themselves.
pub(crate) async fn interrupted() -> &'static str {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                name = ctrl_c() => name,
                _ = terminate.recv() => "SIGTERM",
            },
            Err(_) => ctrl_c().await,
        }
    }
    // What Azure Pipelines sends when Ctrl-C did not help.
    #[cfg(windows)]
    match tokio::signal::windows::ctrl_break() {
        Ok(mut ctrl_break) => tokio::select! {
            name = ctrl_c() => name,
            _ = ctrl_break.recv() => "Ctrl-Break",
        },
        Err(_) => ctrl_c().await,
    }
}

async fn ctrl_c() -> &'static str {
    match tokio::signal::ctrl_c().await {
        Ok(()) => "Ctrl-C",
        // Without a way to hear of it, it ends the process by itself.
        Err(_) => std::future::pending().await,
    }
}

/// Makes a write beyond the limit on the size of files (`ulimit -f`) fail, for good. Without it, its signal ends the
/// process in the middle and without a word.
pub(crate) fn outlive_file_size_limit() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        /// `SIGXFSZ`, the same on Linux and macOS.
        const FILE_SIZE_EXCEEDED: i32 = 25;
        // What is installed stays when the runtime is gone.
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() {
            let _entered = runtime.enter();
            let _ = signal(SignalKind::from_raw(FILE_SIZE_EXCEEDED));
        }
    }
}
