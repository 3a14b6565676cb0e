//! The configuration of transformers: which fields hold names, labels, images and the like. Kustomize's own, and what
//! `configurations` and `crds` add to it.

mod crds;
mod defaults;
mod name_references;
mod read;
mod tables;

pub(super) use self::crds::from_definitions;
pub(super) use self::defaults::defaults;
pub(super) use self::read::{field_specs, from_file};
pub(super) use self::tables::{NameReference, TransformerConfig};
