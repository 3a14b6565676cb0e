//! Kinds that neither the cluster nor what is applied defines.

use std::path::Path;

use serde_json::Value;

use crate::bootstrap::decide::case::Case;
use crate::bootstrap::decide::changes::Changes;
use crate::domain::error::Error;

/// Refuses objects of kinds that neither the cluster nor these objects define.
pub(crate) fn unknown(case: &Case<'_>, components: &Changes, sync: &Changes) -> Option<Error> {
    let unknown = components.unknown_kinds.iter().chain(&sync.unknown_kinds);
    unknown_kinds(unknown, &case.draft.components, case.config.install.manifests.as_deref())
}

/// Refuses to apply objects whose kind the cluster does not know and that none of the definitions `among` makes.
fn unknown_kinds<'a>(
    objects: impl Iterator<Item = &'a Value>,
    among: &[Value],
    manifests: Option<&Path>,
) -> Option<Error> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let group = |object: &Value| text(&object["apiVersion"]).split_once('/').map(|(group, _)| group.to_owned());
    let made: Vec<(String, String)> = among
        .iter()
        .filter(|object| object["kind"] == "CustomResourceDefinition")
        .map(|object| (text(&object["spec"]["group"]), text(&object["spec"]["names"]["kind"])))
        .collect();
    let mut names: Vec<String> = objects
        .filter(|object| !made.contains(&(group(object).unwrap_or_default(), text(&object["kind"]))))
        .map(|object| format!("`{}` of `{}`", text(&object["kind"]), text(&object["apiVersion"])))
        .collect();
    names.dedup();
    let first = names.first()?;
    let mut error = Error::refused(format!(
        "the cluster does not know the kind {first}, and nothing that this run would apply makes it known"
    ));
    error.causes.extend(names.iter().skip(1).map(|name| format!("also {name}").into()));
    Some(match manifests {
        Some(folder) => error.hint(format!(
            "Add the CustomResourceDefinition to `{}`, named by --manifests, or install it in the cluster first.",
            folder.display()
        )),
        None => error.hint("Put the CustomResourceDefinition beside the objects, or install it in the cluster first."),
    })
}
