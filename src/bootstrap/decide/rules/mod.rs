//! What a bootstrap refuses to do, each refusal with the flag that overrides it, and what it warns of. Pure: facts in,
//! refusals out.

pub mod components;
pub mod definitions;
pub mod doubts;
pub mod kinds;
pub mod namespaces;
pub mod nested;
pub mod overlay;
pub mod ownership;
pub mod paths;
pub mod prune;
pub mod rights;
pub mod secrets;
pub mod source;
pub mod source_override;

use serde_json::Value;

/// `namespace/name` of an object.
fn object_name(object: &Value) -> String {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default();
    format!("{}/{}", text("namespace"), text("name"))
}
