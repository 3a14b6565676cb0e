//! What the fields of one kustomization file change, in kustomize's order.

use super::config::TransformerConfig;
use super::error::BuildError;
use super::file::KustomizationFile;
use super::folder::Folder;
use super::load::Loader;
use super::names::Affix;
use super::resource::Resource;
use super::transform::{Move, Subjects, add_labels, set_all, set_images, set_namespace, set_replicas};
use super::watch::watch;
use super::{names, patch, replacements};

type Result<T> = std::result::Result<T, BuildError>;

/// Changes the objects in kustomize's order.
pub(super) fn transform(
    loader: &Loader<'_>,
    file: &KustomizationFile,
    folder: &Folder,
    config: &TransformerConfig,
    resources: &mut Vec<Resource>,
) -> Result<()> {
    let directory = folder.directory.as_str();
    let done = |resources: &mut [Resource], transformer: &str| folder.record(file, resources, transformer);
    for entry in &file.patches_strategic_merge {
        loader.tick(&entry.place)?;
        watch(loader, resources, (&entry.place, ""), |all| patch::apply_strategic(loader, directory, all, entry))?;
    }
    if !file.patches_strategic_merge.is_empty() {
        done(resources, "PatchStrategicMergeTransformer");
    }
    for entry in &file.patches {
        loader.tick(&entry.place)?;
        let at = (&entry.place, entry.value.path.as_str());
        watch(loader, resources, at, |all| patch::apply(loader, directory, all, entry))?;
        done(resources, "PatchTransformer");
    }
    let place = |field: &str| file.place.key(field);
    if !file.namespace.is_empty() {
        let to = Move {
            namespace: &file.namespace,
            fields: &config.namespace,
            unset_only: false,
            subjects: Subjects::Default,
        };
        set_namespace(loader, resources, &to, &place("namespace"))?;
        done(resources, "NamespaceTransformer");
    }
    if !file.name_prefix.is_empty() {
        let affix = Affix { text: &file.name_prefix, is_prefix: true, fields: &config.name_prefix };
        let at = place("namePrefix");
        watch(loader, resources, (&at, ""), |all| names::affix(loader, all, &affix, &at))?;
        done(resources, "PrefixTransformer");
    }
    if !file.name_suffix.is_empty() {
        let affix = Affix { text: &file.name_suffix, is_prefix: false, fields: &config.name_suffix };
        let at = place("nameSuffix");
        watch(loader, resources, (&at, ""), |all| names::affix(loader, all, &affix, &at))?;
        done(resources, "SuffixTransformer");
    }
    for label in &file.labels {
        loader.tick(&file.place)?;
        add_labels(loader, resources, label, config)?;
        done(resources, "LabelTransformer");
    }
    if !file.labels.is_empty() || !file.common_labels.is_empty() {
        set_all(loader, resources, &file.common_labels, &config.common_labels, &place("commonLabels"))?;
        done(resources, "LabelTransformer");
    }
    if !file.common_annotations.is_empty() {
        let place = place("commonAnnotations");
        set_all(loader, resources, &file.common_annotations, &config.common_annotations, &place)?;
        done(resources, "AnnotationsTransformer");
    }
    for entry in &file.patches_json6902 {
        loader.tick(&entry.place)?;
        let at = (&entry.place, entry.value.path.as_str());
        watch(loader, resources, at, |all| patch::apply_json6902(loader, directory, all, entry))?;
        done(resources, "PatchJson6902Transformer");
    }
    for replica in &file.replicas {
        loader.tick(&file.place)?;
        set_replicas(resources, replica, &config.replicas)?;
        done(resources, "ReplicaCountTransformer");
    }
    for image in &file.images {
        loader.tick(&file.place)?;
        set_images(loader, resources, image, &config.images)?;
        done(resources, "ImageTagTransformer");
    }
    for entry in &file.replacements {
        watch(loader, resources, (&entry.place, ""), |all| replacements::replace(loader, directory, all, entry))?;
    }
    if !file.replacements.is_empty() {
        done(resources, "ReplacementTransformer");
    }
    Ok(())
}
