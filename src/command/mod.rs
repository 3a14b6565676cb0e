//! From the command line to the exit code: what each command does, and what is printed about its end.

mod changing;
mod farewell;
mod looking;
mod rotate;
mod steer;
mod uninstall;

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::ExitCode;

use changing::{Around, Printed};
use farewell::{Ending, conclude, fail};

use crate::bootstrap::{self, Ended};
use crate::cli::{self, BootstrapGitArgs, Command, ManPage, ParseOutcome};
use crate::domain::config::{OutputFormat, RunMode};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::open::Session;
use crate::preflight;
use crate::ui::interruption::outlive_file_size_limit;
use crate::ui::{self, Output, version_view};

/// Runs the program. A fault of its own ends it as any other failure does, once it was told.
pub fn main() -> ExitCode {
    outlive_file_size_limit();
    let environment = Environment::of_process();
    let output = Output::new(&environment);
    ui::tell_panics(output.outlet());
    ui::start_log(&environment, output.outlet());
    let code = panic::catch_unwind(AssertUnwindSafe(|| run(&environment, &output)));
    ExitCode::from(code.unwrap_or_else(|_| Kind::Other.exit_code()))
}

/// Runs the command that was typed; gives the exit code.
fn run(environment: &Environment, output: &Output) -> u8 {
    let ending = match cli::parse(environment.arguments(), environment) {
        Ok(Command::BootstrapGit(args)) => bootstrap_git(&args, environment, output),
        Ok(Command::RotateGit(args)) => rotate::rotate_git(&args, environment, output),
        Ok(Command::Uninstall(args)) => uninstall::uninstall(&args, environment, output),
        Ok(Command::Check(args)) => Ending::of(looking::check(&args, environment, output)),
        Ok(Command::Get(kind, args)) => Ending::of(looking::get(kind, &args, environment, output)),
        Ok(Command::Steer(kind, args)) => steer::steer(kind, &args, environment, output),
        Ok(Command::Version(args)) => Ending::of(looking::version(&args, environment, output)),
        Ok(Command::VersionLine) => {
            output.data(&version_view::line());
            Ending::of(None)
        }
        Ok(Command::Print(text)) => {
            output.data(&text);
            Ending::of(None)
        }
        Ok(Command::Complete { current, before }) => {
            output.data(&cli::complete(&current, &before, environment));
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
    conclude(output, ending).map_or(0, Kind::exit_code)
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
    changing::run(&config.run, warnings, environment, output, |around| {
        let credentials = preflight::read(&config, environment, around.prompter)?;
        let Around { environment, reporter, prompter, account } = around;
        let session = Session::new(environment, &credentials, reporter, prompter, config.run.timeout);
        let ended = changing::to_the_end(&session, account, bootstrap::run(&session, &config, account))?;
        Ok(match ended {
            Ended::Done => Printed::Told,
            Ended::Planned(plan) => Printed::Plan(plan),
            Ended::Exported(paths) if matches!(config.run.mode, RunMode::ExportFiles(_)) => Printed::Data(paths),
            Ended::Exported(yaml) => Printed::Yaml(yaml),
        })
    })
}
