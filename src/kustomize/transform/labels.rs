//! `labels`, `commonLabels` and `commonAnnotations`.

use serde_json::Value;

use crate::kustomize::error::BuildError;
use crate::kustomize::field_spec::{FieldSpec, Missing, visit};
use crate::kustomize::file::{At, Label};
use crate::kustomize::load::Loader;
use crate::kustomize::place::Place;
use crate::kustomize::resource::Resource;

type Result<T> = std::result::Result<T, BuildError>;

/// Adds the labels of one entry of `labels`.
pub(in crate::kustomize) fn add_labels(
    loader: &Loader<'_>,
    resources: &mut [Resource],
    label: &At<Label>,
) -> Result<()> {
    let mut specs = label.value.fields.clone();
    let more = if label.value.include_selectors {
        selector_specs()
    } else if label.value.include_templates {
        template_specs()
    } else {
        vec![FieldSpec::new("", "", "", "metadata/labels", true)]
    };
    for spec in more {
        let same = |other: &&FieldSpec| {
            let matches = |ours: &str, theirs: &str| theirs.is_empty() || ours == theirs;
            other.path == spec.path
                && matches(&other.group, &spec.group)
                && matches(&other.version, &spec.version)
                && matches(&other.kind, &spec.kind)
        };
        match specs.iter().find(same) {
            Some(other) if other.create != spec.create => {
                let message = format!("`create` of the field `{}` is not what kustomize itself has for it", spec.path);
                return Err(label.place.key("fields").error(message));
            }
            Some(_) => {}
            None => specs.push(spec),
        }
    }
    set_all(loader, resources, &label.value.pairs, &specs, &label.place)
}

/// Adds labels to objects, templates and selectors.
pub(in crate::kustomize) fn add_common_labels(
    loader: &Loader<'_>,
    resources: &mut [Resource],
    pairs: &[(String, String)],
    place: &Place,
) -> Result<()> {
    set_all(loader, resources, pairs, &selector_specs(), place)
}

/// Adds annotations to objects and templates.
pub(in crate::kustomize) fn add_annotations(
    loader: &Loader<'_>,
    resources: &mut [Resource],
    pairs: &[(String, String)],
    place: &Place,
) -> Result<()> {
    let mut specs = vec![FieldSpec::new("", "", "", "metadata/annotations", true)];
    let path = "spec/template/metadata/annotations";
    specs.push(FieldSpec::new("", "v1", "ReplicationController", path, true));
    for kind in ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"] {
        specs.push(FieldSpec::new("", "", kind, path, true));
    }
    specs.push(FieldSpec::new("batch", "", "Job", path, true));
    specs.push(FieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/metadata/annotations", true));
    specs.push(FieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/annotations", true));
    set_all(loader, resources, pairs, &specs, place)
}

fn set_all(
    loader: &Loader<'_>,
    resources: &mut [Resource],
    pairs: &[(String, String)],
    specs: &[FieldSpec],
    place: &Place,
) -> Result<()> {
    let size: usize = pairs.iter().map(|(key, value)| key.len() + value.len() + 64).sum();
    for resource in resources {
        for spec in specs {
            if pairs.is_empty() || !spec.selects(resource) {
                continue;
            }
            loader.charge(size, place)?;
            let id = resource.id();
            let missing = if spec.create { Missing::Mapping } else { Missing::Skip };
            visit(&mut resource.object, &spec.path, missing, &mut |value| set(value, pairs))
                .map_err(|message| place.error(format!("cannot add to {id}: {message}")))?;
        }
    }
    Ok(())
}

fn set(value: &mut Value, pairs: &[(String, String)]) -> std::result::Result<(), String> {
    if value.is_null() {
        *value = Value::Object(serde_json::Map::new());
    }
    let map = value.as_object_mut().ok_or("a mapping is expected")?;
    for (key, text) in pairs {
        map.insert(key.clone(), Value::String(text.clone()));
    }
    Ok(())
}

/// The labels of objects and of what they create.
fn template_specs() -> Vec<FieldSpec> {
    let path = "spec/template/metadata/labels";
    let mut specs = vec![
        FieldSpec::new("", "", "", "metadata/labels", true),
        FieldSpec::new("", "v1", "ReplicationController", path, true),
    ];
    for kind in ["Deployment", "ReplicaSet", "DaemonSet"] {
        specs.push(FieldSpec::new("", "", kind, path, true));
    }
    specs.push(FieldSpec::new("apps", "", "StatefulSet", path, true));
    specs.push(FieldSpec::new("apps", "", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true));
    specs.push(FieldSpec::new("batch", "", "Job", path, true));
    specs.push(FieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/metadata/labels", true));
    specs.push(FieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/labels", true));
    specs
}

/// Labels and everything that selects by them.
fn selector_specs() -> Vec<FieldSpec> {
    let mut specs = vec![
        FieldSpec::new("", "v1", "Service", "spec/selector", true),
        FieldSpec::new("", "v1", "ReplicationController", "spec/selector", true),
    ];
    for (group, kind) in [("", "Deployment"), ("", "ReplicaSet"), ("", "DaemonSet"), ("apps", "StatefulSet")] {
        specs.push(FieldSpec::new(group, "", kind, "spec/selector/matchLabels", true));
    }
    for kind in ["Deployment", "StatefulSet"] {
        for affinity in ["podAffinity", "podAntiAffinity"] {
            for term in [
                "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
                "requiredDuringSchedulingIgnoredDuringExecution",
            ] {
                let path = format!("spec/template/spec/affinity/{affinity}/{term}/labelSelector/matchLabels");
                specs.push(FieldSpec::new("apps", "", kind, &path, false));
            }
        }
        let path = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels";
        specs.push(FieldSpec::new("apps", "", kind, path, false));
    }
    for (group, kind, path) in [
        ("batch", "Job", "spec/selector/matchLabels"),
        ("batch", "CronJob", "spec/jobTemplate/spec/selector/matchLabels"),
        ("policy", "PodDisruptionBudget", "spec/selector/matchLabels"),
        ("networking.k8s.io", "NetworkPolicy", "spec/podSelector/matchLabels"),
        ("networking.k8s.io", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels"),
        ("networking.k8s.io", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels"),
    ] {
        specs.push(FieldSpec::new(group, "", kind, path, false));
    }
    specs.extend(template_specs());
    specs
}
