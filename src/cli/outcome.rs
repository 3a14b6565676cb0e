//! What a command line comes to: a command, or why there is none.

use std::path::PathBuf;

use super::check_args::CheckArgs;
use super::get_args::GetArgs;
use super::git_args::BootstrapGitArgs;
use super::manual::ManPage;
use super::rotate_args::RotateGitArgs;
use super::steer_args::SteerArgs;
use super::uninstall_args::UninstallArgs;
use super::version_args::VersionArgs;
use crate::domain::config::OutputFormat;
use crate::domain::error::Error;
use crate::domain::flux::FluxKind;

/// How versions are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
    /// The same in YAML.
    Yaml,
}

/// What shall be done.
#[derive(Debug)]
pub enum Command {
    /// `flux bootstrap git`
    BootstrapGit(Box<BootstrapGitArgs>),
    /// `flux rotate source git`
    RotateGit(Box<RotateGitArgs>),
    /// `flux check`
    Check(Box<CheckArgs>),
    /// `flux uninstall`
    Uninstall(Box<UninstallArgs>),
    /// `flux get`: objects of this kind
    Get(FluxKind, Box<GetArgs>),
    /// `flux reconcile`, `flux suspend`, `flux resume`: objects of this kind
    Steer(FluxKind, Box<SteerArgs>),
    /// `flux version`
    Version(Box<VersionArgs>),
    /// `flux --version`
    VersionLine,
    /// Print this text on standard output.
    Print(String),
    /// `flux manpages`: write these files.
    ManPages {
        /// Where; it exists or is made.
        directory: PathBuf,
        /// One for each command that is not hidden.
        pages: Vec<ManPage>,
    },
    /// A shell asks what may come next: print the answer of [`super::complete`].
    Complete {
        /// The word at the cursor.
        current: String,
        /// The words before it, without the program's name.
        before: Vec<String>,
    },
}

/// Why there is nothing to run.
#[derive(Debug)]
pub enum ParseOutcome {
    /// Help was asked for, or no command was named: print it on standard output and exit with 0.
    Help {
        /// Without escape sequences.
        plain: String,
        /// With colours, for terminals.
        styled: String,
    },
    /// The command line is wrong: report it and exit with its code.
    Wrong {
        /// What is wrong; it repeats no value that may be a secret.
        error: Box<Error>,
        /// In which form the command line asks for output, as far as that can be told.
        output: OutputFormat,
    },
}
