//! The cluster's own identity at Microsoft Entra (`--provider=azure`): the GitRepository without a Secret, and what lets the
//! controllers prove who they are.
//!
//! What they need of it: fluxcd/pkg auth and azidentity's DefaultAzureCredential, which take a federated token where all four
//! variables are set, and ask the machine's service otherwise.

use serde_json::{Value, json};

use super::effects::{Effects, Target};
use super::layout::IDENTITY_FILE;
use super::pods::{container, pod};
use crate::domain::cluster_options::{ClusterIdentity, Guid, IdentityMode, OptionName};
use crate::domain::flux::Component;
use crate::flux_api::git_repository;

/// Controllers that read the repository, each by its own service account.
const READERS: [Component; 2] = [Component::SourceController, Component::ImageAutomationController];
/// The audience of tokens that Entra takes in exchange for its own.
pub(crate) const AUDIENCE: &str = "api://AzureADTokenExchange";
/// By which the controllers sign in to objects' own identities.
const GATE: &str = "ObjectLevelWorkloadIdentity";
/// The annotations of a service account by which the webhook, and Flux, know whose it is
/// (<https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html>).
const CLIENT_ID: &str = "azure.workload.identity/client-id";
const TENANT_ID: &str = "azure.workload.identity/tenant-id";
/// Where the projected token lies.
const TOKEN_FOLDER: &str = "/var/run/secrets/azure/tokens";
const TOKEN: &str = "azure-identity-token";
/// Of the projected token, in seconds; the kubelet renews it.
const LIFETIME: u32 = 3600;

/// The source, and the way of the mode. Nothing where the cluster has no identity.
pub(super) fn contribute(identity: &ClusterIdentity, namespace: &str, effects: &mut Effects) {
    if !identity.azure {
        return;
    }
    source(identity, namespace, effects);
    match identity.mode {
        Some(IdentityMode::Webhook) => webhook(identity, effects),
        Some(IdentityMode::Object) => object(identity, namespace, effects),
        Some(IdentityMode::Projected | IdentityMode::Auto) | None => projected(identity, effects),
        Some(IdentityMode::Node) => node(identity, effects),
    }
}

/// What gotk-sync.yaml says too: the reference's own rerun, which always writes a `secretRef` there, changes nothing then.
fn source(identity: &ClusterIdentity, namespace: &str, effects: &mut Effects) {
    let mut spec = json!({"provider": "azure"});
    if !identity.ca {
        spec["secretRef"] = Value::Null;
    }
    if identity.mode == Some(IdentityMode::Object) {
        spec["serviceAccountName"] = identity.account().into();
    }
    let target =
        Target::Object { group: "source.toolkit.fluxcd.io", kind: git_repository::KIND, name: namespace.to_owned() };
    effects.merge(OptionName::Provider, target, json!({"spec": spec}));
}

/// The webhook reads the account only when a pod is made: the annotation of the pods has them made anew with another id.
fn webhook(identity: &ClusterIdentity, effects: &mut Effects) {
    let ids = [text(identity.client_id.as_ref()), text(identity.tenant_id.as_ref())].join("/");
    for component in READERS {
        let target = Target::Object { group: "", kind: "ServiceAccount", name: component.as_str().to_owned() };
        let change = json!({"metadata": {"annotations": annotations(identity)}});
        effects.merge(OptionName::ClusterIdentityMode, target, change);
        let metadata = json!({
            "annotations": {"flux-bootstrap/azure-identity": ids},
            "labels": {"azure.workload.identity/use": "true"},
        });
        let change = json!({"spec": {"template": {"metadata": metadata}}});
        effects.merge(OptionName::ClusterIdentityMode, Target::Controller(component), change);
    }
}

/// What the webhook would put into the pods.
fn projected(identity: &ClusterIdentity, effects: &mut Effects) {
    let manager = json!({
        "name": "manager",
        "env": [
            {"name": "AZURE_AUTHORITY_HOST", "value": "https://login.microsoftonline.com/"},
            {"name": "AZURE_CLIENT_ID", "value": text(identity.client_id.as_ref())},
            {"name": "AZURE_FEDERATED_TOKEN_FILE", "value": format!("{TOKEN_FOLDER}/{TOKEN}")},
            {"name": "AZURE_TENANT_ID", "value": text(identity.tenant_id.as_ref())},
        ],
        "volumeMounts": [{"mountPath": TOKEN_FOLDER, "name": TOKEN, "readOnly": true}],
    });
    let token = json!({"audience": AUDIENCE, "expirationSeconds": LIFETIME, "path": TOKEN});
    let volume = json!({"name": TOKEN, "projected": {"sources": [{"serviceAccountToken": token}]}});
    for component in READERS {
        let change = pod(&json!({"containers": [manager], "volumes": [volume]}));
        effects.merge(OptionName::ClusterIdentityMode, Target::Controller(component), change);
    }
}

/// Neither webhook nor volume: the controllers ask the API server for a token of an account that is nobody's but the object's.
fn object(identity: &ClusterIdentity, namespace: &str, effects: &mut Effects) {
    for component in READERS {
        effects.gate(OptionName::ClusterIdentityMode, component, GATE, true);
    }
    let labels = json!({"app.kubernetes.io/instance": namespace, "app.kubernetes.io/part-of": "flux"});
    let metadata = json!({
        "name": identity.account(), "namespace": namespace, "labels": labels, "annotations": annotations(identity),
    });
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata});
    effects.objects.push((OptionName::ClusterIdentityMode, IDENTITY_FILE, account));
}

/// Where the machine has several identities, this one is asked for.
fn node(identity: &ClusterIdentity, effects: &mut Effects) {
    let Some(id) = &identity.client_id else { return };
    for component in READERS {
        let change = container(&json!({"env": [{"name": "AZURE_CLIENT_ID", "value": id.as_str()}]}));
        effects.merge(OptionName::ClusterIdentityMode, Target::Controller(component), change);
    }
}

fn annotations(identity: &ClusterIdentity) -> Value {
    json!({CLIENT_ID: text(identity.client_id.as_ref()), TENANT_ID: text(identity.tenant_id.as_ref())})
}

fn text(id: Option<&Guid>) -> &str {
    id.map_or("", Guid::as_str)
}
