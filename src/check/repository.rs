//! Whether the cluster's own credential opens the repository that it syncs, and what is behind it if it does not.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::cluster::{Cluster, InstalledFlux};
use crate::domain::check_report::Finding;
use crate::domain::config::{ByteSize, Secret};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::git_url::{GitUrl, Scheme};
use crate::domain::limits::Limits;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::git_repository;
use crate::git::{Auth, Connection, Remote};
use crate::hints::access::Doing;
use crate::http::{HttpCredential, Proxies, TlsSessions};
use crate::open::explain;
use crate::open::threads::on_a_thread;

/// Tries the address and the Secret of the source over https. None where there is no such source, where its Secret cannot
/// be read, and where the server cannot be reached from here: that says nothing about the cluster.
pub(super) async fn readable(
    cluster: &Cluster,
    flux: &InstalledFlux,
    environment: &Environment,
    limits: &Limits,
) -> Option<Finding> {
    let source = flux.git_repository.as_ref()?;
    let url: GitUrl = git_repository::url(source)?.parse().ok().filter(|url: &GitUrl| url.scheme != Scheme::Ssh)?;
    let (namespace, name) = (source["metadata"]["namespace"].as_str()?, git_repository::secret(source)?);
    let secret = cluster.get(&ObjectRef::namespaced("v1", "Secret", namespace, name)).await.ok()??;
    let (credential, secret_name) = (credential(&secret)?, format!("{namespace}/{name}"));
    let connection = Connection {
        auth: Auth::Http(Arc::new(credential)),
        ca: value(&secret, "ca.crt"),
        tls: TlsSessions::default(),
        proxies: Proxies::of(environment),
        limits: limits.clone(),
        max_download: ByteSize::DOWNLOAD.0,
        url,
    };
    let (shown, way) = (connection.url.redacted(), connection.clone());
    let Err(error) = on_a_thread(move || Remote::open(&way)?.check_read_access()).await else {
        return Some(Finding::good(format!("source secret `{secret_name}` opens `{shown}`")));
    };
    let error = Error::from(error);
    if error.kind != Kind::GitAccess {
        return None;
    }
    let behind = explain::look(connection, &error).await;
    let error = explain::explained(error, behind, Doing::Read);
    Some(finding(&secret_name, &error))
}

fn finding(secret: &str, error: &Error) -> Finding {
    let causes: String = error.causes.iter().map(|cause| format!("; {cause}")).collect();
    let hints: Vec<&str> = error.hints.iter().map(|hint| hint.as_str()).collect();
    Finding::failed(error.kind, format!("source secret `{secret}`: {}{causes}", error.message), hints.join(" "))
}

/// What the Secret shows over http.
fn credential(secret: &Value) -> Option<HttpCredential> {
    let text = |key: &str| String::from_utf8(value(secret, key)?).ok();
    match (text("bearerToken"), text("password")) {
        (Some(token), _) => Some(HttpCredential::Bearer(Secret::new(token))),
        (None, Some(password)) => {
            let username = text("username").unwrap_or_default();
            Some(HttpCredential::Basic { username, password: Secret::new(password) })
        }
        (None, None) => None,
    }
}

fn value(secret: &Value, key: &str) -> Option<Vec<u8>> {
    STANDARD.decode(secret["data"][key].as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_secret_shows_what_the_controller_would() {
        let secret = |data: Value| json!({ "data": data });
        let basic = credential(&secret(json!({"username": "Z2l0", "password": "dG9r"}))).unwrap();
        assert_eq!(basic, HttpCredential::Basic { username: "git".into(), password: "tok".into() });
        let bearer = credential(&secret(json!({"bearerToken": "dG9r", "password": "eA=="}))).unwrap();
        assert_eq!(bearer, HttpCredential::Bearer("tok".into()));
        assert_eq!(credential(&secret(json!({"identity": "eA=="}))), None);
    }
}
