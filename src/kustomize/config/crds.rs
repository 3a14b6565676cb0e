//! Files named by `crds`: OpenAPI definitions of custom kinds, whose extensions say which fields hold names, labels and
//! annotations. They are no CustomResourceDefinitions, whatever the field is called.

use serde_json::{Map, Value};

use super::tables::{NameReference, TransformerConfig};
use crate::kustomize::field_spec::{self, FieldSpec};

/// How deep definitions may refer to each other; kustomize itself never comes back from a circle.
const MAX_DEPTH: usize = 30;
/// How many fields the definitions of one file may have, counting repeated references.
const MAX_FIELDS: usize = 50_000;

/// What the definitions of one file say.
///
/// # Errors
/// No mapping of names to definitions, or definitions that refer to each other in a circle.
pub(in crate::kustomize) fn from_definitions(file: &Value) -> Result<TransformerConfig, String> {
    let mut config = TransformerConfig::default();
    if file.is_null() {
        return Ok(config);
    }
    let definitions = file.as_object().ok_or("a mapping of names to definitions is expected")?;
    for (name, definition) in definitions {
        let is_object = properties(definition).is_some_and(|properties| {
            ["kind", "apiVersion", "metadata"].iter().all(|field| properties.contains_key(*field))
        });
        if is_object {
            let kind = name.rsplit('.').next().unwrap_or(name);
            let mut found = Found { config, path: Vec::new(), fields: 0 };
            walk(definitions, name, kind, &mut found)?;
            config = found.config;
        }
    }
    config.sort();
    Ok(config)
}

fn properties(definition: &Value) -> Option<&Map<String, Value>> {
    let definition = definition.as_object()?;
    let schema = definition.iter().find(|(key, _)| key.eq_ignore_ascii_case("schema")).map(|(_, schema)| schema)?;
    schema.get("properties")?.as_object()
}

/// What a walk has found, and where it is.
struct Found {
    config: TransformerConfig,
    path: Vec<String>,
    fields: usize,
}

fn walk(definitions: &Map<String, Value>, name: &str, kind: &str, found: &mut Found) -> Result<(), String> {
    if found.path.len() > MAX_DEPTH {
        return Err(format!("the definition `{name}` leads back to itself"));
    }
    for (field, property) in definitions.get(name).and_then(properties).into_iter().flatten() {
        let extension = |name: &str| property.get(format!("x-kubernetes-{name}")).and_then(Value::as_str);
        found.fields += 1;
        if found.fields > MAX_FIELDS {
            return Err("the definitions grow beyond all measure".to_owned());
        }
        found.path.push(field.clone());
        let path = found.path.join("/");
        let config = &mut found.config;
        let here = || FieldSpec::new("", "", kind, &path, false);
        if extension("annotation").is_some() {
            field_spec::merge(&mut config.common_annotations, vec![here()])?;
        }
        if extension("label-selector").is_some() {
            field_spec::merge(&mut config.common_labels, vec![here()])?;
        }
        if extension("identity").is_some() {
            field_spec::merge(&mut config.name_prefix, vec![here()])?;
        }
        if let (Some(version), Some(target)) = (extension("object-ref-api-version"), extension("object-ref-kind")) {
            let key = extension("object-ref-name-key").unwrap_or("name");
            let path = format!("{path}/{key}");
            config.add_reference(NameReference {
                group: String::new(),
                version: version.to_owned(),
                kind: target.to_owned(),
                fields: vec![FieldSpec::new("", "", kind, &path, false)],
            })?;
        }
        if let Some(reference) = property.get("$ref").and_then(Value::as_str) {
            walk(definitions, reference, kind, found)?;
        }
        found.path.pop();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn extensions_become_fields_of_the_kind() {
        let object = |spec: Value| json!({"kind": {}, "apiVersion": {}, "metadata": {}, "spec": spec});
        let file = json!({
            "com.example.v1.Bee": {"Schema": {"properties": object(json!({"$ref": "com.example.v1.BeeSpec"}))}},
            "com.example.v1.BeeSpec": {"Schema": {"properties": {
                "secret": {"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "Secret"},
                "selector": {"x-kubernetes-label-selector": ""},
            }}},
        });
        let config = from_definitions(&file).unwrap();
        assert_eq!(config.common_labels, [FieldSpec::new("", "", "Bee", "spec/selector", false)]);
        assert_eq!(config.name_reference[0].kind, "Secret");
        assert_eq!(config.name_reference[0].fields, [FieldSpec::new("", "", "Bee", "spec/secret/name", false)]);
        let circle = json!({"a.Loop": {"schema": {"properties": object(json!({"$ref": "a.Loop"}))}}});
        assert!(from_definitions(&circle).unwrap_err().contains("leads back"));
    }
}
