//! From what was looked at to what shall be: files, objects, and what is still to be asked. Pure.

mod above;
mod build;
pub(crate) mod credential;
pub(crate) mod files;
pub(crate) mod identity;
pub(crate) mod inquiry;
mod left_out;
mod neighbour;
mod neighbours;
mod options;
mod overlay;
mod sources;

pub(crate) use files::Wanted;
pub(crate) use inquiry::of_cluster_alone;
pub(crate) use neighbour::{Neighbour, Neighbours};
pub(crate) use neighbours::neighbours;
pub(crate) use options::{DraftOptions, OptionSources, OptionsObstacle, draft_options};
pub(crate) use overlay::{flux_deployments, own_sync, split_sync};
pub(crate) use sources::{Draft, Drafted, Sources};

use crate::domain::error::Error;
use crate::domain::event::Manifests;
use crate::git::EntryKind;
use crate::manifests::cluster_options::{FOLDER, Surroundings, effects_of};
use crate::manifests::{COMPONENTS_FILE, KUSTOMIZATION_FILES, SYNC_FILE, kustomization_file};
use crate::open::{Missing, Tree};
use files::{DesiredFiles, Existing, ExistingFiles, ExistingKustomization};

/// Drafts.
///
/// # Errors
/// What lies in the way of our files, a file that cannot be read, an overlay that cannot be built.
pub(crate) fn draft(sources: Sources<'_>, tree: &Tree) -> Result<Drafted, Error> {
    let mut tree = tree.clone();
    let drafted = with_tree(sources, &mut tree);
    // Whatever was concluded from folders and files that are not known counts for nothing.
    let absent = tree.take_absent();
    if absent.is_empty() { drafted.map(|draft| Drafted::Ready(Box::new(draft))) } else { Ok(Drafted::Missing(absent)) }
}

fn with_tree(sources: Sources<'_>, tree: &mut Tree) -> Result<Draft, Error> {
    let directory = sources.directory();
    refuse_obstacles(tree, &directory)?;
    let content = |name: &str| sync_or_record(sources, tree, &directory, name);
    let wanted = identity::wanted(sources.config, sources.credentials.ca.is_some(), sources.wanted, &content);
    let sources = Sources { wanted: &wanted, ..sources };
    let plain = kustomization_file::generate([], |_| None);
    let existing = existing_files(sources.wanted, tree, &directory, &plain);
    let is_written = existing.kustomization == ExistingKustomization::Written;
    let generated = (!is_written).then(|| generated_kustomization(tree, &directory));
    let mut files = files::desired(sources.wanted, &directory, &existing, generated.as_deref())?;
    let missing = tree.start().missing.clone();
    if missing != Missing::Nothing {
        // A new branch takes a commit of its own, even where its start holds everything.
        files.manifests = files.manifests.or(Some(Manifests::Both));
    }
    files.plain_kustomization = match &generated {
        Some(generated) => *generated == plain,
        None => holds_plain_kustomization(tree, &directory, &plain),
    };
    let options = options_of(sources, tree, &directory, &mut files);
    for change in &files.changes {
        match &change.after {
            Some(content) => tree.put_file(change.path.clone(), Some(content.clone())),
            None => tree.remove_file(&change.path),
        }
    }
    let mut build = overlay::build(tree, sources, &files, &options.after)?;
    let effects = effects_of(&options.after, sources.wanted.sync.namespace.as_str());
    build.warnings.retain(|warning| !effects.is_about_own_patch(warning));
    let forgotten = (!sources.config.source.path_given).then(|| whole_repository(tree, &directory)).flatten();
    build.warnings.extend(forgotten);
    let existing_components = match existing.components {
        Existing::Content(content) => Some(content),
        Existing::Same => Some(sources.wanted.components_text.clone().into_bytes()),
        Existing::Absent { .. } => None,
    };
    let neighbours = neighbours(tree, sources);
    let tip = tree.commit();
    let draft = Draft { tip, missing, files, existing_components, options, build, neighbours, ..Draft::default() };
    let mut draft = inquiry::complete(sources, draft);
    draft.left_out = left_out::left_out(tree, sources, &draft);
    draft.not_unpacked = tree.not_unpacked();
    Ok(draft)
}

/// A file of Flux's folder, by its path within.
fn content(tree: &Tree, directory: &str, name: &str) -> Option<Vec<u8>> {
    let file = format!("{directory}/{name}");
    // A folder that is not there need not be asked for its files.
    let folder = name.contains('/').then(|| format!("{directory}/{FOLDER}"));
    let is_there = folder.is_none_or(|folder| tree.kind_at(&folder) == Some(EntryKind::Folder));
    (is_there && tree.holds(&file)).then(|| tree.content(&file)).flatten()
}

/// The same, without reading a gotk-sync.yaml that is as this run would write it for a Secret.
fn sync_or_record(sources: Sources<'_>, tree: &Tree, directory: &str, name: &str) -> Option<Vec<u8>> {
    let plain = || sources.wanted.sync.render().text;
    if name == SYNC_FILE && tree.holds_exactly(&format!("{directory}/{name}"), plain().as_bytes()) {
        return None;
    }
    content(tree, directory, name)
}

/// The options of the cluster; what they change is added to the files.
fn options_of(sources: Sources<'_>, tree: &Tree, directory: &str, files: &mut DesiredFiles) -> DraftOptions {
    let content = |name: &str| content(tree, directory, name);
    let surroundings = Surroundings {
        cluster_domain: sources.config.install.cluster_domain.clone(),
        api_address: sources.cluster.and_then(|cluster| cluster.api_address.clone()),
        identity_webhook: sources.cluster.and_then(|cluster| cluster.identity_webhook),
        tenant: sources.tenant.cloned(),
        brings_ca: sources.credentials.ca.is_some(),
    };
    let option_sources = OptionSources {
        config: &sources.config.options,
        files: &sources.credentials.option_files,
        namespace: sources.wanted.sync.namespace.as_str(),
        directory,
        surroundings,
        read: &content,
        is_plain: files.plain_kustomization,
    };
    let options = draft_options(&option_sources, files);
    files.plain_kustomization &= options.after.is_empty();
    options
}

/// Our files as the tip has them; those whose content is not known yet count as absent.
fn existing_files(wanted: &Wanted, tree: &Tree, directory: &str, plain: &str) -> ExistingFiles {
    let existing = |name: &str, fresh: &[u8]| {
        let file = format!("{directory}/{name}");
        if tree.holds_exactly(&file, fresh) {
            return Existing::Same;
        }
        tree.content(&file).map_or(Existing::Absent { empty: false }, Existing::of)
    };
    let held = |name: &&&str| tree.holds(&format!("{directory}/{name}"));
    let names: Vec<&str> = KUSTOMIZATION_FILES.iter().filter(held).copied().collect();
    let not_plain = |name: &str| {
        let is_plain = holds_plain_kustomization(tree, directory, plain);
        (!is_plain).then(|| tree.content(&format!("{directory}/{name}"))).flatten()
    };
    ExistingFiles {
        components: existing(COMPONENTS_FILE, wanted.components_text.as_bytes()),
        sync: existing(SYNC_FILE, wanted.sync.render().text.as_bytes()),
        kustomization: ExistingKustomization::of(&names, not_plain),
    }
}

/// Whether the first kustomization file of the folder has exactly the plain content, for which it need not be read.
fn holds_plain_kustomization(tree: &Tree, directory: &str, plain: &str) -> bool {
    let mut files = KUSTOMIZATION_FILES.iter().map(|name| format!("{directory}/{name}"));
    files.find(|file| tree.holds(file)).is_some_and(|file| tree.holds_exactly(&file, plain.as_bytes()))
}

/// The kustomization file for a folder that has none that says something: it lists every manifest in it.
fn generated_kustomization(tree: &Tree, directory: &str) -> String {
    let below = tree.files_below(directory);
    let yaml = below.iter().filter(|file| file.ends_with(".yaml") || file.ends_with(".yml"));
    tree.want(yaml.map(|file| format!("{directory}/{file}")));
    let read = |file: &str| String::from_utf8(tree.content(&format!("{directory}/{file}"))?).ok();
    kustomization_file::generate(below.iter().map(String::as_str), read)
}

/// Says what a forgotten `--path` would sync: all folders of the repository, those of other clusters too.
fn whole_repository(tree: &Tree, directory: &str) -> Option<String> {
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
fn refuse_obstacles(tree: &Tree, directory: &str) -> Result<(), Error> {
    let folders =
        directory.match_indices('/').map(|(end, _)| directory[..end].to_owned()).chain([directory.to_owned()]);
    let files = [COMPONENTS_FILE, SYNC_FILE].iter().chain(&KUSTOMIZATION_FILES);
    let places =
        folders.map(|path| (path, "a folder")).chain(files.map(|name| (format!("{directory}/{name}"), "a file")));
    for (path, wanted) in places {
        let found = match tree.kind_at(&path) {
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
