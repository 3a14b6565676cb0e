//! Options that change the controllers' pods: where they run, what they may use, how they reach the world.

use serde_json::{Map, Value, json};

use super::effects::{Effects, Target};
use super::layout::{CA_FILE, STORAGE_FILE, patch_file};
use crate::domain::cluster_options::{ClusterOptions, OptionName, ProxyUrl, Toleration};
use crate::domain::flux::Component;

/// The ConfigMap of `--controller-ca-file`, before kustomize adds the digest of its content.
const CA_CONFIG_MAP: &str = "flux-controller-ca";
/// Where the controllers see it.
const CA_FOLDER: &str = "/etc/flux/ca";
/// The claim of `--storage`.
const STORAGE_CLAIM: &str = "source-controller";
/// Controllers that speak SSH.
const OVER_SSH: [Component; 2] = [Component::SourceController, Component::ImageAutomationController];

/// Patches of pods, and the user's own patches after them.
pub(super) fn contribute(options: &ClusterOptions, namespace: &str, effects: &mut Effects) {
    for (component, limits) in &options.controller_resources {
        let limits: Map<String, Value> =
            limits.iter().map(|(name, amount)| (name.clone(), Value::from(amount.as_str()))).collect();
        let change = container(&json!({"resources": {"limits": limits}}));
        effects.merge(OptionName::ControllerResources, Target::Controller(*component), change);
    }
    if !options.toleration.is_empty() {
        let taints: Vec<Value> = options.toleration.iter().map(toleration).collect();
        effects.merge(OptionName::Toleration, Target::Controllers, pod(&json!({"tolerations": taints})));
    }
    if !options.node_selector.is_empty() {
        let labels = json!({"nodeSelector": options.node_selector});
        effects.merge(OptionName::NodeSelector, Target::Controllers, pod(&labels));
    }
    if let Some(size) = &options.storage {
        storage(size.as_str(), options.storage_class.as_deref(), namespace, effects);
    }
    if let Some(url) = &options.controller_proxy {
        proxy(url, &options.controller_no_proxy, effects);
    }
    if options.controller_ca_file {
        authorities(namespace, effects);
    }
    for file in &options.patch {
        effects.file(OptionName::Patch, patch_file(&file.name), file.target.clone());
    }
}

fn toleration(taint: &Toleration) -> Value {
    let mut value = json!({"key": taint.key});
    match &taint.value {
        Some(text) => {
            value["operator"] = json!("Equal");
            value["value"] = json!(text);
        }
        None => value["operator"] = json!("Exists"),
    }
    if let Some(effect) = &taint.effect {
        value["effect"] = json!(effect);
    }
    value
}

/// source-controller keeps its artifacts when its pod is replaced; two pods cannot share the volume.
fn storage(size: &str, class: Option<&str>, namespace: &str, effects: &mut Effects) {
    let mut spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}});
    if let Some(class) = class {
        spec["storageClassName"] = json!(class);
    }
    let labels = json!({
        "app.kubernetes.io/component": "source-controller",
        "app.kubernetes.io/instance": namespace,
        "app.kubernetes.io/part-of": "flux",
    });
    let metadata = json!({"name": STORAGE_CLAIM, "namespace": namespace, "labels": labels});
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec});
    effects.objects.push((OptionName::Storage, STORAGE_FILE, claim));
    // Under another name than the volume that it replaces: kustomize-controller owns that one's type until it has synced, and
    // the API server refuses a volume of two types.
    let volumes = json!([
        {"name": "data", "$patch": "delete"},
        {"name": "artifacts", "persistentVolumeClaim": {"claimName": STORAGE_CLAIM}},
    ]);
    let manager = json!({"name": "manager", "volumeMounts": [{"mountPath": "/data", "name": "artifacts"}]});
    let change = json!({"spec": {
        "strategy": {"type": "Recreate", "rollingUpdate": null},
        "template": {"spec": {"containers": [manager], "volumes": volumes}},
    }});
    effects.merge(OptionName::Storage, Target::Controller(Component::SourceController), change);
}

/// Go reads `HTTPS_PROXY` and `HTTP_PROXY` for what goes over http; SSH takes the SOCKS proxy of `ALL_PROXY`.
fn proxy(url: &ProxyUrl, not_for: &[String], effects: &mut Effects) {
    let (variables, targets): (&[&str], Vec<Target>) = match url.is_socks() {
        true => (&["ALL_PROXY"], OVER_SSH.map(Target::Controller).to_vec()),
        false => (&["HTTPS_PROXY", "HTTP_PROXY"], vec![Target::Controllers]),
    };
    let mut environment: Vec<Value> =
        variables.iter().map(|name| json!({"name": name, "value": url.as_str()})).collect();
    environment.push(json!({"name": "NO_PROXY", "value": not_for.join(",")}));
    for target in targets {
        effects.merge(OptionName::ControllerProxy, target, container(&json!({"env": environment})));
    }
}

/// `SSL_CERT_FILE` adds to the roots of Go programs: the images' own bundle lies in a folder that is read as well. A new
/// content gives the ConfigMap a new name, which rolls the pods.
fn authorities(namespace: &str, effects: &mut Effects) {
    effects.config_maps.push(json!({"name": CA_CONFIG_MAP, "namespace": namespace, "files": [CA_FILE]}));
    let manager = json!({
        "name": "manager",
        "env": [{"name": "SSL_CERT_FILE", "value": format!("{CA_FOLDER}/{CA_FILE}")}],
        "volumeMounts": [{"name": "flux-controller-ca", "mountPath": CA_FOLDER, "readOnly": true}],
    });
    let volume = json!({"name": "flux-controller-ca", "configMap": {"name": CA_CONFIG_MAP}});
    let change = pod(&json!({"containers": [manager], "volumes": [volume]}));
    effects.merge(OptionName::ControllerCaFile, Target::Controllers, change);
}

/// A change of the pods of a Deployment.
pub(super) fn pod(change: &Value) -> Value {
    json!({"spec": {"template": {"spec": change}}})
}

/// A change of the controller's container.
pub(super) fn container(change: &Value) -> Value {
    let mut manager = json!({"name": "manager"});
    if let (Some(manager), Some(change)) = (manager.as_object_mut(), change.as_object()) {
        manager.extend(change.clone());
    }
    pod(&json!({"containers": [manager]}))
}
