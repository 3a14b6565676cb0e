//! Where two states of one object differ, by path. Pure.

use serde_json::Value;

/// The paths at which `after` differs from `before`, leaving out what the server keeps for itself:
/// `metadata.managedFields`, `resourceVersion`, `generation`, `uid`, `creationTimestamp`, and `status`.
pub fn changed_paths(before: &Value, after: &Value) -> Vec<String> {
    let _ = (before, after);
    unimplemented!()
}
