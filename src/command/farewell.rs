//! The last moments of a run: until what it printed is read, or nobody waits for that any longer.

use std::time::{Duration, Instant};

use crate::domain::error::{Error, Kind};
use crate::domain::event::Reporter;
use crate::ui::Output;
use crate::ui::interruption::interrupted;
use crate::ui::outlet::Stream;

/// What passes sooner needs no listening to signals.
const AT_ONCE: Duration = Duration::from_millis(200);
/// How often to look whether all is read.
const LOOK: Duration = Duration::from_millis(20);

/// How a command ended, but for what nobody has read yet.
#[derive(Debug)]
pub(super) struct Ending {
    /// The kind of its error, which decides the exit code; none after success.
    pub(super) failure: Option<Kind>,
    /// How long to wait for whoever reads.
    pub(super) reader: Reader,
    /// What was changed so far, one sentence each.
    pub(super) done: Vec<String>,
}

/// How long to wait for whoever reads the outputs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reader {
    /// For ever, as any filter does; signals end the process by themselves.
    Forever,
    /// Until a signal, which this process has to listen for.
    UntilInterrupted,
    /// Until this moment, or a signal.
    Until(Instant),
}

/// How the waiting ended.
enum Farewell {
    Read,
    GivenUp,
    Interrupted(&'static str),
}

impl Ending {
    /// The end of a command that is over in a moment.
    pub(super) const fn of(failure: Option<Kind>) -> Self {
        Self { failure, reader: Reader::Forever, done: Vec::new() }
    }
}

/// Tells of a failure; gives its kind.
pub(super) fn fail(error: &Error, reporter: &mut dyn Reporter) -> Option<Kind> {
    reporter.finish(Some(error));
    Some(error.kind)
}

/// Waits for the readers of the outputs; what could not be printed makes a failure of a success.
pub(super) fn conclude(output: &Output, ending: Ending) -> Option<Kind> {
    let outlet = output.outlet();
    let incomplete = "What was printed is not complete; running the command again is safe.";
    let error = match wait(output, ending.reader) {
        Farewell::Read => {
            let Some(trouble) = outlet.trouble() else { return ending.failure };
            Error::new(Kind::Other, "cannot write to standard output").caused_by(trouble).hint(incomplete)
        }
        // Narration that nobody reads is no part of the result.
        Farewell::GivenUp if !outlet.holds(Stream::Out) => return ending.failure,
        Farewell::GivenUp => Error::new(Kind::Other, "nobody read standard output before the timeout").hint(incomplete),
        Farewell::Interrupted(signal) => {
            Error::new(Kind::Cancelled, format!("interrupted by {signal} before the output was read")).hint(incomplete)
        }
    };
    let kind = ending.failure.unwrap_or(error.kind);
    output.write_at_once(&Error { done: ending.done, ..error });
    Some(kind)
}

fn wait(output: &Output, reader: Reader) -> Farewell {
    let outlet = output.outlet();
    if outlet.drained(AT_ONCE) {
        return Farewell::Read;
    }
    let end = match reader {
        Reader::Forever => {
            outlet.drain();
            return Farewell::Read;
        }
        Reader::UntilInterrupted => None,
        Reader::Until(end) => Some(end),
    };
    // Without a runtime there are no signals to hear.
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return Farewell::GivenUp;
    };
    runtime.block_on(async {
        let read = async {
            while !outlet.drained(Duration::ZERO) {
                tokio::time::sleep(LOOK).await;
            }
        };
        let given_up = async {
            match end {
                Some(end) => tokio::time::sleep_until(end.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = read => Farewell::Read,
            signal = interrupted() => Farewell::Interrupted(signal),
            () = given_up => Farewell::GivenUp,
        }
    })
}
