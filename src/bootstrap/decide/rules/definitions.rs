//! CustomResourceDefinitions that cannot take their new content.

use crate::bootstrap::decide::case::Case;
use crate::bootstrap::inquiry::key;
use crate::cluster::{ClusterError, DefinitionState};
use crate::domain::error::Error;
use crate::manifests::COMPONENTS_FILE;

/// Refuses definitions that no longer serve a version in which the cluster has stored objects.
pub(crate) fn unserved_versions(case: &Case<'_>) -> Vec<Error> {
    let states = match states(case) {
        Ok(states) => states,
        Err(error) => return vec![error.into()],
    };
    let mut unserved = states.into_iter().filter(|(_, state)| !state.unserved.is_empty());
    let Some((name, first)) = unserved.next() else { return Vec::new() };
    let mut error = Error::refused(format!(
        "the cluster has stored objects of `{name}` as {}, which the definition in {} no longer serves",
        first.unserved.join(", "),
        place(case)
    ))
    .hint("Migrate them first: install the last Flux version that serves it, run `flux migrate`, then upgrade.");
    error.causes.extend(unserved.map(|(name, state)| format!("also `{name}`: {}", state.unserved.join(", ")).into()));
    vec![error]
}

/// The file that holds the new definitions: what the user gave, or what is committed.
fn place(case: &Case<'_>) -> String {
    match &case.config.install.manifests {
        Some(given) => format!("`{}`, which --manifests names,", given.display()),
        None => format!("`{}/{COMPONENTS_FILE}`", case.directory()),
    }
}

/// Refuses to go on while definitions of Flux are being deleted: what is applied would go with them.
pub(crate) fn being_deleted(case: &Case<'_>) -> Option<Error> {
    let states = states(case).unwrap_or_default();
    let mut deleted = states.into_iter().filter_map(|(name, state)| Some((name, state.deleted.as_ref()?)));
    let (name, words) = deleted.next()?;
    let mut error = Error::refused(format!("the definition `{name}` is being deleted")).caused_by(words);
    error.causes.extend(deleted.map(|(name, words)| format!("also `{name}`: {words}").into()));
    Some(error.hint(format!(
        "Wait until `kubectl get crd {name}` no longer finds it, then run the command again; objects of that kind whose \
         finalizers nobody removes hold it: `kubectl get {name} -A`."
    )))
}

/// What is known of the definitions, by name.
fn states<'a>(case: &Case<'a>) -> Result<Vec<(&'a str, &'a DefinitionState)>, ClusterError> {
    let definitions = case.draft.components.iter().filter(|object| object["kind"] == "CustomResourceDefinition");
    let mut states = Vec::new();
    for definition in definitions {
        match case.answers.definitions.get(&key(definition)) {
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(state)) => states.push((definition["metadata"]["name"].as_str().unwrap_or_default(), state)),
            None => {}
        }
    }
    Ok(states)
}
