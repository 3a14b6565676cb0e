//! `replicas`: how many pods a workload has.

use crate::kustomize::error::BuildError;
use crate::kustomize::field_spec::{FieldSpec, visit};
use crate::kustomize::file::At;
use crate::kustomize::resource::Resource;

/// Sets the number of replicas of the workloads that have or had the name.
pub(in crate::kustomize) fn set_replicas(
    resources: &mut [Resource],
    replica: &At<(String, i64)>,
    fields: &[FieldSpec],
) -> Result<(), BuildError> {
    let (name, count) = &replica.value;
    let mut found = false;
    for spec in fields {
        for resource in resources.iter_mut() {
            let is_meant = |id: crate::kustomize::resource::Id| {
                id.name == *name && id.is_kind(&spec.group, &spec.version, &spec.kind)
            };
            if !is_meant(resource.id()) && !resource.previous_ids().any(is_meant) {
                continue;
            }
            found = true;
            if !spec.selects(resource) {
                continue;
            }
            visit(&mut resource.object, &spec.path, spec.scalar(), &mut |value| {
                if value.is_array() || value.is_object() {
                    return Err("a number is expected".to_owned());
                }
                *value = (*count).into();
                Ok(())
            })
            .map_err(|message| replica.place.error(format!("cannot set the replicas of `{name}`: {message}")))?;
        }
    }
    if found { Ok(()) } else { Err(replica.place.error(format!("there is no workload `{name}`"))) }
}
