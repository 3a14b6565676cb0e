//! What all commands that change something share: who is told, who is asked, how a run ends before its time.

use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::farewell::{Ending, Reader};
use crate::domain::config::{OutputFormat, RunConfig, RunMode};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Reporter};
use crate::domain::prompter::Prompter;
use crate::execute::Account;
use crate::open::Session;
use crate::plan::Plan;
use crate::ui::interruption::interrupted;
use crate::ui::{Output, TerminalPrompter, plan_json, plan_view};

/// How long work that was interrupted may take to come to its end.
const FAREWELL: Duration = Duration::from_secs(3);
/// How long after a failure a signal counts as its cause.
const ECHO: Duration = Duration::from_millis(50);

/// What a command that did what it was asked for leaves to be printed.
pub(super) enum Printed {
    /// It told all while it ran.
    Told,
    /// `--dry-run`: what would be done.
    Plan(Box<Plan>),
    /// Objects.
    Yaml(String),
    /// Anything else that is data.
    Data(String),
}

/// The people and things around a run.
pub(super) struct Around<'a> {
    pub(super) environment: &'a Environment,
    pub(super) reporter: &'a mut dyn Reporter,
    pub(super) prompter: &'a mut dyn Prompter,
    pub(super) account: &'a Account,
}

/// Runs a command whose configuration is resolved, with the warnings about that, and prints what comes of it.
pub(super) fn run(
    config: &RunConfig,
    warnings: Vec<String>,
    environment: &Environment,
    output: &Output,
    command: impl FnOnce(Around<'_>) -> Result<Printed, Error>,
) -> Ending {
    let started = Instant::now();
    let speaks_data = config.mode != RunMode::Execute;
    let mut reporter = output.reporter(config.output, config.verbose, speaks_data);
    for message in warnings {
        reporter.report(&Event::Warning { message });
    }
    let mut prompter = TerminalPrompter::new(environment, output.outlet());
    let account = Account::default();
    let around = Around { environment, reporter: &mut *reporter, prompter: &mut prompter, account: &account };
    let failure = match command(around) {
        Ok(result) => {
            print(&result, config, &mut *reporter, output);
            None
        }
        Err(mut error) => {
            if error.kind != Kind::Usage || !account.is_empty() {
                error.done = account.told();
            }
            reporter.finish(Some(&error));
            Some(error.kind)
        }
    };
    let soonest = Instant::now() + FAREWELL;
    let reader = match failure {
        None if speaks_data => Reader::UntilInterrupted,
        Some(Kind::Cancelled) => Reader::Until(soonest),
        _ => Reader::Until(started.checked_add(config.timeout).map_or(soonest, |end| end.max(soonest))),
    };
    Ending { failure, reader, done: if speaks_data { Vec::new() } else { account.told() } }
}

fn print(result: &Printed, config: &RunConfig, reporter: &mut dyn Reporter, output: &Output) {
    match (result, config.output) {
        (Printed::Told, _) => reporter.finish(None),
        (Printed::Yaml(yaml), _) => output.yaml(yaml),
        (Printed::Data(data), _) => output.data(data),
        (Printed::Plan(plan), OutputFormat::Text) => output.data(&plan_view::text(plan)),
        (Printed::Plan(plan), OutputFormat::Json) => output.json(&plan_json::json(plan)),
    }
}

/// Works until the end, an interruption, or a signal to stop.
pub(super) fn to_the_end<T>(
    session: &Session<'_>,
    account: &Account,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Kind::Other, "cannot start").caused_by(error))?;
    let ended = runtime.block_on(async {
        let mut run = std::pin::pin!(session.while_telling(work));
        let mut stop = std::pin::pin!(interrupted());
        let signal = tokio::select! {
            biased;
            signal = &mut stop => {
                session.limits.cancel();
                // What is under way may still come to an end that is worth telling; nothing more is begun.
                let settled = poll_fn(|context| {
                    let is_over = account.is_under_way() && run.as_mut().poll(context).is_ready();
                    if is_over || !account.is_under_way() { Poll::Ready(()) } else { Poll::Pending }
                });
                let _ = tokio::time::timeout(FAREWELL, settled).await;
                signal
            }
            ended = &mut run => match ended {
                Ok(ended) => return Ok(ended),
                // What stops this process often stops its proxy or credential plugin with it, and their failure may
                // be noticed first.
                Err(error) => tokio::time::timeout(ECHO, &mut stop).await.map_err(|_| error)?,
            },
        };
        let interrupted = Error::new(Kind::Cancelled, format!("interrupted by {signal}"));
        let interrupted = account.awaited().into_iter().fold(interrupted, Error::caused_by);
        Err(account.loose_ends().into_iter().fold(interrupted, Error::hint))
    });
    // Git work that nobody waits for any more ends now; what does not must not hold up the exit.
    session.limits.cancel();
    runtime.shutdown_timeout(FAREWELL);
    ended
}
