//! `flux reconcile`, `flux suspend`, `flux resume`.

use clap::ArgAction::Set;
use clap::{Args, Subcommand};

use super::kube_args::ClusterArgs;
use crate::domain::flux::FluxKind;

/// Whom a verb is about.
#[derive(Subcommand, Clone, Debug)]
pub(super) enum SteerWhat<A: Args, B: Args> {
    /// A source: where the cluster syncs from
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Source {
        #[command(subcommand)]
        kind: SteerSource<A>,
    },
    /// A Kustomization: what the cluster applies
    #[command(alias = "ks")]
    Kustomization(Box<B>),
}

/// The sources.
#[derive(Subcommand, Clone, Debug)]
pub(super) enum SteerSource<A: Args> {
    /// A GitRepository: where the cluster syncs from
    Git(Box<A>),
}

impl<A: Args, B: Args + From<A>> SteerWhat<A, B> {
    /// The kind, and what was typed after it.
    pub(super) fn into_parts(self) -> (FluxKind, Box<B>) {
        match self {
            Self::Source { kind: SteerSource::Git(args) } => (FluxKind::GitRepository, Box::new(B::from(*args))),
            Self::Kustomization(args) => (FluxKind::Kustomization, args),
        }
    }
}

/// What was typed after `flux reconcile source git`.
#[derive(Args, Clone, Debug)]
pub(super) struct ReconcileSourceArgs {
    /// Name of the object
    pub(super) name: String,
    #[command(flatten)]
    pub(super) run: SteerRunArgs,
}

/// What was typed after `flux reconcile kustomization`.
#[derive(Args, Clone, Debug)]
pub struct ReconcileArgs {
    /// Name of the object
    pub(super) name: String,
    /// Have its source fetched first
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) with_source: bool,
    #[command(flatten)]
    pub(super) run: SteerRunArgs,
}

impl From<ReconcileSourceArgs> for ReconcileArgs {
    fn from(ReconcileSourceArgs { name, run }: ReconcileSourceArgs) -> Self {
        Self { name, with_source: false, run }
    }
}

/// What was typed after `flux suspend` and the kind.
#[derive(Args, Clone, Debug)]
pub struct SuspendArgs {
    /// Names of the objects
    pub(super) names: Vec<String>,
    /// All objects of this kind in the namespace
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) run: SteerRunArgs,
}

/// What was typed after `flux resume` and the kind.
#[derive(Args, Clone, Debug)]
pub struct ResumeArgs {
    /// Names of the objects
    pub(super) names: Vec<String>,
    /// All objects of this kind in the namespace
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) all: bool,
    /// Wait until they are ready
    #[arg(long, action = Set, value_name = "BOOL", default_value = "true")]
    pub(super) wait: bool,
    #[command(flatten)]
    pub(super) run: SteerRunArgs,
}

/// How the run behaves.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Run and output")]
pub(super) struct SteerRunArgs {
    /// Show what would be done and do nothing
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) dry_run: bool,
    /// Format of the output: `json` prints one object a line on standard output
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub(super) output: String,
    /// How long the whole run may take
    #[arg(long, value_name = "DURATION", default_value = "5m0s")]
    pub(super) timeout: String,
    /// Print each object
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
}

/// What was typed after one of the three verbs. [`super::resolve_steer`] turns it into a configuration.
#[derive(Clone, Debug)]
pub enum SteerArgs {
    /// `flux reconcile`
    Reconcile(ReconcileArgs),
    /// `flux suspend`
    Suspend(SuspendArgs),
    /// `flux resume`
    Resume(ResumeArgs),
}

impl SteerArgs {
    /// How the run behaves.
    pub(super) const fn run(&self) -> &SteerRunArgs {
        match self {
            Self::Reconcile(args) => &args.run,
            Self::Suspend(args) => &args.run,
            Self::Resume(args) => &args.run,
        }
    }
}
