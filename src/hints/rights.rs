//! Rights that are missing, for people.

use crate::domain::access::Access;
use crate::domain::error::{Error, Kind};
use crate::domain::shell_word::shell_word;

/// Names the rights that are missing. `acting_as` is the user of `--as`.
pub(crate) fn missing_rights(missing: &[Access], acting_as: Option<&str>) -> Option<Error> {
    missing_rights_of("A bootstrap", missing, acting_as)
}

/// The same for what `who` names.
pub(crate) fn missing_rights_of(who: &str, missing: &[Access], acting_as: Option<&str>) -> Option<Error> {
    let first = missing.first()?;
    let scope = |access: &Access| {
        access.namespace.as_ref().map(|namespace| format!(" in namespace `{namespace}`")).unwrap_or_default()
    };
    let resource = |access: &Access| {
        let group = if access.group.is_empty() { String::new() } else { format!(".{}", access.group) };
        format!("{}{group}{}", access.resource, scope(access))
    };
    let mut error = Error::new(Kind::Cluster, "this identity lacks rights in the cluster that the plan needs");
    let mut by_resource: Vec<(String, Vec<&str>)> = Vec::new();
    for access in missing {
        let resource = resource(access);
        match by_resource.iter_mut().find(|(known, _)| *known == resource) {
            Some((_, verbs)) => verbs.push(access.verb),
            None => by_resource.push((resource, vec![access.verb])),
        }
    }
    error.causes.extend(by_resource.iter().map(|(resource, verbs)| format!("{} {resource}", verbs.join(", ")).into()));
    let group = if first.group.is_empty() { String::new() } else { format!(".{}", first.group) };
    let namespace =
        first.namespace.as_ref().map(|namespace| format!(" -n {}", shell_word(namespace))).unwrap_or_default();
    let acting = acting_as.map(|user| format!(" --as={}", shell_word(user))).unwrap_or_default();
    Some(error.hint(format!(
        "{who} needs the rights of cluster-admin; check with `kubectl auth can-i {} {}{group}{namespace}{acting}`.",
        first.verb, first.resource
    )))
}
