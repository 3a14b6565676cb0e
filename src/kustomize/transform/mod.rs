//! What a kustomization file does to all of its objects: names, namespace, labels, annotations, images, replicas.

mod images;
mod labels;
mod namespace;
mod replicas;

pub(super) use images::set_images;
pub(super) use labels::{add_annotations, add_common_labels, add_labels};
pub(super) use namespace::set_namespace;
pub(super) use replicas::set_replicas;
