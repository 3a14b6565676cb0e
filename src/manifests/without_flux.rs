//! A kustomization.yaml from which Flux's own entries are taken.

use serde_json::Value;

use super::cluster_options;
use super::kustomization_file::generate;
use super::yaml_edit::{Field, join, split};
use super::{COMPONENTS_FILE, SYNC_FILE};
use crate::domain::text;

/// What is left of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remainder {
    /// It is as this program writes it, so it goes too.
    Nothing,
    /// It has no entry of Flux.
    Same,
    /// Somebody's own words.
    Text(String),
}

/// Takes the entries out.
///
/// # Errors
/// Why the file cannot be edited, in words.
pub(crate) fn without_flux(content: &[u8]) -> Result<Remainder, String> {
    let (old, _) = text::decode(content).map_err(|error| error.to_string())?;
    let text = cluster_options::removed(&old).map_err(|error| error.to_string())?;
    if text == generate([], |_| None) {
        return Ok(Remainder::Nothing);
    }
    let mut parts = split(&text).map_err(|error| error.to_string())?;
    for part in &mut parts {
        let Some(resources) = part.value.get("resources").and_then(Value::as_array) else { continue };
        let kept: Vec<Value> = resources.iter().filter(|resource| !is_ours(resource)).cloned().collect();
        if kept.len() < resources.len() {
            let value = (!kept.is_empty()).then_some(Value::Array(kept));
            part.set(&[Field { path: vec!["resources".to_owned()], value }]);
        }
    }
    // Comments within a list outlive only what is cut by lines.
    let expected: Vec<&Value> = parts.iter().map(|part| &part.value).collect();
    let cut = without_lines(&text);
    let is_right = split(&cut).is_ok_and(|parts| parts.iter().map(|part| &part.value).eq(expected));
    let new = if is_right { cut } else { join(&parts) };
    Ok(if new == old { Remainder::Same } else { Remainder::Text(new) })
}

/// The text without the lines that are an entry of Flux and nothing else.
fn without_lines(text: &str) -> String {
    let is_other = |line: &&str| {
        let entry = line.trim().strip_prefix("- ").unwrap_or_default();
        let entry = entry.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        !is_ours(&Value::from(entry))
    };
    text.split_inclusive('\n').filter(is_other).collect()
}

fn is_ours(resource: &Value) -> bool {
    let name = resource.as_str().map(|name| name.trim_start_matches("./"));
    name == Some(COMPONENTS_FILE) || name == Some(SYNC_FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str) -> String {
        match without_flux(text.as_bytes()).unwrap() {
            Remainder::Text(text) => text,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_this_program_wrote_goes() {
        let ours = generate([], |_| None);
        assert_eq!(left(&ours), "Nothing");
        assert_eq!(left(&cluster_options::inserted(&ours).unwrap()), "Nothing");
    }

    #[test]
    fn what_somebody_wrote_stays() {
        let edited =
            "# Ours.\nresources:\n- gotk-components.yaml\n- ./gotk-sync.yaml\n- more.yaml # theirs\nnamePrefix: a-\n";
        assert_eq!(left(edited), "# Ours.\nresources:\n- more.yaml # theirs\nnamePrefix: a-\n");
        assert_eq!(left("resources: [gotk-sync.yaml]\npatches: []\n"), "patches: []\n");
        assert_eq!(left("resources: [more.yaml]\n"), "Same");
        assert!(without_flux(b"resources: [\n").is_err());
    }
}
