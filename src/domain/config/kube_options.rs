//! How to reach the API server: what kubectl's connection flags say, without any clap type.

use std::path::PathBuf;

use crate::domain::config::Secret;

/// kubectl's connection flags. Empty means: as the kubeconfig says.
#[derive(Clone, Debug)]
pub struct KubeOptions {
    /// `--kubeconfig`: the only file read; must exist.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`
    pub context: Option<String>,
    /// `--cluster`
    pub cluster: Option<String>,
    /// `--user`
    pub user: Option<String>,
    /// `--as`
    pub impersonate: Option<String>,
    /// `--as-group`, repeated.
    pub impersonate_groups: Vec<String>,
    /// `--as-uid`
    pub impersonate_uid: Option<String>,
    /// `--as-user-extra key=value`, repeated; a key may occur several times.
    pub impersonate_extra: Vec<(String, String)>,
    /// `--token`
    pub token: Option<Secret<String>>,
    /// `--server`
    pub server: Option<String>,
    /// `--certificate-authority`
    pub certificate_authority: Option<PathBuf>,
    /// `--client-certificate`
    pub client_certificate: Option<PathBuf>,
    /// `--client-key`
    pub client_key: Option<PathBuf>,
    /// `--tls-server-name`
    pub tls_server_name: Option<String>,
    /// `--insecure-skip-tls-verify`; `None` leaves it to the kubeconfig.
    pub insecure_skip_tls_verify: Option<bool>,
    /// `--cache-dir`: where the kinds that the server knows are remembered between runs.
    pub cache_dir: Option<PathBuf>,
    /// `--disable-compression`; `None` leaves it to the kubeconfig.
    pub disable_compression: Option<bool>,
    /// `--kube-api-qps`: requests a second in the long run; zero or less means unlimited.
    pub qps: f32,
    /// `--kube-api-burst`: requests that may go out at once.
    pub burst: u32,
}

impl Default for KubeOptions {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            cluster: None,
            user: None,
            impersonate: None,
            impersonate_groups: Vec::new(),
            impersonate_uid: None,
            impersonate_extra: Vec::new(),
            token: None,
            server: None,
            certificate_authority: None,
            client_certificate: None,
            client_key: None,
            tls_server_name: None,
            insecure_skip_tls_verify: None,
            cache_dir: None,
            disable_compression: None,
            qps: 50.0,
            burst: 300,
        }
    }
}
