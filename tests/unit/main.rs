//! What needs neither root nor servers nor the built program: the library, and the rules that this repository holds itself to.

// Tests may fail by panicking, and print what went on.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod docs;
mod flux_release;
mod flux_version;
/// The rules of the house.
#[path = "../it"]
mod house {
    mod layers;
}
mod manifests_crds;
mod manifests_release;
mod package_managers;
mod supply_chain;
