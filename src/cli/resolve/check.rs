//! The command line of `flux check`.

use super::reading::Reading;
use super::{cluster, run};
use crate::cli::{CheckArgs, output_format};
use crate::domain::config::CheckConfig;
use crate::domain::environment::Environment;
use crate::domain::error::Error;

/// Resolves a command line of `flux check` into a configuration and the warnings about it.
///
/// # Errors
/// A usage error; further ones are in its `related`. No secret is part of it.
pub fn resolve_check(args: &CheckArgs, environment: &Environment) -> Result<(CheckConfig, Vec<String>), Error> {
    let CheckArgs { pre, output, timeout, cluster } = args;
    let mut findings = Reading::new(environment);
    let timeout = findings.value("--timeout", run::checked_timeout(timeout));
    let cluster = cluster::resolve(cluster, None, &mut findings);
    let warnings = findings.finish()?;
    let (Some(timeout), Some(cluster)) = (timeout, cluster) else {
        return Err(Error::usage("the command line cannot be resolved"));
    };
    let config =
        CheckConfig { cluster, before_bootstrap: *pre, timeout: timeout.into(), output: output_format(output) };
    Ok((config, warnings))
}
