//! Manifests on this machine: a folder in release layout, its archive, or a kustomization.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::KUSTOMIZATION_FILES;
use super::archive::{MAX_ENTRIES, MAX_UNPACKED};
use super::base::{Base, BaseError, Release};
use crate::folder::{FolderError, MAX_FILE, inside, read_file};
use crate::kustomize::{self, EntryKind, FileTree, ReadError};

/// Reads what a path holds: a `.tar.gz` or `.tgz`, a folder with a kustomization, or a folder in release layout.
/// A kustomization is built no longer than `until`. Nothing is read that lies outside the folder, or outside those that a kustomization names as its bases.
///
/// # Errors
/// The path holds none of them, or what it holds is broken.
pub fn read(path: &Path, until: Option<Instant>) -> Result<Base, BaseError> {
    if path.is_dir() {
        return match KUSTOMIZATION_FILES.iter().any(|name| path.join(name).is_file()) {
            true => build(path, until),
            false => Ok(Base::Release(release(path)?)),
        };
    }
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let folder = path.parent().filter(|_| KUSTOMIZATION_FILES.contains(&name));
    if let Some(folder) = folder {
        return build(folder, until);
    }
    // To open a FIFO waits for its writer, and a device need not end.
    if !fs_err::metadata(path)?.is_file() {
        let message = format!("`{}` is neither a folder nor a regular file", path.display());
        return Err(std::io::Error::new(std::io::ErrorKind::Unsupported, message).into());
    }
    let file = fs_err::File::open(path)?;
    Ok(Base::Release(Release::from_archive(&path.display().to_string(), std::io::BufReader::new(file))?))
}

fn build(folder: &Path, until: Option<Instant>) -> Result<Base, BaseError> {
    let shown = || folder.display().to_string();
    let folder = fs_err::canonicalize(folder)?;
    let tree = DiskTree { root: folder.ancestors().last().unwrap_or(&folder).to_owned() };
    let within = tree.within(&folder).ok_or_else(|| BaseError::Empty { folder: shown() })?;
    let options = kustomize::Options { confined: true, until, ..kustomize::Options::default() };
    let build = kustomize::build(&tree, &within, options)
        .map_err(|source| BaseError::Kustomization { folder: shown(), source })?;
    match build.unsupported.into_iter().next() {
        Some(feature) => Err(BaseError::Unsupported { folder: shown(), feature }),
        None if build.objects.is_empty() => Err(BaseError::Empty { folder: shown() }),
        None => Ok(Base::Built { objects: build.objects, warnings: build.warnings }),
    }
}

/// The file system as a kustomization sees it. Symbolic links are followed, as kustomize does; where they may lead is
/// for the build to say, by [`FileTree::resolved`].
struct DiskTree {
    root: PathBuf,
}

impl DiskTree {
    /// A path of the system as one of the tree, from `/` on, as messages show it; `None` where it is not Unicode.
    fn within(&self, path: &Path) -> Option<String> {
        let names: Option<Vec<&str>> = path.strip_prefix(&self.root).ok()?.iter().map(|name| name.to_str()).collect();
        Some(format!("/{}", names?.join("/")))
    }

    fn on_disk(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
}

impl FileTree for DiskTree {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        read_file(&self.on_disk(path), MAX_FILE).map_err(|error| match error {
            FolderError::TooLarge { .. } => ReadError::TooLarge,
            _ => ReadError::NotFound,
        })
    }

    fn list(&self, directory: &str) -> Option<Vec<(String, EntryKind)>> {
        let entries = fs_err::read_dir(self.on_disk(directory)).ok()?;
        Some(
            entries
                .filter_map(|entry| {
                    let entry = entry.ok()?;
                    Some((entry.file_name().into_string().ok()?, kind_of(&entry.path())?))
                })
                .collect(),
        )
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        kind_of(&self.on_disk(path))
    }

    fn resolved(&self, path: &str) -> Option<String> {
        self.within(&fs_err::canonicalize(self.on_disk(path)).ok()?)
    }
}

fn kind_of(path: &Path) -> Option<EntryKind> {
    let metadata = fs_err::metadata(path).ok()?;
    Some(if metadata.is_dir() {
        EntryKind::Directory
    } else if metadata.is_file() {
        EntryKind::File
    } else {
        EntryKind::Other
    })
}

/// Reads a folder that holds a release, in either layout.
fn release(folder: &Path) -> Result<Release, BaseError> {
    let root = fs_err::canonicalize(folder)?;
    let mut files = ReleaseFiles { folder, root, found: Vec::new(), entries: 0, bytes: 0 };
    files.collect("")?;
    Release::from_files(&folder.display().to_string(), files.found)
}

/// How deep a file may lie; `source-controller/crds/buckets.yaml` is the deepest form.
const MAX_DEPTH: usize = 16;

/// The files of a release below a folder. Links are followed where they stay in it, within the limits of an archive.
struct ReleaseFiles<'a> {
    folder: &'a Path,
    /// The folder without links.
    root: PathBuf,
    found: Vec<(String, Cow<'static, str>)>,
    entries: usize,
    bytes: u64,
}

impl ReleaseFiles<'_> {
    /// Reads the folder that `prefix` leads to.
    fn collect(&mut self, prefix: &str) -> Result<(), BaseError> {
        for entry in fs_err::read_dir(self.folder.join(prefix))? {
            let Ok(name) = entry?.file_name().into_string() else { continue };
            let within = format!("{prefix}{name}");
            // Other files and folders may hold anything, and much of it.
            if !Release::holds(&within) {
                continue;
            }
            self.entries += 1;
            if self.entries > MAX_ENTRIES || within.split('/').count() > MAX_DEPTH {
                return Err(self.too_large());
            }
            let path = self.folder.join(&within);
            let real = inside(&self.root, &path)?;
            if real.is_dir() {
                self.collect(&format!("{within}/"))?;
            } else if within.ends_with(".yaml") {
                let content = read_file(&path, MAX_FILE)?;
                self.bytes += content.len() as u64;
                if self.bytes > MAX_UNPACKED {
                    return Err(self.too_large());
                }
                let text = String::from_utf8(content).map_err(|_| BaseError::NotText { path: within.clone() })?;
                self.found.push((within, Cow::Owned(text)));
            }
        }
        Ok(())
    }

    fn too_large(&self) -> BaseError {
        BaseError::TooLarge { origin: self.folder.display().to_string() }
    }
}

impl From<FolderError> for BaseError {
    fn from(error: FolderError) -> Self {
        Self::Folder(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::flux::InstallOptions;
    use crate::manifests::churn::without_descriptions;
    use crate::manifests::render;

    const RELEASE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/release");

    #[test]
    fn a_release_renders_the_same_from_folder_and_archive() {
        let options = InstallOptions::default();
        let folder = read(Path::new(RELEASE), None).unwrap();
        let expected = render(&folder, &options).unwrap();
        let mut embedded = render(&Base::embedded(), &options).unwrap();
        embedded.objects.iter_mut().for_each(without_descriptions);
        assert_eq!(expected, embedded);
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("manifests.tar.gz");
        let file = fs_err::File::create(&path).unwrap();
        let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
        tar.append_dir_all(".", RELEASE).unwrap();
        tar.into_inner().unwrap().finish().unwrap();
        assert_eq!(render(&read(&path, None).unwrap(), &options).unwrap(), expected);
    }

    #[test]
    fn the_embedded_manifests_are_such_a_folder() {
        let folder = read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/manifests")), None).unwrap();
        let options = InstallOptions::default();
        assert_eq!(render(&folder, &options).unwrap(), render(&Base::embedded(), &options).unwrap());
    }

    #[test]
    fn the_disk_is_read_from_its_root() {
        let place = tempfile::tempdir().unwrap();
        fs_err::create_dir(place.path().join("sub")).unwrap();
        fs_err::write(place.path().join("a.yaml"), "a: 1\n").unwrap();
        let tree = DiskTree { root: place.path().to_owned() };
        let mut found = tree.list("").unwrap();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(found, [("a.yaml".to_owned(), EntryKind::File), ("sub".to_owned(), EntryKind::Directory)]);
        assert_eq!(tree.read("a.yaml"), Ok(b"a: 1\n".to_vec()));
        assert_eq!(tree.read("b.yaml"), Err(ReadError::NotFound));
        assert_eq!(tree.kind("sub"), Some(EntryKind::Directory));
        assert_eq!(tree.kind("none"), None);
    }

    #[test]
    fn a_kustomization_is_used_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs_err::write(place.path().join(name), text).unwrap();
        write("kustomization.yaml", "resources: [one.yaml]\nnamespace: elsewhere\n");
        write("one.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n");
        for path in [place.path().to_owned(), place.path().join("kustomization.yaml")] {
            let base = read(&path, None).unwrap();
            assert!(matches!(base, Base::Built { .. }));
            let rendered = render(&base, &InstallOptions::default()).unwrap();
            assert_eq!(rendered.objects.len(), 1);
            assert_eq!(rendered.objects[0]["metadata"]["namespace"], "elsewhere");
            assert!(rendered.to_yaml().starts_with("---\n# This manifest was generated by flux. DO NOT EDIT.\n"));
        }
        write("kustomization.yaml", "resources: []\n");
        let error = read(place.path(), None).unwrap_err();
        assert!(matches!(error, BaseError::Empty { .. } | BaseError::Kustomization { .. }), "{error}");
    }

    #[test]
    fn a_fault_names_the_file_from_the_root_of_the_machine() {
        let place = tempfile::tempdir().unwrap();
        let folder = fs_err::canonicalize(place.path()).unwrap();
        fs_err::write(folder.join("kustomization.yaml"), "resources: [none.yaml]\n").unwrap();
        let error = read(&folder, None).unwrap_err();
        let told = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        let names = |name: &str| told.contains(&format!("`{}`", folder.join(name).display()));
        assert!(names("kustomization.yaml") && names("none.yaml"), "{told}");
    }

    #[test]
    fn what_is_no_release_is_an_error_that_names_it() {
        let place = tempfile::tempdir().unwrap();
        fs_err::write(place.path().join("rbac.yaml"), "").unwrap();
        let error = read(place.path(), None).unwrap_err().to_string();
        assert!(error.contains("`policies.yaml`, `source-controller.yaml`") && !error.contains("`rbac"), "{error}");
        let missing = read(&place.path().join("none"), None).unwrap_err().to_string();
        assert!(missing.contains("none"), "{missing}");
        let text = place.path().join("notes.txt");
        fs_err::write(&text, "notes").unwrap();
        assert!(matches!(read(&text, None), Err(BaseError::Archive { .. })));
    }
}
