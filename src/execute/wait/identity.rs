//! What the cluster's own identity adds to a wait: Entra's words without the pages around them, another fetch as long as Entra
//! refuses, and pods that the webhook has passed over.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::cluster::{Cluster, Readiness, WaitEvent, WaitFailure, WaitOutcome};
use crate::domain::entra_words::{code_in, essence};
use crate::domain::event::Event;
use crate::domain::object_ref::ObjectRef;
use crate::entra::Presented;
use crate::execute::writer::Writer;
use crate::flux_api::git_repository;
use crate::hints::entra::advice;
use crate::manifests::cluster_options::AUDIENCE;
use crate::plan::{Wait, WaitedIdentity};

/// How often the source is to be fetched while Entra refuses: the controller's own pauses grow to a quarter of an hour.
const AGAIN: Duration = Duration::from_secs(20);
/// What the webhook puts into the pods, and without which the controllers ask the machine's service for minutes.
const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
/// The label of pods that the webhook is to change.
const LABEL: &str = "azure.workload.identity/use";
/// That it did not.
const NOT_MUTATED: &str =
    "the pods of source-controller were not mutated by Azure's webhook: they have no token to show";

/// An event as it is told; notes whether Entra refuses.
pub(super) fn heard(event: WaitEvent, refused: &AtomicBool) -> WaitEvent {
    if event.object.kind == git_repository::KIND {
        let words = message(&event.readiness).unwrap_or_default();
        refused.store(code_in(words).is_some(), Ordering::Relaxed);
    }
    WaitEvent { readiness: told(event.readiness), ..event }
}

/// An outcome as it is told.
pub(super) fn ended(outcome: WaitOutcome) -> WaitOutcome {
    let result = match outcome.result {
        Err(WaitFailure::NotReady(readiness)) => Err(WaitFailure::NotReady(told(readiness))),
        other => other,
    };
    WaitOutcome { result, ..outcome }
}

fn told(readiness: Readiness) -> Readiness {
    match readiness {
        Readiness::Pending { reason, message } => Readiness::Pending { reason, message: essence(&message) },
        Readiness::Stalled { reason, message } => Readiness::Stalled { reason, message: essence(&message) },
        other => other,
    }
}

fn message(readiness: &Readiness) -> Option<&str> {
    match readiness {
        Readiness::Pending { message, .. } | Readiness::Stalled { message, .. } => Some(message),
        _ => None,
    }
}

/// Has the source fetched again as long as Entra refuses, and says once that pods were passed over. Never ends by itself.
pub(super) async fn urge(writer: &Writer<'_, '_>, step: &Wait, refused: &AtomicBool) -> Infallible {
    let Some(identity) = &step.identity else { return std::future::pending().await };
    let cluster = &writer.worlds.cluster;
    let namespace = step.namespace.as_str();
    let source = ObjectRef::namespaced(git_repository::API_VERSION, git_repository::KIND, namespace, namespace);
    let mut said = false;
    loop {
        tokio::time::sleep(AGAIN).await;
        if identity.by_webhook && !said && are_passed_over(cluster, namespace).await {
            said = true;
            writer.report(Event::Warning { message: NOT_MUTATED.to_owned() });
        }
        if refused.load(Ordering::Relaxed) {
            // The controller goes on by itself; this only makes it sooner.
            let asked = cluster.request_reconcile(&source, &writer.now().to_string()).await;
            tracing::debug!(?asked, "asked for another fetch");
        }
    }
}

/// What to do about a source that an identity cannot read.
pub(super) async fn hints(cluster: &Cluster, step: &Wait, object: &ObjectRef, readiness: &Readiness) -> Vec<String> {
    let Some(identity) = step.identity.as_ref().filter(|_| object.kind == git_repository::KIND) else {
        return Vec::new();
    };
    let words = message(readiness).unwrap_or_default();
    if let Some(code) = code_in(words) {
        return advice(code, &presented(identity)).into_iter().collect();
    }
    if words.contains("x509") && words.contains("login.microsoftonline.com") {
        return vec!["Something between the cluster and Entra shows a certificate of its own: give its authority with --controller-ca-file.".to_owned()];
    }
    if identity.by_webhook && are_passed_over(cluster, &step.namespace).await {
        return vec![format!(
            "{}. See whether the webhook runs (`az aks update --name <cluster> --resource-group <group> --enable-workload-identity`), \
             then `kubectl -n {} rollout restart deployment source-controller`.",
            capitalised(NOT_MUTATED),
            step.namespace
        )];
    }
    Vec::new()
}

/// What the controller shows to Entra.
fn presented(waited: &WaitedIdentity) -> Presented {
    let identity = &waited.identity;
    let assertion = waited.issuer.clone().map(|issuer| [issuer, identity.subject(), AUDIENCE.to_owned()]);
    Presented { tenant: identity.tenant_id.clone(), client_id: identity.client_id.clone(), assertion }
}

async fn are_passed_over(cluster: &Cluster, namespace: &str) -> bool {
    let pods = cluster.list("v1", "Pod", Some(namespace), "app=source-controller").await.unwrap_or_default();
    pods.iter().any(is_passed_over)
}

/// Whether the webhook was to change a pod and did not.
fn is_passed_over(pod: &Value) -> bool {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let mut variables = containers.flat_map(|container| container["env"].as_array().into_iter().flatten());
    pod["metadata"]["deletionTimestamp"].is_null()
        && pod["metadata"]["labels"][LABEL] == "true"
        && !variables.any(|variable| variable["name"] == TOKEN_FILE)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_that_should_have_been_changed_has_the_label_and_not_the_variable() {
        let pod = |label: &str, variable: &str| json!({"metadata": {"labels": {LABEL: label}}, "spec": {"containers": [{"env": [{"name": variable}]}]}});
        assert!(is_passed_over(&pod("true", "RUNTIME_NAMESPACE")));
        assert!(!is_passed_over(&pod("true", TOKEN_FILE)) && !is_passed_over(&pod("", "RUNTIME_NAMESPACE")));
        let mut gone = pod("true", "x");
        gone["metadata"]["deletionTimestamp"] = json!("2026-03-01T12:00:00Z");
        assert!(!is_passed_over(&gone));
    }

    #[test]
    fn entra_s_refusal_is_noted_and_told_without_its_page() {
        let refused = AtomicBool::new(false);
        let event = |message: &str| WaitEvent {
            object: ObjectRef::namespaced(git_repository::API_VERSION, git_repository::KIND, "a", "a"),
            readiness: Readiness::Pending { reason: "AuthenticationFailed".into(), message: message.into() },
        };
        let heard_event = heard(event("failed: RESPONSE 401\nAADSTS70021: No matching record. Trace ID: 1"), &refused);
        assert!(refused.load(Ordering::Relaxed));
        let Readiness::Pending { message, .. } = heard_event.readiness else { panic!() };
        assert_eq!(message, "Microsoft Entra refuses the cluster's identity: AADSTS70021: No matching record");
        heard(event("dial tcp: i/o timeout"), &refused);
        assert!(!refused.load(Ordering::Relaxed));
    }
}
