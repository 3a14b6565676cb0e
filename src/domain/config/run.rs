//! How a run behaves: its deadline, its output, whether it writes at all.

use std::path::PathBuf;
use std::time::Duration;

/// The run's deadline and output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunConfig {
    /// `--timeout`: the one deadline of the whole run; time spent in questions does not count.
    pub timeout: Duration,
    /// `--verbose`
    pub verbose: bool,
    /// What the run does.
    pub mode: RunMode,
    /// `--output`
    pub output: OutputFormat,
}

/// What a run does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunMode {
    /// Plan and execute.
    Execute,
    /// `--dry-run`: show the plan and write nothing.
    DryRun,
    /// `--export`: print all objects as YAML; neither cluster nor repository is touched.
    Export {
        /// `--show-secrets`: print secret values instead of asterisks.
        show_secrets: bool,
    },
    /// `--export-dir`: write the files that would be committed below this absolute path; neither cluster nor repository
    /// is touched.
    ExportFiles(PathBuf),
}

impl RunMode {
    /// Whether what comes of the run depends on the values of secrets.
    pub const fn needs_secrets(&self) -> bool {
        matches!(self, Self::Execute | Self::DryRun | Self::Export { show_secrets: true })
    }
}

/// `--output`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// Narration for people on standard error; data on standard output.
    Text,
    /// One JSON object a line on standard output.
    Json,
}
