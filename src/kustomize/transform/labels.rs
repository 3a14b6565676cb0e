//! `labels`, `commonLabels` and `commonAnnotations`.

use serde_json::Value;

use crate::kustomize::config::TransformerConfig;
use crate::kustomize::error::BuildError;
use crate::kustomize::field_spec::{self, FieldSpec, Missing, visit_located};
use crate::kustomize::file::{At, Label};
use crate::kustomize::load::Loader;
use crate::kustomize::place::{Place, Step};
use crate::kustomize::resource::Resource;

type Result<T> = std::result::Result<T, BuildError>;

/// Adds the labels of one entry of `labels`.
pub(in crate::kustomize) fn add_labels(
    loader: &Loader<'_>,
    resources: &mut [Resource],
    label: &At<Label>,
    config: &TransformerConfig,
) -> Result<()> {
    let mut specs = label.value.fields.clone();
    let mut more = vec![&config.labels];
    if label.value.include_selectors {
        more.push(&config.common_labels);
    } else if label.value.include_templates {
        more.push(&config.template_labels);
    }
    for fields in more {
        field_spec::merge(&mut specs, fields.clone()).map_err(|message| label.place.key("fields").error(message))?;
    }
    if !label.value.include_selectors {
        field_spec::merge(&mut specs, vec![FieldSpec::new("", "", "", "metadata/labels", true)])
            .map_err(|message| label.place.key("fields").error(message))?;
    }
    set_all(loader, resources, &label.value.pairs, &specs, &label.place)
}

/// Adds labels or annotations to the fields given.
pub(in crate::kustomize) fn set_all(
    loader: &Loader<'_>,
    resources: &mut [Resource],
    pairs: &[(String, String)],
    specs: &[FieldSpec],
    place: &Place,
) -> Result<()> {
    let size: usize = pairs.iter().map(|(key, value)| key.len() + value.len() + 64).sum();
    for resource in resources {
        let mut added: Vec<Vec<Vec<Step>>> = vec![Vec::new(); pairs.len()];
        for spec in specs {
            if pairs.is_empty() || !spec.selects(resource) {
                continue;
            }
            loader.charge(size, place)?;
            let id = resource.id();
            let missing = if spec.create { Missing::Mapping } else { Missing::Skip };
            visit_located(&mut resource.object, &spec.path, missing, &mut |value, at| {
                set(value, pairs, at, &mut added)
            })
            .map_err(|message| place.error(format!("cannot add to {id}: {message}")))?;
        }
        resource.spread_shared();
        for (places, (_, text)) in added.into_iter().zip(pairs) {
            resource.shared.add(places, text.clone().into());
        }
    }
    Ok(())
}

/// Sets the pairs in one mapping, and notes the places of those that are new.
fn set(
    value: &mut Value,
    pairs: &[(String, String)],
    at: &[Step],
    added: &mut [Vec<Vec<Step>>],
) -> std::result::Result<(), String> {
    if value.is_null() {
        *value = Value::Object(serde_json::Map::new());
    }
    let map = value.as_object_mut().ok_or("a mapping is expected")?;
    for ((key, text), added) in pairs.iter().zip(added) {
        if map.insert(key.clone(), Value::String(text.clone())).is_none() {
            added.push(at.iter().cloned().chain([Step::Key(key.clone())]).collect());
        }
    }
    Ok(())
}
