//! kubectl's flags on top of the entries that a kubeconfig gives. Pure.

use std::path::PathBuf;

use kube::config::{AuthInfo, Cluster};

use crate::domain::config::KubeOptions;

/// The flags that replace fields of the cluster entry.
pub(super) fn with_cluster_flags(mut cluster: Cluster, options: &KubeOptions) -> Cluster {
    if options.server.is_some() {
        cluster.server.clone_from(&options.server);
        // The entry's name belongs to the entry's server.
        cluster.tls_server_name = None;
    }
    if options.tls_server_name.is_some() {
        cluster.tls_server_name.clone_from(&options.tls_server_name);
    }
    // Either flag takes the place of whatever the entry says about trust.
    let insecure = options.insecure_skip_tls_verify;
    if insecure == Some(true) || options.certificate_authority.is_some() {
        cluster.insecure_skip_tls_verify = Some(insecure.unwrap_or(false));
        cluster.certificate_authority_data = None;
        cluster.certificate_authority = path(options.certificate_authority.as_ref());
    } else if insecure == Some(false) {
        cluster.insecure_skip_tls_verify = Some(false);
    }
    cluster.disable_compression = options.disable_compression.or(cluster.disable_compression);
    cluster
}

/// The flags that replace fields of the user entry.
pub(super) fn with_user_flags(mut user: AuthInfo, options: &KubeOptions) -> AuthInfo {
    if let Some(token) = &options.token {
        user = AuthInfo {
            token: Some(token.expose().as_str().into()),
            token_file: None,
            username: None,
            password: None,
            exec: None,
            auth_provider: None,
            ..user
        };
    }
    if options.client_certificate.is_some() {
        user.client_certificate_data = None;
        user.client_certificate = path(options.client_certificate.as_ref());
    }
    if options.client_key.is_some() {
        user.client_key_data = None;
        user.client_key = path(options.client_key.as_ref());
    }
    if options.impersonate.is_some() {
        user.impersonate.clone_from(&options.impersonate);
    }
    if options.impersonate_uid.is_some() {
        user.impersonate_uid.clone_from(&options.impersonate_uid);
    }
    if !options.impersonate_groups.is_empty() {
        user.impersonate_groups = Some(options.impersonate_groups.clone());
    }
    if !options.impersonate_extra.is_empty() {
        let extra = user.impersonate_user_extra.insert(std::collections::HashMap::new());
        for (key, value) in &options.impersonate_extra {
            extra.entry(key.clone()).or_default().push(value.clone());
        }
    }
    user
}

fn path(path: Option<&PathBuf>) -> Option<String> {
    path.map(|path| path.to_string_lossy().into_owned())
}
