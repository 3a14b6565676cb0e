//! Flux's own objects: only the fields that this tool reads; and what its controllers make of a repository.
//!
//! API: `source.toolkit.fluxcd.io/v1` and `kustomize.toolkit.fluxcd.io/v1`, by the Flux authors.

pub(crate) mod definition;
pub(crate) mod finalizers;
pub(crate) mod git_repository;
pub(crate) mod git_verification;
pub(crate) mod image_automation;
pub(crate) mod kustomization;
pub(crate) mod secret_reference;
pub(crate) mod source_ignore;
