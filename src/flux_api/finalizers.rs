//! `metadata.finalizers`: Flux's own, by which its controllers clean up before an object goes, and those of others.

use serde_json::Value;

/// Of all of Flux's controllers: `fluxcd/pkg` and each controller's API name it alike.
pub(crate) const FINALIZER: &str = "finalizers.fluxcd.io";

fn all(object: &Value) -> impl Iterator<Item = &str> {
    object["metadata"]["finalizers"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Whether Flux's finalizer is on the object.
pub(crate) fn has_ours(object: &Value) -> bool {
    all(object).any(|name| name == FINALIZER)
}

/// The finalizers of others on the object, in their order.
pub(crate) fn others(object: &Value) -> Vec<String> {
    all(object).filter(|name| *name != FINALIZER).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn others_are_told_from_ours() {
        let object = json!({"metadata": {"finalizers": ["a.io/x", FINALIZER, "b.io/y"]}});
        assert!(has_ours(&object));
        assert_eq!(others(&object), ["a.io/x", "b.io/y"]);
        assert!(!has_ours(&json!({"metadata": {}})) && others(&json!({})).is_empty());
    }
}
