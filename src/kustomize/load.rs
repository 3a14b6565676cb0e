//! Reading the files of an overlay, within limits that hostile input cannot exceed.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use serde_json::Value;

use super::config::{TransformerConfig, defaults};
use super::confined;
use super::edit::{Edit, Watched};
use super::error::{BuildError, IGNORED, Location, Unsupported};
use super::file::{KustomizationFile, NAMES};
use super::input::{EntryKind, FileTree, Options, ReadError};
use super::merge_keys::is_known;
use super::objects::{self, Parsed};
use super::place::{Place, SourceFile};
use super::remote::is_remote;
use super::resource::{Resource, text as text_of};
use super::schema::{Schema, Schemas, is_built_in};
use crate::domain::text::{self, Encoding};
use crate::yaml::{self, Reading};

type Result<T> = std::result::Result<T, BuildError>;

/// How much an overlay may hold in all, in bytes of text plus values: some ten times what seven components need.
const MAX_WEIGHT: usize = 40 << 20;
/// How many kustomization files may be visited, counting repeated visits.
const MAX_VISITS: usize = 2000;
/// How many objects there may be at once.
const MAX_OBJECTS: usize = 15_000;
/// How large one file may be, in bytes.
const MAX_FILE: usize = 8 << 20;

/// The files of the repository, and what has been found out on the way.
pub(super) struct Loader<'a> {
    pub(super) tree: &'a dyn FileTree,
    pub(super) warnings: RefCell<Vec<String>>,
    pub(super) unsupported: RefCell<Vec<Unsupported>>,
    pub(super) watched: &'static [Watched],
    pub(super) edits: RefCell<Vec<Edit>>,
    confined: bool,
    until: Option<Instant>,
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
    pub(super) fn new(tree: &'a dyn FileTree, options: Options) -> Self {
        Self {
            tree,
            warnings: RefCell::default(),
            unsupported: RefCell::default(),
            watched: options.watched,
            edits: RefCell::default(),
            confined: options.confined,
            until: options.until,
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

    /// Looks at the clock; to be called wherever something is done once for each of many.
    ///
    /// # Errors
    /// The time is over.
    pub(super) fn tick(&self, place: &Place) -> Result<()> {
        match self.until {
            Some(until) if Instant::now() >= until => Err(BuildError::OutOfTime { file: place.location().file }),
            _ => Ok(()),
        }
    }

    /// Accounts for one more kustomization file.
    pub(super) fn visit(&self, place: &Place, objects: usize) -> Result<()> {
        self.tick(place)?;
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
            1 => {
                let path = paths.remove(0);
                self.confine(directory, &path).map_err(|message| at_file(&path, &message))?;
                Ok(path)
            }
            _ => Err(BuildError::Invalid {
                location: Location { file: paths.remove(1), field: String::new(), line: None },
                message: format!("the folder has `{}` as well", paths[0]),
            }),
        }
    }

    /// Reads a text file that `from` refers to.
    pub(super) fn text(&self, path: &str, from: Option<&Place>) -> Result<Rc<SourceFile>> {
        let bytes = self.bytes(path, from)?;
        let (mut text, encoding) = text::decode(&bytes).map_err(|error| at_file(path, &error.to_string()))?;
        if encoding == Encoding::Utf16 {
            self.keep_first_document(path, &mut text);
        }
        Ok(Rc::new(SourceFile { path: path.to_owned(), text }))
    }

    /// Kustomize cuts a file into documents before it decodes it, so of UTF-16 it sees the first one alone.
    fn keep_first_document(&self, path: &str, text: &mut String) {
        if let Ok(yaml::First { ignored: Some(line), .. }) = yaml::first(text) {
            self.warn_ignored(path, line);
            *text = text.split_inclusive('\n').take(line - 1).collect();
        }
    }

    /// Says that kustomize never looks at what stands in a line.
    pub(super) fn warn_ignored(&self, path: &str, line: usize) {
        let location = Location { file: path.to_owned(), field: String::new(), line: Some(line) };
        self.warn(format!("{location}: {IGNORED}"));
    }

    /// Reads any file that `from` refers to.
    pub(super) fn bytes(&self, path: &str, from: Option<&Place>) -> Result<Vec<u8>> {
        let missing =
            |message: String| from.map_or_else(|| at_file(path, &message), |place| place.error(message.clone()));
        let too_large = || missing(format!("`{path}` is larger than {} MiB", MAX_FILE >> 20));
        match self.tree.kind(path) {
            None => return Err(missing(format!("there is no file `{path}`"))),
            Some(EntryKind::Directory) => return Err(missing(format!("`{path}` is a folder"))),
            Some(EntryKind::Other) => return Err(missing(other(path))),
            Some(EntryKind::File) => {}
        }
        let bytes = self.tree.read(path).map_err(|error| match error {
            ReadError::NotFetched => BuildError::NotFetched { file: path.to_owned() },
            ReadError::NotFound => missing(format!("there is no file `{path}`")),
            ReadError::TooLarge => too_large(),
        })?;
        if bytes.len() > MAX_FILE {
            return Err(too_large());
        }
        let place = Place::root(Rc::new(SourceFile { path: path.to_owned(), text: String::new() }));
        self.charge(bytes.len(), &place)?;
        Ok(bytes)
    }

    /// Finds out what an entry of `resources` or `components` is.
    pub(super) fn target(&self, directory: &str, entry: &str, place: &Place) -> Result<Target> {
        if let Ok(path) = join(directory, entry) {
            match self.tree.kind(&path) {
                Some(EntryKind::File) => {
                    self.confine(directory, &path).map_err(|message| place.error(message))?;
                    return Ok(Target::File(path));
                }
                Some(EntryKind::Directory) => {
                    return self.base(directory, path).map(Target::Directory).map_err(|message| place.error(message));
                }
                Some(EntryKind::Other) => return Err(place.error(other(&path))),
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
        let path = join(directory, entry).map_err(|message| place.error(message))?;
        self.confine(directory, &path).map_err(|message| place.error(message))?;
        Ok(path)
    }

    /// Where reads are confined: whether this file may be read.
    fn confine(&self, directory: &str, path: &str) -> std::result::Result<(), String> {
        if self.confined { confined::file(self.tree, directory, path) } else { Ok(()) }
    }

    /// The folder of a base.
    fn base(&self, directory: &str, path: String) -> std::result::Result<String, String> {
        if self.confined { confined::base(self.tree, directory, &path) } else { Ok(path) }
    }

    /// Reads the value that a file of configuration holds: its first document alone, as Go's YAML 1.1 has it.
    ///
    /// # Errors
    /// A file that is missing or not YAML.
    pub(super) fn value(&self, path: &str, from: &Place) -> Result<(Value, Place)> {
        let file = self.text(path, Some(from))?;
        let place = Place::root(Rc::clone(&file));
        let first = yaml::first(&file.text).and_then(|first| {
            let value = first.root.map_or(Ok(Value::Null), |root| root.read(Reading::Yaml11))?;
            Ok((value, first.ignored))
        });
        let (value, ignored) = first.map_err(|error| {
            let location = Location { line: Some(error.line), ..place.location() };
            BuildError::Invalid { location, message: error.message }
        })?;
        if let Some(line) = ignored {
            self.warn_ignored(path, line);
        }
        Ok((value, place))
    }

    /// Reads the objects of a file.
    pub(super) fn objects(&self, path: &str, from: Option<&Place>) -> Result<Vec<Resource>> {
        let file = self.text(path, from)?;
        let place = Place::root(Rc::clone(&file));
        let objects = objects::parse(&file.text, Reading::Resource).map_err(|error| {
            let location = Location { file: path.to_owned(), field: String::new(), line: Some(error.line) };
            BuildError::Invalid { location, message: error.message }
        })?;
        objects.ignored.iter().for_each(|line| self.warn_ignored(path, *line));
        self.charge(objects.parsed.iter().map(|parsed| weight(&parsed.object)).sum(), &place)?;
        let is_foreign = |object: &Value| !is_known(text_of(object, "apiVersion"), text_of(object, "kind"));
        if objects.parsed.iter().any(|parsed| is_foreign(&parsed.object)) {
            self.built_in_is_used.set(true);
        }
        let resource = |Parsed { object, spelling, .. }| Resource { spelling, ..Resource::new(object) };
        Ok(objects.parsed.into_iter().map(resource).collect())
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

fn other(path: &str) -> String {
    format!("`{path}` is neither a file nor a folder, but a symbolic link, a submodule or a device")
}

fn at_file(path: &str, message: &str) -> BuildError {
    let location = Location { file: path.to_owned(), field: String::new(), line: None };
    BuildError::Invalid { location, message: message.to_owned() }
}

/// Resolves a path relative to a folder of the repository, or of the machine, whose paths begin with `/`.
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
    let root = if directory.starts_with('/') { "/" } else { "" };
    Ok(format!("{root}{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_repository() {
        assert_eq!(join("a/b", "../c/./d.yaml").unwrap(), "a/c/d.yaml");
        assert_eq!(join("", "d.yaml").unwrap(), "d.yaml");
        assert_eq!(join("/a/b", "../d.yaml").unwrap(), "/a/d.yaml");
        assert!(join("a", "../../d").unwrap_err().contains("outside"));
        assert!(join("a", "/d").unwrap_err().contains("absolute"));
    }
}
