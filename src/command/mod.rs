//! From the command line to the exit code: what each command does, and what is printed about its end.

mod farewell;

use std::future::Future as _;
use std::path::Path;
use std::process::ExitCode;
use std::task::Poll;
use std::time::{Duration, Instant};

use serde_json::json;

use farewell::{Ending, Reader, conclude};

use crate::bootstrap::{self, Ended};
use crate::check;
use crate::cli::{self, BootstrapGitArgs, CheckArgs, Command, ManPage, ParseOutcome};
use crate::domain::config::{BootstrapConfig, OutputFormat, RunConfig, RunMode};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Reporter};
use crate::domain::prompter::Prompter;
use crate::execute::Account;
use crate::open::Session;
use crate::preflight;
use crate::ui::interruption::{interrupted, outlive_file_size_limit};
use crate::ui::{self, Output, TerminalPrompter, check_view, plan_view};

/// How long work that was interrupted may take to come to its end.
const FAREWELL: Duration = Duration::from_secs(3);
/// How long after a failure a signal counts as its cause.
const ECHO: Duration = Duration::from_millis(50);

/// Runs the program.
pub fn main() -> ExitCode {
    outlive_file_size_limit();
    let environment = Environment::of_process();
    let output = Output::new(&environment);
    ui::start_log(&environment, output.outlet());
    let ending = match cli::parse(environment.arguments()) {
        Ok(Command::BootstrapGit(args)) => bootstrap_git(&args, &environment, &output),
        Ok(Command::Check(args)) => Ending::of(check_cluster(&args, &environment, &output)),
        Ok(Command::Version { output: format }) => Ending::of(version(format, &output)),
        Ok(Command::Print(text)) => {
            output.data(&text);
            Ending::of(None)
        }
        Ok(Command::Complete { current, before }) => {
            output.data(&cli::complete(&current, &before, &environment));
            Ending::of(None)
        }
        Ok(Command::ManPages { directory, pages }) => Ending::of(match write_pages(&directory, &pages) {
            Ok(()) => None,
            Err(error) => fail(&error, &mut *output.reporter(OutputFormat::Text, false, false)),
        }),
        Err(ParseOutcome::Help { plain, styled }) => {
            output.data(if environment.stdout_is_terminal { &styled } else { &plain });
            Ending::of(None)
        }
        Err(ParseOutcome::Wrong { error, output: format }) => {
            Ending::of(fail(&error, &mut *output.reporter(format, false, false)))
        }
    };
    ExitCode::from(conclude(&output, ending).map_or(0, Kind::exit_code))
}

fn version(format: OutputFormat, output: &Output) -> Option<Kind> {
    let ours = env!("CARGO_PKG_VERSION");
    match format {
        OutputFormat::Json => {
            output.json(&json!({"version": ours, "flux": crate::domain::flux::version::FLUX_VERSION}))
        }
        OutputFormat::Text => {
            output.data(&format!("flux {ours}\nFlux components {}\n", crate::domain::flux::version::FLUX_VERSION))
        }
    }
    None
}

fn check_cluster(args: &CheckArgs, environment: &Environment, output: &Output) -> Option<Kind> {
    let mut reporter = output.reporter(OutputFormat::Text, false, true);
    let format = cli::wanted_check_output(args);
    let fail = |error: &Error, reporter: &mut dyn Reporter| match format {
        OutputFormat::Text => fail(error, reporter),
        OutputFormat::Json => {
            output.data(&format!("{}\n", check_view::failure_json(error)));
            Some(error.kind)
        }
    };
    let (config, warnings) = match cli::resolve_check(args, environment) {
        Ok(resolved) => resolved,
        Err(error) => return fail(&error, &mut *reporter),
    };
    for message in warnings {
        reporter.report(&Event::Warning { message });
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Error::new(Kind::Other, "cannot start").caused_by(error), &mut *reporter),
    };
    match runtime.block_on(check::run(&config, environment)) {
        Ok(report) => {
            output.data(&match config.output {
                OutputFormat::Text => check_view::text(&report),
                OutputFormat::Json => format!("{}\n", check_view::json(&report)),
            });
            report.failure().map(|error| error.kind)
        }
        Err(error) => fail(&error, &mut *reporter),
    }
}

fn write_pages(directory: &Path, pages: &[ManPage]) -> Result<(), Error> {
    let write = || {
        fs_err::create_dir_all(directory)?;
        pages.iter().try_for_each(|page| fs_err::write(directory.join(&page.file), &page.content))
    };
    write().map_err(|error| Error::new(Kind::Other, "cannot write the manual pages").caused_by(error))
}

fn bootstrap_git(args: &BootstrapGitArgs, environment: &Environment, output: &Output) -> Ending {
    let (config, warnings) = match cli::resolve(args, environment) {
        Ok(resolved) => resolved,
        Err(error) => {
            return Ending::of(fail(&error, &mut *output.reporter(cli::wanted_output(args), false, false)));
        }
    };
    let started = Instant::now();
    let speaks_data = config.run.mode != RunMode::Execute;
    let mut reporter = output.reporter(config.run.output, config.run.verbose, speaks_data);
    for message in warnings {
        reporter.report(&Event::Warning { message });
    }
    let mut prompter = TerminalPrompter::new(environment, output.outlet());
    let account = Account::default();
    let failure = match bootstrap(&config, environment, &mut *reporter, &mut prompter, &account) {
        Ok(ended) => {
            end(&ended, &config.run, &mut *reporter, output);
            None
        }
        Err(mut error) => {
            if error.kind != Kind::Usage || !account.is_empty() {
                error.done = account.told();
            }
            fail(&error, &mut *reporter)
        }
    };
    let soonest = Instant::now() + FAREWELL;
    let reader = match failure {
        None if speaks_data => Reader::UntilInterrupted,
        Some(Kind::Cancelled) => Reader::Until(soonest),
        _ => Reader::Until(started.checked_add(config.run.timeout).map_or(soonest, |end| end.max(soonest))),
    };
    Ending { failure, reader, done: if speaks_data { Vec::new() } else { account.told() } }
}

fn end(ended: &Ended, run: &RunConfig, reporter: &mut dyn Reporter, output: &Output) {
    match (ended, run.output) {
        (Ended::Done, _) => reporter.finish(None),
        (Ended::Exported(paths), _) if matches!(run.mode, RunMode::ExportFiles(_)) => output.data(paths),
        (Ended::Exported(yaml), _) => output.yaml(yaml),
        (Ended::Planned(plan), OutputFormat::Text) => output.data(&plan_view::text(plan)),
        (Ended::Planned(plan), OutputFormat::Json) => output.json(&plan_view::json(plan)),
    }
}

fn fail(error: &Error, reporter: &mut dyn Reporter) -> Option<Kind> {
    reporter.finish(Some(error));
    Some(error.kind)
}

/// Reads credentials, then runs until the end, an interruption, or a signal to stop.
fn bootstrap(
    config: &BootstrapConfig,
    environment: &Environment,
    reporter: &mut dyn Reporter,
    prompter: &mut dyn Prompter,
    account: &Account,
) -> Result<Ended, Error> {
    let credentials = preflight::read(config, environment, prompter)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Kind::Other, "cannot start").caused_by(error))?;
    let session = Session::new(environment, &credentials, reporter, prompter, config.run.timeout);
    let ended = runtime.block_on(async {
        let mut run = std::pin::pin!(bootstrap::run(&session, config, account));
        let mut stop = std::pin::pin!(interrupted());
        let signal = tokio::select! {
            biased;
            signal = &mut stop => {
                session.limits.cancel();
                // What is under way may still come to an end that is worth telling; nothing more is begun.
                let settled = std::future::poll_fn(|context| {
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
        Err(account.awaited().into_iter().fold(interrupted, Error::caused_by))
    });
    // Git work that nobody waits for any more ends now; what does not must not hold up the exit.
    session.limits.cancel();
    runtime.shutdown_timeout(FAREWELL);
    ended
}
