//! The changes that turn a release's objects into those of one installation, each as a typed edit of an object.

use serde_json::{Map, Value, json};

use crate::domain::config::Namespace;
use crate::domain::flux::component::{Component, Components};
use crate::domain::flux::options::InstallOptions;

/// The namespace that a release's RBAC names.
const RELEASED_NAMESPACE: &str = "flux-system";
/// Kinds without a namespace that a release may hold.
const CLUSTER_SCOPED: [&str; 11] = [
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "MutatingWebhookConfiguration",
    "Namespace",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingWebhookConfiguration",
];
/// Kinds whose names kustomize never suffixes.
const NEVER_SUFFIXED: [&str; 3] = ["APIService", "CustomResourceDefinition", "Namespace"];

/// The namespace that everything else lives in.
pub(crate) fn namespace_object(namespace: &Namespace) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "labels": {
                "pod-security.kubernetes.io/warn": "restricted",
                "pod-security.kubernetes.io/warn-version": "latest",
            },
            "name": namespace.as_str(),
        },
    })
}

/// Labels an object, and the pods of a Deployment, as belonging to this installation.
pub(crate) fn label(object: &mut Value, options: &InstallOptions) {
    let labels = [
        ("app.kubernetes.io/instance", options.namespace.to_string()),
        ("app.kubernetes.io/part-of", "flux".to_owned()),
        ("app.kubernetes.io/version", options.version.to_string()),
    ];
    let write = |holder: Option<&mut Map<String, Value>>| {
        if let Some(target) = holder.and_then(|holder| child_map(holder, "labels")) {
            for (name, value) in &labels {
                target.insert((*name).to_owned(), Value::from(value.as_str()));
            }
        }
    };
    write(object.as_object_mut().and_then(|object| child_map(object, "metadata")));
    if kind(object) == "Deployment" {
        write(object.pointer_mut("/spec/template/metadata").and_then(Value::as_object_mut));
    }
}

/// Moves an object into the namespace, unless its kind has none; references to webhooks' services follow.
pub(crate) fn set_namespace(object: &mut Value, namespace: &Namespace) {
    if !CLUSTER_SCOPED.contains(&kind(object))
        && let Some(metadata) = object.as_object_mut().and_then(|object| child_map(object, "metadata"))
    {
        metadata.insert("namespace".to_owned(), Value::from(namespace.as_str()));
    }
    if let Some(found) = object.pointer_mut("/spec/conversion/webhook/clientConfig/service/namespace") {
        *found = Value::from(namespace.as_str());
    }
}

/// Makes cluster-wide names unique to the namespace, so that two installations can share a cluster: every name gets
/// the suffix, references among these objects follow, and the bound service accounts are those of the namespace.
pub(crate) fn suffix_names(objects: &mut [Value], namespace: &Namespace) {
    let own: Vec<(String, String)> = objects
        .iter()
        .filter(|object| !NEVER_SUFFIXED.contains(&kind(object)))
        .map(|object| (kind(object).to_owned(), name(object).to_owned()))
        .collect();
    for object in objects {
        if !NEVER_SUFFIXED.contains(&kind(object)) {
            suffix(object.pointer_mut("/metadata/name"), namespace);
        }
        if let Some(role) = object.get_mut("roleRef")
            && own.iter().any(|(kind, name)| role["kind"] == kind.as_str() && role["name"] == name.as_str())
        {
            suffix(role.get_mut("name"), namespace);
        }
        for subject in object.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(found) = subject.get_mut("namespace").filter(|found| **found == RELEASED_NAMESPACE) {
                *found = Value::from(namespace.as_str());
            }
        }
    }
}

/// Adapts a component's Deployment: flags, images, and where its pods may run. Other objects stay as they are.
pub(crate) fn configure(object: &mut Value, component: Component, options: &InstallOptions) {
    if kind(object) != "Deployment" {
        return;
    }
    let Some(pod) = object.pointer_mut("/spec/template/spec").and_then(Value::as_object_mut) else { return };
    for list in ["initContainers", "containers"] {
        for container in pod.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            set_registry(container, &options.components, &options.registry);
        }
    }
    if let Some(arguments) = pod.get_mut("containers").and_then(|containers| containers.pointer_mut("/0/args")) {
        set_arguments(arguments, component, options);
    }
    if let Some(selector) = child_map(pod, "nodeSelector") {
        selector.insert("kubernetes.io/os".to_owned(), Value::from("linux"));
    }
    if let Some(secret) = &options.image_pull_secret {
        let secrets = pod.entry("imagePullSecrets").or_insert_with(|| json!([]));
        if let Some(secrets) = secrets.as_array_mut().filter(|secrets| !secrets.contains(&json!({"name": secret}))) {
            secrets.insert(0, json!({"name": secret}));
        }
    }
    if !options.toleration_keys.is_empty() {
        let tolerations = options.toleration_keys.iter().map(|key| json!({"key": key, "operator": "Exists"}));
        pod.insert("tolerations".to_owned(), tolerations.collect());
    }
}

/// The controller's flags. Kubernetes fills `$(RUNTIME_NAMESPACE)` from the container's environment.
fn set_arguments(arguments: &mut Value, component: Component, options: &InstallOptions) {
    let Some(arguments) = arguments.as_array_mut() else { return };
    let address = |service: Component| format!("{service}.$(RUNTIME_NAMESPACE).svc.{}.", options.cluster_domain);
    let events = match options.components.contains(Component::NotificationController) {
        true => format!("http://{}/", address(Component::NotificationController)),
        false => String::new(),
    };
    // Only controllers that send events or serve artifacts have these two.
    replace_flag(arguments, "--events-addr", &events);
    replace_flag(arguments, "--storage-adv-addr", &address(component));
    for (flag, value) in [
        ("--watch-all-namespaces", options.watch_all_namespaces.to_string()),
        ("--log-level", options.log_level.to_string()),
    ] {
        if !replace_flag(arguments, flag, &value) {
            arguments.push(Value::from(format!("{flag}={value}")));
        }
    }
    let reads_artifacts = matches!(component, Component::KustomizeController | Component::HelmController);
    if reads_artifacts && options.components.contains(Component::SourceWatcher) {
        arguments.push(Value::from("--feature-gates=ExternalArtifact=true"));
    }
}

/// Sets a flag that is there, with or without a value; says whether it was.
fn replace_flag(arguments: &mut [Value], flag: &str, value: &str) -> bool {
    let is_flag = |argument: &&mut Value| {
        argument
            .as_str()
            .and_then(|text| text.strip_prefix(flag))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    let found = arguments.iter_mut().find(is_flag);
    found.map(|argument| *argument = Value::from(format!("{flag}={value}"))).is_some()
}

/// Takes the image of an installed component from another registry; tag and digest stay.
fn set_registry(container: &mut Value, components: &Components, registry: &str) {
    let Some(image) = container.get_mut("image") else { return };
    let renamed = image.as_str().and_then(|text| {
        let (component, rest) = components.iter().find_map(|component| {
            let rest = text.strip_prefix("fluxcd/")?.strip_prefix(component.as_str())?;
            (rest.is_empty() || rest.starts_with([':', '@'])).then_some((component, rest))
        })?;
        (!registry.is_empty()).then(|| format!("{registry}/{component}{rest}"))
    });
    if let Some(renamed) = renamed {
        *image = Value::from(renamed);
    }
}

fn suffix(name: Option<&mut Value>, namespace: &Namespace) {
    if let Some(name) = name
        && let Some(text) = name.as_str()
    {
        *name = Value::from(format!("{text}-{namespace}"));
    }
}

fn child_map<'a>(holder: &'a mut Map<String, Value>, key: &str) -> Option<&'a mut Map<String, Value>> {
    let child = holder.entry(key).or_insert(Value::Null);
    if child.is_null() {
        *child = json!({});
    }
    child.as_object_mut()
}

/// An object's kind; empty where it has none.
pub(crate) fn kind(object: &Value) -> &str {
    object["kind"].as_str().unwrap_or_default()
}

/// An object's name; empty where it has none.
pub(crate) fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(image: &str, arguments: &[&str]) -> Value {
        json!({"kind": "Deployment", "metadata": {"name": "x"}, "spec": {"template": {"metadata": {}, "spec": {
            "containers": [{"image": image, "args": arguments}]}}}})
    }

    #[test]
    fn a_registry_replaces_the_images_of_installed_components_alone() {
        let options = InstallOptions { registry: "r.local:5000/f".into(), ..InstallOptions::default() };
        for (image, expected) in [
            ("fluxcd/helm-controller:v1", "r.local:5000/f/helm-controller:v1"),
            ("fluxcd/helm-controller@sha256:0", "r.local:5000/f/helm-controller@sha256:0"),
            ("fluxcd/helm-controller-extra:v1", "fluxcd/helm-controller-extra:v1"),
            ("fluxcd/source-watcher:v1", "fluxcd/source-watcher:v1"),
            ("other/helm-controller:v1", "other/helm-controller:v1"),
        ] {
            let mut object = deployment(image, &[]);
            configure(&mut object, Component::HelmController, &options);
            assert_eq!(object["spec"]["template"]["spec"]["containers"][0]["image"], expected);
        }
    }

    #[test]
    fn flags_are_found_by_name_wherever_they_stand() {
        let mut object = deployment("a", &["--log-levels=1", "--log-level", "--events-addr=http://x/"]);
        configure(&mut object, Component::KustomizeController, &InstallOptions::default());
        assert_eq!(
            object["spec"]["template"]["spec"]["containers"][0]["args"],
            json!([
                "--log-levels=1",
                "--log-level=info",
                "--events-addr=http://notification-controller.$(RUNTIME_NAMESPACE).svc.cluster.local./",
                "--watch-all-namespaces=true",
            ])
        );
    }

    #[test]
    fn only_references_among_the_suffixed_follow() {
        let binding = |role: &str| {
            json!({"kind": "ClusterRoleBinding", "metadata": {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": "s", "namespace": "flux-system"}]})
        };
        let mut objects =
            [json!({"kind": "ClusterRole", "metadata": {"name": "a"}}), binding("a"), binding("cluster-admin")];
        suffix_names(&mut objects, &"g".parse().unwrap());
        assert_eq!(objects[1]["roleRef"]["name"], "a-g");
        assert_eq!(objects[2]["roleRef"]["name"], "cluster-admin");
        assert_eq!(objects[2]["metadata"]["name"], "b-g");
        assert_eq!(objects[2]["subjects"][0]["namespace"], "g");
    }
}
