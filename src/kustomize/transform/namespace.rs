//! `namespace`: of the objects themselves and of what they refer to.

use serde_json::Value;

use crate::kustomize::error::BuildError;
use crate::kustomize::field_spec::{Missing, visit};
use crate::kustomize::load::Loader;
use crate::kustomize::place::Place;
use crate::kustomize::resource::Resource;
use crate::kustomize::resource::first_duplicate;

/// Moves all objects into a namespace.
pub(in crate::kustomize) fn set_namespace(
    loader: &Loader<'_>,
    resources: &mut [Resource],
    namespace: &str,
    place: &Place,
) -> Result<(), BuildError> {
    for resource in resources.iter_mut() {
        loader.charge(2 * namespace.len() + 64, place)?;
        resource.remember();
        let id = resource.id();
        apply(resource, namespace)
            .map_err(|message| place.error(format!("cannot set the namespace of {id}: {message}")))?;
    }
    first_duplicate(resources).map_or(Ok(()), |id| Err(place.error(format!("the namespace makes two objects {id}"))))
}

fn apply(resource: &mut Resource, namespace: &str) -> Result<(), String> {
    let kind = resource.kind().to_owned();
    let group = resource.group_version().0.to_owned();
    if !resource.id().is_cluster_scoped() {
        resource.set_namespace(namespace);
    }
    if matches!(kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
        set_default_subjects(&mut resource.object, namespace)?;
    }
    let mut set = |value: &mut Value| {
        if value.is_array() || value.is_object() {
            return Err("a namespace is expected to be text".to_owned());
        }
        *value = namespace.into();
        Ok(())
    };
    match (group.as_str(), kind.as_str()) {
        (_, "Namespace") if resource.api_version() == "v1" => {
            visit(&mut resource.object, "metadata/name", Missing::Scalar, &mut set)
        }
        ("apiregistration.k8s.io", "APIService") => {
            visit(&mut resource.object, "spec/service/namespace", Missing::Scalar, &mut set)
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let path = "spec/conversion/webhook/clientConfig/service/namespace";
            visit(&mut resource.object, path, Missing::Skip, &mut set)
        }
        _ => Ok(()),
    }
}

/// Role bindings: only subjects named `default` move here; others follow their service account.
fn set_default_subjects(object: &mut Value, namespace: &str) -> Result<(), String> {
    let subjects = match object.get_mut("subjects") {
        None | Some(Value::Null) => return Ok(()),
        Some(subjects) => subjects.as_array_mut().ok_or("`subjects` is not a list")?,
    };
    for subject in subjects {
        let subject = subject.as_object_mut().ok_or("an entry of `subjects` is not a mapping")?;
        if subject.get("name").is_some_and(|name| name == "default") {
            subject.insert("namespace".to_owned(), namespace.into());
        }
    }
    Ok(())
}
