//! What a bootstrap refuses to do, each with the flag that overrides it. Pure: facts in, refusals out.

use std::path::Path;

use serde_json::Value;

use super::prune::prunes;
use crate::cluster::{Access, ForeignOwner, InstalledFlux, StoredSecret};
use crate::domain::config::SafetyConfig;
use crate::domain::error::{Error, Kind};
use crate::flux_api::{git_repository, kustomization};

/// The sync objects that this run would apply, after the user's overlay.
#[derive(Clone, Copy, Debug)]
pub struct BuiltSync<'a> {
    /// The GitRepository.
    pub git_repository: &'a Value,
    /// The Kustomization.
    pub kustomization: &'a Value,
}

/// Refuses to take Flux over from another tool, unless `--force`.
pub fn foreign_owner(owner: &ForeignOwner, safety: &SafetyConfig) -> Option<Error> {
    (!safety.force).then(|| {
        Error::refused(format!("the Flux in this cluster is managed by {}", owner_name(owner)))
            .hint("Let that tool go on managing it, or remove it from there first; --force takes it over as it is.")
    })
}

/// What people call another owner.
pub fn owner_name(owner: &ForeignOwner) -> String {
    match owner {
        ForeignOwner::ManagedBy(tool) => format!("`{tool}`"),
        ForeignOwner::FluxInstance(name) => format!("the Flux Operator (FluxInstance `{name}`)"),
        ForeignOwner::AksExtension(name) => format!("the Flux extension of AKS or Azure Arc (`{name}`)"),
    }
}

/// Refuses to write a Secret that the API server will not let change so; `keeps_sign_in`: a user name or password is written.
pub fn unwritable_secret(stored: &StoredSecret, namespace: &str, name: &str, keeps_sign_in: bool) -> Option<Error> {
    // The only type with a rule that our keys can break. https://kubernetes.io/docs/concepts/configuration/secret/
    let reason = match stored.kind.as_str() {
        _ if stored.immutable => "it is immutable",
        "kubernetes.io/basic-auth" if !keeps_sign_in => {
            "its type `kubernetes.io/basic-auth` takes a user name or a password, and this run would remove both"
        }
        _ => return None,
    };
    let refused = Error::refused(format!("secret `{namespace}/{name}` cannot be changed")).caused_by(reason);
    Some(refused.hint(format!("Delete it, and a run makes it anew: `kubectl -n {namespace} delete secret {name}`.")))
}

/// Refuses to work in a namespace that is going away.
pub fn terminating(flux: &InstalledFlux, namespace: &str) -> Option<Error> {
    flux.namespace_terminating.then(|| {
        Error::refused(format!("namespace `{namespace}` is being deleted")).hint(format!(
            "Wait until `kubectl get namespace {namespace}` no longer finds it, then run the command again."
        ))
    })
}

/// Refuses to apply objects to a namespace that does not exist and that nothing makes.
pub fn missing_namespace(namespace: &str, is_own: bool, manifests: Option<&Path>) -> Error {
    let error = Error::refused(format!(
        "namespace `{namespace}` does not exist, and nothing that this run would apply makes it"
    ));
    let create = format!("create it first: `kubectl create namespace {namespace}`");
    match manifests.filter(|_| is_own) {
        Some(folder) => error
            .caused_by(format!("`{}`, named by --manifests, has no Namespace object of that name", folder.display()))
            .hint(format!("Add one there, or {create}.")),
        None if is_own => error.hint(format!("Do not leave it out of the overlay, or {create}.")),
        None => error.hint(format!("Put its Namespace object beside the objects that are in it, or {create}.")),
    }
}

/// Refuses to apply objects whose kind the cluster does not know and that none of the definitions `among` makes.
pub fn unknown_kinds<'a>(
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
    error.causes.extend(names.iter().skip(1).map(|name| format!("also {name}")));
    Some(match manifests {
        Some(folder) => error.hint(format!(
            "Add the CustomResourceDefinition to `{}`, named by --manifests, or install it in the cluster first.",
            folder.display()
        )),
        None => error.hint("Put the CustomResourceDefinition beside the objects, or install it in the cluster first."),
    })
}

/// Refuses to point an existing Kustomization at another path, unless `--allow-path-change`.
pub fn path_change(flux: &InstalledFlux, built: BuiltSync<'_>, safety: &SafetyConfig) -> Option<Error> {
    let live = kustomization::path(flux.kustomization.as_ref()?)?;
    let wanted = kustomization::path(built.kustomization).unwrap_or_default();
    if same_path(live, wanted) || safety.allow_path_change {
        return None;
    }
    let name = object_name(built.kustomization);
    Some(
        Error::refused(format!(
            "this cluster is already synced from path `{live}`, and this run would change it to `{wanted}`"
        ))
        .caused_by(format!("Kustomization `{name}` exists"))
        .hint(format!(
            "Use `--path={}`, or --allow-path-change: what only the old path holds is then deleted from the cluster.",
            live.trim_start_matches("./")
        )),
    )
}

/// Refuses to point an existing GitRepository at another repository or branch; with `--allow-source-change` only warns
/// of what the sync will delete.
pub fn source_change(
    flux: &InstalledFlux,
    built: BuiltSync<'_>,
    safety: &SafetyConfig,
    same_repository: impl Fn(&str, &str) -> bool,
    warnings: &mut Vec<String>,
) -> Option<Error> {
    let live = flux.git_repository.as_ref()?;
    let (live_url, wanted_url) = (git_repository::url(live)?, git_repository::url(built.git_repository)?);
    let (live_ref, wanted_ref) = (git_repository::reference(live), git_repository::reference(built.git_repository));
    let (from, to) = match same_repository(live_url, wanted_url) {
        true if live_ref == wanted_ref => return None,
        true => (live_ref, wanted_ref),
        false => (format!("`{live_url}`"), format!("`{wanted_url}`")),
    };
    if !safety.allow_source_change {
        return Some(
            Error::refused(format!("this cluster is already synced from {from}, and this run would change it to {to}"))
                .caused_by(format!("GitRepository `{}` exists", object_name(live)))
                .hint("If this is meant, use --allow-source-change: what only the old one holds is then deleted from the cluster."),
        );
    }
    if prunes(built.kustomization) {
        warnings.push(format!(
            "the source changes from {from} to {to}: what only the old one holds is deleted from the cluster"
        ));
    }
    None
}

/// Refuses to let the sync prune components that this run leaves out, unless `--allow-component-removal`.
pub fn component_removal(removed: &[String], extra: &[&str], safety: &SafetyConfig) -> Option<Error> {
    if removed.is_empty() || safety.allow_component_removal {
        return None;
    }
    let names = removed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let keep_extra: Vec<&str> = removed.iter().map(String::as_str).filter(|name| extra.contains(name)).collect();
    let keep = if keep_extra.len() == removed.len() {
        format!("Keep them with `--components-extra={}`", keep_extra.join(","))
    } else {
        format!("Keep them by naming {names} in --components or --components-extra")
    };
    Some(
        Error::refused(format!(
            "this run would remove {names} from the cluster, with their CRDs and all objects of those kinds"
        ))
        .hint(format!("{keep}, or remove them with --allow-component-removal.")),
    )
}

/// Refuses to go back to an older Flux version unless it was asked for by `--version`.
pub fn downgrade(newer: Option<(&str, &str)>, wanted: &str, safety: &SafetyConfig) -> Option<Error> {
    let (found, place) = newer.filter(|_| !safety.version_given)?;
    Some(
        Error::refused(format!("{place} holds Flux {found}, and this run would go back to {wanted}"))
            .hint(format!("Use a newer release of this tool, or `--version={found}` to keep it, or `--version={wanted}` to go back on purpose.")),
    )
}

/// Refuses to install CustomResourceDefinitions that no longer serve a version in which the cluster has stored objects.
pub fn unserved_versions(unserved: &[(String, Vec<String>)]) -> Option<Error> {
    let (name, versions) = unserved.first()?;
    let mut error = Error::refused(format!(
        "the cluster has stored objects of `{name}` as {}, which the new definition no longer serves",
        versions.join(", ")
    ))
    .hint("Migrate them first: install the last Flux version that serves it, run `flux migrate`, then upgrade.");
    error
        .causes
        .extend(unserved.iter().skip(1).map(|(name, versions)| format!("also `{name}`: {}", versions.join(", "))));
    Some(error)
}

/// Refuses an overlay whose build lacks the sync objects: the cluster would delete its own sync.
pub fn sync_not_built(directory: &str) -> Error {
    Error::refused(format!(
        "the kustomization in `{directory}` does not include the GitRepository and the Kustomization of gotk-sync.yaml"
    ))
    .hint("List `gotk-sync.yaml` under `resources` there; without it the cluster would delete what keeps it in sync.")
}

/// Refuses an overlay whose build lacks Flux's Deployments, unless `--allow-component-removal`.
pub fn deployments_not_built(lost: &[String], directory: &str, safety: &SafetyConfig) -> Option<Error> {
    if lost.is_empty() || safety.allow_component_removal {
        return None;
    }
    let names = lost.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Some(
        Error::refused(format!("the kustomization in `{directory}` leaves out {names}"))
            .hint("List `gotk-components.yaml` under `resources` there and do not delete these Deployments with a patch; components that are not wanted are left out with --components, or use --allow-component-removal."),
    )
}

/// A kustomization above Flux's folder that does not reach it would make the cluster delete Flux: refused where the cluster
/// already holds it, else a warning.
pub fn self_prune(
    flux: &InstalledFlux,
    path: &str,
    namespace: &str,
    refusals: &mut Vec<Error>,
    warnings: &mut Vec<String>,
) {
    let found = format!(
        "the kustomization in `{path}` does not include `{namespace}`, so the cluster would not apply Flux's own manifests"
    );
    let applied = flux.kustomization.as_ref().map(kustomization::inventory).unwrap_or_default();
    let holds = applied.iter().any(|entry| entry.kind == kustomization::KIND && entry.name == namespace);
    if holds {
        refusals.push(
            Error::refused(format!("{found} and would delete those it has"))
                .hint(format!("List `{namespace}` under `resources` there.")),
        );
    } else {
        warnings.push(format!("{found}; list `{namespace}` under `resources` there"));
    }
}

/// Names the rights that are missing. `acting_as` is the user of `--as`.
pub fn missing_rights(missing: &[Access], acting_as: Option<&str>) -> Option<Error> {
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
    error.causes.extend(by_resource.iter().map(|(resource, verbs)| format!("{} {resource}", verbs.join(", "))));
    let group = if first.group.is_empty() { String::new() } else { format!(".{}", first.group) };
    let namespace = first.namespace.as_ref().map(|namespace| format!(" -n {namespace}")).unwrap_or_default();
    let acting = acting_as.map(|user| format!(" --as={user}")).unwrap_or_default();
    Some(error.hint(format!(
        "A bootstrap needs the rights of cluster-admin; check with `kubectl auth can-i {} {}{group}{namespace}{acting}`.",
        first.verb, first.resource
    )))
}

/// `./a`, `a/` and `a` are the same path.
pub(super) fn same_path(one: &str, other: &str) -> bool {
    let normal =
        |path: &str| path.split('/').filter(|segment| !matches!(*segment, "" | ".")).collect::<Vec<_>>().join("/");
    normal(one) == normal(other)
}

fn object_name(object: &Value) -> String {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default();
    format!("{}/{}", text("namespace"), text("name"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn live(url: &str, branch: &str, path: &str) -> (Value, Value) {
        let metadata = json!({"name": "flux-system", "namespace": "flux-system"});
        (
            json!({"metadata": metadata, "spec": {"url": url, "ref": {"branch": branch}}}),
            json!({"metadata": metadata, "spec": {"path": path}}),
        )
    }

    fn check(live_values: (&str, &str, &str), wanted: (&str, &str, &str), safety: &SafetyConfig) -> [bool; 2] {
        let (repository, applied) = live(live_values.0, live_values.1, live_values.2);
        let flux = InstalledFlux {
            git_repository: Some(repository),
            kustomization: Some(applied),
            ..InstalledFlux::default()
        };
        let (git_repository, kustomization) = live(wanted.0, wanted.1, wanted.2);
        let built = BuiltSync { git_repository: &git_repository, kustomization: &kustomization };
        let source = source_change(&flux, built, safety, |a, b| a == b, &mut Vec::new());
        [path_change(&flux, built, safety).is_some(), source.is_some()]
    }

    #[test]
    fn another_path_or_source_is_refused_unless_allowed() {
        let none = SafetyConfig::default();
        assert_eq!(check(("u", "main", "./a"), ("u", "main", "a/"), &none), [false, false]);
        assert_eq!(check(("u", "main", "./a"), ("u", "main", "./b"), &none), [true, false]);
        assert_eq!(check(("u", "main", "./a"), ("v", "main", "./a"), &none), [false, true]);
        assert_eq!(check(("u", "main", "./a"), ("u", "prod", "./a"), &none), [false, true]);
        let path = SafetyConfig { allow_path_change: true, ..none };
        assert_eq!(check(("u", "main", "./a"), ("v", "main", "./b"), &path), [false, true]);
        let source = SafetyConfig { allow_source_change: true, ..none };
        assert_eq!(check(("u", "main", "./a"), ("v", "prod", "./b"), &source), [true, false]);
    }

    #[test]
    fn an_empty_cluster_is_never_refused() {
        let (git_repository, kustomization) = live("u", "main", "./a");
        let built = BuiltSync { git_repository: &git_repository, kustomization: &kustomization };
        let (flux, safety) = (InstalledFlux::default(), SafetyConfig::default());
        assert_eq!(path_change(&flux, built, &safety), None);
        assert_eq!(source_change(&flux, built, &safety, |_, _| false, &mut Vec::new()), None);
        assert_eq!(terminating(&flux, "flux-system"), None);
    }

    #[test]
    fn every_refusal_names_its_flag() {
        let safety = SafetyConfig::default();
        let removal =
            component_removal(&["image-reflector-controller".into()], &["image-reflector-controller"], &safety)
                .unwrap();
        assert!(removal.hints[0].contains("--components-extra=image-reflector-controller"), "{removal:?}");
        assert!(removal.hints[0].contains("--allow-component-removal"));
        let back = downgrade(Some(("v2.10.0", "the repository")), "v2.9.5", &safety).unwrap();
        assert!(back.hints[0].contains("--version=v2.9.5"));
        let given = SafetyConfig { version_given: true, ..safety };
        assert_eq!(downgrade(Some(("v2.10.0", "the repository")), "v2.9.5", &given), None);
        let owner = ForeignOwner::ManagedBy("Helm".into());
        assert!(foreign_owner(&owner, &safety).unwrap().hints[0].contains("--force"));
        assert_eq!(foreign_owner(&owner, &SafetyConfig { force: true, ..safety }), None);
    }
}
