//! What a bootstrap refuses to do, each refusal with the flag that overrides it, and what it warns of. Pure: facts in,
//! refusals out.

pub(crate) mod authors;
pub(crate) mod components;
pub(crate) mod definitions;
pub(crate) mod doubts;
pub(crate) mod edited;
pub(crate) mod halted;
pub(crate) mod identity;
pub(crate) mod kinds;
pub(crate) mod left_out;
pub(crate) mod namespaces;
pub(crate) mod nested;
pub(crate) mod options;
pub(crate) mod overlay;
pub(crate) mod own_credential;
pub(crate) mod ownership;
pub(crate) mod paths;
pub(crate) mod prune;
pub(crate) mod pull_request;
pub(crate) mod push_rights;
pub(crate) mod rights;
pub(crate) mod second_sync;
pub(crate) mod secrets;
pub(crate) mod source;
pub(crate) mod source_override;

use serde_json::Value;

/// `namespace/name` of an object.
fn object_name(object: &Value) -> String {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default();
    format!("{}/{}", text("namespace"), text("name"))
}
