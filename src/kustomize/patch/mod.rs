//! Patches: what kind they are, and what they apply to.

mod elements;
mod json6902;
mod strategic;

use serde_json::Value;

use self::json6902::{JsonPatch, OperationError};
use super::error::{BuildError, Location};
use super::file::{At, Patch};
use super::load::{Loader, normalize, parse_located, parse_objects, weight};
use super::origin;
use super::place::{Place, Step, line_of};
use super::resource::{Resource, first_duplicate, split_api_version};
use super::selector::Matcher;
use crate::yaml;

type Result<T> = std::result::Result<T, BuildError>;

/// The text of a patch and where its lines are.
struct Source {
    text: String,
    /// The file of its own, or the field that holds it.
    file: Option<String>,
    place: Place,
}

impl Source {
    fn read(loader: &Loader<'_>, directory: &str, patch: &At<Patch>) -> Result<Self> {
        let place = &patch.place;
        match (patch.value.text.trim(), patch.value.path.as_str()) {
            ("", "") => Err(place.error("one of `patch` and `path` is needed")),
            (text, "") => Ok(Self { text: text.to_owned(), file: None, place: place.key("patch") }),
            ("", path) => Self::file(loader, directory, path, &place.key("path")),
            _ => Err(place.error("`patch` and `path` exclude each other")),
        }
    }

    fn file(loader: &Loader<'_>, directory: &str, path: &str, place: &Place) -> Result<Self> {
        let path = loader.path(directory, path, place)?;
        let file = loader.text(&path, Some(place))?;
        Ok(Self { text: file.text.clone(), file: Some(path), place: place.clone() })
    }

    fn error(&self, line: usize, message: impl Into<String>) -> BuildError {
        let location = match &self.file {
            Some(file) => Location { file: file.clone(), field: String::new(), line: Some(line) },
            None => self.place.inner_line(line),
        };
        BuildError::Invalid { location, message: message.into() }
    }

    /// An error of one operation of a JSON patch.
    fn operation(&self, error: &OperationError, what: &str) -> BuildError {
        let line = line_of(&self.text, &[Step::Index(error.index)]).unwrap_or(1);
        self.error(line, format!("{what}operation {} of the patch: {}", error.index, error.message))
    }

    /// The line of a field of the document that starts at a line.
    fn line_of_field(&self, document: usize, path: &str) -> usize {
        let keys = path.split('[').next().unwrap_or("").split('.').filter(|key| !key.is_empty());
        let steps: Vec<Step> = keys.map(|key| Step::Key(key.to_owned())).collect();
        let skipped = document.saturating_sub(1);
        let rest: Vec<&str> = self.text.lines().skip(skipped).collect();
        line_of(&rest.join("\n"), &steps).map_or(document, |line| skipped + line)
    }

    /// An error of applying the patch as a whole.
    fn applying(&self, message: impl Into<String>) -> BuildError {
        match &self.file {
            Some(_) => self.error(1, message),
            None => self.place.error(message),
        }
    }
}

enum Content {
    /// Objects, with the lines of the patch at which they start.
    Strategic(Vec<(usize, Value)>),
    Json(JsonPatch),
}

fn content(source: &Source) -> Result<Content> {
    let documents = yaml::parse(&source.text).map_err(|error| source.error(error.line, error.message))?;
    if let Some(list) = documents.first().filter(|document| document.value.is_array()) {
        let mut value = list.value.clone();
        normalize(&mut value);
        return JsonPatch::parse(&value).map(Content::Json).map_err(|error| source.operation(&error, ""));
    }
    parse_located(&source.text).map(Content::Strategic).map_err(|(line, message)| {
        source.error(line, format!("neither a strategic merge patch nor a JSON patch: {message}"))
    })
}

/// Applies one entry of `patches`.
pub(super) fn apply(
    loader: &Loader<'_>,
    directory: &str,
    resources: &mut Vec<Resource>,
    patch: &At<Patch>,
) -> Result<()> {
    let source = Source::read(loader, directory, patch)?;
    let selected = match &patch.value.target {
        None => None,
        Some(target) => {
            let matcher = Matcher::new(&target.value).map_err(|message| target.place.error(message))?;
            let selected = select(resources, &matcher);
            if selected.is_empty() {
                let location = target.place.location();
                loader.warn(format!("{location}: the target selects no object, so the patch changes nothing"));
            }
            Some(selected)
        }
    };
    match content(&source)? {
        Content::Json(json) => {
            let Some(selected) = selected else {
                return Err(source.applying("a JSON patch needs a `target`"));
            };
            for index in selected {
                resources[index].remember();
                apply_json(loader, &mut resources[index], &json, &source)?;
            }
            Ok(())
        }
        Content::Strategic(patches) => match selected {
            Some(_) if patches.len() > 1 => Err(source.applying("several patches in one entry exclude a `target`")),
            Some(selected) => {
                let Some((line, object)) = patches.into_iter().next() else { return Ok(()) };
                let strategic = Strategic {
                    line,
                    object: with_text_metadata(loader, object, &source),
                    source: &source,
                    options: &patch.value,
                };
                for index in selected.into_iter().rev() {
                    strategic.apply(loader, resources, index, true)?;
                }
                check_ids(resources, &source)
            }
            None => {
                for (line, object) in patches {
                    let index = named_by(resources, &object, &source, line)?;
                    Strategic { line, object, source: &source, options: &patch.value }
                        .apply(loader, resources, index, false)?;
                }
                check_ids(resources, &source)
            }
        },
    }
}

/// Applies one entry of `patchesStrategicMerge`: a path, or the patch itself.
pub(super) fn apply_strategic(
    loader: &Loader<'_>,
    directory: &str,
    resources: &mut Vec<Resource>,
    entry: &At<String>,
) -> Result<()> {
    let inline = parse_objects(&entry.value).is_ok();
    let source = if inline {
        Source { text: entry.value.clone(), file: None, place: entry.place.clone() }
    } else {
        Source::file(loader, directory, &entry.value, &entry.place)?
    };
    let objects = parse_located(&source.text).map_err(|(line, message)| source.error(line, message))?;
    let options = Patch {
        path: String::new(),
        text: String::new(),
        target: None,
        allow_name_change: false,
        allow_kind_change: false,
    };
    for (line, object) in objects {
        let index = named_by(resources, &object, &source, line)?;
        let object = with_text_metadata(loader, object, &source);
        Strategic { line, object, source: &source, options: &options }.apply(loader, resources, index, true)?;
    }
    check_ids(resources, &source)
}

/// Applies one entry of `patchesJson6902`.
pub(super) fn apply_json6902(
    loader: &Loader<'_>,
    directory: &str,
    resources: &mut [Resource],
    patch: &At<Patch>,
) -> Result<()> {
    let source = Source::read(loader, directory, patch)?;
    let target = patch.value.target.as_ref().filter(|target| !target.value.name.is_empty());
    let Some(target) = target else { return Err(patch.place.error("`target.name` is missing")) };
    let matcher = Matcher::new(&target.value).map_err(|message| target.place.error(message))?;
    let Content::Json(json) = content(&source)? else {
        return Err(source.applying("a JSON patch is a list of operations"));
    };
    if json.is_empty() {
        return Err(source.applying("the patch is empty"));
    }
    let selected = select(resources, &matcher);
    if selected.is_empty() {
        let location = target.place.location();
        loader.warn(format!("{location}: the target selects no object, so the patch changes nothing"));
    }
    selected.into_iter().try_for_each(|index| apply_json(loader, &mut resources[index], &json, &source))
}

fn apply_json(loader: &Loader<'_>, resource: &mut Resource, json: &JsonPatch, source: &Source) -> Result<()> {
    loader.charge(json.weight(), &source.place)?;
    let id = resource.id();
    resource.shared.clear();
    let is_tracked = resource.origin.is_some();
    origin::show(resource);
    json.apply(&mut resource.object).map_err(|error| source.operation(&error, &format!("cannot patch {id}: ")))?;
    if is_tracked {
        origin::hide(resource);
    }
    if resource.kind().is_empty() || resource.name().is_empty() {
        return Err(source.applying(format!("the patch leaves {id} without kind or name")));
    }
    Ok(())
}

fn select(resources: &[Resource], matcher: &Matcher) -> Vec<usize> {
    (0..resources.len()).filter(|index| matcher.selects(&resources[*index])).collect()
}

/// The one object that a strategic merge patch names.
fn named_by(resources: &[Resource], patch: &Value, source: &Source, line: usize) -> Result<usize> {
    let id = Resource::new(patch.clone()).id();
    let mut found = (0..resources.len()).filter(|index| resources[*index].has_id(&id));
    match (found.next(), found.next()) {
        (Some(index), None) => Ok(index),
        (None, _) => Err(source.error(line, format!("there is no {id} to patch"))),
        (Some(_), Some(_)) => Err(source.error(line, format!("several objects are or were {id}"))),
    }
}

/// Labels and annotations of a patch, all made text: kustomize does so on the way to some targets, and a `null`
/// that should remove an entry becomes the text `null`.
fn with_text_metadata(loader: &Loader<'_>, object: Value, source: &Source) -> Value {
    let mut patch = Resource::new(object);
    for field in ["labels", "annotations"] {
        let map = patch.object["metadata"].get(field).and_then(Value::as_object);
        if map.is_some_and(|map| map.values().any(Value::is_null)) {
            let location = source.place.location();
            loader.warn(format!(
                "{location}: kustomize sets `metadata.{field}` to the text `null` here; only a JSON patch removes the entry"
            ));
        }
        let pairs = patch.string_map(field);
        patch.set_string_map(field, pairs);
    }
    patch.object
}

struct Strategic<'a> {
    /// The line of the patch at which the object starts.
    line: usize,
    object: Value,
    source: &'a Source,
    options: &'a Patch,
}

impl Strategic<'_> {
    /// Merges into one object; removes it if the patch says so.
    fn apply(&self, loader: &Loader<'_>, resources: &mut Vec<Resource>, index: usize, by_target: bool) -> Result<()> {
        loader.charge(weight(&self.object), &self.source.place)?;
        let resource = &mut resources[index];
        let id = resource.id();
        let (name, namespace) = (resource.name().to_owned(), resource.namespace().to_owned());
        let (kind, api_version) = (resource.kind().to_owned(), resource.api_version().to_owned());
        if self.options.allow_name_change || self.options.allow_kind_change {
            resource.remember();
        }
        let mut patch = self.object.clone();
        if by_target {
            let (group, version) = split_api_version(&api_version);
            let own = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
            patch["apiVersion"] = own.into();
        }
        let kept = strategic::merge(&mut resource.object, &patch, &loader.schemas()).map_err(|error| {
            let line = self.source.line_of_field(self.line, &error.path);
            self.source.error(line, format!("cannot patch {id}: {}", error.message))
        })?;
        if !kept || resource.object.as_object().is_none_or(serde_json::Map::is_empty) {
            resources.remove(index);
            return Ok(());
        }
        resource.spread_shared();
        if !self.options.allow_kind_change {
            resource.object["kind"] = kind.into();
        }
        if !self.options.allow_name_change {
            resource.set_name(&name);
        }
        resource.set_namespace(&namespace);
        Ok(())
    }
}

fn check_ids(resources: &[Resource], source: &Source) -> Result<()> {
    first_duplicate(resources).map_or(Ok(()), |id| Err(source.applying(format!("the patch makes two objects {id}"))))
}
