//! The cluster side against a real API server.

mod access;
mod apply;
mod connect;
mod faults;
mod reconcile;
mod wait;

use std::time::Duration;

use flux_bootstrap::for_tests::{Cluster, ClusterError, Environment, KubeOptions, Limits, yaml};
use serde_json::Value;

use crate::support::TestEnv;

/// Longer than any of these scenarios takes.
const LONG: Duration = Duration::from_secs(90);

/// Runs a future as the product does: on one thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Connects with a kubeconfig of this text.
async fn connect(kubeconfig: &str) -> Result<Cluster, ClusterError> {
    connect_with(kubeconfig, KubeOptions::default(), LONG).await
}

async fn connect_with(kubeconfig: &str, options: KubeOptions, timeout: Duration) -> Result<Cluster, ClusterError> {
    let env = TestEnv::new();
    let file = env.write("home/.kube/config", kubeconfig);
    let environment = Environment::of_variables([("KUBECONFIG", file.to_str().unwrap())]);
    Cluster::connect(&options, &environment, &Limits::after(timeout)).await
}

fn objects(text: &str) -> Vec<Value> {
    yaml::parse(text).unwrap().into_iter().map(|document| document.value).collect()
}
