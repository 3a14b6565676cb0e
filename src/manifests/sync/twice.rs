//! Objects that stand in one file more than once, as after a bad merge.

use serde_json::Value;

use crate::manifests::edits;

/// An object and the two lines at which it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Twice {
    pub(super) object: String,
    pub(super) first: usize,
    pub(super) second: usize,
}

/// The first object that is there again, of `(line, object)` in order. The version of an API makes no difference, and
/// an object without a namespace counts as one of `namespace`.
pub(super) fn find<'a>(objects: impl Iterator<Item = (usize, &'a Value)>, namespace: &str) -> Option<Twice> {
    let mut seen: Vec<(usize, [String; 4])> = Vec::new();
    for (line, object) in objects {
        let api_version = object["apiVersion"].as_str().unwrap_or_default();
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let place = object["metadata"]["namespace"].as_str().unwrap_or(namespace);
        let id = [group, edits::kind(object), place, edits::name(object)].map(str::to_owned);
        if let Some((first, _)) = seen.iter().find(|(_, other)| *other == id) {
            let object = format!("{}/{}", edits::kind(object), edits::name(object));
            return Some(Twice { object, first: *first, second: line });
        }
        seen.push((line, id));
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_version_of_an_api_and_a_namespace_left_out_make_no_other_object() {
        let one = json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": {"name": "a", "namespace": "n"}});
        let other = |change: &dyn Fn(&mut Value)| {
            let mut other = one.clone();
            change(&mut other);
            other
        };
        let found = |second: &Value| find([(2, &one), (9, second)].into_iter(), "n");
        let twice = Some(Twice { object: "GitRepository/a".to_owned(), first: 2, second: 9 });
        assert_eq!(found(&one), twice);
        assert_eq!(found(&other(&|object| object["apiVersion"] = "source.toolkit.fluxcd.io/v1beta1".into())), twice);
        assert_eq!(found(&other(&|object| object["metadata"] = json!({"name": "a"}))), twice);
        assert_eq!(found(&other(&|object| object["apiVersion"] = "example.com/v1".into())), None);
        assert_eq!(found(&other(&|object| object["metadata"]["namespace"] = "m".into())), None);
        assert_eq!(found(&other(&|object| object["kind"] = "Bucket".into())), None);
    }
}
