//! The command line of `flux version`.

use super::reading::Reading;
use super::{cluster, run};
use crate::cli::VersionArgs;
use crate::domain::config::VersionConfig;
use crate::domain::environment::Environment;
use crate::domain::error::Error;

/// Resolves a command line of `flux version` that asks a cluster into a configuration and the warnings about it.
///
/// # Errors
/// A usage error; further ones are in its `related`. No secret is part of it.
pub(crate) fn resolve_version(
    args: &VersionArgs,
    environment: &Environment,
) -> Result<(VersionConfig, Vec<String>), Error> {
    let VersionArgs { client: _, output: _, timeout, cluster } = args;
    let mut findings = Reading::new(environment);
    let timeout = findings.value("--timeout", run::checked_timeout(timeout));
    let cluster = cluster::resolve(cluster, None, &mut findings);
    let warnings = findings.finish()?;
    let (Some(timeout), Some(cluster)) = (timeout, cluster) else {
        return Err(Error::usage("the command line cannot be resolved"));
    };
    Ok((VersionConfig { cluster, timeout: timeout.into() }, warnings))
}
