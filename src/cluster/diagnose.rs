//! Why an object is not ready: what the cluster knows, and what is probably behind it.

use super::{Cluster, ObjectRef, Readiness, Target};

/// Everything worth telling about one object that is not ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The object.
    pub object: ObjectRef,
    /// Its state.
    pub readiness: Readiness,
    /// Its latest warning Events and those of its Pods, oldest first: `reason: message`.
    pub events: Vec<String>,
    /// What its Pods wait for: `pod: reason: message (image ...)`.
    pub pods: Vec<String>,
    /// The controller's last error lines about it.
    pub log: Vec<String>,
    /// What is probably behind it.
    pub cause: Option<ProbableCause>,
    /// The next command to type.
    pub command: String,
}

/// What is probably behind an object that is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbableCause {
    /// The cluster cannot reach the Git server.
    GitUnreachable,
    /// The Git server does not accept the credentials in the source secret.
    GitCredentials,
    /// The branch or repository does not exist for the cluster.
    GitNotFound,
    /// The Git server's certificate or host key is not trusted.
    GitTrust,
    /// The source secret is missing or lacks a key.
    SourceSecret,
    /// An image cannot be pulled.
    ImagePull,
    /// No node takes the Pod.
    Scheduling,
    /// A container starts and dies.
    CrashLoop,
    /// Pods are not created: quota, policy or admission.
    PodsDenied,
    /// Objects in the repository are invalid or conflict with what the cluster holds.
    Manifests,
    /// The controller that should act is not running.
    ControllerDown,
    /// The path does not exist in the repository.
    PathMissing,
}

impl Cluster {
    /// Looks into one object that is not ready. What cannot be read is left out.
    pub async fn diagnose(&self, target: &Target, readiness: &Readiness) -> Diagnosis {
        let _ = (target, readiness);
        unimplemented!()
    }
}
