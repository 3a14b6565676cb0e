//! Values that an object leaves out (`key:` and nothing): a strategic merge drops those that it comes along.

use serde_json::Value;

use crate::kustomize::merge_keys::Shape;
use crate::kustomize::place::Step;
use crate::kustomize::resource::{Resource, text};
use crate::kustomize::schema::Schemas;

/// Drops what a merge into an object drops, whatever the patch says: it goes through all mappings and through the lists
/// that are merged by keys.
pub(super) fn drop_left_out(resource: &mut Resource, schemas: &Schemas) {
    let root = schemas.root(text(&resource.object, "apiVersion"), text(&resource.object, "kind"));
    for path in std::mem::take(&mut resource.spelling.left_out) {
        drop_one(&mut resource.object, root, &path);
    }
}

fn drop_one(object: &mut Value, root: Shape<'_>, path: &[Step]) -> Option<()> {
    let Some((Step::Key(last), parents)) = path.split_last() else { return None };
    let (mut value, mut shape) = (object, root);
    for step in parents {
        (value, shape) = match step {
            Step::Key(key) => (value.get_mut(key)?, shape.field(key)),
            Step::Index(index) => (value.get_mut(*index)?, shape.elements()?.0),
        };
    }
    let map = value.as_object_mut()?;
    // Annotations are kept as text.
    map.get(last).filter(|value| value.is_null() || *value == "")?;
    map.shift_remove(last);
    Some(())
}
