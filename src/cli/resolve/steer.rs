//! The command lines of `flux reconcile`, `flux suspend` and `flux resume`.

use super::reading::{Reading, object_name};
use super::{cluster, run};
use crate::cli::SteerArgs;
use crate::cli::steer_args::{ReconcileArgs, ResumeArgs, SteerRunArgs, SuspendArgs};
use crate::domain::config::{Chosen, RunConfig, SteerConfig, SteerVerb};
use crate::domain::environment::Environment;
use crate::domain::error::Error;
use crate::domain::flux::FluxKind;

/// Resolves a command line into a configuration and the warnings about it.
///
/// # Errors
/// A usage error; further ones are in its `related`. No secret is part of it.
pub(crate) fn resolve_steer(
    kind: FluxKind,
    args: &SteerArgs,
    environment: &Environment,
) -> Result<(SteerConfig, Vec<String>), Error> {
    let mut findings = Reading::new(environment);
    let (verb, names, all, run) = match args {
        SteerArgs::Reconcile(ReconcileArgs { name, with_source, run }) => {
            (SteerVerb::Reconcile { with_source: *with_source }, std::slice::from_ref(name), false, run)
        }
        SteerArgs::Suspend(SuspendArgs { names, all, run }) => (SteerVerb::Suspend, names.as_slice(), *all, run),
        SteerArgs::Resume(ResumeArgs { names, all, wait, run }) => {
            (SteerVerb::Resume { wait: *wait }, names.as_slice(), *all, run)
        }
    };
    let chosen = chosen(names, all, &mut findings);
    let cluster = cluster::resolve(&run.cluster, None, &mut findings);
    let run = resolve_run(run, &mut findings);
    let warnings = findings.finish()?;
    let (Some(chosen), Some(run), Some(cluster)) = (chosen, run, cluster) else {
        return Err(Error::usage("the command line cannot be resolved"));
    };
    Ok((SteerConfig { cluster, run, verb, kind, chosen }, warnings))
}

fn chosen(names: &[String], all: bool, findings: &mut Reading<'_>) -> Option<Chosen> {
    match (names, all) {
        ([], true) => Some(Chosen::All),
        ([], false) => {
            findings.error(Error::usage("no object is named").hint("Name one or more, or all with `--all`."));
            None
        }
        (_, true) => {
            let error = Error::usage("names and `--all` exclude each other");
            findings.error(error.hint("Name one or more, or all with `--all`."));
            None
        }
        (names, false) => {
            let checked: Option<Vec<String>> =
                names.iter().map(|name| findings.value("NAME", object_name(name))).collect();
            checked.map(Chosen::Named)
        }
    }
}

fn resolve_run(args: &SteerRunArgs, findings: &mut Reading<'_>) -> Option<RunConfig> {
    let SteerRunArgs { dry_run, output, timeout, verbose, cluster: _ } = args;
    run::of_a_change((*dry_run, *verbose), output, timeout, findings)
}
