//! Reading what a person types or a pipe gives, which a signal can end.

use std::io;
use std::sync::mpsc;
use std::thread;

use crate::ui::interruption::interrupted;

/// Runs `read`, which may block for ever, on a thread of its own, and waits for it or for a signal.
///
/// # Errors
/// Those of `read`; of the kind `Interrupted`, and with the signal's name as its text, after a signal. `read` is left
/// alone then, so the process has to come to its end.
pub(super) fn interruptible<T: Send + 'static>(read: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    let (tell, told) = mpsc::channel();
    let (is_over, over) = tokio::sync::oneshot::channel::<()>();
    let (listens, listening) = mpsc::channel::<()>();
    let heard = tell.clone();
    thread::spawn(move || {
        // Without a runtime signals end the process, as they do without a handler.
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let mut signal = std::pin::pin!(interrupted());
            let first = futures::poll!(signal.as_mut());
            drop(listens);
            let signal = match first {
                std::task::Poll::Ready(signal) => signal,
                std::task::Poll::Pending => tokio::select! {
                    _ = over => return,
                    signal = signal => signal,
                },
            };
            let _ = heard.send(Err(io::Error::new(io::ErrorKind::Interrupted, signal)));
        });
    });
    // Ends when the other side is dropped.
    let _ = listening.recv();
    let terminal = Terminal::remember();
    thread::spawn(move || tell.send(read()));
    let answer = told.recv().unwrap_or_else(|_| Err(io::Error::other("nothing could be read")));
    drop(is_over);
    if answer.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted) {
        terminal.restore();
    }
    answer
}

/// The settings of the terminal that is standard input: a hidden question that is left alone would leave it without echo.
struct Terminal {
    #[cfg(unix)]
    settings: Option<rustix::termios::Termios>,
}

impl Terminal {
    fn remember() -> Self {
        Self {
            #[cfg(unix)]
            settings: rustix::termios::tcgetattr(io::stdin()).ok(),
        }
    }

    fn restore(&self) {
        #[cfg(unix)]
        if let Some(settings) = &self.settings {
            let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, settings);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_comes_back() {
        assert_eq!(interruptible(|| Ok(7)).unwrap(), 7);
        let error = interruptible::<()>(|| Err(io::ErrorKind::UnexpectedEof.into())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
