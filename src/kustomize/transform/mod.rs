//! What a kustomization file does to all of its objects: names, namespace, labels, annotations, images, replicas.

mod images;
mod labels;
mod namespace;
mod replicas;

pub(super) use images::set_images;
pub(super) use labels::{add_labels, set_all};
pub(super) use namespace::{Move, Subjects, move_one, set_namespace};
pub(super) use replicas::set_replicas;
