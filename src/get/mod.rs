//! `flux get`: how the sources and Kustomizations of a cluster stand. Reads only.

mod versions;

use serde_json::Value;

use crate::cluster::{Cluster, Notices, readiness};
use crate::domain::config::{GetConfig, StatusSelector};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::flux::FluxKind;
use crate::domain::limits::Limits;
use crate::domain::listing::{Listing, Row};
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::{git_repository, kustomization};
use crate::open::{namespace, require_definition};
pub(crate) use versions::versions;

/// Lists the objects that are asked for; `notices` hear what the connection has to say.
///
/// # Errors
/// A cluster that cannot be looked at or holds no Flux; a name that does not exist.
pub(crate) async fn run(config: &GetConfig, environment: &Environment, notices: Notices) -> Result<Listing, Error> {
    let namespace = namespace(&config.cluster, environment)?;
    let limits = Limits::after(config.timeout);
    let cluster = Cluster::connect_telling(&config.cluster.kube, environment, &limits, notices).await?;
    let (kind, place) = (config.kind, namespace.as_str());
    let objects = match &config.name {
        Some(name) => vec![named(&cluster, kind, place, name).await?],
        None => {
            let place = (!config.all_namespaces).then_some(place);
            cluster.list(kind.api_version(), kind.name(), place, &config.label_selector).await?
        }
    };
    if objects.is_empty() {
        require_definition(&cluster, kind).await?;
    }
    let wanted = |object: &&Value| config.status_selector.as_ref().is_none_or(|selector| is_selected(object, selector));
    let mut items: Vec<Row> = objects.iter().filter(wanted).map(|object| row(kind, object)).collect();
    items.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    let namespace = (!config.all_namespaces).then(|| place.to_owned());
    let selected = config.status_selector.is_some() || !config.label_selector.is_empty();
    Ok(Listing { kind: kind.name(), namespace, selected, items })
}

async fn named(cluster: &Cluster, kind: FluxKind, namespace: &str, name: &str) -> Result<Value, Error> {
    let object = ObjectRef::namespaced(kind.api_version(), kind.name(), namespace, name);
    if let Some(found) = cluster.get(&object).await? {
        return Ok(found);
    }
    require_definition(cluster, kind).await?;
    Err(Error::new(Kind::Other, format!("{} `{namespace}/{name}` does not exist", kind.name()))
        .hint("Name its namespace with --namespace, or list those of all with --all-namespaces."))
}

fn is_selected(object: &Value, selector: &StatusSelector) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| {
        let is = |field: &str, text: &str| condition[field].as_str().unwrap_or_default().eq_ignore_ascii_case(text);
        is("type", &selector.condition) && is("status", &selector.status)
    })
}

fn row(kind: FluxKind, object: &Value) -> Row {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let ready = readiness::condition(object, "Ready");
    let is_source = kind == FluxKind::GitRepository;
    Row {
        namespace: text(&object["metadata"]["namespace"]).unwrap_or_default(),
        name: text(&object["metadata"]["name"]).unwrap_or_default(),
        url: git_repository::url(object).filter(|_| is_source).map(str::to_owned),
        path: kustomization::path(object).filter(|_| !is_source).map(str::to_owned),
        source: (!is_source).then(|| source(object)),
        revision: readiness::revision(object).map(str::to_owned),
        suspended: object["spec"]["suspend"] == true,
        ready: text(&ready["status"]).unwrap_or_else(|| "Unknown".to_owned()),
        reason: text(&ready["reason"]),
        message: text(&ready["message"]),
    }
}

fn source(object: &Value) -> String {
    let (kind, name) = kustomization::source(object);
    match object["spec"]["sourceRef"]["namespace"].as_str() {
        Some(namespace) => format!("{kind}/{namespace}/{name}"),
        None => format!("{kind}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_becomes_a_row() {
        let object = json!({
            "metadata": {"namespace": "apps", "name": "shop"},
            "spec": {"path": "./shop", "suspend": true,
                "sourceRef": {"kind": "GitRepository", "name": "fleet", "namespace": "flux-system"}},
            "status": {"lastAppliedRevision": "main@sha1:0a",
                "conditions": [{"type": "Ready", "status": "False", "reason": "BuildFailed", "message": "no such file"}]},
        });
        let row = row(FluxKind::Kustomization, &object);
        assert_eq!((row.suspended, row.ready.as_str(), row.reason.as_deref()), (true, "False", Some("BuildFailed")));
        assert_eq!(row.source.as_deref(), Some("GitRepository/flux-system/fleet"));
        assert_eq!((row.url, row.path.as_deref()), (None, Some("./shop")));
        let selector = |condition: &str, status: &str| StatusSelector {
            condition: condition.to_owned(),
            status: status.to_owned(),
        };
        assert!(is_selected(&object, &selector("ready", "false")) && !is_selected(&object, &selector("Ready", "True")));
    }

    #[test]
    fn an_object_that_no_controller_has_seen_is_unknown() {
        let row =
            self::row(FluxKind::GitRepository, &json!({"metadata": {"name": "a"}, "spec": {"url": "https://h/r"}}));
        assert_eq!((row.ready.as_str(), row.revision, row.url.as_deref()), ("Unknown", None, Some("https://h/r")));
    }
}
