//! The first contact with an API server.

use std::sync::Arc;
use std::time::Instant;

use super::connector::Connector;
use super::kind_cache::KindCache;
use super::kubeconfig_source::choose;
use super::refusal::Subject;
use super::request::{ApiServer, Call};
use super::retry::{Bucket, first_contact};
use super::{Cluster, ClusterError, Notices, ServerVersion};
use crate::domain::config::KubeOptions;
use crate::domain::environment::Environment;
use crate::domain::limits::Limits;

impl Cluster {
    /// Warnings of what the settings of a connection expose, or withhold; none where they cannot be read.
    pub fn warnings_of(options: &KubeOptions, environment: &Environment) -> Vec<String> {
        choose(options, environment).map(|choice| Connector::warnings(&choice)).unwrap_or_default()
    }

    /// Connects and asks for the server's version, so that every later failure is not one of the connection's
    /// settings. This and all later requests stay within `limits`. What a credential plugin says is not heard.
    ///
    /// # Errors
    /// No configuration, one that is wrong, or no answer.
    pub async fn connect(
        options: &KubeOptions,
        environment: &Environment,
        limits: &Limits,
    ) -> Result<Self, ClusterError> {
        Self::connect_telling(options, environment, limits, Notices::default()).await
    }

    /// [`Self::connect`], where `notices` pass on what is told at any time, such as a credential plugin's words.
    pub(crate) async fn connect_telling(
        options: &KubeOptions,
        environment: &Environment,
        limits: &Limits,
        notices: Notices,
    ) -> Result<Self, ClusterError> {
        let choice = choose(options, environment)?;
        let (connector, server) = Connector::new(choice, environment, notices)?;
        let client = connector.client(limits).await?;
        let bucket = Bucket::new(options.qps, options.burst, Instant::now());
        let kind_cache = KindCache::of(&server, options, environment);
        let api = ApiServer::new(server, connector, client, bucket, limits.clone(), kind_cache);
        let subject = Subject {
            action: "ask for the server's version".to_owned(),
            object: "/version".to_owned(),
            user: api.connector.user.clone(),
            impersonates: api.connector.impersonates(),
            ..Subject::default()
        };
        let call = Call { worth: first_contact, ..Call::get("/version".to_owned(), subject) };
        let version = ServerVersion::of(&api.call(&call).await?);
        tracing::debug!(server = api.server, version = version.text, "connected");
        Ok(Self { api: Arc::new(api), version: Arc::new(version) })
    }
}
