//! The way to the cluster, and whether it is the one that is meant.

use super::Session;
use crate::cluster::{Cluster, ClusterError, context_namespace};
use crate::domain::config::{ClusterConfig, KubeOptions, Namespace, NamespaceChoice};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::shell_word::shell_word;

/// The namespace of Flux, which the kubeconfig may choose.
///
/// # Errors
/// The kubeconfig cannot be read, or names no valid namespace.
pub(crate) fn namespace(config: &ClusterConfig, environment: &Environment) -> Result<Namespace, Error> {
    match &config.namespace {
        NamespaceChoice::Fixed(namespace) => Ok(namespace.clone()),
        NamespaceChoice::FollowsContext(otherwise) => match context_namespace(&config.kube, environment)? {
            Some(name) => {
                name.parse().map_err(|error| Error::usage("the context's namespace cannot be used").caused_by(error))
            }
            None => Ok(otherwise.clone()),
        },
    }
}

/// Refuses a flag that names what the kubeconfig does not have: a slip, told before any server is asked.
///
/// # Errors
/// The wrong flag alone; a kubeconfig that cannot be used is the connection's to report.
pub(crate) fn check_flags(config: &ClusterConfig, environment: &Environment) -> Result<(), Error> {
    match context_namespace(&config.kube, environment).map_err(Error::from) {
        Err(error) if error.kind == Kind::Usage => Err(error),
        _ => Ok(()),
    }
}

/// Connects; every request stays within the session's limits.
///
/// # Errors
/// The cluster cannot be reached, or is not that of `--expect-context`.
pub(crate) async fn connect(config: &ClusterConfig, session: &Session<'_>) -> Result<Cluster, Error> {
    let (environment, notices) = (session.environment, session.notices());
    let cluster = Cluster::connect_telling(&config.kube, environment, &session.limits, notices).await?;
    if let Some(expected) = &config.expect_context
        && cluster.context() != Some(expected)
    {
        let found = cluster
            .context()
            .map_or_else(|| "the in-cluster service account".to_owned(), |name| format!("context `{name}`"));
        return Err(Error::refused(format!(
            "this run would change the cluster of {found}, and `--expect-context` names `{expected}`"
        ))
        .hint(other_context(config, environment, expected)));
    }
    Ok(cluster)
}

/// How to get to the cluster that is meant.
fn other_context(config: &ClusterConfig, environment: &Environment, expected: &str) -> String {
    let asked = KubeOptions { context: Some(expected.to_owned()), ..config.kube.clone() };
    match context_namespace(&asked, environment) {
        Err(ClusterError::UnknownContext { known, .. }) => {
            let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!(
                "The kubeconfig has no such context, but {}: name another kubeconfig with --kubeconfig, or correct --expect-context.",
                known.join(", ")
            )
        }
        _ => format!("Choose the cluster with `--context={}`.", shell_word(expected)),
    }
}
