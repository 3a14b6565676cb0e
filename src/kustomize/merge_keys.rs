//! Facts of the Kubernetes API that kustomize v5 works with (those of Kubernetes 1.21): which lists a strategic merge
//! patch merges, by which keys, and which kinds are cluster-scoped. Lists not named here are replaced whole, as are
//! all lists of kinds not named here (custom resources).

use super::schema_part::Part;

/// The type of a field, as far as a strategic merge needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape<'a> {
    /// Nothing below is merged by key.
    Plain,
    /// An object with fields of its own.
    Object(&'static str),
    /// A list whose elements are merged by these keys; without keys, a list of scalars that are united.
    Merge(&'static str, &'static [&'static str]),
    /// What a schema of one's own says.
    Own(Part<'a>),
}

use Shape::{Merge, Object, Own, Plain};

impl<'a> Shape<'a> {
    /// The type of a field.
    pub(super) fn field(self, name: &str) -> Self {
        match self {
            Object(of) => field(of, name),
            Own(part) => part.field(name).map_or(Plain, Own),
            Plain | Merge(..) => Plain,
        }
    }

    /// The type of a list's elements and the keys by which they are merged; none where the list is replaced.
    pub(super) fn elements(self) -> Option<(Self, Vec<&'a str>)> {
        match self {
            Merge("", keys) => Some((Plain, keys.to_vec())),
            Merge(of, keys) => Some((Object(of), keys.to_vec())),
            Own(part) => part.merge_keys().map(|keys| (part.elements().map_or(Plain, Own), keys)),
            Plain | Object(_) => None,
        }
    }
}

/// Whether the API of Kubernetes itself has the kind.
pub(super) fn is_known(api_version: &str, kind: &str) -> bool {
    KINDS.iter().any(|(version, kinds)| *version == api_version && kinds.contains(&kind))
}

/// The type of an object's root; `Plain` for kinds that the API of Kubernetes itself does not have.
pub(super) fn root(api_version: &str, kind: &str) -> Shape<'static> {
    if !is_known(api_version, kind) {
        return Plain;
    }
    let special = [
        "APIService",
        "CronJob",
        "DaemonSet",
        "Deployment",
        "Job",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "Node",
        "Pod",
        "PodTemplate",
        "ReplicaSet",
        "ReplicationController",
        "Service",
        "ServiceAccount",
        "StatefulSet",
        "CSINode",
        "Namespace",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "ComponentStatus",
        "Kustomization",
    ];
    Object(special.into_iter().find(|name| *name == kind).unwrap_or("Any"))
}

/// The type of one field of a type.
fn field(of: &str, name: &str) -> Shape<'static> {
    const TYPE: &[&str] = &["type"];
    const NAME: &[&str] = &["name"];
    match (of, name) {
        ("Kustomization", "configMapGenerator" | "secretGenerator") => Merge("", NAME),
        ("Kustomization", _) => Plain,
        ("ObjectMeta", "finalizers") => Merge("", &[]),
        ("ObjectMeta", "ownerReferences") => Merge("", &["uid"]),
        ("CronJobSpec", "jobTemplate") => Object("JobTemplate"),
        ("JobTemplate", "spec") => Object("Workload"),
        ("Workload" | "PodTemplate", "template") => Object("PodTemplateSpec"),
        ("PodTemplateSpec", "spec") => Object("PodSpec"),
        ("PodSpec", "containers" | "initContainers") => Merge("Container", NAME),
        ("PodSpec", "ephemeralContainers") => Merge("EphemeralContainer", NAME),
        ("PodSpec", "hostAliases") => Merge("", &["ip"]),
        ("PodSpec", "imagePullSecrets") => Merge("", NAME),
        ("PodSpec", "topologySpreadConstraints") => Merge("", &["topologyKey", "whenUnsatisfiable"]),
        ("PodSpec", "volumes") => Merge("Volume", NAME),
        ("Volume", "ephemeral") => Object("EphemeralVolumeSource"),
        ("EphemeralVolumeSource", "volumeClaimTemplate") => Object("Any"),
        ("Container" | "EphemeralContainer", "env") => Merge("", NAME),
        ("Container", "ports") => Merge("", &["containerPort", "protocol"]),
        ("Container" | "EphemeralContainer", "volumeDevices") => Merge("", &["devicePath"]),
        ("Container" | "EphemeralContainer", "volumeMounts") => Merge("", &["mountPath"]),
        ("NodeSpec", "podCIDRs") => Merge("", &[]),
        ("Status", "conditions" | "addresses") => Merge("", TYPE),
        ("Status", "podIPs") => Merge("", &["ip"]),
        ("CSINodeSpec", "drivers") => Merge("", NAME),
        ("ServiceSpec", "ports") => Merge("", &["port", "protocol"]),
        ("ServiceAccount", "secrets")
        | ("MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration", "webhooks") => Merge("", NAME),
        ("ComponentStatus", "conditions") => Merge("", TYPE),
        ("Pod", "spec") => Object("PodSpec"),
        ("CronJob", "spec") => Object("CronJobSpec"),
        ("Node", "spec") => Object("NodeSpec"),
        ("Service", "spec") => Object("ServiceSpec"),
        ("CSINode", "spec") => Object("CSINodeSpec"),
        ("DaemonSet" | "Deployment" | "Job" | "ReplicaSet" | "ReplicationController" | "StatefulSet", "spec") => {
            Object("Workload")
        }
        (
            "APIService"
            | "DaemonSet"
            | "Deployment"
            | "Job"
            | "Namespace"
            | "Node"
            | "PersistentVolumeClaim"
            | "Pod"
            | "PodDisruptionBudget"
            | "ReplicaSet"
            | "ReplicationController"
            | "Service"
            | "StatefulSet",
            "status",
        ) => Object("Status"),
        ("Any" | "JobTemplate" | "PodTemplateSpec", "metadata") => Object("ObjectMeta"),
        (kind, "metadata") if kind.starts_with(char::is_uppercase) && !is_part(kind) => Object("ObjectMeta"),
        _ => Plain,
    }
}

/// Whether a type is a part of an object without metadata of its own.
fn is_part(name: &str) -> bool {
    matches!(
        name,
        "ObjectMeta"
            | "CronJobSpec"
            | "Workload"
            | "PodSpec"
            | "Volume"
            | "EphemeralVolumeSource"
            | "Container"
            | "EphemeralContainer"
            | "NodeSpec"
            | "Status"
            | "CSINodeSpec"
            | "ServiceSpec"
    )
}

/// Whether the kind is known to have no namespace. Kinds of other APIs count as namespaced.
pub(super) fn is_cluster_scoped(api_version: &str, kind: &str) -> bool {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let old = matches!(version, "v1" | "v1beta1");
    match group {
        "" => {
            version == "v1"
                && matches!(kind, "ComponentStatus" | "Namespace" | "Node" | "NodeProxyOptions" | "PersistentVolume")
        }
        "admissionregistration.k8s.io" => {
            old && matches!(kind, "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration")
        }
        "apiextensions.k8s.io" => old && kind == "CustomResourceDefinition",
        "apiregistration.k8s.io" => old && kind == "APIService",
        "authentication.k8s.io" => old && kind == "TokenReview",
        "authorization.k8s.io" => {
            old && matches!(kind, "SelfSubjectAccessReview" | "SelfSubjectRulesReview" | "SubjectAccessReview")
        }
        "certificates.k8s.io" => old && kind == "CertificateSigningRequest",
        "flowcontrol.apiserver.k8s.io" => {
            version == "v1beta1" && matches!(kind, "FlowSchema" | "PriorityLevelConfiguration")
        }
        "networking.k8s.io" => old && kind == "IngressClass",
        "node.k8s.io" => old && kind == "RuntimeClass",
        "policy" => version == "v1beta1" && kind == "PodSecurityPolicy",
        "rbac.authorization.k8s.io" => old && matches!(kind, "ClusterRole" | "ClusterRoleBinding"),
        "scheduling.k8s.io" => old && kind == "PriorityClass",
        "storage.k8s.io" => old && matches!(kind, "CSIDriver" | "CSINode" | "StorageClass" | "VolumeAttachment"),
        _ => false,
    }
}

/// The kinds whose lists are known, by `apiVersion`.
const KINDS: &[(&str, &[&str])] = &[
    (
        "v1",
        &[
            "Binding",
            "ComponentStatus",
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "Namespace",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Pod",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
        ],
    ),
    ("admissionregistration.k8s.io/v1", &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]),
    ("admissionregistration.k8s.io/v1beta1", &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]),
    ("apiextensions.k8s.io/v1", &["CustomResourceDefinition"]),
    ("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io/v1", &["APIService"]),
    ("apiregistration.k8s.io/v1beta1", &["APIService"]),
    ("apps/v1", &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"]),
    ("autoscaling/v1", &["HorizontalPodAutoscaler", "Scale"]),
    ("autoscaling/v2beta1", &["HorizontalPodAutoscaler"]),
    ("autoscaling/v2beta2", &["HorizontalPodAutoscaler"]),
    ("batch/v1", &["CronJob", "Job"]),
    ("batch/v1beta1", &["CronJob"]),
    ("certificates.k8s.io/v1", &["CertificateSigningRequest"]),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"]),
    ("coordination.k8s.io/v1", &["Lease"]),
    ("coordination.k8s.io/v1beta1", &["Lease"]),
    ("discovery.k8s.io/v1", &["EndpointSlice"]),
    ("discovery.k8s.io/v1beta1", &["EndpointSlice"]),
    ("events.k8s.io/v1", &["Event"]),
    ("events.k8s.io/v1beta1", &["Event"]),
    ("extensions/v1beta1", &["Ingress"]),
    ("flowcontrol.apiserver.k8s.io/v1beta1", &["FlowSchema", "PriorityLevelConfiguration"]),
    ("kustomize.config.k8s.io/v1beta1", &["Kustomization"]),
    ("networking.k8s.io/v1", &["Ingress", "IngressClass", "NetworkPolicy"]),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"]),
    ("node.k8s.io/v1", &["RuntimeClass"]),
    ("node.k8s.io/v1beta1", &["RuntimeClass"]),
    ("policy/v1", &["PodDisruptionBudget"]),
    ("policy/v1beta1", &["Eviction", "PodDisruptionBudget", "PodSecurityPolicy"]),
    ("rbac.authorization.k8s.io/v1", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]),
    ("rbac.authorization.k8s.io/v1beta1", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]),
    ("scheduling.k8s.io/v1", &["PriorityClass"]),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"]),
    ("storage.k8s.io/v1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"]),
    ("storage.k8s.io/v1beta1", &["CSIDriver", "CSINode", "CSIStorageCapacity", "StorageClass", "VolumeAttachment"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_lists_merge_by_their_keys() {
        assert_eq!(root("apps/v1", "Deployment"), Object("Deployment"));
        assert_eq!(field("Deployment", "spec"), Object("Workload"));
        assert_eq!(field("PodTemplateSpec", "metadata"), Object("ObjectMeta"));
        assert_eq!(field("PodSpec", "containers"), Merge("Container", &["name"]));
        assert_eq!(field("PodSpec", "tolerations"), Plain);
        assert_eq!(field("Container", "metadata"), Plain);
        assert_eq!(root("source.toolkit.fluxcd.io/v1", "GitRepository"), Plain);
        assert_eq!(field("Any", "metadata"), Object("ObjectMeta"));
    }

    #[test]
    fn scope_is_known_for_the_api_itself_only() {
        assert!(is_cluster_scoped("v1", "Namespace"));
        assert!(!is_cluster_scoped("v1", "Secret"));
        assert!(!is_cluster_scoped("example.com/v1", "Namespace"));
        assert!(!is_cluster_scoped("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"));
    }
}
