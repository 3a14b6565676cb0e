//! Options that become arguments of controllers.

use serde_json::json;

use super::effects::{Effects, Target};
use crate::domain::cluster_options::{ClusterOptions, ClusterSize, OptionName};
use crate::domain::flux::Component;
use crate::flux_api::kustomization;

/// Controllers that refuse references into other namespaces when told to.
const CONFINED: [Component; 6] = [
    Component::KustomizeController,
    Component::HelmController,
    Component::NotificationController,
    Component::ImageReflectorController,
    Component::ImageAutomationController,
    Component::SourceWatcher,
];
/// Controllers whose load grows with the cluster.
const SCALED: [Component; 3] = [Component::SourceController, Component::KustomizeController, Component::HelmController];

/// Arguments and feature gates, those that a user names last.
pub(super) fn contribute(options: &ClusterOptions, namespace: &str, effects: &mut Effects) {
    if let Some(account) = &options.multi_tenant {
        multi_tenant(account, namespace, effects);
    }
    if let Some(size) = options.cluster_size {
        cluster_size(size, effects);
    }
    if let Some(percent) = options.helm_oom_watch {
        helm_oom_watch(percent, effects);
    }
    for (component, gates) in &options.feature_gates {
        gates.iter().for_each(|(gate, value)| effects.gate(OptionName::FeatureGates, *component, gate, *value));
    }
    for (component, arguments) in &options.controller_arg {
        for argument in arguments.values() {
            effects.argument(OptionName::ControllerArg, *component, &argument.flag, argument.value.as_deref());
        }
    }
}

/// Tenants act as a service account of their own namespace and name nothing outside it; Flux's own Kustomization acts as
/// kustomize-controller, as before (<https://fluxcd.io/flux/installation/configuration/multitenancy/>).
fn multi_tenant(account: &str, namespace: &str, effects: &mut Effects) {
    let option = OptionName::MultiTenant;
    for component in CONFINED {
        effects.argument(option, component, "--no-cross-namespace-refs", Some("true"));
    }
    effects.argument(option, Component::KustomizeController, "--no-remote-bases", Some("true"));
    for component in [Component::KustomizeController, Component::HelmController] {
        effects.argument(option, component, "--default-service-account", Some(account));
    }
    let own =
        Target::Object { group: "kustomize.toolkit.fluxcd.io", kind: kustomization::KIND, name: namespace.to_owned() };
    effects.merge(option, own, json!({"spec": {"serviceAccountName": Component::KustomizeController.as_str()}}));
}

/// Workers, caches and limits, after the scale of flux-operator.
fn cluster_size(size: ClusterSize, effects: &mut Effects) {
    let option = OptionName::ClusterSize;
    let (workers, requeue, cpu, memory) = match size {
        ClusterSize::Small => ("5", "10s", "1", "512Mi"),
        ClusterSize::Medium => ("10", "5s", "2", "1Gi"),
        ClusterSize::Large => ("20", "5s", "3", "3Gi"),
    };
    for component in SCALED {
        effects.argument(option, component, "--concurrent", Some(workers));
        effects.argument(option, component, "--requeue-dependency", Some(requeue));
        let limits = json!({"limits": {"cpu": cpu, "memory": memory}});
        let container = json!({"name": "manager", "resources": limits});
        let change = json!({"spec": {"template": {"spec": {"containers": [container]}}}});
        effects.merge(option, Target::Controller(component), change);
    }
    for (flag, value) in
        [("--helm-cache-max-size", workers), ("--helm-cache-ttl", "60m"), ("--helm-cache-purge-interval", "5m")]
    {
        effects.argument(option, Component::SourceController, flag, Some(value));
    }
}

fn helm_oom_watch(percent: u8, effects: &mut Effects) {
    let (option, component) = (OptionName::HelmOomWatch, Component::HelmController);
    effects.gate(option, component, "OOMWatch", true);
    effects.argument(option, component, "--oom-watch-memory-threshold", Some(&percent.to_string()));
    effects.argument(option, component, "--oom-watch-interval", Some("500ms"));
}
