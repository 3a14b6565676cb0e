//! The files of the folder, from the options.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::effects::{Change, Effects, Patch, Target};
use super::layout::OPTIONS_FILE;
use super::{controllers, identity, pods, record};
use crate::domain::cluster_options::{ClusterOptions, OptionName};
use crate::domain::text;
use crate::yaml;

use record::RecordError;

const HEAD: &str = "\
# Written by `flux bootstrap git` from the options that it was given; its flags change them. Patches written by hand
# belong into the kustomization.yaml above, where they act after these.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
";

/// What the options ask for; `namespace` is Flux's.
pub(crate) fn effects_of(options: &ClusterOptions, namespace: &str) -> Effects {
    let mut effects = Effects::default();
    controllers::contribute(options, namespace, &mut effects);
    identity::contribute(&options.identity, namespace, &mut effects);
    pods::contribute(options, namespace, &mut effects);
    effects
}

/// The generated files by their path within the folder. The user's patches and certificates, which are copied, are not
/// among them. Without options there are none.
pub(crate) fn generate(options: &ClusterOptions, namespace: &str) -> BTreeMap<String, String> {
    if options.is_empty() {
        return BTreeMap::new();
    }
    let effects = effects_of(options, namespace);
    let mut files: BTreeMap<String, String> =
        effects.objects.iter().map(|(_, file, object)| ((*file).to_owned(), yaml::write(object))).collect();
    files.insert(OPTIONS_FILE.to_owned(), component(options, &effects));
    files
}

/// The options that the Component's file records, and whether the file is what they generate.
///
/// # Errors
/// No record, or one that cannot be read.
pub(crate) fn read(file: &[u8], namespace: &str) -> Result<(ClusterOptions, bool), RecordError> {
    let (text, _) = text::decode(file).map_err(|error| RecordError::Unreadable(error.to_string()))?;
    let text = text.replace("\r\n", "\n");
    let options = record::read(&text)?;
    let is_generated = generate(&options, namespace).get(OPTIONS_FILE).is_some_and(|generated| *generated == text);
    Ok((options, is_generated))
}

fn component(options: &ClusterOptions, effects: &Effects) -> String {
    let mut out = format!("{}\n{HEAD}", record::line(options));
    if !effects.config_maps.is_empty() {
        out.push_str(&yaml::write(&json!({"configMapGenerator": effects.config_maps})));
    }
    if !effects.objects.is_empty() {
        let files: Vec<&str> = effects.objects.iter().map(|(_, file, _)| *file).collect();
        out.push_str(&yaml::write(&json!({"resources": files})));
    }
    let arguments = effects.arguments();
    if arguments.is_empty() && effects.patches.is_empty() {
        return out;
    }
    out.push_str("patches:\n");
    for (component, options, arguments) in arguments {
        let options: Vec<String> = options.iter().map(|option| format!("--{option}")).collect();
        out.push_str(&format!("# {}\n", options.join(", ")));
        let operation = |argument: &String| json!({"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": argument});
        let operations: Value = arguments.iter().map(operation).collect();
        let target = Target::Controller(component).selector();
        out.push_str(&yaml::write(&json!([{"patch": yaml::write(&operations), "target": target}])));
    }
    let mut before: Option<OptionName> = None;
    for patch in &effects.patches {
        if before != Some(patch.option) {
            out.push_str(&format!("# --{}\n", patch.option));
            before = Some(patch.option);
        }
        out.push_str(&yaml::write(&json!([entry(patch)])));
    }
    out
}

fn entry(patch: &Patch) -> Value {
    match (&patch.change, &patch.target) {
        (Change::File(path, target), _) if target.is_empty() => json!({"path": path}),
        (Change::File(path, target), _) => json!({"path": path, "target": target}),
        (Change::Merge(change), target) => {
            let (api_version, kind) = match target {
                Some(Target::Object { group: "", kind, .. }) => ("v1".to_owned(), *kind),
                Some(Target::Object { group, kind, .. }) => (format!("{group}/v1"), *kind),
                _ => ("apps/v1".to_owned(), "Deployment"),
            };
            // The target decides; kustomize wants a name all the same.
            let mut whole = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "any"}});
            for (field, value) in change.as_object().into_iter().flatten() {
                match (whole[field].as_object_mut(), value.as_object()) {
                    (Some(fields), Some(more)) => fields.extend(more.clone()),
                    _ => whole[field] = value.clone(),
                }
            }
            json!({"patch": yaml::write(&whole), "target": target.as_ref().map(Target::selector)})
        }
    }
}
