//! What the cluster's own sync will delete after a run, for the plan and for warnings. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use super::paths::same_path;
use crate::bootstrap::decide::case::Case;
use crate::bootstrap::draft::own_sync;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::kustomization;

/// What the sync will delete of Flux.
pub(crate) fn pruned(case: &Case<'_>) -> Vec<ObjectRef> {
    if wanted(case).is_none() {
        return Vec::new();
    }
    let earlier = case.draft.existing_components.as_deref();
    let earlier = earlier.filter(|text| *text != case.wanted.components_text.as_bytes()).unwrap_or_default();
    let mut gone = with_components(case.flux().kustomization.as_ref(), earlier, &case.draft.build.objects);
    gone.extend(case.draft.options.objects_gone(case.namespace.as_str()).iter().filter_map(ObjectRef::of));
    gone
}

/// What is to be said about all that the sync may delete.
pub(crate) fn warnings(case: &Case<'_>) -> Vec<String> {
    let Some(wanted) = wanted(case) else { return Vec::new() };
    let path = path_warning(case.flux().kustomization.as_ref(), wanted, case.namespace.as_str());
    path.into_iter().chain(of_objects(&pruned(case))).collect()
}

/// The Kustomization that will prune; a build that lacks something must not say what goes.
fn wanted<'a>(case: &Case<'a>) -> Option<&'a Value> {
    let wanted = own_sync(&case.draft.sync, kustomization::KIND, case.namespace.as_str());
    wanted.filter(|object| prunes(object) && case.is_built_whole())
}

/// The objects that go with components that are left out: in the live inventory and in the components' file of an earlier
/// run, but not in the new build.
fn with_components(live: Option<&Value>, earlier: &[u8], built: &[Value]) -> Vec<ObjectRef> {
    let Some(live) = live else { return Vec::new() };
    let applied: BTreeSet<[String; 4]> = kustomization::inventory(live)
        .into_iter()
        .map(|entry| [entry.group, entry.kind, entry.namespace, entry.name])
        .collect();
    let built: BTreeSet<[String; 4]> = built.iter().filter_map(ObjectRef::of).map(|object| identity(&object)).collect();
    // A file that cannot be read names nothing: it is replaced anyway.
    let earlier = crate::yaml::parse(&String::from_utf8_lossy(earlier)).unwrap_or_default();
    earlier
        .iter()
        .filter_map(|document| ObjectRef::of(&document.value))
        .filter(|object| applied.contains(&identity(object)) && !built.contains(&identity(object)))
        .collect()
}

/// An object whatever its version.
fn identity(object: &ObjectRef) -> [String; 4] {
    let namespace = object.namespace.clone().unwrap_or_default();
    [object.group().to_owned(), object.kind.clone(), namespace, object.name.clone()]
}

/// Whether a Kustomization deletes what it no longer finds.
pub(crate) fn prunes(kustomization: &Value) -> bool {
    kustomization["spec"]["prune"] == true
}

/// What to know about objects that go: how many, the Deployments by name, and what goes along with definitions.
fn of_objects(pruned: &[ObjectRef]) -> Vec<String> {
    let names = |kind: &str| {
        let names = pruned.iter().filter(|object| object.kind == kind).map(|object| format!("`{}`", object.name));
        names.collect::<Vec<_>>().join(", ")
    };
    let (deployments, definitions) = (names("Deployment"), names("CustomResourceDefinition"));
    let mut warnings = Vec::new();
    if !pruned.is_empty() {
        let count = if pruned.len() == 1 { "1 object".to_owned() } else { format!("{} objects", pruned.len()) };
        let among =
            if deployments.is_empty() { String::new() } else { format!(", among them Deployment {deployments}") };
        warnings.push(format!("the sync will remove {count} of Flux from the cluster{among}"));
    }
    if !definitions.is_empty() {
        warnings.push(format!(
            "with the CustomResourceDefinitions {definitions} all objects of those kinds are deleted, in every namespace"
        ));
    }
    warnings
}

/// What to know about another path, where the cluster is synced from one already.
fn path_warning(live: Option<&Value>, wanted: &Value, namespace: &str) -> Option<String> {
    let (live, wanted) = (kustomization::path(live?)?, kustomization::path(wanted)?);
    let folder = live.trim_start_matches("./").trim_end_matches('/');
    let stays = match folder {
        "" => format!("the folder `{namespace}` stays in the repository, and an overlay in it"),
        _ => format!("the folder `{folder}` stays in the repository, and an overlay in `{folder}/{namespace}`"),
    };
    (!same_path(live, wanted)).then(|| {
        format!(
            "the path changes from `{live}` to `{wanted}`: what only the old path holds is deleted from the cluster; \
             {stays} does not move along"
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const EARLIER: &[u8] = b"# Flux Version: v2.9.5
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: alerts.x}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: f}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: b, namespace: f}}
---
{apiVersion: v1, kind: Service, metadata: {name: never-applied, namespace: f}}
";

    fn live() -> Value {
        json!({"spec": {"path": "./clusters/a"}, "status": {"inventory": {"entries": [
            {"id": "_alerts.x_apiextensions.k8s.io_CustomResourceDefinition"},
            {"id": "f_a_apps_Deployment"},
            {"id": "f_b_apps_Deployment"},
            {"id": "apps_podinfo_apps_Deployment"},
        ]}}})
    }

    #[test]
    fn what_goes_is_what_was_applied_of_flux_and_is_no_longer_built() {
        let built =
            [json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "b", "namespace": "f"}})];
        let pruned = with_components(Some(&live()), EARLIER, &built);
        let names: Vec<String> = pruned.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["CustomResourceDefinition/alerts.x", "Deployment/f/a"]);
        let warnings = of_objects(&pruned);
        assert_eq!(warnings[0], "the sync will remove 2 objects of Flux from the cluster, among them Deployment `a`");
        assert!(warnings[1].contains("`alerts.x` all objects of those kinds are deleted"), "{warnings:?}");
        assert_eq!(with_components(None, EARLIER, &built), []);
        assert_eq!(of_objects(&[]), Vec::<String>::new());
    }

    #[test]
    fn another_path_is_told_with_what_stays_behind() {
        let wanted = |path: &str| json!({"spec": {"path": path}});
        let told = path_warning(Some(&live()), &wanted("./clusters/b"), "f").unwrap();
        assert!(
            told.contains("`clusters/a` stays in the repository") && told.contains("`clusters/a/f` does not"),
            "{told}"
        );
        let told = path_warning(Some(&wanted("./")), &wanted("./clusters/b"), "f").unwrap();
        assert!(told.contains("the folder `f` stays in the repository, and an overlay in it does not"), "{told}");
        assert_eq!(path_warning(Some(&live()), &wanted("clusters/a/"), "f"), None);
        assert_eq!(path_warning(None, &wanted("clusters/a/"), "f"), None);
    }
}
