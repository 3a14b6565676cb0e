//! Reading the files of an overlay, within limits that hostile input cannot exceed.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use serde_json::Value;

use super::config::{TransformerConfig, defaults};
use super::error::{BuildError, Location, Unsupported};
use super::file::{KustomizationFile, NAMES};
use super::merge_keys::is_known;
use super::place::{Place, SourceFile};
use super::remote::is_remote;
use super::resource::{Resource, text};
use super::schema::{Schema, Schemas, is_built_in};
use super::{EntryKind, FileTree, ReadError};
use crate::yaml;

type Result<T> = std::result::Result<T, BuildError>;

/// How much an overlay may hold in all, in bytes of text plus values: some hundred times what seven components need.
const MAX_WEIGHT: usize = 256 << 20;
/// How many kustomization files may be visited, counting repeated visits.
const MAX_VISITS: usize = 2000;
/// How many objects there may be at once.
const MAX_OBJECTS: usize = 20_000;
/// How large one file may be, in bytes.
const MAX_FILE: usize = 32 << 20;

/// The files of the repository, and what has been found out on the way.
pub(super) struct Loader<'a> {
    pub(super) tree: &'a dyn FileTree,
    pub(super) warnings: RefCell<Vec<String>>,
    pub(super) unsupported: RefCell<Vec<Unsupported>>,
    weight: Cell<usize>,
    visits: Cell<usize>,
    config: OnceCell<Rc<TransformerConfig>>,
    schemas: RefCell<Schemas>,
    /// Which definitions hold is settled: the first file that says so counts.
    schema_is_set: Cell<bool>,
    /// Kustomize has looked for a kind in the definitions of Kubernetes.
    built_in_is_used: Cell<bool>,
}

/// What a `resources` entry refers to.
pub(super) enum Target {
    File(String),
    Directory(String),
    /// Something outside the repository, already noted as unsupported.
    Remote,
}

impl<'a> Loader<'a> {
    pub(super) fn new(tree: &'a dyn FileTree) -> Self {
        Self {
            tree,
            warnings: RefCell::default(),
            unsupported: RefCell::default(),
            weight: Cell::new(0),
            visits: Cell::new(0),
            config: OnceCell::new(),
            schemas: RefCell::default(),
            schema_is_set: Cell::new(false),
            built_in_is_used: Cell::new(false),
        }
    }

    /// Kustomize's own configuration.
    pub(super) fn default_config(&self) -> Rc<TransformerConfig> {
        Rc::clone(self.config.get_or_init(|| Rc::new(defaults())))
    }

    /// Takes the definitions that a kustomization file names, unless an outer or earlier one has named some.
    ///
    /// # Errors
    /// A file that is missing or holds none, a version of Kubernetes that kustomize has no definitions of.
    pub(super) fn set_schema(&self, file: &KustomizationFile, directory: &str) -> Result<()> {
        let own = match &file.schema_path {
            None => None,
            Some(entry) => {
                let path = self.path(directory, &entry.value, &entry.place)?;
                Some((self.text(&path, Some(&entry.place))?, entry.place.clone()))
            }
        };
        if self.schema_is_set.get() {
            return Ok(());
        }
        match (own, &file.schema_version) {
            (None, None) => return Ok(()),
            (Some((_, place)), Some(_)) => return Err(place.error("`path` and `version` exclude each other")),
            (None, Some(version)) if is_built_in(&version.value) => {}
            (None, Some(version)) => {
                return Err(version.place.error(format!("kustomize has no definitions of `{}`", version.value)));
            }
            (Some((text, place)), None) => {
                let message = |message: String| place.error(format!("`{}`: {message}", text.path));
                let own = Some(Rc::new(Schema::parse(&text.text, place.clone()).map_err(message)?));
                *self.schemas.borrow_mut() = Schemas { own, with_built_in: self.built_in_is_used.get() };
            }
        }
        self.schema_is_set.set(true);
        Ok(())
    }

    /// The definitions that hold now.
    pub(super) fn schemas(&self) -> Schemas {
        self.built_in_is_used.set(true);
        self.schemas.borrow().clone()
    }

    pub(super) fn warn(&self, warning: String) {
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// Accounts for memory that is about to be used.
    ///
    /// # Errors
    /// More in all than any real overlay needs.
    pub(super) fn charge(&self, weight: usize, place: &Place) -> Result<()> {
        self.weight.set(self.weight.get().saturating_add(weight));
        if self.weight.get() > MAX_WEIGHT { Err(place.error("the overlay grows beyond all measure")) } else { Ok(()) }
    }

    /// Accounts for one more kustomization file.
    pub(super) fn visit(&self, place: &Place, objects: usize) -> Result<()> {
        self.visits.set(self.visits.get() + 1);
        if self.visits.get() > MAX_VISITS || objects > MAX_OBJECTS {
            return Err(place.error("the overlay grows beyond all measure"));
        }
        Ok(())
    }

    /// The kustomization file of a folder.
    ///
    /// # Errors
    /// None, or several.
    pub(super) fn kustomization_path(&self, directory: &str) -> Result<String> {
        let mut paths = kustomization_paths(self.tree, directory);
        match paths.len() {
            0 => Err(BuildError::NoKustomization { directory: directory.to_owned() }),
            1 => Ok(paths.remove(0)),
            _ => Err(BuildError::Invalid {
                location: Location { file: paths.remove(1), field: String::new(), line: None },
                message: format!("the folder has `{}` as well", paths[0]),
            }),
        }
    }

    /// Reads a text file that `from` refers to.
    pub(super) fn text(&self, path: &str, from: Option<&Place>) -> Result<Rc<SourceFile>> {
        let bytes = self.bytes(path, from)?;
        let text = String::from_utf8(bytes).map_err(|_| at_file(path, "the file is not UTF-8 text"))?;
        Ok(Rc::new(SourceFile { path: path.to_owned(), text }))
    }

    /// Reads any file that `from` refers to.
    pub(super) fn bytes(&self, path: &str, from: Option<&Place>) -> Result<Vec<u8>> {
        let missing =
            |message: String| from.map_or_else(|| at_file(path, &message), |place| place.error(message.clone()));
        match self.tree.kind(path) {
            None => return Err(missing(format!("there is no file `{path}`"))),
            Some(EntryKind::Directory) => return Err(missing(format!("`{path}` is a folder"))),
            Some(EntryKind::Other) => return Err(missing(format!("`{path}` is a symbolic link or a submodule"))),
            Some(EntryKind::File) => {}
        }
        let bytes = self.tree.read(path).map_err(|error| match error {
            ReadError::NotFetched => BuildError::NotFetched { file: path.to_owned() },
            ReadError::NotFound => missing(format!("there is no file `{path}`")),
        })?;
        if bytes.len() > MAX_FILE {
            return Err(missing(format!("`{path}` is larger than {} MiB", MAX_FILE >> 20)));
        }
        let place = Place::root(Rc::new(SourceFile { path: path.to_owned(), text: String::new() }));
        self.charge(bytes.len(), &place)?;
        Ok(bytes)
    }

    /// Finds out what an entry of `resources` or `components` is.
    pub(super) fn target(&self, directory: &str, entry: &str, place: &Place) -> Result<Target> {
        if let Ok(path) = join(directory, entry) {
            match self.tree.kind(&path) {
                Some(EntryKind::File) => return Ok(Target::File(path)),
                Some(EntryKind::Directory) => return Ok(Target::Directory(path)),
                Some(EntryKind::Other) => {
                    return Err(place.error(format!("`{path}` is a symbolic link or a submodule")));
                }
                None => {}
            }
        }
        if is_remote(entry) {
            let unsupported =
                Unsupported { location: place.location(), what: format!("the remote resource `{entry}`") };
            self.unsupported.borrow_mut().push(unsupported);
            return Ok(Target::Remote);
        }
        let path = join(directory, entry).map_err(|message| place.error(message))?;
        Err(place.error(format!("there is no file or folder `{path}`")))
    }

    /// The path that a field of a kustomization file in `directory` refers to.
    pub(super) fn path(&self, directory: &str, entry: &str, place: &Place) -> Result<String> {
        join(directory, entry).map_err(|message| place.error(message))
    }

    /// Reads the objects of a file.
    pub(super) fn objects(&self, path: &str, from: Option<&Place>) -> Result<Vec<Resource>> {
        let file = self.text(path, from)?;
        let place = Place::root(Rc::clone(&file));
        let parsed = parse_objects(&file.text).map_err(|(line, message)| {
            let location = Location { file: path.to_owned(), field: String::new(), line: Some(line) };
            BuildError::Invalid { location, message }
        })?;
        self.charge(parsed.iter().map(weight).sum(), &place)?;
        if parsed.iter().any(|object| !is_known(text(object, "apiVersion"), text(object, "kind"))) {
            self.built_in_is_used.set(true);
        }
        Ok(parsed.into_iter().map(Resource::new).collect())
    }
}

/// The kustomization files of a folder.
pub(super) fn kustomization_paths(tree: &dyn FileTree, directory: &str) -> Vec<String> {
    let entries = tree.list(directory).unwrap_or_default();
    let is_there = |name: &&str| entries.iter().any(|(entry, kind)| entry == name && *kind == EntryKind::File);
    NAMES.iter().filter(|name| is_there(name)).map(|name| within(directory, name)).collect()
}

/// Whether a file is a manifest by its name.
pub(super) fn is_manifest(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

/// The path of a folder's entry.
pub(super) fn within(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// Parses a stream of Kubernetes objects; lists are replaced by their items, behind everything else.
///
/// # Errors
/// The line and what is wrong there.
pub(super) fn parse_objects(text: &str) -> std::result::Result<Vec<Value>, (usize, String)> {
    Ok(parse_located(text)?.into_iter().map(|(_, object)| object).collect())
}

/// The same, with the lines at which the objects' documents start.
pub(super) fn parse_located(text: &str) -> std::result::Result<Vec<(usize, Value)>, (usize, String)> {
    let documents = yaml::parse(text).map_err(|error| (error.line, error.message))?;
    let mut queue: std::collections::VecDeque<(usize, Value)> =
        documents.into_iter().map(|document| (document.line, document.value)).collect();
    let mut objects = Vec::new();
    while let Some((line, mut value)) = queue.pop_front() {
        normalize(&mut value);
        let Some(map) = value.as_object_mut() else {
            return Err((line, "a Kubernetes object is expected".to_owned()));
        };
        if map.is_empty() {
            continue;
        }
        let kind = map.get("kind").and_then(Value::as_str).unwrap_or("").to_owned();
        if kind.is_empty() {
            return Err((line, "`kind` is missing".to_owned()));
        }
        if kind.ends_with("List") && map.contains_key("items") {
            match map.remove("items") {
                Some(Value::Array(items)) => queue.extend(items.into_iter().map(|item| (line, item))),
                Some(Value::Null) | None => {}
                Some(_) => return Err((line, format!("`items` of the {kind} is not a list"))),
            }
            continue;
        }
        let metadata = map.get("metadata");
        let name = metadata.and_then(|metadata| metadata.get("name"));
        if !kind.ends_with("List") && name.and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err((line, format!("`metadata.name` of the {kind} is missing")));
        }
        for field in ["labels", "annotations"] {
            if metadata.and_then(|metadata| metadata.get(field)).is_some_and(|map| !map.is_object() && !map.is_null()) {
                return Err((line, format!("`metadata.{field}` of the {kind} is not a mapping")));
            }
        }
        objects.push((line, value));
    }
    Ok(objects)
}

/// Writes whole floats as integers, as JSON from Go does.
pub(super) fn normalize(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
            if let Some(float) = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e15) {
                *value = Value::from(float as i64);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(normalize),
        Value::Object(map) => map.values_mut().for_each(normalize),
        _ => {}
    }
}

/// About how many bytes a value takes.
pub(super) fn weight(value: &Value) -> usize {
    32 + match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(weight).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| 32 + key.len() + weight(value)).sum(),
        _ => 0,
    }
}

/// How deep mappings and lists are nested.
pub(super) fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn at_file(path: &str, message: &str) -> BuildError {
    let location = Location { file: path.to_owned(), field: String::new(), line: None };
    BuildError::Invalid { location, message: message.to_owned() }
}

/// Resolves a path relative to a folder of the repository.
///
/// # Errors
/// A path that leaves the repository.
pub(super) fn join(directory: &str, path: &str) -> std::result::Result<String, String> {
    if path.is_empty() {
        return Err("an empty path".to_owned());
    }
    if path.starts_with('/') {
        return Err(format!("`{path}` is absolute, which no repository path is"));
    }
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(|| format!("`{path}` is outside the repository"))?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_stay_in_the_repository() {
        assert_eq!(join("a/b", "../c/./d.yaml").unwrap(), "a/c/d.yaml");
        assert_eq!(join("", "d.yaml").unwrap(), "d.yaml");
        assert!(join("a", "../../d").unwrap_err().contains("outside"));
        assert!(join("a", "/d").unwrap_err().contains("absolute"));
    }

    #[test]
    fn lists_are_taken_apart() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {kind: A, metadata: {name: a}}\n---\nkind: B\nmetadata: {name: b}\nspec: {n: 1.0}\n";
        let objects = parse_objects(text).unwrap();
        assert_eq!(
            objects,
            [
                json!({"kind": "B", "metadata": {"name": "b"}, "spec": {"n": 1}}),
                json!({"kind": "A", "metadata": {"name": "a"}})
            ]
        );
        assert_eq!(parse_objects("a: 1\n---\n\nkind: A\n").unwrap_err(), (1, "`kind` is missing".to_owned()));
        assert_eq!(parse_objects("\n---\nkind: A\n").unwrap_err().0, 3);
    }
}
