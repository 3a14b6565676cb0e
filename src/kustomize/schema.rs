//! `openapi`: definitions of one's own, in place of those of the Kubernetes API. They say which lists a strategic merge
//! patch merges, and by which keys.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::merge_keys::{self, Shape};
use super::place::Place;
use super::schema_part::Part;
use crate::yaml;

/// The only version of the Kubernetes API that kustomize v5 comes with.
const BUILT_IN: &str = "v1.21.2";

/// The definitions of one file.
#[derive(Debug)]
pub(super) struct Schema {
    document: Value,
    /// The definition of each kind, by `apiVersion` and kind.
    kinds: HashMap<(String, String), String>,
    /// Kinds that its paths show outside all namespaces.
    cluster_scoped: Vec<(String, String)>,
    place: Place,
}

/// The definitions that hold for a patch.
#[derive(Clone, Debug, Default)]
pub(super) struct Schemas {
    pub(super) own: Option<Rc<Schema>>,
    /// Those of Kubernetes hold beside one's own, because kustomize has needed them before.
    pub(super) with_built_in: bool,
}

/// Whether kustomize has the definitions of a version of Kubernetes.
pub(super) fn is_built_in(version: &str) -> bool {
    version == BUILT_IN
}

impl Schema {
    /// Reads a file of definitions.
    ///
    /// # Errors
    /// No YAML or JSON, or no mapping.
    pub(super) fn parse(text: &str, place: Place) -> Result<Self, String> {
        let document = yaml::parse_one(text).map_err(|error| error.to_string())?;
        if !document.is_object() {
            return Err("a mapping with `definitions` is expected".to_owned());
        }
        let mut kinds = HashMap::new();
        for (name, definition) in document["definitions"].as_object().into_iter().flatten() {
            for kind in definition["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
                kinds.insert(type_of(kind), name.clone());
            }
        }
        let mut namespaced: HashMap<(String, String), bool> = HashMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            if item["get"]["x-kubernetes-group-version-kind"].is_object() {
                let kind = type_of(&item["get"]["x-kubernetes-group-version-kind"]);
                *namespaced.entry(kind).or_default() |= path.contains("namespaces/{namespace}");
            }
        }
        let outside = namespaced.into_iter().filter(|(_, namespaced)| !namespaced).map(|(kind, _)| kind);
        let cluster_scoped =
            outside.filter(|(api_version, kind)| !merge_keys::is_cluster_scoped(api_version, kind)).collect();
        Ok(Self { document, kinds, cluster_scoped, place })
    }

    /// Where the file is named, if it moves a kind out of all namespaces.
    pub(super) fn scope_of(&self, api_version: &str, kind: &str) -> Option<&Place> {
        let is_it = |(other, name): &(String, String)| other == api_version && name == kind;
        self.cluster_scoped.iter().any(is_it).then_some(&self.place)
    }

    fn root(&self, api_version: &str, kind: &str) -> Option<Part<'_>> {
        let name = self.kinds.get(&(api_version.to_owned(), kind.to_owned()))?;
        Some(Part::new(&self.document, &self.document["definitions"][name.as_str()]))
    }
}

impl Schemas {
    /// The type of an object's root.
    pub(super) fn root(&self, api_version: &str, kind: &str) -> Shape<'_> {
        let Some(own) = &self.own else { return merge_keys::root(api_version, kind) };
        match own.root(api_version, kind) {
            // Kustomize's own definitions come last, and so first.
            _ if self.with_built_in && merge_keys::is_known(api_version, kind) => merge_keys::root(api_version, kind),
            _ if kind == "Kustomization" => merge_keys::root(api_version, kind),
            Some(part) => Shape::Own(part),
            None => Shape::Plain,
        }
    }
}

/// `apiVersion` and kind.
fn type_of(kind: &Value) -> (String, String) {
    let text = |field: &str| kind[field].as_str().unwrap_or_default();
    let api_version = match text("group") {
        "" => text("version").to_owned(),
        group => format!("{group}/{}", text("version")),
    };
    (api_version, text("kind").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kustomize::place::SourceFile;

    fn schemas(text: &str) -> Schemas {
        let place = Place::root(Rc::new(SourceFile { path: "k.yaml".to_owned(), text: String::new() }));
        Schemas { own: Some(Rc::new(Schema::parse(text, place).unwrap())), with_built_in: false }
    }

    #[test]
    fn definitions_of_ones_own_take_the_place_of_all_others() {
        let schemas = schemas(
            r##"{"definitions": {
                "a.Widget": {"x-kubernetes-group-version-kind": [{"group": "a", "version": "v1", "kind": "Widget"}],
                    "properties": {"spec": {"$ref": "#/definitions/a.Spec"}}},
                "a.Spec": {"properties": {"parts": {"type": "array", "items": {"$ref": "#/definitions/a.Part"},
                    "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "id"}}},
                "a.Part": {"properties": {"size": {}}}}}"##,
        );
        let (element, keys) = schemas.root("a/v1", "Widget").field("spec").field("parts").elements().unwrap();
        assert_eq!(keys, ["id"]);
        assert!(matches!(element, Shape::Own(_)));
        assert_eq!(schemas.root("apps/v1", "Deployment"), Shape::Plain);
        let both = Schemas { with_built_in: true, ..schemas };
        assert_ne!(both.root("apps/v1", "Deployment"), Shape::Plain);
    }

    #[test]
    fn references_in_a_circle_lead_nowhere() {
        let schemas = schemas(
            r##"{"definitions": {"w": {"x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "W"}],
                "properties": {"a": {"$ref": "#/definitions/w/properties/a"}}}}}"##,
        );
        assert_eq!(schemas.root("v1", "W").field("a"), Shape::Plain);
    }
}
