//! Every command and flag, as clap knows them.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand};

use super::check_args::CheckArgs;
use super::get_args::GetWhat;
use super::git_args::BootstrapGitArgs;
use super::rotate_args::RotateGitArgs;
use super::steer_args::{ReconcileArgs, ReconcileSourceArgs, ResumeArgs, SteerWhat, SuspendArgs};
use super::uninstall_args::UninstallArgs;
use super::version_args::VersionArgs;
use super::{go_values, help_text};

#[derive(Parser, Debug)]
#[command(
    name = "flux",
    bin_name = "flux",
    about = help_text::ABOUT,
    after_help = help_text::AFTER_FLUX,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Verb,
}

#[derive(Subcommand, Debug)]
pub(super) enum Verb {
    /// Install Flux into a cluster and let it sync from a repository
    #[command(subcommand_required = true, arg_required_else_help = true, after_help = help_text::AFTER_BOOTSTRAP)]
    Bootstrap {
        #[command(subcommand)]
        provider: Provider,
    },
    /// Give the cluster another credential, and prove that it works
    #[command(subcommand_required = true, arg_required_else_help = true, after_help = help_text::AFTER_ROTATE)]
    Rotate {
        #[command(subcommand)]
        what: RotatedKind,
    },
    /// Tell whether a bootstrap could begin, or how the installed Flux is
    #[command(after_help = help_text::AFTER_CHECK)]
    Check(Box<CheckArgs>),
    /// Remove Flux from a cluster, and prove that nothing that it applied is lost
    #[command(long_about = help_text::ABOUT_UNINSTALL, after_help = help_text::AFTER_UNINSTALL)]
    Uninstall(Box<UninstallArgs>),
    /// List the sources and Kustomizations of a cluster, and how they stand
    #[command(subcommand_required = true, arg_required_else_help = true, after_help = help_text::AFTER_GET)]
    Get {
        #[command(subcommand)]
        what: GetWhat,
    },
    /// Have a source fetched or a Kustomization applied now, and wait until that is done
    #[command(subcommand_required = true, arg_required_else_help = true, after_help = help_text::AFTER_RECONCILE)]
    Reconcile {
        #[command(subcommand)]
        what: SteerWhat<ReconcileSourceArgs, ReconcileArgs>,
    },
    /// Keep Flux from acting on sources or Kustomizations until `flux resume`
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Suspend {
        #[command(subcommand)]
        what: SteerWhat<SuspendArgs, SuspendArgs>,
    },
    /// Let Flux act on sources or Kustomizations again, and wait until they are ready
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Resume {
        #[command(subcommand)]
        what: SteerWhat<ResumeArgs, ResumeArgs>,
    },
    /// Print the versions of this program, of the Flux components in it, and of what runs in the cluster
    Version(Box<VersionArgs>),
    /// Print the completion script of a shell
    #[command(after_help = help_text::AFTER_COMPLETION)]
    Completion {
        /// Shell to print it for
        #[arg(value_parser = ["bash", "zsh", "fish", "powershell"])]
        shell: String,
    },
    /// Write the manual pages
    #[command(hide = true)]
    Manpages {
        /// Folder to write them to
        directory: PathBuf,
    },
    /// Print the reference of all flags, in Markdown
    #[command(hide = true)]
    FlagReference,
}

#[derive(Subcommand, Debug)]
pub(super) enum Provider {
    /// Bootstrap from any Git repository, Azure DevOps first
    #[command(long_about = help_text::ABOUT_GIT, after_help = help_text::AFTER_GIT)]
    Git(Box<BootstrapGitArgs>),
}

#[derive(Subcommand, Debug)]
pub(super) enum RotatedKind {
    /// The credential by which a source is read
    #[command(subcommand_required = true, arg_required_else_help = true, after_help = help_text::AFTER_ROTATE)]
    Source {
        #[command(subcommand)]
        source: RotatedSource,
    },
}

#[derive(Subcommand, Debug)]
pub(super) enum RotatedSource {
    /// Replace the token or key by which a GitRepository is read
    #[command(long_about = help_text::ABOUT_ROTATE_GIT, after_help = help_text::AFTER_ROTATE_GIT)]
    Git(Box<RotateGitArgs>),
}

/// Every command and flag, with the manners of Go's flags.
pub(super) fn definition() -> clap::Command {
    go_values::with_go_manners(Cli::command())
}
