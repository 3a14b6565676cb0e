//! The repository as a bootstrap sees it: the branch's tip, our files in it, and the overlay they build.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::files::{self, DesiredFiles, Existing, ExistingFiles, Wanted};
use super::tree::CommitTree;
use crate::domain::config::BootstrapConfig;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, SharedReporter};
use crate::domain::object_id::CommitId;
use crate::git::{Connection, EntryKind, GitError, Remote, Tip};
use crate::kustomize;
use crate::manifests::{COMPONENTS_FILE, KUSTOMIZATION_FILES, SYNC_FILE, kustomization_file};

/// A repository opened for this run; git's work happens on a thread of its own.
#[derive(Clone)]
pub struct Repository {
    remote: Arc<Mutex<Option<Remote>>>,
}

/// What the branch's tip holds and what the next commit makes of it.
#[derive(Clone, Debug)]
pub struct ObservedRepository {
    /// The tip; none in an empty repository.
    pub tip: Option<CommitId>,
    /// The files after this run.
    pub files: DesiredFiles,
    /// The objects that the cluster will hold, after the user's overlay.
    pub build: Build,
    /// Earlier tips of the branch in this run, which are not later commits than ours.
    pub earlier: BTreeSet<CommitId>,
    /// The Flux version and components named by the existing gotk-components.yaml's header, as text.
    pub existing_components: Option<Vec<u8>>,
}

/// The result of building `<path>/<namespace>`.
#[derive(Clone, Debug, Default)]
pub struct Build {
    /// The objects to apply, without encrypted ones.
    pub objects: Vec<Value>,
    /// Objects that only a controller with the key can apply.
    pub encrypted: Vec<String>,
    /// What kustomize would do and this build left out.
    pub unsupported: Vec<String>,
    /// Deprecated fields and the like.
    pub warnings: Vec<String>,
    /// Where `<path>` has a kustomization file of its own: whether its build holds the same sync objects.
    pub reached_from_path: Option<bool>,
}

impl Repository {
    /// A repository that is not opened yet: its server may first have to be vouched for.
    pub fn closed() -> Self {
        Self { remote: Arc::new(Mutex::new(None)) }
    }

    /// Prepares the way to the server; nothing is sent yet. Must come before any work.
    ///
    /// # Errors
    /// Certificates or proxy settings are unusable, or the temporary folder cannot be written.
    pub fn open(&self, connection: &Connection) -> Result<(), GitError> {
        let remote = Remote::open(connection)?;
        *self.remote.lock().unwrap_or_else(PoisonError::into_inner) = Some(remote);
        Ok(())
    }

    /// Moves the deadline, as time spent in a question does.
    pub fn set_deadline(&self, deadline: std::time::Instant) {
        let mut remote = self.remote.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(remote) = remote.as_mut() {
            remote.set_deadline(deadline);
        }
    }

    /// Runs git work on the blocking thread pool.
    pub async fn run<T, F>(&self, work: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(&mut Remote) -> T + Send + 'static,
    {
        let remote = Arc::clone(&self.remote);
        let worked = tokio::task::spawn_blocking(move || {
            // A poisoned lock means an earlier piece of work panicked; that panic was passed on below.
            let mut remote = remote.lock().unwrap_or_else(PoisonError::into_inner);
            work(remote.as_mut().expect("every run opens its repository before it works with it"))
        });
        match worked.await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down; nobody waits for the result any more.
                Err(_) => std::future::pending().await,
            },
        }
    }

    /// Runs git work, and tells of requests that are repeated while it goes on.
    pub async fn run_telling<T, F>(&self, action: String, reporter: &SharedReporter<'_>, work: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(&mut Remote) -> T + Send + 'static,
    {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let worked = self.run(move |remote| {
            remote.tell_retries(Some(Box::new(move |error, delay| {
                // Nobody listens any more once the run was cancelled.
                drop(sender.send(Event::Retrying { action: action.clone(), reason: error.to_string(), delay }));
            })));
            let result = work(remote);
            remote.tell_retries(None);
            result
        });
        let told = async {
            while let Some(event) = receiver.recv().await {
                reporter.tell(&event);
            }
        };
        futures::join!(worked, told).0
    }

    /// Fetches the branch's tip.
    ///
    /// # Errors
    /// The server's refusal, or a branch that does not exist in a repository that is not empty.
    pub async fn fetch(&self, branch: &str, reporter: &SharedReporter<'_>) -> Result<Option<CommitId>, Error> {
        let wanted = branch.to_owned();
        let action = format!("reading branch `{branch}`");
        match self.run_telling(action, reporter, move |remote| remote.fetch(&wanted)).await? {
            Tip::Commit(id) => Ok(Some(id)),
            Tip::EmptyRepository => Ok(None),
            Tip::MissingBranch { branches } => Err(missing_branch(branch, &branches)),
        }
    }

    /// Reads our files at the tip and computes what the commit and the cluster shall hold.
    ///
    /// # Errors
    /// A file that cannot be read, an overlay that cannot be built.
    pub async fn observe(
        &self,
        config: &BootstrapConfig,
        wanted: &Wanted,
        tip: Option<CommitId>,
        reporter: &SharedReporter<'_>,
    ) -> Result<ObservedRepository, Error> {
        let directory = config.source.path.join(wanted.sync.namespace.as_str());
        let path = config.source.path.as_tree_path().to_owned();
        let (wanted, path_given) = (wanted.clone(), config.source.path_given);
        let action = format!("reading files of `{directory}`");
        let observed = self.run_telling(action, reporter, move |remote| {
            let mut observed = observe(remote, &wanted, tip, &directory, &path)?;
            observed
                .build
                .warnings
                .extend((!path_given).then(|| whole_repository(&CommitTree::new(remote, tip), &directory)).flatten());
            Ok(observed)
        });
        observed.await
    }
}

fn missing_branch(branch: &str, branches: &[String]) -> Error {
    let known = branches.iter().take(10).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let more = if branches.len() > 10 { ", ..." } else { "" };
    let start = branches.first().map_or("<branch>", String::as_str);
    Error::new(Kind::Other, format!("branch `{branch}` does not exist in the repository, which is not empty"))
        .caused_by(format!("it has {known}{more}"))
        .hint(format!(
            "Choose one of them with --branch, or create it first: `git push origin origin/{start}:refs/heads/{branch}`."
        ))
}

fn observe(
    remote: &mut Remote,
    wanted: &Wanted,
    tip: Option<CommitId>,
    directory: &str,
    path: &str,
) -> Result<ObservedRepository, Error> {
    let mut tree = CommitTree::new(remote, tip);
    refuse_obstacles(&tree, directory)?;
    let kustomization =
        KUSTOMIZATION_FILES.iter().map(|name| format!("{directory}/{name}")).find(|file| tree.holds(file));
    let rendered_sync = wanted.sync.render();
    let candidates = [
        (format!("{directory}/{COMPONENTS_FILE}"), wanted.components_text.as_bytes()),
        (format!("{directory}/{SYNC_FILE}"), rendered_sync.text.as_bytes()),
    ];
    let differing: Vec<String> = candidates
        .iter()
        .filter(|(file, fresh)| tree.holds(file) && !tree.holds_exactly(file, fresh))
        .map(|(file, _)| file.clone())
        .collect();
    tree.fetch(differing.clone())?;
    let existing = |file: &str, tree: &CommitTree<'_>| {
        if !tree.holds(file) {
            return Existing::Absent { empty: false };
        }
        if !differing.iter().any(|path| path == file) {
            return Existing::Same;
        }
        tree.content(file).map_or(Existing::Absent { empty: false }, Existing::of)
    };
    let existing = ExistingFiles {
        components: existing(&candidates[0].0, &tree),
        sync: existing(&candidates[1].0, &tree),
        kustomization: kustomization.is_some(),
    };
    let generated = if kustomization.is_none() { generate_kustomization(&mut tree, directory)? } else { None };
    let plain = kustomization_file::generate([], |_| None).unwrap_or_default();
    let mut files = files::desired(wanted, directory, &existing, generated.as_deref())?;
    files.plain_kustomization = kustomization
        .as_ref()
        .map_or_else(|| generated.as_ref() == Some(&plain), |file| tree.holds_exactly(file, plain.as_bytes()));
    for change in &files.changes {
        tree.overlay(change.path.clone(), change.after.clone());
    }
    let build = build(&mut tree, wanted, &files, directory, path)?;
    let existing_components = match existing.components {
        Existing::Content(content) => Some(content),
        Existing::Same => Some(wanted.components_text.clone().into_bytes()),
        Existing::Absent { .. } => None,
    };
    Ok(ObservedRepository { tip, files, build, earlier: BTreeSet::new(), existing_components })
}

/// Says what a forgotten `--path` would sync: all folders of the repository, those of other clusters too.
fn whole_repository(tree: &CommitTree<'_>, directory: &str) -> Option<String> {
    let others: Vec<String> =
        tree.folders("").into_iter().filter(|name| name != directory && !name.starts_with('.')).collect();
    let names = others.iter().take(5).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let more = if others.len() > 5 { ", ..." } else { "" };
    (!others.is_empty()).then(|| {
        format!(
            "without --path the cluster syncs the whole repository, with {names}{more}; \
             name the cluster's folder with --path, or give `--path=./` if this is meant"
        )
    })
}

/// Refuses what lies where our folder or files belong and would be lost or could not be written over. Links count: git
/// does not follow them, nor do the controllers.
fn refuse_obstacles(tree: &CommitTree<'_>, directory: &str) -> Result<(), Error> {
    let folders =
        directory.match_indices('/').map(|(end, _)| directory[..end].to_owned()).chain([directory.to_owned()]);
    let files = [COMPONENTS_FILE, SYNC_FILE].iter().chain(&KUSTOMIZATION_FILES);
    let places =
        folders.map(|path| (path, "a folder")).chain(files.map(|name| (format!("{directory}/{name}"), "a file")));
    for (path, wanted) in places {
        let found = match tree.kind(&path) {
            None => continue,
            Some(EntryKind::File | EntryKind::Executable) => "a file",
            Some(EntryKind::Folder) => "a folder",
            Some(EntryKind::Symlink) => "a symbolic link",
            Some(EntryKind::Submodule) => "a submodule",
        };
        if found != wanted {
            let text = format!("`{path}` in the repository is {found}, and this run would write {wanted} there");
            return Err(Error::refused(text).hint("Move it away in the repository, or choose another --path."));
        }
    }
    Ok(())
}

/// The kustomization file for a folder that has none: it lists every manifest in it.
fn generate_kustomization(tree: &mut CommitTree<'_>, directory: &str) -> Result<Option<String>, Error> {
    let below = tree.files_below(directory);
    let yaml = below.iter().filter(|file| file.ends_with(".yaml") || file.ends_with(".yml"));
    tree.fetch(yaml.map(|file| format!("{directory}/{file}")).collect())?;
    let read = |file: &str| String::from_utf8(tree.content(&format!("{directory}/{file}"))?).ok();
    Ok(kustomization_file::generate(below.iter().map(String::as_str), read))
}

/// Builds what the cluster will hold.
fn build(
    tree: &mut CommitTree<'_>,
    wanted: &Wanted,
    files: &DesiredFiles,
    directory: &str,
    path: &str,
) -> Result<Build, Error> {
    let own_file_above =
        path != directory && KUSTOMIZATION_FILES.iter().any(|name| tree.holds(&super::tree::join(path, name)));
    let mut build = if files.plain_kustomization {
        // The plain file builds to exactly the two files, so nothing needs to be parsed again.
        let objects = wanted.components.objects.iter().chain(&files.sync.objects).cloned().collect();
        Build { objects, ..Build::default() }
    } else {
        let built = build_folder(tree, directory)?;
        let (encrypted, objects): (Vec<Value>, Vec<Value>) =
            built.objects.into_iter().partition(kustomize::is_encrypted);
        Build {
            objects,
            encrypted: encrypted
                .iter()
                .filter_map(crate::domain::object_ref::ObjectRef::of)
                .map(|object| object.to_string())
                .collect(),
            unsupported: built.unsupported.iter().map(ToString::to_string).collect(),
            warnings: built.warnings,
            reached_from_path: None,
        }
    };
    if own_file_above {
        build.reached_from_path = match build_folder(tree, path) {
            Ok(above) if above.unsupported.is_empty() => Some(reaches(&above.objects, &files.sync.objects)),
            // What cannot be built here says nothing; the controller judges it.
            _ => None,
        };
    }
    Ok(build)
}

fn reaches(objects: &[Value], sync: &[Value]) -> bool {
    let identity = |object: &Value| (object["kind"].clone(), object["metadata"]["name"].clone());
    sync.iter().all(|wanted| objects.iter().any(|object| identity(object) == identity(wanted)))
}

fn build_folder(tree: &mut CommitTree<'_>, folder: &str) -> Result<kustomize::Build, Error> {
    let options = kustomize::Options::default();
    loop {
        let missing = kustomize::missing_files(tree, folder).map_err(overlay_error)?;
        if missing.is_empty() {
            return kustomize::build(tree, folder, options).map_err(overlay_error);
        }
        tree.fetch(missing)?;
    }
}

fn overlay_error(error: kustomize::BuildError) -> Error {
    Error::new(Kind::Other, format!("the overlay in `{}` cannot be built", error.file()))
        .caused_by(&error)
        .hint("Correct the file in the repository; nothing was changed.")
}
