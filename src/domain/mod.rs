//! Values that every layer may name. Nothing here asks a server, a file or a person.

pub mod azure_devops;
pub(crate) mod backoff;
pub mod check_report;
pub mod cluster_secret;
pub mod config;
pub mod environment;
pub mod error;
pub mod event;
pub mod findings;
pub mod flux;
pub mod foreign_marks;
pub mod git_url;
pub mod limits;
pub mod object_id;
pub mod object_ref;
pub mod prompter;
pub mod server_text;
pub mod sha256_digest;
pub mod shell_word;
pub mod sync_url;
pub mod text;
pub mod tree_name;
pub mod unexpanded;
pub mod unreadable;
