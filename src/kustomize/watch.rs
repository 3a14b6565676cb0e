//! Finds which entry of a kustomization file changes or removes an object that matters to the caller.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::edit::{Edit, Watched};
use super::error::BuildError;
use super::load::Loader;
use super::place::Place;
use super::resource::Resource;

/// So many objects are watched, and so many changes are kept: no overlay of Flux has more.
const MOST_OBJECTS: usize = 64;
const MOST_EDITS: usize = 500;

/// The watched fields of an object, each as a digest: they may be as large as a file.
type Seen = BTreeMap<(String, String), Vec<(&'static str, u64)>>;

/// Lets an entry change the objects, and notes what it changes. `file` is the patch's own, as the entry names it.
pub(super) fn watch(
    loader: &Loader<'_>,
    resources: &mut Vec<Resource>,
    (place, file): (&Place, &str),
    change: impl FnOnce(&mut Vec<Resource>) -> Result<(), BuildError>,
) -> Result<(), BuildError> {
    let before = seen(loader.watched, resources);
    change(resources)?;
    if before.is_empty() || loader.edits.borrow().len() >= MOST_EDITS {
        return Ok(());
    }
    let mut after = seen(loader.watched, resources);
    for ((kind, name), fields) in before {
        let left = after.remove(&(kind.clone(), name.clone()));
        let changed: Vec<&'static str> = left
            .iter()
            .flat_map(|left| left.iter().zip(&fields).filter(|(left, was)| left != was).map(|(field, _)| field.0))
            .collect();
        if left.is_none() || !changed.is_empty() {
            let own = if file.is_empty() { String::new() } else { format!(" (`{file}`)") };
            let entry = format!("{}{own}", place.location());
            loader.edits.borrow_mut().push(Edit { entry, kind, name, changed });
        }
    }
    Ok(())
}

fn seen(watched: &[Watched], resources: &[Resource]) -> Seen {
    let fields =
        |resource: &Resource| watched.iter().find(|(kind, _)| *kind == resource.kind()).map(|(_, fields)| *fields);
    let all = resources.iter().filter_map(|resource| {
        let digests = fields(resource)?.iter().map(|field| (*field, digest(resource.object.pointer(field))));
        Some(((resource.kind().to_owned(), resource.name().to_owned()), digests.collect()))
    });
    all.take(MOST_OBJECTS).collect()
}

fn digest(value: Option<&serde_json::Value>) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.map(ToString::to_string).hash(&mut hasher);
    hasher.finish()
}
