//! Scenarios against real parts.

// Tests may fail by panicking, and print what went on.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod access_explained;
mod azure_clients;
mod bed;
mod bounds;
mod check;
mod cluster;
mod cluster_identity;
mod completion;
mod crd_validation;
mod day_after;
mod distance;
mod documented_commands;
mod exported_options;
#[path = "../unit/flux_release.rs"]
#[allow(dead_code, reason = "the other half is for the tests of tests/unit")]
mod flux_release;
mod git_faults;
mod git_https;
mod git_over_ssh;
mod git_scale;
mod git_servers;
mod git_ssh;
mod git_trees;
mod https;
mod https_bad_input;
mod https_golden;
mod https_rerun;
mod identities;
mod in_a_terminal;
mod install_options;
mod missing_places;
mod odd_repositories;
mod options;
mod overlay;
mod passwordless;
mod proxies;
mod pull_requests;
mod push_rights;
mod release;
mod rotate;
mod safety;
mod sign_in;
mod signing;
mod source_proxy;
mod split;
mod ssh_bad_input;
mod ssh_forms;
mod ssh_keys;
mod ssh_plain;
mod ssh_refusals;
mod support;
mod templates;
mod uninstall;
