//! Options of the cluster as files: a kustomize Component beside Flux's own files, `gotk-options/`, with a record of the
//! options in its first line, and the entry by which the user's kustomization takes it in.
//!
//! A Component acts before the patches of the kustomization that names it, so patches written by hand have the last word
//! (kustomize's `accumulateTarget`). What a record generates must never change: a folder that differs from what its own
//! record generates counts as edited by hand.

#[cfg(test)]
pub(crate) mod cases;
mod controllers;
mod effects;
mod entry;
mod identity;
mod layout;
mod merge;
mod pods;
mod record;
mod render;
#[cfg(test)]
mod tests;
mod user_patch;

pub(crate) use entry::{inserted, removed};
pub(crate) use identity::AUDIENCE;
pub(crate) use layout::{CA_FILE, FOLDER, IDENTITY_FILE, OPTIONS_FILE, STORAGE_FILE, patch_file};
pub(crate) use merge::{Surroundings, merged};
pub(crate) use record::{RecordError, record};
pub(crate) use render::{effects_of, generate, read};
pub(crate) use user_patch::user_patch;
