//! The command line of `flux check`.

use super::install::named_components;
use super::reading::{Reading, given};
use super::{cluster, run};
use crate::cli::{CheckArgs, output_format};
use crate::domain::config::{CheckConfig, DurationError, GoDuration};
use crate::domain::environment::Environment;
use crate::domain::error::Error;

/// Resolves a command line of `flux check` into a configuration and the warnings about it.
///
/// # Errors
/// A usage error; further ones are in its `related`. No secret is part of it.
pub fn resolve_check(args: &CheckArgs, environment: &Environment) -> Result<(CheckConfig, Vec<String>), Error> {
    let CheckArgs { pre, components, components_extra, poll_interval, output, timeout, cluster } = args;
    let mut findings = Reading::new(environment);
    let timeout = findings.value("--timeout", run::checked_timeout(timeout));
    let components = named_components(&[("--components", components)], &mut findings);
    let components_extra = named_components(&[("--components-extra", components_extra)], &mut findings);
    let poll_interval = match given(poll_interval.as_ref()) {
        None => Some(None),
        Some(text) => findings.value("--poll-interval", checked_interval(text)).map(Some),
    };
    if *pre {
        findings.useless(&[("--poll-interval", poll_interval != Some(None))], "with `--pre`, which looks once");
    }
    let cluster = cluster::resolve(cluster, None, &mut findings);
    let warnings = findings.finish()?;
    let config = (|| {
        Some(CheckConfig {
            cluster: cluster?,
            before_bootstrap: *pre,
            components: Some(components?).filter(|components| !components.is_empty()),
            components_extra: components_extra?,
            poll_interval: poll_interval?.map(Into::into),
            timeout: timeout?.into(),
            output: output_format(output),
        })
    })();
    Ok((config.ok_or_else(|| Error::usage("the command line cannot be resolved"))?, warnings))
}

fn checked_interval(text: &str) -> Result<GoDuration, String> {
    let interval: GoDuration = text.parse().map_err(|error: DurationError| error.to_string())?;
    if interval.as_nanos() == 0 { Err("two looks need some time between them".to_owned()) } else { Ok(interval) }
}
