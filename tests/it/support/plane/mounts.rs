//! What a pod mounts, as files of this machine.
//!
//! Only volumes in which a variable of the container names a file: there is no other way here to lead a program to it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::api::Api;
use crate::support::declare_secret;

/// Writes the ConfigMaps and the projected tokens into folders below `own`, and leads the variables that name their files
/// there. None while something is not there, for which a kubelet waits as well.
pub(super) fn mount(pod: &Value, api: &Api, own: &Path, env: &mut BTreeMap<String, String>) -> Option<()> {
    let container = &pod["spec"]["containers"][0];
    let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    for volume in volumes.filter(|volume| volume["configMap"].is_object() || volume["projected"].is_object()) {
        let mut mounts = container["volumeMounts"].as_array().into_iter().flatten();
        let Some(path) = mounts.find(|it| it["name"] == volume["name"]).and_then(|it| it["mountPath"].as_str()) else {
            continue;
        };
        let path = path.trim_end_matches('/');
        let named = |value: &String| value.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        if !env.values().any(named) {
            continue;
        }
        let folder = own.join("mounts").join(path.trim_start_matches('/'));
        fs_err::create_dir_all(&folder).ok()?;
        let files = files_of(volume, pod, api)?;
        for (file, content) in files {
            fs_err::write(folder.join(file), content).ok()?;
        }
        for value in env.values_mut().filter(|value| named(value)) {
            *value = format!("{}{}", folder.display(), &value[path.len()..]);
        }
    }
    Some(())
}

/// The files of a volume, by name.
fn files_of(volume: &Value, pod: &Value, api: &Api) -> Option<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let parts = volume["projected"]["sources"].as_array();
    for part in parts.into_iter().flatten().chain([volume]) {
        if let Some(name) = part["configMap"]["name"].as_str() {
            let namespace = pod["metadata"]["namespace"].as_str()?;
            let path = format!("/api/v1/namespaces/{namespace}/configmaps/{name}");
            let (found, map) = api.call("GET", &path, "application/json", None);
            let data = map["data"].as_object().filter(|_| found == 200)?;
            files.extend(data.iter().map(|(file, text)| (file.clone(), text.as_str().unwrap_or_default().to_owned())));
        }
        if let Some(file) = part["serviceAccountToken"]["path"].as_str() {
            let token = projected_token(&part["serviceAccountToken"], pod, api)?;
            declare_secret(&token);
            files.insert(file.to_owned(), token);
        }
    }
    Some(files)
}

/// The token that a kubelet writes for a projection: bound to the pod, so that it ends with it.
fn projected_token(projection: &Value, pod: &Value, api: &Api) -> Option<String> {
    let (namespace, account) = (pod["metadata"]["namespace"].as_str()?, pod["spec"]["serviceAccountName"].as_str()?);
    let mut spec = json!({
        "expirationSeconds": projection["expirationSeconds"],
        "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]},
    });
    if let Some(audience) = projection["audience"].as_str() {
        spec["audiences"] = json!([audience]);
    }
    account_token(api, namespace, account, &spec)
}

/// A token of a service account, as the API server issues it; none where there is no such account, or pod to bind it to.
pub(super) fn account_token(api: &Api, namespace: &str, account: &str, spec: &Value) -> Option<String> {
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec});
    let (_, answer) = api.post(&format!("/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"), &request);
    answer["status"]["token"].as_str().map(str::to_owned)
}
