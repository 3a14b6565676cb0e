//! Facts of the Kubernetes API that kustomize v5 comes with: where labels, annotations, images and the like are.

use super::name_references::referrals;
use super::tables::TransformerConfig;
use crate::kustomize::field_spec::FieldSpec;

/// Where images are, besides every `containers` and `initContainers`.
const IMAGES: [&str; 6] = [
    "spec/containers[]/image",
    "spec/initContainers[]/image",
    "spec/volumes[]/image/reference",
    "spec/template/spec/containers[]/image",
    "spec/template/spec/initContainers[]/image",
    "spec/template/spec/volumes[]/image/reference",
];

/// Kinds whose pods' variables are replaced, and the path of the pod's spec.
const PODS: [(&str, &str); 7] = [
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("Deployment", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("Pod", "spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
];

/// The other fields in which variables are replaced; the seventh is spelled as kustomize has it.
const VARIABLES: [(&str, &str); 16] = [
    ("Deployment", "spec/template/metadata/annotations"),
    ("DaemonSet", "spec/template/spec/volumes/nfs/server"),
    ("Deployment", "spec/template/spec/volumes/nfs/server"),
    ("Job", "spec/template/spec/volumes/nfs/server"),
    ("Pod", "spec/volumes/nfs/server"),
    ("ReplicaSet", "spec/template/spec/volumes/nfs/server"),
    ("CronJob", "spec/jobTemplate/spec/template/volumes/nfs/server"),
    ("StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server"),
    ("Ingress", "spec/rules/host"),
    ("Ingress", "spec/tls/hosts"),
    ("Ingress", "spec/tls/secretName"),
    ("Service", "spec/ports/port"),
    ("Service", "spec/ports/targetPort"),
    ("PersistentVolume", "spec/nfs/server"),
    ("", "metadata/labels"),
    ("", "metadata/annotations"),
];

/// Kustomize's own configuration.
pub(in crate::kustomize) fn defaults() -> TransformerConfig {
    let any = |path: &str, create| FieldSpec::new("", "", "", path, create);
    let replicated = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];
    let mut config = TransformerConfig {
        name_prefix: vec![any("metadata/name", false)],
        name_suffix: vec![any("metadata/name", false)],
        namespace: namespaces(),
        common_labels: selectors(),
        labels: Vec::new(),
        template_labels: templates(),
        common_annotations: annotations(),
        name_reference: referrals(),
        var_reference: variables(),
        images: IMAGES.iter().map(|path| any(path, true)).collect(),
        replicas: replicated.iter().map(|kind| FieldSpec::new("", "", kind, "spec/replicas", true)).collect(),
    };
    config.sort();
    config
}

fn namespaces() -> Vec<FieldSpec> {
    let conversion = "spec/conversion/webhook/clientConfig/service/namespace";
    vec![
        FieldSpec::new("", "", "Namespace", "metadata/name", true),
        FieldSpec::new("apiregistration.k8s.io", "", "APIService", "spec/service/namespace", true),
        FieldSpec::new("apiextensions.k8s.io", "", "CustomResourceDefinition", conversion, false),
    ]
}

fn annotations() -> Vec<FieldSpec> {
    let mut specs = vec![FieldSpec::new("", "", "", "metadata/annotations", true)];
    let path = "spec/template/metadata/annotations";
    specs.push(FieldSpec::new("", "v1", "ReplicationController", path, true));
    for kind in ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"] {
        specs.push(FieldSpec::new("", "", kind, path, true));
    }
    specs.push(FieldSpec::new("batch", "", "Job", path, true));
    specs.push(FieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/metadata/annotations", true));
    specs.push(FieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/annotations", true));
    specs
}

fn variables() -> Vec<FieldSpec> {
    let in_containers = ["args", "command", "env/value", "volumeMounts/mountPath"];
    let of_pods = PODS.iter().flat_map(|(kind, spec)| {
        let fields = ["containers", "initContainers"].map(|list| in_containers.map(|field| format!("{list}/{field}")));
        fields.into_iter().flatten().map(move |field| (*kind, format!("{spec}/{field}")))
    });
    let others = VARIABLES.iter().map(|(kind, path)| (*kind, (*path).to_owned()));
    of_pods.chain(others).map(|(kind, path)| FieldSpec::new("", "", kind, &path, false)).collect()
}

/// The labels of objects and of what they create.
fn templates() -> Vec<FieldSpec> {
    let path = "spec/template/metadata/labels";
    let mut specs = vec![
        FieldSpec::new("", "", "", "metadata/labels", true),
        FieldSpec::new("", "v1", "ReplicationController", path, true),
    ];
    for kind in ["Deployment", "ReplicaSet", "DaemonSet"] {
        specs.push(FieldSpec::new("", "", kind, path, true));
    }
    specs.push(FieldSpec::new("apps", "", "StatefulSet", path, true));
    specs.push(FieldSpec::new("apps", "", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true));
    specs.push(FieldSpec::new("batch", "", "Job", path, true));
    specs.push(FieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/metadata/labels", true));
    specs.push(FieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/labels", true));
    specs
}

/// Labels and everything that selects by them.
fn selectors() -> Vec<FieldSpec> {
    let mut specs = vec![
        FieldSpec::new("", "v1", "Service", "spec/selector", true),
        FieldSpec::new("", "v1", "ReplicationController", "spec/selector", true),
    ];
    for (group, kind) in [("", "Deployment"), ("", "ReplicaSet"), ("", "DaemonSet"), ("apps", "StatefulSet")] {
        specs.push(FieldSpec::new(group, "", kind, "spec/selector/matchLabels", true));
    }
    for kind in ["Deployment", "StatefulSet"] {
        for affinity in ["podAffinity", "podAntiAffinity"] {
            for term in [
                "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
                "requiredDuringSchedulingIgnoredDuringExecution",
            ] {
                let path = format!("spec/template/spec/affinity/{affinity}/{term}/labelSelector/matchLabels");
                specs.push(FieldSpec::new("apps", "", kind, &path, false));
            }
        }
        let path = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels";
        specs.push(FieldSpec::new("apps", "", kind, path, false));
    }
    for (group, kind, path) in [
        ("batch", "Job", "spec/selector/matchLabels"),
        ("batch", "CronJob", "spec/jobTemplate/spec/selector/matchLabels"),
        ("policy", "PodDisruptionBudget", "spec/selector/matchLabels"),
        ("networking.k8s.io", "NetworkPolicy", "spec/podSelector/matchLabels"),
        ("networking.k8s.io", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels"),
        ("networking.k8s.io", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels"),
    ] {
        specs.push(FieldSpec::new(group, "", kind, path, false));
    }
    specs.extend(templates());
    specs
}
