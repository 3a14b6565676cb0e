//! Values that every layer may name. Nothing here asks a server, a file or a person.

pub(crate) mod access;
pub(crate) mod azure_devops;
pub(crate) mod backoff;
pub(crate) mod check_report;
pub(crate) mod child;
#[allow(dead_code, unused_imports, reason = "the flags that use it come next")]
pub(crate) mod cluster_options;
pub(crate) mod cluster_secret;
pub(crate) mod config;
pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod findings;
pub(crate) mod flux;
pub(crate) mod foreign_marks;
pub(crate) mod git_host;
pub(crate) mod git_url;
pub(crate) mod limits;
pub(crate) mod listing;
pub(crate) mod object_id;
pub(crate) mod object_ref;
pub(crate) mod object_set;
pub(crate) mod prompter;
pub(crate) mod seen;
pub(crate) mod server_text;
pub(crate) mod sha256_digest;
pub(crate) mod shell_word;
pub(crate) mod survivor;
pub(crate) mod sync_url;
pub(crate) mod text;
pub(crate) mod tree_name;
pub(crate) mod unexpanded;
pub(crate) mod unreadable;
