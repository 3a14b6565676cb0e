//! Flux's own objects: only the fields that this tool reads.
//!
//! API: `source.toolkit.fluxcd.io/v1` and `kustomize.toolkit.fluxcd.io/v1`, by the Flux authors.

pub(crate) mod git_repository;
pub(crate) mod kustomization;
