//! Values that every layer may name. Nothing here asks a server, a file or a person.

pub mod azure_devops;
pub mod config;
pub mod environment;
pub mod error;
pub mod event;
pub mod flux;
pub mod git_url;
pub mod object_id;
pub mod object_ref;
pub mod patience;
pub mod server_text;
pub mod sync_url;
pub mod text;
pub mod unreadable;
