//! `configurations`, `vars`, `crds` and `openapi`.

use flux_bootstrap::for_tests::yaml;
use serde_json::{Value, json};

use super::Folder;

pub(super) fn add(folder: &mut Folder<'_>, rate: usize) {
    if folder.chance(rate) {
        for _ in 0..=folder.random.below(2) {
            let content = configuration(folder);
            let name = folder.file("config-#.yaml", yaml::write(&content));
            folder.push("configurations", name.into());
        }
    }
    if folder.chance(rate) {
        variables(folder);
    }
    if folder.chance(rate / 2) {
        schema(folder);
    }
    if folder.chance(rate / 3) {
        let name = folder.file("definitions-#.json", definitions().to_string());
        folder.push("crds", name.into());
    }
}

/// A schema of one's own, or the version of Kubernetes that kustomize knows anyway.
fn schema(folder: &mut Folder<'_>) {
    if folder.chance(20) {
        folder.fields.insert("openapi".to_owned(), json!({"version": "v1.21.2"}));
        return;
    }
    let kind = |group: &str, kind: &str| json!([{"group": group, "version": "v1", "kind": kind}]);
    let list = |key: &str| json!({"type": "array", "items": {"type": "object"}, "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": key});
    let content = json!({"definitions": {
        "com.example.v1.Widget": {"x-kubernetes-group-version-kind": kind("example.com", "Widget"), "properties": {"spec": {"$ref": "#/definitions/com.example.v1.WidgetSpec"}}},
        "com.example.v1.WidgetSpec": {"properties": {"parts": list("id"), "containers": list("name")}},
        "io.k8s.Deployment": {"x-kubernetes-group-version-kind": kind("apps", "Deployment"), "properties": {"spec": {"properties": {"template": {"properties": {"spec": {"properties": {"containers": list("name")}}}}}}}},
    }});
    let text = if folder.chance(50) { content.to_string() } else { yaml::write(&content) };
    let name = folder.file("schema-#.json", text);
    folder.fields.insert("openapi".to_owned(), json!({"path": name}));
}

/// A few entries of a transformer configuration.
fn configuration(folder: &mut Folder<'_>) -> Value {
    let create = folder.chance(50);
    let entries = [
        (
            "nameReference",
            json!([{"kind": "Secret", "version": "v1", "fieldSpecs": [{"kind": "Widget", "path": "spec/secret/name"}, {"kind": "GitRepository", "path": "spec/secretRef/name"}]}]),
        ),
        (
            "nameReference",
            json!([{"kind": "ConfigMap", "fieldSpecs": [{"kind": "Widget", "path": "spec/configRef"}, {"kind": "Widget", "path": "spec/parts/ref/name"}]}]),
        ),
        (
            "nameReference",
            json!([{"kind": "GitRepository", "group": "source.toolkit.fluxcd.io", "fieldSpecs": [{"kind": "Kustomization", "path": "spec/sourceRef/name"}]}]),
        ),
        (
            "commonLabels",
            json!([{"kind": "Widget", "path": "spec/selector", "create": create}, {"kind": "Widget", "path": "spec/template/metadata/labels", "create": create}]),
        ),
        ("labels", json!([{"kind": "Widget", "path": "spec/labels", "create": create}])),
        ("templateLabels", json!([{"kind": "Widget", "path": "spec/template/metadata/labels", "create": true}])),
        (
            "commonAnnotations",
            json!([{"kind": "Widget", "path": "spec/template/metadata/annotations", "create": true}]),
        ),
        ("images", json!([{"kind": "Widget", "path": "spec/image"}])),
        ("replicas", json!([{"kind": "Widget", "path": "spec/count", "create": true}])),
        ("varReference", json!([{"kind": "Widget", "path": "spec/text"}, {"kind": "ConfigMap", "path": "data"}])),
        (
            "namespace",
            json!([{"kind": "Widget", "path": "spec/namespace", "create": create}, {"kind": "ClusterRoleBinding", "path": "subjects/namespace"}]),
        ),
        ("namePrefix", json!([{"kind": "Widget", "path": "spec/configRef"}])),
        ("nameSuffix", json!([{"kind": "Widget", "path": "spec/name", "create": create}])),
        ("commonLabels", json!([{"kind": "Widget", "path": "metadata/labels", "create": true}])),
    ];
    let mut content = json!({});
    for _ in 0..=folder.random.below(4) {
        let (field, value) = folder.random.pick(&entries).clone();
        content[field] = value;
    }
    content
}

fn variables(folder: &mut Folder<'_>) {
    let sources: Vec<_> = folder.made.iter().filter(|made| made.kind != "CustomResourceDefinition").cloned().collect();
    if sources.is_empty() {
        return;
    }
    let names = if folder.path == "overlay" { ["NAME", "LEVEL"] } else { ["BASE", "OTHER"] };
    for name in names {
        let made = folder.random.pick(&sources).clone();
        let mut entry =
            json!({"name": name, "objref": {"apiVersion": made.api_version, "kind": made.kind, "name": made.name}});
        if !made.namespace.is_empty() && folder.chance(60) {
            entry["objref"]["namespace"] = made.namespace.clone().into();
        }
        let field = match made.kind {
            "ConfigMap" => *folder.random.pick(&["data.level", "metadata.name", "data.[file.ini]"]),
            "Widget" => *folder.random.pick(&["spec.count", "spec.on", "spec.parts[0].id", "spec.parts", "spec.image"]),
            "Service" => *folder.random.pick(&["spec.ports[0].port", "metadata.name"]),
            _ => "metadata.name",
        };
        if field != "metadata.name" || folder.chance(50) {
            entry["fieldref"] = json!({"fieldPath": field});
        }
        folder.push("vars", entry);
    }
}

/// Definitions with the extensions that say what a field is.
fn definitions() -> Value {
    let reference = |version: &str, kind: &str| json!({"x-kubernetes-object-ref-api-version": version, "x-kubernetes-object-ref-kind": kind, "type": "object"});
    json!({
        "com.example.v1.Widget": {"Schema": {"description": "A widget.", "properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
            "spec": {"$ref": "com.example.v1.WidgetSpec"},
        }}, "Dependencies": []},
        "com.example.v1.WidgetSpec": {"Schema": {"properties": {
            "secret": reference("v1", "Secret"),
            "selector": {"type": "object", "x-kubernetes-label-selector": ""},
            "notes": {"type": "object", "x-kubernetes-annotation": ""},
            "text": {"type": "string", "x-kubernetes-identity": ""},
        }}, "Dependencies": []},
    })
}
