//! Kubernetes objects that refer to each other by names from a small set.

use serde_json::{Value, json};

use crate::random::Random;

/// The names that objects have and refer to.
pub(super) const NAMES: [&str; 5] = ["app", "web", "db", "cache", "sync"];
const IMAGES: [&str; 5] =
    ["nginx", "ghcr.io/acme/web:v1", "localhost:5000/db:12", "redis@sha256:abc123", "busybox:1.36"];

/// What an object is.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// Empty where none is written.
    pub(super) namespace: String,
}

impl Made {
    pub(super) fn group(&self) -> &'static str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    pub(super) fn version(&self) -> &'static str {
        self.api_version.split_once('/').map_or(self.api_version, |(_, version)| version)
    }

    /// The start of a strategic merge patch for it.
    pub(super) fn head(&self) -> Value {
        let mut head = json!({"apiVersion": self.api_version, "kind": self.kind, "metadata": {"name": self.name}});
        if !self.namespace.is_empty() {
            head["metadata"]["namespace"] = self.namespace.clone().into();
        }
        head
    }
}

/// The kinds that are made, most of them once, those that matter most several times.
pub(super) const KINDS: [(&str, &str); 34] = [
    ("v1", "ConfigMap"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("v1", "Namespace"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "PersistentVolume"),
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "Ingress"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("policy/v1", "PodDisruptionBudget"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("source.toolkit.fluxcd.io/v1", "GitRepository"),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
    ("example.com/v1", "Widget"),
    ("example.com/v1", "Widget"),
];

/// One object of a random kind.
pub(super) fn object(random: &mut Random) -> (Made, Value) {
    let (api_version, kind) = *random.pick(&KINDS);
    let mut name = (*random.pick(&NAMES)).to_owned();
    if kind == "CustomResourceDefinition" {
        name = "widgets.example.com".to_owned();
    }
    let namespace = match random.below(4) {
        0 if !matches!(kind, "Namespace" | "ClusterRole" | "PersistentVolume" | "StorageClass") => {
            (*random.pick(&["team", "other", "default"])).to_owned()
        }
        _ => String::new(),
    };
    let made = Made { api_version, kind, name, namespace };
    let mut object = made.head();
    if random.below(3) == 0 {
        object["metadata"]["labels"] = json!({"app": made.name, "tier": random.pick(&["front", "back"])});
    }
    if random.below(4) == 0 {
        object["metadata"]["annotations"] = json!({"note": "by hand", "number": "5"});
    }
    for (field, value) in body(kind, random) {
        object[field] = value;
    }
    (made, object)
}

fn name(random: &mut Random) -> &'static str {
    NAMES[random.below(NAMES.len())]
}

fn container(random: &mut Random, name_of: &str) -> Value {
    let mut container = json!({"name": name_of, "image": random.pick(&IMAGES)});
    if random.below(2) == 0 {
        container["args"] = json!(["--level=$(LEVEL)", "--name", "$(NAME)"]);
    }
    if random.below(2) == 0 {
        container["env"] = json!([
            {"name": "MODE", "value": "plain"},
            {"name": "FROM", "valueFrom": {"configMapKeyRef": {"name": name(random), "key": "colour"}}},
            {"name": "WORD", "valueFrom": {"secretKeyRef": {"name": name(random), "key": "word"}}},
            {"name": "VAR", "value": "$(NAME)-$(LEVEL)"},
        ]);
    }
    if random.below(3) == 0 {
        container["envFrom"] = json!([{"configMapRef": {"name": name(random)}}, {"secretRef": {"name": name(random)}}]);
    }
    if random.below(2) == 0 {
        container["ports"] =
            json!([{"containerPort": 8080}, {"containerPort": 9090, "protocol": "TCP", "name": "metrics"}]);
    }
    if random.below(3) == 0 {
        container["volumeMounts"] =
            json!([{"name": "data", "mountPath": "/data"}, {"name": "config", "mountPath": "/etc/$(NAME)"}]);
    }
    container
}

fn pod(random: &mut Random) -> Value {
    let mut pod = json!({"containers": [container(random, "main")]});
    if random.below(2) == 0 {
        pod["containers"].as_array_mut().expect("a list").push(container(random, "side"));
    }
    if random.below(4) == 0 {
        pod["initContainers"] = json!([container(random, "init")]);
    }
    if random.below(3) == 0 {
        pod["serviceAccountName"] = name(random).into();
    }
    if random.below(3) == 0 {
        pod["volumes"] = json!([
            {"name": "data", "persistentVolumeClaim": {"claimName": name(random)}},
            {"name": "config", "configMap": {"name": name(random)}},
            {"name": "all", "projected": {"sources": [{"secret": {"name": name(random)}}, {"configMap": {"name": name(random)}}]}},
        ]);
    }
    if random.below(4) == 0 {
        pod["imagePullSecrets"] = json!([{"name": name(random)}]);
    }
    if random.below(5) == 0 {
        pod["tolerations"] = json!([{"key": "a", "operator": "Exists"}]);
        pod["nodeSelector"] = json!({"disk": "fast"});
    }
    if random.below(5) == 0 {
        let selector = json!({"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "zone"});
        pod["affinity"] = json!({"podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [selector.clone()],
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": selector}],
        }});
        pod["topologySpreadConstraints"] = json!([
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": {"app": "web"}}},
        ]);
    }
    pod
}

fn template(random: &mut Random) -> Value {
    let mut template = json!({"metadata": {"labels": {"app": "web"}}, "spec": pod(random)});
    if random.below(3) == 0 {
        template["metadata"]["annotations"] = json!({"checksum": "$(NAME)"});
    }
    template
}

fn workload(random: &mut Random) -> Value {
    let mut spec = json!({"selector": {"matchLabels": {"app": "web"}}, "template": template(random)});
    if random.below(2) == 0 {
        spec["replicas"] = 2.into();
    }
    spec
}

/// The fields of a kind beside its head.
fn body(kind: &str, random: &mut Random) -> Vec<(&'static str, Value)> {
    let spec = |value: Value| vec![("spec", value)];
    match kind {
        "ConfigMap" => vec![(
            "data",
            json!({"colour": "blue", "level": "3", "file.ini": "[a]\nb = $(NAME)\n", "json": "{\"a\": {\"b\": \"c\"}}"}),
        )],
        "Secret" => vec![("type", "Opaque".into()), ("stringData", json!({"word": "open", "url": "http://web:80/x"}))],
        "Service" => spec(
            json!({"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}, {"port": 53, "protocol": "UDP", "name": "dns"}]}),
        ),
        "ServiceAccount" if random.below(2) == 0 => vec![("imagePullSecrets", json!([{"name": name(random)}]))],
        "PersistentVolumeClaim" => spec(
            json!({"storageClassName": name(random), "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}),
        ),
        "PersistentVolume" => spec(
            json!({"storageClassName": name(random), "capacity": {"storage": "1Gi"}, "nfs": {"server": "$(NAME)", "path": "/"}}),
        ),
        "Pod" => spec(pod(random)),
        "ReplicationController" => spec(json!({"selector": {"app": "web"}, "template": template(random)})),
        "Deployment" | "DaemonSet" | "ReplicaSet" => spec(workload(random)),
        "StatefulSet" => {
            let mut body = workload(random);
            body["serviceName"] = name(random).into();
            body["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}, "spec": {"storageClassName": name(random), "accessModes": ["ReadWriteOnce"]}}]);
            spec(body)
        }
        "Job" => spec(json!({"template": template(random)})),
        "CronJob" => spec(json!({"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": template(random)}}})),
        "Ingress" => spec(json!({
            "rules": [{"host": "$(NAME).example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": name(random), "port": {"number": 80}}}}]}}],
            "tls": [{"hosts": ["a.example.com"], "secretName": name(random)}],
        })),
        "NetworkPolicy" => spec(
            json!({"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "db"}}}, {"namespaceSelector": {}}]}]}),
        ),
        "PodDisruptionBudget" => spec(json!({"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}})),
        "HorizontalPodAutoscaler" => spec(
            json!({"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name(random)}, "maxReplicas": 4}),
        ),
        "Role" | "ClusterRole" => vec![(
            "rules",
            json!([{"apiGroups": [""], "resources": ["secrets", "configmaps"], "resourceNames": [name(random)], "verbs": ["get"]}]),
        )],
        "RoleBinding" | "ClusterRoleBinding" => {
            let role = if kind == "ClusterRoleBinding" || random.below(2) == 0 { "ClusterRole" } else { "Role" };
            let subject = if random.below(3) == 0 { "default" } else { name(random) };
            vec![
                ("roleRef", json!({"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": name(random)})),
                (
                    "subjects",
                    json!([{"kind": "ServiceAccount", "name": subject, "namespace": random.pick(&["default", "team"])}]),
                ),
            ]
        }
        "StorageClass" => {
            vec![("provisioner", "example.com/disk".into()), ("parameters", json!({"secretName": name(random)}))]
        }
        "CustomResourceDefinition" => spec(
            json!({"group": "example.com", "names": {"kind": "Widget", "plural": "widgets"}, "scope": "Namespaced", "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]}),
        ),
        "ValidatingWebhookConfiguration" => vec![(
            "webhooks",
            json!([{"name": "a.example.com", "clientConfig": {"service": {"name": name(random), "namespace": "default"}}}]),
        )],
        "APIService" => spec(
            json!({"group": "example.com", "version": "v1", "service": {"name": name(random), "namespace": "default"}}),
        ),
        "GitRepository" => {
            spec(json!({"interval": "1m", "url": "https://example.com/a.git", "secretRef": {"name": name(random)}}))
        }
        "Kustomization" => spec(
            json!({"interval": "10m", "path": "./a", "prune": true, "sourceRef": {"kind": "GitRepository", "name": name(random)}}),
        ),
        "Widget" => spec(json!({
            "secret": {"name": name(random)}, "configRef": name(random), "image": random.pick(&IMAGES), "count": 3, "on": true,
            "parts": [{"id": "a", "size": 1, "ref": {"name": name(random)}}, {"id": "b", "size": 2}],
            "selector": {"kind": "x"}, "text": "$(NAME) and $(LEVEL)", "containers": [{"name": "w", "image": random.pick(&IMAGES)}],
            "template": {"metadata": {"labels": {"app": "w"}}},
        })),
        _ => Vec::new(),
    }
}
