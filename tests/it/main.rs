//! Scenarios against real parts.

mod components;
mod flux_release;
mod manifests_crds;
mod manifests_release;
