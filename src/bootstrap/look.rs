//! The first look at repository and cluster, side by side, so that all that is wrong is found at once.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use futures::future::{Either, select};

use super::observe::{self, ObservedCluster};
use super::repository::Repository;
use super::run::ask_server_key;
use super::source::{self, ServerKey};
use crate::cluster::{Cluster, ClusterError, context_namespace};
use crate::domain::config::KubeOptions;
use crate::domain::config::{BootstrapConfig, Namespace};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Reporter, SharedReporter};
use crate::domain::git_url::{GitUrl, Scheme};
use crate::domain::object_id::CommitId;
use crate::git::host_key::HostKey;
use crate::git::transport::ssh::SshError;
use crate::preflight::Credentials;

/// How long one side may go on looking for what is wrong when the other side has failed.
const GRACE: Duration = Duration::from_secs(10);

/// What is looked at, and how.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// What shall be done.
    pub config: &'a BootstrapConfig,
    /// What was read beforehand.
    pub credentials: &'a Credentials,
    /// Environment variables, folders, clock.
    pub environment: &'a Environment,
    /// When to give up.
    pub deadline: Instant,
    /// Set when the user interrupts.
    pub cancelled: &'a Arc<AtomicBool>,
}

/// What the first look at the repository gave.
pub enum Found {
    /// It is open, and this is the branch's tip; none in an empty repository.
    Tip(Repository, Option<CommitId>),
    /// Its SSH server must be vouched for first.
    UnknownServer(HostKey),
}

/// Looks at both; none where a side had not come to an end when the other had failed for some time.
pub async fn at_both(
    look: Look<'_>,
    namespace: &Namespace,
    reporter: &mut dyn Reporter,
) -> (Option<Result<(Cluster, ObservedCluster), Error>>, Option<Result<Found, Error>>) {
    let reporter = SharedReporter::new(reporter);
    side_by_side(at_cluster(look, namespace, &reporter), at_repository(look, &reporter)).await
}

async fn at_cluster(
    look: Look<'_>,
    namespace: &Namespace,
    reporter: &SharedReporter<'_>,
) -> Result<(Cluster, ObservedCluster), Error> {
    let config = look.config;
    let cluster = connect(look).await?;
    reporter.tell(&Event::ClusterChosen {
        server: cluster.server().to_owned(),
        context: cluster.context().map(str::to_owned),
    });
    reporter
        .tell(&Event::FetchStarted { branch: config.source.branch.clone(), url: config.source.clone_url.redacted() });
    let pull_secret = look.credentials.registry_login.as_ref().and(config.install.image_pull_secret.as_deref());
    let observed = observe::cluster(&cluster, namespace.as_str(), &config.source.secret_name, pull_secret).await?;
    Ok((cluster, observed))
}

async fn connect(look: Look<'_>) -> Result<Cluster, Error> {
    let config = &look.config.cluster;
    let cluster = Cluster::connect(&config.kube, look.environment, look.config.run.timeout).await?;
    if let Some(expected) = &config.expect_context
        && cluster.context() != Some(expected)
    {
        let found = cluster
            .context()
            .map_or_else(|| "the in-cluster service account".to_owned(), |name| format!("context `{name}`"));
        return Err(Error::refused(format!(
            "this run would change the cluster of {found}, and `--expect-context` names `{expected}`"
        ))
        .hint(other_context(look, expected)));
    }
    Ok(cluster)
}

/// How to get to the cluster that is meant.
fn other_context(look: Look<'_>, expected: &str) -> String {
    let asked = KubeOptions { context: Some(expected.to_owned()), ..look.config.cluster.kube.clone() };
    match context_namespace(&asked, look.environment) {
        Err(ClusterError::UnknownContext { known, .. }) => {
            let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!(
                "The kubeconfig has no such context, but {}: name another kubeconfig with --kubeconfig, or correct --expect-context.",
                known.join(", ")
            )
        }
        _ => format!("Choose the cluster with `--context={expected}`."),
    }
}

/// Looks at the repository as far as that takes no question.
async fn at_repository(look: Look<'_>, reporter: &SharedReporter<'_>) -> Result<Found, Error> {
    let url = &look.config.source.clone_url;
    let host_keys = &look.credentials.host_keys;
    if url.scheme == Scheme::Ssh
        && let ServerKey::Unknown(key) =
            ask_server_key(url, host_keys, look.credentials, look.deadline, look.cancelled).await?
    {
        return Ok(Found::UnknownServer(key));
    }
    // A server that cannot be reached is the fetch's to report.
    let repository = Repository::closed();
    let connection =
        source::connection(look.config, look.credentials, host_keys, look.environment, look.deadline, look.cancelled);
    repository.open(&connection)?;
    let tip = repository.fetch(&look.config.source.branch, reporter).await;
    let is_anonymous = url.scheme != Scheme::Ssh && look.credentials.token.is_none();
    let tip = tip.map_err(|error| if is_anonymous { without_token(error, url) } else { error })?;
    Ok(Found::Tip(repository, tip))
}

/// A refusal says that the credentials are wrong, also where there are none.
fn without_token(error: Error, url: &GitUrl) -> Error {
    if error.kind != Kind::GitAccess {
        return error;
    }
    let message = format!("`{}` is not open to everybody, and no token was given", url.redacted());
    Error { message, hints: Vec::new(), ..error.caused_first() }
        .hint("Give a token on standard input with --token-auth, in GIT_PASSWORD, or with --password-file.")
}

/// What speaks against a server whose key is not on record, where the cluster cannot be asked for its record and nobody
/// else can be asked either.
pub fn unvouched(look: Look<'_>, key: &HostKey, can_ask: bool) -> Option<Error> {
    let url = &look.config.source.clone_url;
    if can_ask || look.config.credentials.accept_new_host_key {
        return None;
    }
    let host = crate::git::known_hosts::host_name(&url.host, url.port_or_default());
    let error = Error::from(SshError::HostKeyUnknown { host, key: key.clone() });
    Some(error.hint(
        "A source secret that is in the cluster already may hold it, and will be asked when the cluster can be read.",
    ))
}

/// Runs both. When one has failed, the other gets a little time to say what is wrong on its side.
async fn side_by_side<A, B>(
    one: impl Future<Output = Result<A, Error>>,
    other: impl Future<Output = Result<B, Error>>,
) -> (Option<Result<A, Error>>, Option<Result<B, Error>>) {
    match select(pin!(one), pin!(other)).await {
        Either::Left((Ok(one), other)) => (Some(Ok(one)), Some(other.await)),
        Either::Left((one, other)) => (Some(one), within_grace(other).await),
        Either::Right((Ok(other), one)) => (Some(one.await), Some(Ok(other))),
        Either::Right((other, one)) => (within_grace(one).await, Some(other)),
    }
}

/// What comes of it in the time that is left to a run which has failed already.
pub async fn within_grace<T>(rest: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(GRACE, rest).await.ok()
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    #[tokio::test]
    async fn what_is_wrong_on_either_side_is_found() {
        let failure = |what: &str| Err::<(), _>(Error::refused(what));
        let both = side_by_side(ready(failure("a")), ready(failure("b"))).await;
        assert_eq!(both, (Some(failure("a")), Some(failure("b"))));
        let late = async {
            tokio::task::yield_now().await;
            failure("late")
        };
        assert_eq!(side_by_side(late, ready(Ok(1))).await, (Some(failure("late")), Some(Ok(1))));
        let late = async {
            tokio::task::yield_now().await;
            failure("late")
        };
        assert_eq!(side_by_side(late, ready(failure("b"))).await, (Some(failure("late")), Some(failure("b"))));
    }
}
