//! Fields by which a source signs in, and which an earlier state of the repository has left in the object.
//!
//! kustomize-controller applies the same files as this program, so both own each field. An apply without the field gives up one
//! of the two claims, and the field stays until the controller has applied the new files; which it never does where the field keeps
//! the source from being fetched, or where the definition refuses the object with it
//! (<https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management>).

use serde_json::{Map, Value, json};

use super::ownership::SYNC_MANAGER;
use super::patch::FIELD_MANAGER;
use crate::flux_api::git_repository;

/// How a GitRepository signs in, and by which way it goes, below `spec`.
const FIELDS: [&str; 4] = ["provider", "proxySecretRef", "secretRef", "serviceAccountName"];

/// Those fields of `live` that `wanted` lacks, and that nobody else has set.
pub(super) fn left_over(live: &Value, wanted: &Value) -> Vec<&'static str> {
    if wanted["kind"] != git_repository::KIND || wanted["apiVersion"] != git_repository::API_VERSION {
        return Vec::new();
    }
    let stays = |field: &str| !live["spec"][field].is_null() && wanted["spec"][field].is_null();
    FIELDS.into_iter().filter(|field| stays(field) && is_ours(live, field)).collect()
}

/// Whether this program or kustomize-controller has set a field, and nobody else.
fn is_ours(live: &Value, field: &str) -> bool {
    let field = format!("f:{field}");
    let entries = live["metadata"]["managedFields"].as_array().into_iter().flatten();
    let mut owners = entries
        .filter(|entry| entry["fieldsV1"]["f:spec"].get(&field).is_some())
        .map(|entry| entry["manager"].as_str().unwrap_or_default())
        .peekable();
    owners.peek().is_some() && owners.all(|owner| [FIELD_MANAGER, SYNC_MANAGER].contains(&owner))
}

/// What takes the fields off by a merge.
pub(super) fn without(fields: &[&str]) -> Value {
    let fields: Map<String, Value> = fields.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
    json!({"spec": fields})
}

/// `wanted` as a merge that takes the fields off too: only for a dry-run, since it leaves no claim to what it sets.
pub(super) fn merged_without(wanted: &Value, fields: &[&str]) -> Value {
    let mut merge = wanted.clone();
    for field in fields {
        merge["spec"][*field] = Value::Null;
    }
    merge
}

/// An object as it is once the fields are off.
pub(super) fn taken_off(mut object: Value, fields: &[&str]) -> Value {
    if let Some(spec) = object["spec"].as_object_mut() {
        spec.retain(|name, _| !fields.contains(&name.as_str()));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(owners: &[&str]) -> Value {
        let entry = |manager: &&str| json!({"manager": manager, "fieldsV1": {"f:spec": {"f:serviceAccountName": {}, "f:suspend": {}, "f:ref": {}}}});
        let managed: Vec<Value> = owners.iter().map(entry).collect();
        json!({"apiVersion": git_repository::API_VERSION, "kind": git_repository::KIND, "metadata": {"managedFields": managed},
            "spec": {"serviceAccountName": "flux-git", "suspend": true, "ref": {"branch": "main"}}})
    }

    fn wanted() -> Value {
        json!({"apiVersion": git_repository::API_VERSION, "kind": git_repository::KIND,
            "spec": {"provider": "generic", "secretRef": {"name": "a"}}})
    }

    #[test]
    fn what_the_files_no_longer_say_is_left_over_unless_somebody_else_has_set_it() {
        for (owners, is_left_over) in [
            (&["flux"][..], true),
            (&["kustomize-controller"], true),
            (&["flux", "kustomize-controller"], true),
            (&["flux", "kubectl-edit"], false),
            (&["kubectl-edit"], false),
            (&[], false),
        ] {
            let found = left_over(&live(owners), &wanted());
            assert_eq!(found == ["serviceAccountName"], is_left_over, "{owners:?}: {found:?}");
            assert!(is_left_over || found.is_empty(), "{owners:?}: {found:?}");
        }
    }

    #[test]
    fn what_is_still_wanted_and_what_is_no_source_stays() {
        let mut kept = wanted();
        kept["spec"]["serviceAccountName"] = "another".into();
        assert_eq!(left_over(&live(&["flux"]), &kept), [""; 0]);
        let mut other = wanted();
        other["kind"] = "Kustomization".into();
        assert_eq!(left_over(&live(&["flux"]), &other), [""; 0]);
    }

    #[test]
    fn a_merge_says_what_goes_beside_what_is_wanted() {
        let fields = ["serviceAccountName"];
        assert_eq!(without(&fields), json!({"spec": {"serviceAccountName": null}}));
        let merge = merged_without(&wanted(), &fields);
        assert_eq!(
            (&merge["spec"]["provider"], merge["spec"].get("serviceAccountName")),
            (&json!("generic"), Some(&Value::Null))
        );
        let bare = taken_off(live(&[]), &fields);
        assert_eq!((bare["spec"].get("serviceAccountName"), &bare["spec"]["suspend"]), (None, &json!(true)));
    }
}
