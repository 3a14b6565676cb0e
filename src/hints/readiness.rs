//! Advice for objects that did not become ready.

use crate::cluster::{Diagnosis, ProbableCause, Readiness};
use crate::domain::error::{Error, Kind};

impl From<Diagnosis> for Error {
    fn from(diagnosis: Diagnosis) -> Self {
        let object = &diagnosis.object;
        let mut error = Self::new(Kind::NotReady, format!("`{object}` is not ready"));
        match &diagnosis.readiness {
            Readiness::Pending { reason, message } | Readiness::Stalled { reason, message } => {
                error = error.caused_by(format!("{reason}: {message}"));
            }
            Readiness::Suspended => error = error.caused_by("it is suspended"),
            Readiness::Absent => error = error.caused_by("it does not exist"),
            Readiness::Ready => {}
        }
        let looked_up = diagnosis.definition.iter().chain(&diagnosis.secrets);
        error.causes.extend(looked_up.map(|words| words.as_str().into()));
        error.causes.extend(diagnosis.events.iter().map(|line| format!("event: {line}").into()));
        error.causes.extend(diagnosis.pods.iter().map(|line| format!("pod: {line}").into()));
        error.causes.extend(diagnosis.log.iter().map(|line| format!("log: {line}").into()));
        if matches!(diagnosis.readiness, Readiness::Suspended) {
            return error.hint(format!("Resume it with: {}", diagnosis.command));
        }
        if diagnosis.definition.is_some() {
            error = error.hint("What is applied goes with its definition: when that is gone, run the command again.");
        } else if let Some(cause) = diagnosis.cause {
            error = error.hint(advice(cause));
        }
        error.hint(format!("Look closer with: {}", diagnosis.command))
    }
}

const fn advice(cause: ProbableCause) -> &'static str {
    match cause {
        ProbableCause::GitUnreachable => {
            "The cluster cannot reach the Git server: check DNS, egress rules and proxies of the cluster."
        }
        ProbableCause::GitCredentials => {
            "The Git server does not accept what the source secret holds: run the command again with a valid token or key."
        }
        ProbableCause::GitNotFound => {
            "The branch or repository is not there for the identity in the source secret: check its rights and the URL."
        }
        ProbableCause::GitTrust => {
            "The cluster does not trust the Git server's certificate or host key: give --ca-file, or renew known_hosts by running the command again."
        }
        ProbableCause::SourceSecret => {
            "The source secret is missing or lacks a key: run the command again with the token or key."
        }
        ProbableCause::ImagePull => {
            "An image cannot be pulled: check --registry, --image-pull-secret and the cluster's way to the registry."
        }
        ProbableCause::Scheduling => {
            "No node takes the pod: check node capacity, taints (--toleration-keys) and node selectors."
        }
        ProbableCause::CrashLoop => "A container starts and dies: its log tells why.",
        ProbableCause::PodsDenied => {
            "The cluster refuses to create the pods: check quotas, policies and admission webhooks."
        }
        ProbableCause::Manifests => {
            "Objects in the repository are invalid or conflict with what the cluster holds: correct them in the repository."
        }
        ProbableCause::ControllerDown => "The controller that should act is not running: see its Deployment.",
        ProbableCause::PathMissing => {
            "The path is not in what the cluster fetched at that commit: check --path, `.sourceignore` and `spec.ignore`."
        }
        ProbableCause::Identity => {
            "Microsoft Entra refuses the cluster's identity: what it says names what to correct, and a new federated credential takes minutes."
        }
        ProbableCause::FeatureGate => {
            "The controller lacks a feature gate that `--cluster-identity-mode=object` sets: see whether a patch of yours takes its arguments away."
        }
        ProbableCause::SourceNotReady => "It waits for its source, which is not ready itself.",
    }
}
