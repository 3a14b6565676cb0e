//! The user's overlay, built from the files as they shall be.

use std::time::Instant;

use serde_json::Value;

use super::above;
use super::build::Build;
use super::files::DesiredFiles;
use super::sources::Sources;
use crate::domain::cluster_options::ClusterOptions;
use crate::domain::error::{Error, Kind};
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::{git_repository, kustomization};
use crate::kustomize;
use crate::manifests::cluster_options::inserted;
use crate::manifests::{COMPONENTS_FILE, KUSTOMIZATION_FILES, kustomization_file};
use crate::open::{Tree, join};
use crate::yaml;

/// What is judged of Flux's own objects.
const WATCHED: [kustomize::Watched; 3] = [
    (git_repository::KIND, &["/spec/ref", "/spec/url", "/spec/verify"]),
    (kustomization::KIND, &["/spec/path", "/spec/sourceRef"]),
    ("Deployment", &[]),
];

/// Builds what the cluster will hold.
pub(super) fn build(
    tree: &mut Tree,
    sources: Sources<'_>,
    files: &DesiredFiles,
    options: &ClusterOptions,
) -> Result<Build, Error> {
    let (path, directory) = (sources.config.source.path.as_tree_path(), sources.directory());
    let own_file_above = path != directory && KUSTOMIZATION_FILES.iter().any(|name| tree.holds(&join(path, name)));
    let mut build = if files.plain_kustomization {
        // The plain file builds to exactly the two files, so nothing needs to be parsed again.
        let objects = sources.wanted.components.objects.iter().chain(&files.sync.objects).cloned().collect();
        Build { objects, ..Build::default() }
    } else if options.patch.is_empty() && is_plain_with_options(tree, &directory) {
        with_options(tree, sources, &directory)?
    } else {
        split_encrypted(build_folder(tree, &directory, sources.until)?)
    };
    if own_file_above {
        match build_folder(tree, path, sources.until) {
            Ok(built) if built.unsupported.is_empty() => {
                above::apply(&mut build, built, tree, path, &files.sync.objects);
            }
            // What is not supported here says nothing; the controller will tell.
            Ok(_) => {}
            Err(error) => build.unbuildable_above = Some(error),
        }
    }
    Ok(build)
}

/// Whether the folder's kustomization is the plain one with the entry of the options, which alone changes objects then.
fn is_plain_with_options(tree: &Tree, directory: &str) -> bool {
    let plain = kustomization_file::generate([], |_| None);
    let with_entry = inserted(&plain).unwrap_or_default();
    let mut files = KUSTOMIZATION_FILES.iter().map(|name| format!("{directory}/{name}"));
    let file = files.find(|file| tree.holds(file));
    file.and_then(|file| tree.content(&file)).is_some_and(|content| content == with_entry.as_bytes())
}

/// Builds the folder without the CustomResourceDefinitions, which are nearly all of its text and which no option changes, and
/// adds them as they are.
fn with_options(tree: &mut Tree, sources: Sources<'_>, directory: &str) -> Result<Build, Error> {
    let (file, wanted) = (format!("{directory}/{COMPONENTS_FILE}"), sources.wanted);
    let is_definition = |object: &&Value| object["kind"] == "CustomResourceDefinition";
    let (definitions, others): (Vec<&Value>, Vec<&Value>) = wanted.components.objects.iter().partition(is_definition);
    tree.put_file(file.clone(), Some(yaml::write_all(others).into_bytes()));
    let built = build_folder(tree, directory, sources.until);
    tree.put_file(file, Some(wanted.components_text.clone().into_bytes()));
    let build = split_encrypted(built?);
    let objects = definitions.into_iter().cloned().chain(build.objects).collect();
    Ok(Build { objects, ..build })
}

fn split_encrypted(built: kustomize::Build) -> Build {
    let (encrypted, objects): (Vec<Value>, Vec<Value>) = built.objects.into_iter().partition(kustomize::is_encrypted);
    Build {
        objects,
        encrypted: encrypted.iter().filter_map(ObjectRef::of).map(|object| object.to_string()).collect(),
        unsupported: built.unsupported.iter().map(ToString::to_string).collect(),
        warnings: built.warnings,
        edits: built.edits,
        ..Build::default()
    }
}

/// Builds a folder; an empty build where files are still missing, which the tree has noted.
pub(super) fn build_folder(tree: &Tree, folder: &str, until: Option<Instant>) -> Result<kustomize::Build, Error> {
    let options = kustomize::Options { until, watched: &WATCHED, ..kustomize::Options::default() };
    let missing = kustomize::missing_files(tree, folder).map_err(overlay_error)?;
    if !missing.is_empty() {
        tree.want(missing);
        return Ok(kustomize::Build::default());
    }
    kustomize::build(tree, folder, options).map_err(overlay_error)
}

fn overlay_error(error: kustomize::BuildError) -> Error {
    if matches!(error, kustomize::BuildError::OutOfTime { .. }) {
        return Error::new(Kind::Other, "the overlay could not be built before the timeout").caused_by(&error).hint(
            "Give it more time with --timeout; an overlay that takes minutes mostly repeats itself without end.",
        );
    }
    Error::new(Kind::Other, format!("the overlay in `{}` cannot be built", error.file()))
        .caused_by(&error)
        .hint("Correct the file in the repository; nothing was changed.")
}

/// Splits a build into components and the sync objects, a team's in this namespace as well, which are applied after the
/// source secret.
pub(crate) fn split_sync(objects: &[Value], namespace: &str) -> (Vec<Value>, Vec<Value>) {
    let is_sync = |object: &Value| {
        let kind = object["kind"].as_str().unwrap_or_default();
        let group = object["apiVersion"].as_str().unwrap_or_default().split('/').next().unwrap_or_default();
        let ours =
            [(git_repository::KIND, git_repository::API_VERSION), (kustomization::KIND, kustomization::API_VERSION)];
        ours.iter().any(|(ours, version)| kind == *ours && version.starts_with(group) && !group.is_empty())
            && object["metadata"]["namespace"].as_str().is_none_or(|found| found == namespace)
    };
    objects.iter().cloned().partition(|object| !is_sync(object))
}

/// The one of a kind that keeps Flux itself in sync, which is named after the namespace; an overlay may hold others beside
/// it.
pub(crate) fn own_sync<'a>(sync: &'a [Value], kind: &str, namespace: &str) -> Option<&'a Value> {
    sync.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == namespace)
}

/// The names of the Deployments among the objects that are Flux's own.
pub(crate) fn flux_deployments(objects: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = objects
        .iter()
        .filter(|object| object["kind"] == "Deployment")
        .filter(|object| object["metadata"]["labels"]["app.kubernetes.io/part-of"] == "flux")
        .filter_map(|object| object["metadata"]["name"].as_str().map(str::to_owned))
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sync_objects_are_told_from_the_rest() {
        let object = |api: &str, kind: &str, namespace: &str| json!({"apiVersion": api, "kind": kind, "metadata": {"name": "a", "namespace": namespace}});
        let objects = [
            object("v1", "Namespace", ""),
            object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system"),
            object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system"),
            object("kustomize.config.k8s.io/v1beta1", "Kustomization", "flux-system"),
            object("source.toolkit.fluxcd.io/v1", "HelmRepository", "flux-system"),
        ];
        let (rest, sync) = split_sync(&objects, "flux-system");
        assert_eq!((rest.len(), sync.len()), (3, 2));
        assert_eq!(own_sync(&sync, "Kustomization", "flux-system"), None);
        assert_eq!(own_sync(&sync, "Kustomization", "a"), Some(&objects[2]));
    }
}
