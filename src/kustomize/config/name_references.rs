//! Facts of the Kubernetes API: which fields hold the name of another object.

use super::tables::NameReference;
use crate::kustomize::field_spec::FieldSpec;

/// The kinds with a pod template: `version`, kind, and the path of the pod's spec.
const PODS: [(&str, &str, &str); 9] = [
    ("v1", "Pod", "spec"),
    ("", "PodTemplate", "template/spec"),
    ("", "Deployment", "spec/template/spec"),
    ("", "ReplicaSet", "spec/template/spec"),
    ("", "DaemonSet", "spec/template/spec"),
    ("", "StatefulSet", "spec/template/spec"),
    ("", "Job", "spec/template/spec"),
    ("", "CronJob", "spec/jobTemplate/spec/template/spec"),
    ("", "ReplicationController", "spec/template/spec"),
];

/// The kinds whose pods' accounts, claims and priorities are followed.
const WORKLOADS: [&str; 7] =
    ["Pod", "StatefulSet", "Deployment", "ReplicationController", "CronJob", "Job", "DaemonSet"];

/// Everything that refers to something, in the order in which references are corrected.
pub(super) fn referrals() -> Vec<NameReference> {
    let referral = |group: &str, version: &str, kind: &str, fields| NameReference {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        fields,
    };
    let rbac = "rbac.authorization.k8s.io";
    let admission = "admissionregistration.k8s.io";
    let any = |kind: &str, path: &str| FieldSpec::new("", "", kind, path, false);
    let of = |group: &str, kind: &str, path: &str| FieldSpec::new(group, "", kind, path, false);
    let scaled = || vec![any("HorizontalPodAutoscaler", "spec/scaleTargetRef/name")];

    let mut accounts = vec![of(rbac, "RoleBinding", "subjects"), of(rbac, "ClusterRoleBinding", "subjects")];
    accounts.extend(workloads("serviceAccountName"));

    let mut config_maps = in_pods(&[
        "volumes/configMap/name",
        "containers/env/valueFrom/configMapKeyRef/name",
        "initContainers/env/valueFrom/configMapKeyRef/name",
        "containers/envFrom/configMapRef/name",
        "initContainers/envFrom/configMapRef/name",
        "volumes/projected/sources/configMap/name",
    ]);
    config_maps.extend([
        any("Node", "spec/configSource/configMap"),
        any("Role", "rules/resourceNames"),
        any("ClusterRole", "rules/resourceNames"),
        any("Ingress", r"metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap"),
    ]);

    let mut secrets = in_pods(&[
        "volumes/secret/secretName",
        "containers/env/valueFrom/secretKeyRef/name",
        "initContainers/env/valueFrom/secretKeyRef/name",
        "containers/envFrom/secretRef/name",
        "initContainers/envFrom/secretRef/name",
        "imagePullSecrets/name",
        "volumes/projected/sources/secret/name",
    ]);
    secrets.extend([
        any("Ingress", "spec/tls/secretName"),
        any("Ingress", r"metadata/annotations/ingress.kubernetes.io\/auth-secret"),
        any("Ingress", r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret"),
        any("Ingress", r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret"),
        any("ServiceAccount", "imagePullSecrets/name"),
        any("StorageClass", "parameters/secretName"),
        any("StorageClass", "parameters/adminSecretName"),
        any("StorageClass", "parameters/userSecretName"),
        any("StorageClass", "parameters/secretRef"),
        any("Role", "rules/resourceNames"),
        any("ClusterRole", "rules/resourceNames"),
        FieldSpec::new(
            "serving.knative.dev",
            "v1",
            "Service",
            "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            false,
        ),
        any("PersistentVolume", "spec/azureFile/secretName"),
    ]);

    let services = vec![
        of("apps", "StatefulSet", "spec/serviceName"),
        any("Ingress", "spec/rules/http/paths/backend/serviceName"),
        any("Ingress", "spec/backend/serviceName"),
        any("Ingress", "spec/rules/http/paths/backend/service/name"),
        any("Ingress", "spec/defaultBackend/service/name"),
        of("apiregistration.k8s.io", "APIService", "spec/service/name"),
        of(admission, "ValidatingWebhookConfiguration", "webhooks/clientConfig/service"),
        of(admission, "MutatingWebhookConfiguration", "webhooks/clientConfig/service"),
    ];
    let storage_classes = vec![
        any("PersistentVolume", "spec/storageClassName"),
        any("PersistentVolumeClaim", "spec/storageClassName"),
        any("StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
    ];
    let cluster_roles = vec![of(rbac, "RoleBinding", "roleRef/name"), of(rbac, "ClusterRoleBinding", "roleRef/name")];
    let volumes = vec![any("PersistentVolumeClaim", "spec/volumeName"), any("ClusterRole", "rules/resourceNames")];
    vec![
        referral("storage.k8s.io", "v1", "StorageClass", storage_classes),
        referral("", "v1", "ServiceAccount", accounts),
        referral(rbac, "", "Role", vec![of(rbac, "RoleBinding", "roleRef/name")]),
        referral(rbac, "", "ClusterRole", cluster_roles),
        referral("", "v1", "ConfigMap", config_maps),
        referral("", "v1", "Secret", secrets),
        referral("", "v1", "Service", services),
        referral("scheduling.k8s.io", "v1", "PriorityClass", workloads("priorityClassName")),
        referral("", "v1", "PersistentVolume", volumes),
        referral("", "v1", "PersistentVolumeClaim", workloads("volumes/persistentVolumeClaim/claimName")),
        referral("", "", "Deployment", scaled()),
        referral("", "", "StatefulSet", scaled()),
        referral(
            admission,
            "",
            "ValidatingAdmissionPolicy",
            vec![of(admission, "ValidatingAdmissionPolicyBinding", "spec/policyName")],
        ),
        referral("", "", "ReplicaSet", scaled()),
        referral("", "", "ReplicationController", scaled()),
    ]
}

/// Fields of the pod specs of every kind but replication controllers, which kustomize leaves out.
fn in_pods(fields: &[&str]) -> Vec<FieldSpec> {
    let pods = PODS.iter().filter(|(_, kind, _)| *kind != "ReplicationController");
    pods.flat_map(|(version, kind, spec)| {
        fields.iter().map(move |field| FieldSpec::new("", version, kind, &format!("{spec}/{field}"), false))
    })
    .collect()
}

fn workloads(field: &str) -> Vec<FieldSpec> {
    let pods = PODS.iter().filter(|(_, kind, _)| WORKLOADS.contains(kind));
    pods.map(|(_, kind, spec)| FieldSpec::new("", "", kind, &format!("{spec}/{field}"), false)).collect()
}
