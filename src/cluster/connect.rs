//! From kubectl's flags and the kubeconfig to a connection.

use std::time::Duration;

use super::{Cluster, ClusterError, KubeOptions};
use crate::environment::Environment;

impl Cluster {
    /// Connects and asks for the server's version, so that every later failure is not one of the connection's
    /// settings. `timeout` is the deadline of this and all later requests.
    ///
    /// # Errors
    /// No configuration, one that is wrong, or no answer.
    pub async fn connect(
        options: &KubeOptions,
        environment: &Environment,
        timeout: Duration,
    ) -> Result<Self, ClusterError> {
        let _ = (options, environment, timeout);
        unimplemented!()
    }
}

/// The namespace of the chosen context, for `--ns-follows-kube-context`.
///
/// # Errors
/// A kubeconfig that cannot be read, or a context that does not exist.
pub fn context_namespace(options: &KubeOptions, environment: &Environment) -> Result<Option<String>, ClusterError> {
    let _ = (options, environment);
    unimplemented!()
}
