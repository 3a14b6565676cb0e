//! `namespace`: of the objects themselves and of what they refer to.

use serde_json::Value;

use crate::kustomize::error::BuildError;
use crate::kustomize::field_spec::{FieldSpec, visit};
use crate::kustomize::load::Loader;
use crate::kustomize::place::Place;
use crate::kustomize::resource::{Resource, first_duplicate, scalar_text, text};

/// Which subjects of role bindings move; all others follow their service account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kustomize) enum Subjects {
    /// Those named `default`.
    Default,
    /// All service accounts.
    ServiceAccounts,
    None,
}

/// Where objects are to be.
#[derive(Clone, Copy, Debug)]
pub(in crate::kustomize) struct Move<'a> {
    pub(in crate::kustomize) namespace: &'a str,
    /// Other fields that hold the namespace.
    pub(in crate::kustomize) fields: &'a [FieldSpec],
    /// What is somewhere already stays there.
    pub(in crate::kustomize) unset_only: bool,
    pub(in crate::kustomize) subjects: Subjects,
}

/// Moves all objects into a namespace.
pub(in crate::kustomize) fn set_namespace(
    loader: &Loader<'_>,
    resources: &mut [Resource],
    to: &Move<'_>,
    place: &Place,
) -> Result<(), BuildError> {
    for resource in resources.iter_mut() {
        loader.charge(2 * to.namespace.len() + 64, place)?;
        resource.remember();
        let id = resource.id();
        move_one(resource, to)
            .map_err(|message| place.error(format!("cannot set the namespace of {id}: {message}")))?;
    }
    first_duplicate(resources).map_or(Ok(()), |id| Err(place.error(format!("the namespace makes two objects {id}"))))
}

/// Moves one object.
///
/// # Errors
/// Something else than text where a namespace belongs.
pub(in crate::kustomize) fn move_one(resource: &mut Resource, to: &Move<'_>) -> Result<(), String> {
    let keeps = |value: &str| to.unset_only && !value.is_empty();
    if !resource.id().is_cluster_scoped() && !keeps(resource.namespace()) {
        resource.set_namespace(to.namespace);
    }
    let is_binding = matches!(resource.kind(), "RoleBinding" | "ClusterRoleBinding");
    if is_binding {
        set_subjects(&mut resource.object, to)?;
    }
    let mut set = |value: &mut Value| {
        if value.is_array() || value.is_object() {
            return Err("a namespace is expected to be text".to_owned());
        }
        if value.is_null() || !keeps(&scalar_text(value)) {
            *value = to.namespace.into();
        }
        Ok(())
    };
    let is_set_above = |spec: &FieldSpec| match spec.path.as_str() {
        "metadata/namespace" => true,
        // Other APIs may have a kind called `Namespace`.
        "metadata/name" => resource.api_version() != "v1",
        "subjects/namespace" => is_binding && matches!(spec.kind.as_str(), "RoleBinding" | "ClusterRoleBinding"),
        _ => false,
    };
    let specs: Vec<&FieldSpec> =
        to.fields.iter().filter(|spec| spec.selects(resource) && !is_set_above(spec)).collect();
    specs.into_iter().try_for_each(|spec| visit(&mut resource.object, &spec.path, spec.scalar(), &mut set))
}

/// The subjects of a role binding.
fn set_subjects(object: &mut Value, to: &Move<'_>) -> Result<(), String> {
    let subjects = match object.get_mut("subjects") {
        _ if to.subjects == Subjects::None => return Ok(()),
        None | Some(Value::Null) => return Ok(()),
        Some(subjects) => subjects.as_array_mut().ok_or("`subjects` is not a list")?,
    };
    for subject in subjects {
        let moves = match to.subjects {
            Subjects::Default => text(subject, "name") == "default",
            _ => text(subject, "kind") == "ServiceAccount",
        };
        let keeps = to.unset_only && !text(subject, "namespace").is_empty();
        let subject = subject.as_object_mut().ok_or("an entry of `subjects` is not a mapping")?;
        if moves && !keeps {
            subject.insert("namespace".to_owned(), to.namespace.into());
        }
    }
    Ok(())
}
