//! Programs that are run for what they print: bounded in time and output, and ended with all that they started.

use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures::future::{Either, select};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr, Command};

use crate::domain::config::Secret;
use crate::domain::limits::{Ended, Limits};

/// The most that is read of what a program prints, in bytes; a credential has a few thousand.
const MOST_OUTPUT: u64 = 1 << 20;

/// How long to go on reading when the program has ended.
const LINGER: Duration = Duration::from_secs(1);

/// How a program ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Output {
    /// Its exit code, or the signal that ended it.
    pub(crate) status: ExitStatus,
    /// What it printed, which may be secret.
    pub(crate) stdout: Secret<Vec<u8>>,
    /// What it said beside that, where it was not shown to the user.
    pub(crate) stderr: Vec<u8>,
}

/// Why a program has no end.
#[derive(Debug)]
pub(crate) enum ChildError {
    /// It cannot be started, or not be waited for.
    Io(io::Error),
    /// The time is over, or the user interrupted.
    Ended(Ended),
}

/// Runs a program that gets `input` and no terminal, on this thread.
///
/// # Errors
/// See [`ChildError`].
pub(crate) fn run_blocking(mut command: Command, input: &[u8], limits: &Limits) -> Result<Output, ChildError> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ChildError::Io)?;
    runtime.block_on(async {
        let mut running = Running::start(command, false).map_err(ChildError::Io)?;
        let ended = limits.in_time(async {
            running.give(input).await;
            running.end().await
        });
        ended.await.map_err(ChildError::Ended)?.map_err(ChildError::Io)
    })
}

/// A program that is running; where it is dropped before its end, it ends with all that it started.
pub(crate) struct Running {
    child: Child,
    /// Whether it leads a process group of its own.
    #[cfg(unix)]
    leads: bool,
}

impl Running {
    /// Starts it; `interactive` leaves it in the terminal's process group.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn start(mut command: Command, interactive: bool) -> io::Result<Self> {
        command.kill_on_drop(true);
        // In another group than the terminal's it could not read what a person types.
        #[cfg(unix)]
        if !interactive {
            command.process_group(0);
        }
        let child = command.spawn()?;
        #[cfg(unix)]
        return Ok(Self { child, leads: !interactive });
        #[cfg(not(unix))]
        Ok(Self { child })
    }

    /// Gives it what it reads, which must fit into a pipe.
    async fn give(&mut self, input: &[u8]) {
        if let Some(mut stdin) = self.child.stdin.take() {
            // Who does not read ends the pipe.
            let _ = stdin.write_all(input).await;
        }
    }

    /// Waits for the end, and reads meanwhile what it prints.
    ///
    /// # Errors
    /// It cannot be waited for.
    async fn end(&mut self) -> io::Result<Output> {
        let mut stderr = Vec::new();
        let (status, stdout) = self.end_heard(async |pipe| read(pipe, &mut stderr).await).await?;
        Ok(Output { status, stdout, stderr })
    }

    /// Waits for the end, and reads meanwhile what it prints; what it says beside that is for `hear`.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub(crate) async fn end_heard(
        &mut self,
        hear: impl AsyncFnOnce(Option<ChildStderr>),
    ) -> io::Result<(ExitStatus, Secret<Vec<u8>>)> {
        let mut stdout = Vec::new();
        let pipes = (self.child.stdout.take(), self.child.stderr.take());
        let status = {
            let reading = futures::future::join(read(pipes.0, &mut stdout), hear(pipes.1));
            match select(pin!(self.child.wait()), pin!(reading)).await {
                Either::Left((status, reading)) => {
                    // A grandchild may hold the pipes open for ever.
                    let _ = tokio::time::timeout(LINGER, reading).await;
                    status
                }
                Either::Right((_, status)) => status.await,
            }
        };
        Ok((status?, Secret::new(stdout)))
    }
}

#[cfg(unix)]
impl Drop for Running {
    fn drop(&mut self) {
        // It has no id any more once its end was seen; what it left behind on purpose then stays.
        let id = self.child.id().filter(|_| self.leads).and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(rustix::process::Pid::from_raw) {
            // Fails only when all have ended already.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// Reads a pipe to its end; what comes after the limit is not read.
async fn read(pipe: Option<impl AsyncRead + Unpin>, bytes: &mut Vec<u8>) {
    if let Some(pipe) = pipe {
        // A pipe that breaks is one that ends.
        let _ = pipe.take(MOST_OUTPUT).read_to_end(bytes).await;
    }
}
