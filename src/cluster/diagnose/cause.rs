//! From what the cluster reports to what is probably behind it. Pure.

use serde_json::Value;

use super::pods::waiting;
use crate::cluster::readiness::{Readiness, condition};
use crate::domain::object_ref::ObjectRef;

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
    /// The source that it depends on is not ready itself.
    SourceNotReady,
    /// Microsoft Entra refuses the cluster's identity.
    Identity,
    /// The controller lacks a feature gate that the object needs.
    FeatureGate,
}

/// Phrases of source-controller and its Git library, most telling first.
const SOURCE_PHRASES: &[(ProbableCause, &[&str])] = &[
    (ProbableCause::FeatureGate, &["featuregatedisabled"]),
    (ProbableCause::Identity, &["aadsts"]),
    (
        ProbableCause::SourceSecret,
        &["secrets \"", "secret reference", "failed to get secret", "invalid secret", "secret does not contain"],
    ),
    (
        ProbableCause::GitTrust,
        &["x509", "certificate", "knownhosts", "known_hosts", "host key", "hostkey", "key mismatch"],
    ),
    (
        ProbableCause::GitCredentials,
        &[
            "authentication required",
            "authentication failed",
            "authorization failed",
            "unable to authenticate",
            "invalid credentials",
            "permission denied",
            "unauthorized",
            "forbidden",
            "invalid auth",
            "handshake failed",
            "status code: 401",
            "status code: 403",
            "tf400813",
            "could not read username",
            "sign in",
        ],
    ),
    (
        ProbableCause::GitNotFound,
        &[
            "repository not found",
            "couldn't find remote ref",
            "reference not found",
            "remote branch",
            "tf401019",
            "not found",
        ],
    ),
    (
        ProbableCause::GitUnreachable,
        &[
            "dial tcp",
            "no such host",
            "i/o timeout",
            "connection refused",
            "connection reset",
            "no route to host",
            "deadline exceeded",
            "network is unreachable",
            "proxyconnect",
            "timed out",
            "tls handshake",
            "eof",
        ],
    ),
];

/// Phrases of kustomize-controller.
const SYNC_PHRASES: &[(ProbableCause, &[&str])] = &[
    (ProbableCause::PathMissing, &["path not found", "no such file or directory"]),
    (
        ProbableCause::SourceNotReady,
        &["source artifact not found", "source is not ready", "artifact not found", "dependency"],
    ),
    (
        ProbableCause::Manifests,
        &[
            "build failed",
            "dry-run failed",
            "apply failed",
            "invalid",
            "conflict",
            "immutable",
            "validation",
            "decryption",
            "health check",
            "timeout waiting",
        ],
    ),
];

/// What is probably behind it; none when nothing speaks for anything.
pub(super) fn probable_cause(
    object: &ObjectRef,
    state: &Readiness,
    pods: &[Value],
    events: &[String],
    controller: Option<&Readiness>,
) -> Option<ProbableCause> {
    let message = match state {
        Readiness::Pending { reason, message } | Readiness::Stalled { reason, message } => {
            format!("{reason}: {message}")
        }
        Readiness::Ready | Readiness::Suspended | Readiness::Absent => String::new(),
    };
    let is_silent =
        ["NotObserved", "ReconcileRequested", "NoRevision"].iter().any(|reason| message.starts_with(reason));
    if object.kind == "Deployment" {
        return pod_cause(pods).or_else(|| {
            let all = format!("{message} {}", events.join(" "));
            let denied = ["FailedCreate", "forbidden", "quota", "denied"].iter().any(|word| all.contains(word));
            denied.then_some(ProbableCause::PodsDenied)
        });
    }
    if is_silent || message.is_empty() {
        return match controller {
            Some(Readiness::Ready) | None => None,
            Some(_) => Some(ProbableCause::ControllerDown),
        };
    }
    let words = if object.kind == "Kustomization" { SYNC_PHRASES } else { SOURCE_PHRASES };
    let message = message.to_lowercase();
    words.iter().find(|(_, words)| words.iter().any(|word| message.contains(word))).map(|(cause, _)| *cause)
}

fn pod_cause(pods: &[Value]) -> Option<ProbableCause> {
    pods.iter().find_map(|pod| {
        if condition(pod, "PodScheduled")["status"] == "False" {
            return Some(ProbableCause::Scheduling);
        }
        waiting(pod).iter().find_map(|waiting| match waiting.reason {
            "ImagePullBackOff"
            | "ErrImagePull"
            | "InvalidImageName"
            | "ErrImageNeverPull"
            | "RegistryUnavailable"
            | "ImageInspectError" => Some(ProbableCause::ImagePull),
            "CrashLoopBackOff" | "Error" | "OOMKilled" | "RunContainerError" => Some(ProbableCause::CrashLoop),
            _ => None,
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cause(kind: &str, message: &str) -> Option<ProbableCause> {
        let object = ObjectRef::namespaced("v1", kind, "flux-system", "flux-system");
        let state = Readiness::Pending { reason: "Failed".into(), message: message.into() };
        probable_cause(&object, &state, &[], &[], Some(&Readiness::Ready))
    }

    #[test]
    fn messages_of_the_controllers_tell_the_cause() {
        for (message, expected) in [
            (
                "failed to checkout and determine revision: unable to clone 'https://x': authentication required",
                ProbableCause::GitCredentials,
            ),
            (
                "unable to list remote for 'ssh://x': ssh: handshake failed: knownhosts: key mismatch",
                ProbableCause::GitTrust,
            ),
            ("failed to checkout: Get \"https://x\": dial tcp: lookup x: no such host", ProbableCause::GitUnreachable),
            (
                "failed to configure authentication options: AADSTS700213: No matching record, certificate not found",
                ProbableCause::Identity,
            ),
            ("failed to checkout: couldn't find remote ref \"refs/heads/x\"", ProbableCause::GitNotFound),
            ("failed to get secret 'flux-system/x': secrets \"x\" not found", ProbableCause::SourceSecret),
        ] {
            assert_eq!(cause("GitRepository", message), Some(expected), "{message}");
        }
        for (message, expected) in [
            (
                "kustomization path not found: stat /tmp/x/clusters: no such file or directory",
                ProbableCause::PathMissing,
            ),
            ("Deployment/a/b dry-run failed (Invalid): spec.selector: field is immutable", ProbableCause::Manifests),
            ("Source artifact not found, retrying in 30s", ProbableCause::SourceNotReady),
        ] {
            assert_eq!(cause("Kustomization", message), Some(expected), "{message}");
        }
    }

    #[test]
    fn a_silent_object_has_a_controller_that_is_down() {
        let object = ObjectRef::namespaced("v1", "GitRepository", "a", "b");
        let state = Readiness::Pending { reason: "NotObserved".into(), message: String::new() };
        let down = Readiness::Pending { reason: "Progressing".into(), message: String::new() };
        assert_eq!(probable_cause(&object, &state, &[], &[], Some(&down)), Some(ProbableCause::ControllerDown));
        assert_eq!(probable_cause(&object, &state, &[], &[], Some(&Readiness::Ready)), None);
    }

    #[test]
    fn pods_tell_the_cause() {
        let pod = json!({"metadata": {"name": "a-1"}, "status": {"containerStatuses": [{
            "name": "manager", "image": "ghcr.io/x:v1", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "denied"}},
        }]}});
        assert_eq!(pod_cause(&[pod]), Some(ProbableCause::ImagePull));
        let pod = json!({"metadata": {"name": "a-2"}, "status": {"conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"},
        ]}});
        assert_eq!(pod_cause(&[pod]), Some(ProbableCause::Scheduling));
    }
}
