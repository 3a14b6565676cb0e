//! Admission webhooks that a bootstrap will need and that nothing stands behind.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cluster::Cluster;
use crate::domain::check_report::Finding;
use crate::domain::object_ref::ObjectRef;
use crate::plan::rights::plural;

const KINDS: [&str; 2] = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

/// A webhook without which objects are refused, and the Service that it is asked through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Needed {
    /// `Kind/name` of its configuration.
    configuration: String,
    webhook: String,
    namespace: String,
    service: String,
}

/// Warns of webhooks that are asked about these objects and whose Service has no endpoint that is ready; what this identity
/// may not see is passed over.
pub(super) async fn without_endpoints(cluster: &Cluster, objects: &[Value]) -> Vec<Finding> {
    let mut needed = BTreeSet::new();
    for kind in KINDS {
        let found = cluster.list("admissionregistration.k8s.io/v1", kind, None, "").await.unwrap_or_default();
        needed.extend(found.iter().flat_map(|configuration| webhooks(configuration, objects)));
    }
    let mut findings = Vec::new();
    for Needed { configuration, webhook, namespace, service } in needed {
        let labels = format!("kubernetes.io/service-name={service}");
        let slices = cluster.list("discovery.k8s.io/v1", "EndpointSlice", Some(&namespace), &labels).await;
        if slices.is_ok_and(|slices| !slices.iter().any(has_endpoint)) {
            findings.push(Finding::warning(
                format!(
                    "admission webhook `{webhook}` of `{configuration}` has no endpoint that is ready behind its service `{namespace}/{service}`"
                ),
                "A bootstrap waits for it until --timeout: repair that service, or delete the configuration if nobody needs it.",
            ));
        }
    }
    findings
}

/// The webhooks of a configuration that must answer for one of the objects, and that a Service answers for.
fn webhooks(configuration: &Value, objects: &[Value]) -> Vec<Needed> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kind = text(&configuration["kind"]);
    let webhooks = configuration["webhooks"].as_array().into_iter().flatten();
    let webhooks = webhooks.filter(|webhook| webhook["failurePolicy"] != "Ignore" && is_asked(webhook, objects));
    let needed = webhooks.filter_map(|webhook| {
        let service = &webhook["clientConfig"]["service"];
        Some(Needed {
            configuration: format!("{kind}/{}", text(&configuration["metadata"]["name"])),
            webhook: text(&webhook["name"]),
            namespace: service["namespace"].as_str()?.to_owned(),
            service: service["name"].as_str()?.to_owned(),
        })
    });
    needed.collect()
}

fn is_asked(webhook: &Value, objects: &[Value]) -> bool {
    let holds = |list: &Value, wanted: &[&str]| {
        list.as_array().into_iter().flatten().any(|entry| wanted.iter().any(|wanted| entry == wanted))
    };
    let rules = webhook["rules"].as_array().into_iter().flatten();
    rules.into_iter().any(|rule| {
        objects.iter().filter_map(ObjectRef::of).any(|object| {
            holds(&rule["apiGroups"], &["*", object.group()])
                && holds(&rule["resources"], &["*", "*/*", &plural(&object.kind)])
                && holds(&rule["operations"], &["*", "CREATE", "UPDATE"])
        })
    })
}

fn has_endpoint(slice: &Value) -> bool {
    let endpoints = slice["endpoints"].as_array().into_iter().flatten();
    endpoints.into_iter().any(|endpoint| endpoint["conditions"]["ready"] != false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn webhooks_that_must_answer_for_a_bootstrap_are_found() {
        let objects =
            [json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "b"}})];
        let needed = |policy: Option<&str>, group: &str, resource: &str, operation: &str, client: Value| {
            let configuration = json!({"kind": "ValidatingWebhookConfiguration", "metadata": {"name": "policies"}, "webhooks": [{
                "name": "w.example.com", "failurePolicy": policy, "clientConfig": client,
                "rules": [{"apiGroups": [group], "resources": [resource], "operations": [operation]}],
            }]});
            webhooks(&configuration, &objects).len()
        };
        let service = || json!({"service": {"namespace": "policies", "name": "webhook"}});
        assert_eq!(needed(Some("Fail"), "apps", "deployments", "CREATE", service()), 1);
        assert_eq!(needed(None, "*", "*", "*", service()), 1, "it fails unless it says otherwise");
        assert_eq!(needed(Some("Ignore"), "apps", "deployments", "CREATE", service()), 0);
        assert_eq!(needed(Some("Fail"), "batch", "jobs", "CREATE", service()), 0);
        assert_eq!(needed(Some("Fail"), "apps", "deployments", "DELETE", service()), 0);
        assert_eq!(needed(Some("Fail"), "apps", "deployments", "CREATE", json!({"url": "https://example.com"})), 0);
    }

    #[test]
    fn an_endpoint_that_does_not_say_otherwise_is_ready() {
        let slice = |conditions: Value| has_endpoint(&json!({"endpoints": [{"conditions": conditions}]}));
        assert!(slice(json!({})) && slice(json!({"ready": true})) && !slice(json!({"ready": false})));
        assert!(!has_endpoint(&json!({"endpoints": null})));
    }
}
