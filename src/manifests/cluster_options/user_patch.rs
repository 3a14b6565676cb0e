//! A file of `--patch`: a strategic merge patch, or `target` and `patch` as in a kustomization's own list of patches.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::cluster_options::PatchFile;
use crate::domain::text;
use crate::yaml;

/// The fields of kustomize's `target`.
const SELECTORS: [&str; 7] = ["annotationSelector", "group", "kind", "labelSelector", "name", "namespace", "version"];

/// The patch in a file of this name, and the content that is kept of it: of a patch with a target the patch alone, because
/// the target goes beside it.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn user_patch(name: &str, file: &[u8]) -> Result<(PatchFile, Vec<u8>), String> {
    let (text, _) = text::decode(file).map_err(|error| error.to_string())?;
    let documents = yaml::parse(&text).map_err(|error| error.to_string())?;
    let of = |target| PatchFile { name: name.to_owned(), target };
    match documents.as_slice() {
        [] => Err("it is empty".to_owned()),
        [document] => match &document.value {
            Value::Object(fields) if fields.contains_key("target") => {
                let (target, patch) = with_target(fields)?;
                Ok((of(target), patch.into_bytes()))
            }
            Value::Object(fields) if fields.contains_key("kind") => Ok((of(BTreeMap::new()), file.to_vec())),
            Value::Object(_) => Err("it has neither `kind`, as a strategic merge patch, nor `target`".to_owned()),
            Value::Array(_) => {
                Err("a JSON 6902 patch needs the objects that it is for: put it below `patch: |`, beside `target`"
                    .to_owned())
            }
            _ => Err("it is not a patch".to_owned()),
        },
        _ if documents.iter().all(|document| document.value["kind"].is_string()) => {
            Ok((of(BTreeMap::new()), file.to_vec()))
        }
        _ => Err("it holds several documents that are not all strategic merge patches".to_owned()),
    }
}

fn with_target(fields: &Map<String, Value>) -> Result<(BTreeMap<String, String>, String), String> {
    if let Some(other) = fields.keys().find(|key| !matches!(key.as_str(), "target" | "patch")) {
        return Err(format!("it holds `{other}` beside `target` and `patch`"));
    }
    let patch = fields.get("patch").and_then(Value::as_str).filter(|patch| !patch.trim().is_empty());
    let patch = patch.ok_or("it has a `target` but no text below `patch: |`")?;
    yaml::parse(patch).map_err(|error| format!("its `patch` is not YAML: {error}"))?;
    let mut target = BTreeMap::new();
    for (field, value) in fields.get("target").and_then(Value::as_object).into_iter().flatten() {
        let text = value.as_str().filter(|_| SELECTORS.contains(&field.as_str()));
        let text = text.ok_or_else(|| format!("`target.{field}` is not a text in {}", SELECTORS.join(", ")))?;
        target.insert(field.clone(), text.to_owned());
    }
    if target.is_empty() { Err("its `target` names nothing".to_owned()) } else { Ok((target, patch.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_patches_are_told_from_what_is_none() {
        let strategic = "# mine\nkind: Deployment\nmetadata: {name: a}\n";
        let (file, kept) = user_patch("a.yaml", strategic.as_bytes()).unwrap();
        assert!(file.target.is_empty() && kept == strategic.as_bytes());
        let json = "target: {kind: Deployment, name: a}\npatch: |\n  - {op: remove, path: /spec/replicas}\n";
        let (file, kept) = user_patch("a.yaml", json.as_bytes()).unwrap();
        assert_eq!(file.target.len(), 2);
        assert_eq!(kept, b"- {op: remove, path: /spec/replicas}\n");
        let told = [
            "",
            "text",
            "- {op: remove, path: /a}\n",
            "metadata: {name: a}\n",
            "target: {kind: A}\n",
            "target: {}\npatch: a\n",
            "target: {colour: red}\npatch: a\n",
            "target: {kind: A}\npath: x\n",
            "target: {kind: A}\npatch: '['\n",
            "kind: A\n---\nb: 1\n",
            "a: [\n",
        ]
        .map(|text| user_patch("a.yaml", text.as_bytes()).unwrap_err());
        insta::assert_snapshot!(told.join("\n"));
    }
}
