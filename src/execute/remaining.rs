//! What of a deletion is still there, and why.

use serde_json::Value;

use crate::cluster::{Cluster, ClusterError, Extent};
use crate::domain::event::Removed;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::finalizers;
use crate::plan::Delete;

/// So many reasons are told.
const SHOWN: usize = 10;

/// The objects that are there, those that came meanwhile included. What is seen to be gone is taken out of `pending`.
pub(super) async fn still_there(
    cluster: &Cluster,
    step: &Delete,
    pending: &mut Vec<ObjectRef>,
) -> Result<Vec<ObjectRef>, ClusterError> {
    let mut left: Vec<ObjectRef> = Vec::new();
    for set in step.sets.iter().chain(&step.awaited) {
        left.extend(cluster.names_of(set).await?);
    }
    let unlisted: Vec<ObjectRef> = pending.iter().filter(|object| !left.contains(object)).cloned().collect();
    let there = cluster.those_there(&unlisted).await?;
    pending.retain(|object| left.contains(object) || there.contains(object));
    left.extend(there);
    left.sort();
    left.dedup();
    Ok(left)
}

/// Why objects are still there, as far as the cluster says.
pub(super) async fn why_still_there(cluster: &Cluster, step: &Delete, left: &[ObjectRef]) -> Vec<String> {
    let mut reasons = Vec::new();
    for object in left.iter().take(SHOWN) {
        match step.what {
            Removed::Namespace => reasons.extend(namespace(cluster, object).await),
            _ => reasons.extend(held(cluster, object).await),
        }
    }
    for set in &step.instances {
        let take = &mut |object: Value| reasons.extend(instance(&object));
        // What cannot be read now is left out.
        let _ = cluster.each(set, Extent::Metadata, take).await;
    }
    reasons.truncate(SHOWN);
    reasons
}

/// The conditions by which the namespace controller says what it waits for.
async fn namespace(cluster: &Cluster, namespace: &ObjectRef) -> Vec<String> {
    let live = cluster.get(namespace).await.ok().flatten().unwrap_or_default();
    conditions(&live)
}

fn conditions(namespace: &Value) -> Vec<String> {
    let conditions = namespace["status"]["conditions"].as_array().into_iter().flatten();
    let text = |condition: &Value, field: &str| condition[field].as_str().unwrap_or_default().to_owned();
    conditions
        .filter(|condition| condition["status"] == "True")
        .map(|condition| format!("{}: {}", text(condition, "type"), text(condition, "message")))
        .collect()
}

async fn held(cluster: &Cluster, object: &ObjectRef) -> Option<String> {
    let live = cluster.get_metadata(object).await.ok().flatten()?;
    // The API server's own stays until the objects are gone, which are told by themselves.
    let others: Vec<String> = finalizers::others(&live)
        .into_iter()
        .filter(|name| !["customresourcecleanup.apiextensions.k8s.io", "foregroundDeletion"].contains(&name.as_str()))
        .collect();
    (!others.is_empty()).then(|| format!("`{object}` is held by the finalizer {}", others.join(", ")))
}

fn instance(object: &Value) -> Option<String> {
    let (reference, others) = (ObjectRef::of(object)?, finalizers::others(object));
    (!others.is_empty()).then(|| format!("`{reference}` is held by the finalizer {}", others.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_namespace_says_what_it_waits_for() {
        let condition =
            |kind: &str, status: &str, message: &str| json!({"type": kind, "status": status, "message": message});
        let namespace = json!({"status": {"conditions": [
            condition("NamespaceDeletionContentFailure", "False", "all content successfully deleted"),
            condition("NamespaceFinalizersRemaining", "True", "some content has finalizers remaining: a.io/x in 1 resource"),
        ]}});
        let told = conditions(&namespace);
        assert_eq!(told, ["NamespaceFinalizersRemaining: some content has finalizers remaining: a.io/x in 1 resource"]);
    }
}
