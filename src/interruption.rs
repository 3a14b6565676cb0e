//! The signals by which a person or the system asks for an end.

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
