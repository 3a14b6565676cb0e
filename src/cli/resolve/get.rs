//! The command line of `flux get`.

use super::reading::{Reading, given, object_name};
use super::{cluster, run};
use crate::cli::GetArgs;
use crate::domain::config::{GetConfig, StatusSelector};
use crate::domain::environment::Environment;
use crate::domain::error::Error;
use crate::domain::flux::FluxKind;

/// Resolves a command line of `flux get` into a configuration and the warnings about it.
///
/// # Errors
/// A usage error; further ones are in its `related`. No secret is part of it.
pub(crate) fn resolve_get(
    kind: FluxKind,
    args: &GetArgs,
    environment: &Environment,
) -> Result<(GetConfig, Vec<String>), Error> {
    let GetArgs { name, all_namespaces, label_selector, status_selector, no_header, output: _, timeout, cluster } =
        args;
    let mut findings = Reading::new(environment);
    let timeout = findings.value("--timeout", run::checked_timeout(timeout));
    let cluster = cluster::resolve(cluster, None, &mut findings);
    let name = match given(name.as_ref()) {
        None => Some(None),
        Some(name) => findings.value("NAME", object_name(name)).map(Some),
    };
    if let (Some(Some(name)), true) = (&name, *all_namespaces) {
        let error = Error::usage(format!("the name `{name}` and `--all-namespaces` exclude each other"));
        findings.error(error.hint("Name one object in one namespace, or list those of all."));
    }
    let status_selector = match given(status_selector.as_ref()) {
        None => Some(None),
        Some(text) => findings.value("--status-selector", selector(text)).map(Some),
    };
    let warnings = findings.finish()?;
    let (Some(timeout), Some(cluster), Some(name), Some(status_selector)) = (timeout, cluster, name, status_selector)
    else {
        return Err(Error::usage("the command line cannot be resolved"));
    };
    let config = GetConfig {
        cluster,
        kind,
        name,
        all_namespaces: *all_namespaces,
        label_selector: given(label_selector.as_ref()).unwrap_or_default().to_owned(),
        status_selector,
        without_header: *no_header,
        timeout: timeout.into(),
    };
    Ok((config, warnings))
}

fn selector(text: &str) -> Result<StatusSelector, String> {
    let wrong = || format!("`{text}` is not of the form `ready=false`");
    let (condition, status) = text.split_once('=').ok_or_else(wrong)?;
    let known = ["true", "false", "unknown"].contains(&status.to_lowercase().as_str());
    if condition.is_empty() || !known {
        return Err(wrong());
    }
    Ok(StatusSelector { condition: condition.to_owned(), status: status.to_owned() })
}
