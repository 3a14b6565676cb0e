//! Files named by `configurations`, read strictly.

use super::tables::{NameReference, TransformerConfig};
use crate::kustomize::error::BuildError;
use crate::kustomize::field_spec::FieldSpec;
use crate::kustomize::reader::{Fields, Node};

type Result<T> = std::result::Result<T, BuildError>;

/// Reads the content of one file.
///
/// # Errors
/// Unknown fields, fields of the wrong type.
pub(in crate::kustomize) fn from_file(node: &Node<'_>) -> Result<TransformerConfig> {
    if node.value.is_null() {
        return Ok(TransformerConfig::default());
    }
    let mut fields = node.fields()?;
    let mut config = TransformerConfig {
        name_prefix: field_specs(&mut fields, "namePrefix")?,
        name_suffix: field_specs(&mut fields, "nameSuffix")?,
        namespace: field_specs(&mut fields, "namespace")?,
        common_labels: field_specs(&mut fields, "commonLabels")?,
        labels: field_specs(&mut fields, "labels")?,
        template_labels: field_specs(&mut fields, "templateLabels")?,
        common_annotations: field_specs(&mut fields, "commonAnnotations")?,
        name_reference: fields.each("nameReference", name_reference)?,
        var_reference: field_specs(&mut fields, "varReference")?,
        images: field_specs(&mut fields, "images")?,
        replicas: field_specs(&mut fields, "replicas")?,
    };
    fields.finish()?;
    config.sort();
    Ok(config)
}

fn name_reference(node: &Node<'_>) -> Result<NameReference> {
    let mut fields = node.fields()?;
    let reference = NameReference {
        group: fields.string("group")?,
        version: fields.string("version")?,
        kind: fields.string("kind")?,
        fields: field_specs(&mut fields, "fieldSpecs")?,
    };
    fields.finish()?;
    Ok(reference)
}

/// A list of fields.
pub(in crate::kustomize) fn field_specs(fields: &mut Fields<'_>, name: &'static str) -> Result<Vec<FieldSpec>> {
    fields.each(name, field_spec)
}

/// One field of some kinds of objects.
fn field_spec(node: &Node<'_>) -> Result<FieldSpec> {
    let mut fields = node.fields()?;
    let spec = FieldSpec {
        group: fields.string("group")?,
        version: fields.string("version")?,
        kind: fields.string("kind")?,
        path: fields.string("path")?,
        create: fields.boolean("create")?,
    };
    fields.finish()?;
    Ok(spec)
}
