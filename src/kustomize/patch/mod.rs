//! Patches: what kind they are, and what they apply to.

mod content;
mod elements;
mod json6902;
mod left_out;
mod source;
mod strategic;
mod styled;

use serde_json::Value;

use self::content::{Content, content, objects, twice};
use self::json6902::JsonPatch;
use self::left_out::drop_left_out;
use self::source::Source;
use super::error::BuildError;
use super::file::{At, Patch, Selector};
use super::load::{Loader, weight};
use super::marks;
use super::objects::{self as parsing, Parsed, normalize, round};
use super::resource::{Id, Resource, first_duplicate, scalar_text, split_api_version};
use super::selector::Matcher;
use crate::yaml::{self, Reading};

type Result<T> = std::result::Result<T, BuildError>;

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
                loader.warn(nothing_selected(resources, target));
            }
            Some(selected)
        }
    };
    match content(loader, &source)? {
        // Kustomize takes an empty list for no patch of either kind.
        Content::Json(json) if json.is_empty() => Ok(()),
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
                let Some(parsed) = patches.into_iter().next() else { return Ok(()) };
                let parsed = with_text_metadata(loader, parsed, &source);
                let strategic = Strategic { parsed, source: &source, options: &patch.value };
                for index in selected.into_iter().rev() {
                    strategic.apply(loader, resources, index, true)?;
                }
                check_ids(resources, &source)
            }
            None => {
                for parsed in patches {
                    let index = named_by(resources, &parsed, &source)?;
                    let strategic = Strategic { parsed, source: &source, options: &patch.value };
                    strategic.apply(loader, resources, index, false)?;
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
    let inline = parsing::parse(&entry.value, Reading::StrategicPatch).is_ok();
    let source = if inline {
        Source { text: entry.value.clone(), file: None, place: entry.place.clone() }
    } else {
        Source::file(loader, directory, &entry.value, &entry.place)?
    };
    let options = Patch {
        path: String::new(),
        text: String::new(),
        target: None,
        allow_name_change: false,
        allow_kind_change: false,
    };
    for parsed in objects(loader, &source, "")? {
        let index = named_by(resources, &parsed, &source)?;
        let parsed = with_text_metadata(loader, parsed, &source);
        Strategic { parsed, source: &source, options: &options }.apply(loader, resources, index, true)?;
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
    let Content::Json(json) = content(loader, &source)? else {
        return Err(source.applying("a JSON patch is a list of operations"));
    };
    if json.is_empty() {
        return Err(source.applying("the patch is empty"));
    }
    let selected = select(resources, &matcher);
    if selected.is_empty() {
        loader.warn(nothing_selected(resources, target));
    }
    selected.into_iter().try_for_each(|index| apply_json(loader, &mut resources[index], &json, &source))
}

/// Applies a JSON patch to an object, which becomes JSON for it: numbers are floats, annotations are values, and
/// kustomize's own annotations are among them.
fn apply_json(loader: &Loader<'_>, resource: &mut Resource, json: &JsonPatch, source: &Source) -> Result<()> {
    loader.charge(json.weight(), &source.place)?;
    let id = resource.id();
    let marks = marks::of(resource);
    resource.shared.clear();
    let spelling = std::mem::take(&mut resource.spelling);
    if let Some(annotations) = marks::annotations(&mut resource.object, !marks.is_empty()) {
        spelling.restore_annotations(annotations);
        annotations.extend(marks.iter().map(|(key, text)| (key.clone(), Value::String(text.clone()))));
    }
    round(&mut resource.object);
    json.apply(&mut resource.object).map_err(|error| source.operation(&error, &format!("cannot patch {id}: ")))?;
    round(&mut resource.object);
    if !marks::keeps_origin(&mut resource.object) {
        resource.origin = None;
        resource.transformations.clear();
    }
    if let Some(annotations) = marks::annotations(&mut resource.object, false) {
        annotations.retain(|key, _| marks.iter().all(|(mark, _)| mark != key));
        annotations.values_mut().for_each(|value| *value = Value::String(json_text(value)));
    }
    if resource.kind().is_empty() || resource.name().is_empty() {
        return Err(source.applying(format!("the patch leaves {id} without kind or name")));
    }
    Ok(())
}

/// The text of a scalar that has been JSON.
fn json_text(value: &Value) -> String {
    value.as_f64().map_or_else(|| scalar_text(value), yaml::shortest)
}

fn select(resources: &[Resource], matcher: &Matcher) -> Vec<usize> {
    (0..resources.len()).filter(|index| matcher.selects(&resources[*index])).collect()
}

/// What is said of a target that selects nothing; the version of the object that it would select without its own is
/// named.
fn nothing_selected(resources: &[Resource], target: &At<Selector>) -> String {
    let said = format!("{}: the target selects no object, so the patch changes nothing", target.place.location());
    let any_version = Matcher::new(&Selector { version: String::new(), ..target.value.clone() });
    let found = any_version.ok().and_then(|matcher| resources.iter().find(|resource| matcher.selects(resource)));
    let Some(resource) = found.filter(|_| !target.value.version.is_empty()) else { return said };
    let (asked, version) = (&target.value.version, resource.group_version().1);
    format!(
        "{said}: it asks for version `{asked}`, and {} is of `{}`; write `version: {version}`",
        resource.id(),
        resource.api_version()
    )
}

/// The one object that a strategic merge patch names.
fn named_by(resources: &[Resource], patch: &Parsed, source: &Source) -> Result<usize> {
    let id = Resource::new(patch.object.clone()).id();
    let mut found = (0..resources.len()).filter(|index| resources[*index].has_id(&id));
    match (found.next(), found.next()) {
        (Some(index), None) => Ok(index),
        (None, _) => {
            let is_same = |found: &Id| Id { version: id.version.clone(), ..found.clone() } == id;
            let other = resources.iter().find(|resource| is_same(&resource.id()) || is_same(&resource.original_id()));
            let message = other.map_or_else(
                || format!("there is no {id} to patch"),
                |other| {
                    let asked = patch.object["apiVersion"].as_str().unwrap_or("");
                    let found = other.api_version();
                    format!("there is no {id} of `{asked}` to patch, but one of `{found}`; write `apiVersion: {found}`")
                },
            );
            Err(source.error(patch.line, message))
        }
        (Some(_), Some(_)) => Err(source.error(patch.line, format!("several objects are or were {id}"))),
    }
}

/// Labels and annotations of a patch, all made text: kustomize does so on the way to some targets, and a `null`
/// that should remove an entry becomes the text `null`.
fn with_text_metadata(loader: &Loader<'_>, parsed: Parsed, source: &Source) -> Parsed {
    let Parsed { object, mut spelling, line } = parsed;
    spelling.forget("labels");
    let mut patch = Resource::new(object);
    for (field, texts) in [("labels", &spelling.labels), ("annotations", &spelling.annotations)] {
        let map = patch.object["metadata"].get(field).and_then(Value::as_object);
        if map.is_some_and(|map| map.values().any(Value::is_null)) {
            let location = source.place.location();
            loader.warn(format!(
                "{location}: kustomize sets `metadata.{field}` to the text `null` here; only a JSON patch removes the entry"
            ));
        }
        patch.set_string_map(field, texts.clone());
    }
    Parsed { object: patch.object, spelling, line }
}

struct Strategic<'a> {
    parsed: Parsed,
    source: &'a Source,
    options: &'a Patch,
}

impl Strategic<'_> {
    /// Merges into one object; removes it if the patch says so.
    fn apply(&self, loader: &Loader<'_>, resources: &mut Vec<Resource>, index: usize, by_target: bool) -> Result<()> {
        loader.charge(weight(&self.parsed.object), &self.source.place)?;
        let resource = &mut resources[index];
        let id = resource.id();
        let (name, namespace) = (resource.name().to_owned(), resource.namespace().to_owned());
        let (kind, api_version) = (resource.kind().to_owned(), resource.api_version().to_owned());
        if self.options.allow_name_change || self.options.allow_kind_change {
            resource.remember();
        }
        let mut patch = self.parsed.object.clone();
        styled::dress(&mut patch, &self.parsed.spelling);
        if by_target {
            let (group, version) = split_api_version(&api_version);
            let own = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
            patch["apiVersion"] = own.into();
        }
        self.check_repeated_keys(loader, &resource.object)?;
        let schemas = loader.schemas();
        drop_left_out(resource, &schemas);
        styled::dress(&mut resource.object, &resource.spelling);
        let kept = strategic::merge(&mut resource.object, &patch, &schemas).map_err(|error| {
            let line = self.source.line_of_field(self.parsed.line, &error.path);
            self.source.error(line, format!("cannot patch {id}: {}", error.message))
        })?;
        resource.spelling.written = Some(styled::undress(&mut resource.object));
        normalize(&mut resource.object);
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

    /// Where the object has the mapping already, the first of two equal keys counts; a mapping that the patch brings
    /// along stays as it is written, and kustomize refuses it in the end.
    fn check_repeated_keys(&self, loader: &Loader<'_>, object: &Value) -> Result<()> {
        for (path, line) in &self.parsed.spelling.repeated {
            let parents = &path[..path.len().saturating_sub(1)];
            let holder = parents.iter().try_fold(object, |value, key| value.get(key)).filter(|value| value.is_object());
            if holder.is_none() {
                return Err(self.source.error(*line, twice(path)));
            }
            self.source.warn(loader, *line, &format!("{}; kustomize takes the first", twice(path)));
        }
        Ok(())
    }
}

fn check_ids(resources: &[Resource], source: &Source) -> Result<()> {
    first_duplicate(resources).map_or(Ok(()), |id| Err(source.applying(format!("the patch makes two objects {id}"))))
}
