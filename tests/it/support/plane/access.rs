//! Users, what they may do, and kubeconfigs for them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::api::Api;
use crate::support::TestCa;

/// A user of the cluster.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) kubeconfig: String,
}

pub(super) fn by_token(token: &str) -> String {
    format!("    token: {token}\n")
}

pub(super) fn by_certificate(user: &str, groups: &[&str]) -> String {
    let (certificate, key) = TestCa::shared().client_certificate(user, groups);
    format!(
        "    client-certificate-data: {}\n    client-key-data: {}\n",
        STANDARD.encode(certificate),
        STANDARD.encode(key)
    )
}

/// A kubeconfig with one context, `testbed`, whose user entry is `user` (YAML, indented by four).
pub(super) fn kubeconfig(url: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: testbed\n\
         clusters:\n- name: testbed\n  cluster:\n    server: {url}\n    certificate-authority-data: {}\n\
         contexts:\n- name: testbed\n  context:\n    cluster: testbed\n    user: testbed\n\
         users:\n- name: testbed\n  user:\n{}",
        STANDARD.encode(TestCa::shared().pem()),
        if user.ends_with('\n') { user.to_owned() } else { format!("{user}\n") }
    )
}

/// Binds `rules` to a user, in the whole cluster.
pub(super) fn allow(api: &Api, user: &str, rules: &Value) {
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": format!("testbed-{user}")}, "rules": rules,
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": format!("testbed-{user}")},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": format!("testbed-{user}")},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    });
    for object in [role, binding] {
        api.apply("test", &object);
    }
}
