//! Objects that break one rule of a schema, and what the API server says to them.

use serde_json::{Value, json};

use super::sample::{Edit, edited, remove, set, texts_for};

/// A change that makes a valid object invalid.
#[derive(Debug)]
pub(crate) struct Breakage {
    /// The change.
    pub(crate) edit: Edit,
    /// The rule that is broken, for people.
    pub(crate) rule: String,
    /// A part of what the API server says.
    pub(crate) answer: String,
}

/// One breakage for every rule of the schema (enum, pattern, limits, required, unique keys) at a place that is set in
/// the object. `pointer` is where schema and value stand.
pub(crate) fn breakages(pointer: &str, schema: &Value, value: &Value, found: &mut Vec<Breakage>) {
    let mut add = |edit, rule: String, answer: &str| {
        found.push(Breakage { edit, rule: format!("{pointer} {rule}"), answer: answer.to_owned() });
    };
    if schema["enum"].is_array() {
        add(set(pointer, "no-such-value"), "enum".to_owned(), r#"Unsupported value: "no-such-value""#);
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        add(set(pointer, texts_for(pattern).1), format!("pattern {pattern}"), &format!("should match '{pattern}'"));
    }
    if schema["minLength"] == 1 {
        add(set(pointer, ""), "minLength".to_owned(), "should be at least 1 chars long");
    }
    if let Some(most) = schema["maxLength"].as_u64() {
        let text = "a".repeat(usize::try_from(most).unwrap() + 1);
        add(set(pointer, text), format!("maxLength {most}"), &format!("Too long: may not be more than {most} bytes"));
    }
    if schema["minItems"] == 1 {
        add(set(pointer, json!([])), "minItems".to_owned(), "should have at least 1 items");
    }
    if let Some(most) = schema["maxItems"].as_u64() {
        let item = value[0].clone();
        let items = vec![item; usize::try_from(most).unwrap() + 1];
        add(set(pointer, items), format!("maxItems {most}"), &format!("must have at most {most} items"));
    }
    if let Some(least) = schema["minimum"].as_i64() {
        let answer = format!("should be greater than or equal to {least}");
        add(set(pointer, least - 1), format!("minimum {least}"), &answer);
    }
    if schema["x-kubernetes-list-type"] == "map" {
        add(set(pointer, json!([value[0], value[0]])), "listType map".to_owned(), "Duplicate value");
    }
    for name in required(schema) {
        add(remove(&format!("{pointer}/{name}")), format!("required {name}"), "Required value");
    }

    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(inner) = value.get(name) {
            breakages(&format!("{pointer}/{name}"), property, inner, found);
        }
    }
    if schema["items"].is_object() && value.get(0).is_some() {
        breakages(&format!("{pointer}/0"), &schema["items"], &value[0], found);
    }
    if schema["additionalProperties"].is_object() && value.get("key").is_some() {
        breakages(&format!("{pointer}/key"), &schema["additionalProperties"], &value["key"], found);
    }
}

/// How many rules the schema has that [`breakages`] knows how to break.
pub(crate) fn count_rules(schema: &Value) -> usize {
    let own = ["enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minimum"];
    own.iter().filter(|key| !schema[**key].is_null()).count()
        + usize::from(schema["x-kubernetes-list-type"] == "map")
        + required(schema).count()
}

/// The properties that an object must not lack. One with a default is never lacking.
fn required(schema: &Value) -> impl Iterator<Item = &str> {
    let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    names.filter(|name| schema["properties"][*name].get("default").is_none())
}

/// An object that breaks a rule written in CEL.
pub(crate) struct CelCase {
    kind: &'static str,
    /// Where the rule stands: the schema's path and its index there.
    pub(crate) rule: (&'static str, usize),
    /// Which of the valid variants is changed, and how.
    variant: usize,
    edits: Vec<Edit>,
}

impl CelCase {
    /// The object to be refused.
    pub(crate) fn object(&self, variants: &[Value]) -> Value {
        edited(&variants[self.variant], &self.edits)
    }
}

/// The cases of a kind.
pub(crate) fn cel_cases(kind: &str) -> Vec<CelCase> {
    let reference = || json!({"name": "text"});
    let case = |kind, path, index, variant, edits: &[Edit]| CelCase {
        kind,
        rule: (path, index),
        variant,
        edits: edits.to_vec(),
    };
    let identity = [set("/spec/serviceAccountName", "text")];
    let cases = vec![
        case("HelmRelease", "spec", 0, 0, &[remove("/spec/chart")]),
        case("HelmRelease", "spec.kubeConfig", 0, 0, &[set("/spec/kubeConfig", json!({}))]),
        case("HelmRelease", "spec.kubeConfig", 1, 0, &[set("/spec/kubeConfig/secretRef", reference())]),
        case("HelmRelease", "spec.install.strategy", 0, 0, &[set("/spec/install/strategy/name", "RemediateOnFailure")]),
        case("HelmRelease", "spec.upgrade.strategy", 0, 0, &[set("/spec/upgrade/strategy/name", "RemediateOnFailure")]),
        case("Kustomization", "spec.kubeConfig", 0, 0, &[set("/spec/kubeConfig", json!({}))]),
        case("Kustomization", "spec.kubeConfig", 1, 0, &[set("/spec/kubeConfig/secretRef", reference())]),
        case("ImagePolicy", "spec", 0, 0, &[set("/spec/digestReflectionPolicy", "IfNotPresent")]),
        case("ImagePolicy", "spec", 1, 0, &[remove("/spec/interval")]),
        case("Provider", "spec", 0, 0, &[set("/spec/type", "slack")]),
        case("Receiver", "spec", 0, 0, &[remove("/spec/oidcProviders")]),
        case("Receiver", "spec", 1, 0, &[set("/spec/type", "github"), set("/spec/secretRef", reference())]),
        case("Receiver", "spec", 2, 0, &[set("/spec/secretRef", reference())]),
        case("Receiver", "spec", 3, 1, &[remove("/spec/secretRef")]),
        case("Bucket", "spec", 0, 1, &[set("/spec/provider", "gcp")]),
        case("Bucket", "spec", 1, 1, &[set("/spec/sts/provider", "ldap")]),
        case("Bucket", "spec", 2, 0, &[set("/spec/sts/provider", "aws")]),
        case("Bucket", "spec", 3, 1, &[set("/spec/sts/secretRef", reference())]),
        case("Bucket", "spec", 4, 1, &[set("/spec/sts/certSecretRef", reference())]),
        case("Bucket", "spec", 5, 0, &identity),
        case("Bucket", "spec", 6, 1, &[set("/spec/secretRef", reference())]),
        case("GitRepository", "spec", 0, 0, &[set("/spec/provider", "github")]),
        case("HelmChart", "spec", 0, 0, &[set("/spec/sourceRef/kind", "Bucket")]),
        case(
            "ArtifactGenerator",
            "spec",
            0,
            0,
            &[remove("/spec/pathPattern"), set("/spec/artifacts/0/name", "Not a name")],
        ),
    ];
    cases.into_iter().filter(|case| case.kind == kind).collect()
}
