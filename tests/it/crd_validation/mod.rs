//! The CustomResourceDefinitions in a real API server: what it accepts, refuses and explains.

mod breakage;
mod sample;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::flux_release::{manifests_folder, read_folder, walk_schemas};
use crate::support::{ControlPlane, Lease};
use breakage::{breakages, cel_cases, count_rules};
use sample::{Edit, edited, remove, sample, set, variants};

/// One kind, as its definition describes it.
struct Kind {
    crd: Value,
    kind: String,
    api_version: String,
    path: String,
    schema: Value,
}

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let objects = read_folder(&manifests_folder()).into_iter().map(|object| object.value);
    objects.filter(|object| object["kind"] == "CustomResourceDefinition").map(Kind::new).collect()
});

impl Kind {
    fn new(crd: Value) -> Self {
        let text = |pointer: &str| crd.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        let api_version = format!("{}/{}", text("/spec/group"), text("/spec/versions/0/name"));
        let path = format!("/apis/{api_version}/namespaces/default/{}", text("/spec/names/plural"));
        let schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone();
        Self { kind: text("/spec/names/kind"), api_version, path, schema, crd }
    }

    /// Valid objects that together have every field set.
    fn objects(&self) -> Vec<Value> {
        let mut full = sample(&self.schema);
        full["apiVersion"] = json!(self.api_version);
        full["kind"] = json!(self.kind);
        full["metadata"] = json!({"name": "every-field", "namespace": "default"});
        variants(&self.kind).iter().map(|edits| edited(&full, edits)).collect()
    }

    fn has_status(&self) -> bool {
        self.schema["properties"]["status"].is_object()
    }

    /// Creates the object for a trial only. Unknown fields are errors.
    fn try_create(&self, plane: &ControlPlane, object: &Value) -> (u16, Value) {
        let path = format!("{}?dryRun=All&fieldValidation=Strict", self.path);
        let object = edited(object, &[set("/metadata/name", "trial")]);
        plane.call("POST", &path, "application/json", Some(&object))
    }

    /// Writes the status of the object that is in the cluster, for a trial only.
    fn try_status(&self, plane: &ControlPlane, object: &Value) -> (u16, Value) {
        let path = format!("{}/every-field/status?dryRun=All&fieldValidation=Strict", self.path);
        plane.call("PATCH", &path, "application/merge-patch+json", Some(&json!({"status": object["status"]})))
    }
}

/// A control plane with the definitions and, of each kind, an object without status.
fn plane_with_kinds() -> Lease {
    let plane = ControlPlane::lease();
    for kind in KINDS.iter() {
        plane.apply(&flux_bootstrap::for_tests::yaml::write(&kind.crd));
    }
    for kind in KINDS.iter() {
        let name = kind.crd["metadata"]["name"].as_str().unwrap();
        plane.wait_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name, |crd| {
            condition(crd, "Established").is_some_and(|established| established["status"] == "True")
        });
        let object = edited(&kind.objects()[0], &if kind.has_status() { vec![remove("/status")] } else { vec![] });
        // The definition may be established a moment before the server routes its path.
        crate::support::wait_for(&kind.kind, std::time::Duration::from_secs(30), || {
            let (status, answer) = plane.call("POST", &kind.path, "application/json", Some(&object));
            assert!(matches!(status, 201 | 404 | 409), "{}: {status} {answer}", kind.kind);
            (status != 404).then_some(())
        });
    }
    plane
}

fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    object["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == kind)
}

#[test]
fn every_definition_is_accepted_and_explained() {
    let plane = plane_with_kinds();
    let mut silent = Vec::new();
    let mut fields = 0;
    for kind in KINDS.iter() {
        let name = kind.crd["metadata"]["name"].as_str().unwrap();
        let crd = plane.object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name).unwrap();
        assert_eq!(condition(&crd, "NamesAccepted").unwrap()["status"], "True", "{name}");
        let faulty = condition(&crd, "NonStructuralSchema").filter(|condition| condition["status"] == "True");
        assert!(faulty.is_none(), "{name}: {faulty:?}");

        // What `kubectl explain` reads.
        let explained =
            crate::support::wait_for(&format!("the explanation of {name}"), std::time::Duration::from_secs(60), || {
                let document = plane.get(&format!("/openapi/v3/apis/{}", kind.api_version))?;
                let schemas = document["components"]["schemas"].as_object()?;
                schemas
                    .values()
                    .find(|schema| schema["x-kubernetes-group-version-kind"][0]["kind"] == kind.kind.as_str())
                    .cloned()
            });
        let published = json!({"spec": {"versions": [{"name": "v", "schema": {"openAPIV3Schema": explained}}]}});
        walk_schemas(&published, &mut |path, node| {
            let is_field = !path.ends_with("[]") && !path.ends_with("{}");
            fields += usize::from(is_field);
            if is_field && node["description"].as_str().is_none_or(str::is_empty) {
                silent.push(format!("{}: {path}", kind.kind));
            }
        });
    }
    assert!(silent.is_empty(), "not explained:\n{}", silent.join("\n"));
    assert!(fields > 850, "only {fields} fields were looked at");
}

#[test]
fn objects_with_every_field_set_are_accepted_and_kept() {
    let plane = plane_with_kinds();
    for kind in KINDS.iter() {
        let mut set = BTreeSet::new();
        for object in kind.objects() {
            let (status, stored) = kind.try_create(&plane, &object);
            assert_eq!(status, 201, "{}: {stored}", kind.kind);
            assert_eq!(stored["spec"], object["spec"], "{}: the server dropped a field", kind.kind);
            collect_set("", &kind.schema, &object, &mut set);
            if kind.has_status() {
                let (status, stored) = kind.try_status(&plane, &object);
                assert_eq!(status, 200, "{}: {stored}", kind.kind);
                assert_eq!(stored["status"], object["status"], "{}: the server dropped a field", kind.kind);
            }
        }
        let mut all = BTreeSet::new();
        collect_all("", &kind.schema, &mut all);
        let unset: Vec<_> = all.difference(&set).collect();
        assert!(unset.is_empty(), "{}: set in no object: {unset:?}", kind.kind);
    }
}

fn collect_all(path: &str, schema: &Value, all: &mut BTreeSet<String>) {
    all.insert(path.to_owned());
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        collect_all(&format!("{path}.{name}"), property, all);
    }
    for inner in ["items", "additionalProperties"].map(|key| &schema[key]).into_iter().filter(|inner| inner.is_object())
    {
        collect_all(&format!("{path}[]"), inner, all);
    }
}

fn collect_set(path: &str, schema: &Value, value: &Value, set: &mut BTreeSet<String>) {
    set.insert(path.to_owned());
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(inner) = value.get(name) {
            collect_set(&format!("{path}.{name}"), property, inner, set);
        }
    }
    if let Some(inner) = value.get(0).filter(|_| schema["items"].is_object()) {
        collect_set(&format!("{path}[]"), &schema["items"], inner, set);
    }
    if let Some(inner) = value.get("key").filter(|_| schema["additionalProperties"].is_object()) {
        collect_set(&format!("{path}[]"), &schema["additionalProperties"], inner, set);
    }
}

#[test]
fn what_breaks_a_rule_is_refused() {
    let plane = plane_with_kinds();
    let (mut tried, mut faults) = (BTreeSet::new(), Vec::new());
    let mut rules = 0;
    for kind in KINDS.iter() {
        walk_schemas(&kind.crd, &mut |_, node| rules += count_rules(node));
        for object in kind.objects() {
            let mut found = Vec::new();
            breakages("", &kind.schema, &object, &mut found);
            for breakage in found {
                // A rule that a former variant of the object showed need not be shown again.
                if !tried.insert(format!("{} {}", kind.kind, breakage.rule)) {
                    continue;
                }
                let broken = edited(&object, std::slice::from_ref(&breakage.edit));
                let (Edit::Remove(pointer) | Edit::Set(pointer, _)) = &breakage.edit;
                let (status, answer) = match pointer.starts_with("/status") {
                    true => kind.try_status(&plane, &broken),
                    false => kind.try_create(&plane, &broken),
                };
                let message = answer["message"].as_str().unwrap_or_default();
                if status != 422 || !message.contains(&breakage.answer) {
                    faults.push(format!("{} {}: {status} {message}", kind.kind, breakage.rule));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} of {} rules:\n{}", faults.len(), tried.len(), faults.join("\n"));
    assert_eq!(tried.len(), rules, "rules for which no object was tried");
}

#[test]
fn what_breaks_a_cel_rule_is_refused_with_its_message() {
    let plane = plane_with_kinds();
    for kind in KINDS.iter() {
        let (cases, objects) = (cel_cases(&kind.kind), kind.objects());
        let mut covered = BTreeSet::new();
        walk_schemas(&kind.crd, &mut |path, node| {
            for (index, rule) in node["x-kubernetes-validations"].as_array().into_iter().flatten().enumerate() {
                let (_, path) = path.split_once(' ').unwrap();
                let case = cases.iter().find(|case| case.rule == (path, index));
                let case = case.unwrap_or_else(|| panic!("{}: no object breaks {path} {rule}", kind.kind));
                covered.insert(case.rule);
                let (status, answer) = kind.try_create(&plane, &case.object(&objects));
                let (message, expected) = (answer["message"].as_str().unwrap(), rule["message"].as_str().unwrap());
                assert!(status == 422 && message.contains(expected), "{}: {rule}: {status} {message}", kind.kind);
            }
        });
        assert_eq!(covered.len(), cases.len(), "{}: a case is for no rule", kind.kind);
    }
}

#[test]
fn defaults_are_filled_in() {
    let plane = plane_with_kinds();
    let mut count = 0;
    for kind in KINDS.iter() {
        // Without a field, a rule between fields may be broken in one of the variants.
        let (mut filled, mut defaults) = (BTreeSet::new(), BTreeSet::new());
        for object in kind.objects() {
            let mut found = Vec::new();
            collect_defaults("/spec", &kind.schema["properties"]["spec"], &object, &mut found);
            for (pointer, default) in found {
                let (status, stored) = kind.try_create(&plane, &edited(&object, &[remove(&pointer)]));
                if status == 201 {
                    assert_eq!(stored.pointer(&pointer), Some(&default), "{} {pointer}", kind.kind);
                    filled.insert(pointer.clone());
                }
                defaults.insert(pointer);
            }
        }
        assert_eq!(filled, defaults, "{}", kind.kind);
        count += filled.len();
        if let Some(default) = kind.schema["properties"]["status"].get("default") {
            let stored = plane.get(&format!("{}/every-field", kind.path)).unwrap();
            assert_eq!(stored["status"], *default, "{}", kind.kind);
            count += 1;
        }
    }
    assert!(count > 30, "only {count} defaults were looked at");
}

fn collect_defaults(pointer: &str, schema: &Value, object: &Value, found: &mut Vec<(String, Value)>) {
    let Some(value) = object.pointer(pointer) else { return };
    if let Some(default) = schema.get("default") {
        found.push((pointer.to_owned(), default.clone()));
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        collect_defaults(&format!("{pointer}/{name}"), property, object, found);
    }
    if schema["items"].is_object() && value.get(0).is_some() {
        collect_defaults(&format!("{pointer}/0"), &schema["items"], object, found);
    }
}
