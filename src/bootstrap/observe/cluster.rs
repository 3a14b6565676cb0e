//! Looking at the cluster.

use serde_json::Value;

use crate::bootstrap::cluster_state::ClusterState;
use crate::cluster::{Cluster, ClusterError};
use crate::domain::config::{BootstrapConfig, Namespace, ProxyChange};
use crate::domain::error::Error;
use crate::domain::event::Event;
use crate::domain::object_ref::ObjectRef;
use crate::hints::rights::missing_rights;
use crate::open::{Session, connect};
use crate::plan::rights;

/// Connects, and reads what the cluster holds of a bootstrap.
///
/// # Errors
/// The cluster cannot be reached or read, or is not the one that is meant.
pub(super) async fn look(
    session: &Session<'_>,
    config: &BootstrapConfig,
    namespace: &Namespace,
) -> Result<(Cluster, ClusterState), Error> {
    for message in Cluster::warnings_of(&config.cluster.kube, session.environment) {
        session.report(Event::Warning { message });
    }
    let cluster = connect(&config.cluster, session).await?;
    session.report(Event::ClusterChosen {
        server: cluster.server().to_owned(),
        context: cluster.context().map(str::to_owned),
    });
    let (branch, url) = (config.source.branch.clone(), config.source.clone_url.redacted());
    session.report(Event::FetchStarted { branch, url });
    let pull_secret = session.credentials.registry_login.as_ref().and(config.install.image_pull_secret.as_deref());
    let asks_for_proxy = session.credentials.source_proxy.is_some() || config.source.proxy == ProxyChange::Removed;
    let proxy_secret = asks_for_proxy.then(|| config.source.proxy_secret());
    let others = (pull_secret, proxy_secret.as_deref());
    let mut state = state(&cluster, namespace.as_str(), &config.source.secret_name, others).await?;
    if config.options.changes_proxy() {
        state.api_address = api_address(&cluster).await;
    }
    if config.options.asks_for_webhook() {
        state.identity_webhook = identity_webhook(&cluster).await;
    }
    Ok((cluster, state))
}

/// Whether Azure's identity webhook runs there (the name that its chart and AKS give it); none where this identity may not see it.
async fn identity_webhook(cluster: &Cluster) -> Option<bool> {
    let (version, kind) = ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration");
    let webhook = ObjectRef::cluster_wide(version, kind, "azure-wi-webhook-mutating-webhook-configuration");
    cluster.get_metadata(&webhook).await.ok().map(|found| found.is_some())
}

/// Where pods reach the API server; none where this identity may not read it.
async fn api_address(cluster: &Cluster) -> Option<String> {
    let service = ObjectRef::namespaced("v1", "Service", "default", "kubernetes");
    let found = cluster.get(&service).await.ok()??;
    found.pointer("/spec/clusterIP").and_then(Value::as_str).map(str::to_owned)
}

async fn state(
    cluster: &Cluster,
    namespace: &str,
    source_secret: &str,
    (pull_secret, proxy_secret): (Option<&str>, Option<&str>),
) -> Result<ClusterState, Error> {
    let secret = async |name: Option<&str>| match name {
        Some(name) => cluster.secret(namespace, name).await,
        None => Ok(None),
    };
    let looked = futures::try_join!(
        cluster.installed_flux(namespace),
        secret(Some(source_secret)),
        secret(pull_secret),
        secret(proxy_secret)
    );
    match looked {
        Ok((flux, source_secret, pull_secret, proxy_secret)) => Ok(ClusterState {
            flux,
            source_secret,
            pull_secret,
            proxy_secret,
            api_address: None,
            identity_webhook: None,
            version: cluster.version().clone(),
        }),
        Err(error @ ClusterError::Forbidden { .. }) => {
            let missing = cluster.missing_access(&rights::to_look(namespace)).await.unwrap_or_default();
            // A single one is named by the error itself, whose hint knows who we are to the server.
            let all = if missing.len() > 1 { missing_rights(&missing, None) } else { None };
            let error = Error::from(error);
            Err(match all {
                Some(all) => Error { hints: error.hints, ..all },
                None => error,
            })
        }
        Err(error) => Err(error.into()),
    }
}
