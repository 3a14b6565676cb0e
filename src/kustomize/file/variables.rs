//! Entries of `vars`.

use crate::kustomize::error::BuildError;
use crate::kustomize::reader::Node;
use crate::kustomize::resource::split_api_version;

/// A variable: the name by which texts refer to it, and the field that gives its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kustomize) struct Variable {
    pub(in crate::kustomize) name: String,
    /// Group, version and kind of the object, all taken literally.
    pub(in crate::kustomize) group: String,
    pub(in crate::kustomize) version: String,
    pub(in crate::kustomize) kind: String,
    pub(in crate::kustomize) object: String,
    /// Empty for any namespace.
    pub(in crate::kustomize) namespace: String,
    pub(in crate::kustomize) field_path: String,
}

/// Reads one entry.
///
/// # Errors
/// Unknown fields, fields of the wrong type.
pub(super) fn variable(node: &Node<'_>) -> Result<Variable, BuildError> {
    let mut fields = node.fields()?;
    let name = fields.string("name")?;
    let mut variable = Variable {
        name,
        group: String::new(),
        version: String::new(),
        kind: String::new(),
        object: String::new(),
        namespace: String::new(),
        field_path: String::new(),
    };
    if let Some(node) = fields.take("objref") {
        let mut object = node.fields()?;
        let api_version = object.string("apiVersion")?;
        variable.group = object.string("group")?;
        variable.version = object.string("version")?;
        variable.kind = object.string("kind")?;
        variable.object = object.string("name")?;
        variable.namespace = object.string("namespace")?;
        object.finish()?;
        if !api_version.is_empty() {
            let (group, version) = split_api_version(&api_version);
            variable.version = version.to_owned();
            if api_version.contains('/') {
                variable.group = group.to_owned();
            }
        }
    }
    if let Some(node) = fields.take("fieldref") {
        let mut field = node.fields()?;
        variable.field_path = field.string("fieldPath")?;
        field.finish()?;
    }
    fields.finish()?;
    if variable.field_path.is_empty() {
        variable.field_path = "metadata.name".to_owned();
    }
    Ok(variable)
}
