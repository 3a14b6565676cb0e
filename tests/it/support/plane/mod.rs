//! A real Kubernetes control plane without nodes: etcd, kube-apiserver (RBAC on), kube-controller-manager, and a
//! stand-in for scheduler and kubelet that runs the real Flux controllers.

mod access;
mod api;
mod controllers;
mod kubelet;
mod logs;
mod mounts;
mod pool;
mod servers;
mod workload_identity;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::{process, wait_for};

pub(crate) use access::User;
pub(crate) use kubelet::PodFate;
pub(crate) use pool::Lease;

/// The issuer of service accounts' tokens, in the form that Azure's clusters have, slash at the end included.
pub(crate) const ISSUER: &str = "https://germanywestcentral.oic.prod-aks.azure.com/7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11/5d1c6a52-9f0e-4a1b-8c55-0e1f2a3b4c5d/";

/// A cluster. Its programs end with it.
pub(crate) struct ControlPlane {
    // In the order in which they must end: the kubelet's watch ends with the API server.
    kubelet: kubelet::Kubelet,
    servers: servers::Servers,
    api: api::Api,
    spare_users: Mutex<Vec<User>>,
    folder: PathBuf,
}

impl ControlPlane {
    /// A cluster from the pool: empty, and this scenario's alone until the lease is dropped. Starting one takes
    /// seconds, so prefer this to [`ControlPlane::start`].
    pub(crate) fn lease() -> Lease {
        pool::lease()
    }

    /// A new cluster of one's own, for scenarios that break it.
    pub(crate) fn start() -> Self {
        Self::start_issuing(ISSUER)
    }

    /// The same, whose service accounts' tokens are of another issuer than [`ISSUER`].
    pub(crate) fn start_issuing(issuer: &str) -> Self {
        let folder = process::new_folder("plane");
        let servers = servers::Servers::start(&folder, issuer);
        let api = api::Api::new(&servers.url(), servers.admin_token());
        servers.wait_ready(&api);
        let spare_users = Mutex::new(servers.spare_users());
        let kubelet = kubelet::Kubelet::start(api.clone(), &folder);
        let plane = Self { kubelet, servers, api, spare_users, folder };
        plane.wait_usable();
        plane
    }

    /// `https://127.0.0.1:<port>`
    pub(crate) fn url(&self) -> String {
        self.servers.url()
    }

    /// What the pods of an image do from now on, those that exist included. `image` is a part of its name.
    pub(crate) fn set_pods(&self, image: &str, fate: PodFate) {
        self.kubelet.set_fate(image, fate);
    }

    /// Sets an environment variable of controllers that start from now on, such as `HTTPS_PROXY`.
    pub(crate) fn set_controller_env(&self, name: &str, value: &str) {
        self.kubelet.settings().lock().unwrap().env.insert(name.to_owned(), value.to_owned());
    }

    /// Takes back what [`Self::set_controller_env`] and [`Self::use_azure`] set.
    pub(crate) fn forget_controller_env(&self) {
        self.kubelet.settings().lock().unwrap().env.clear();
    }

    /// Lets controllers that start from now on reach `https://dev.azure.com` by way of the stand-in's proxy.
    pub(crate) fn use_azure(&self, azure: &super::AzureDevOps) {
        self.set_controller_env("HTTPS_PROXY", &azure.proxy_url());
    }

    /// Runs controllers that start from now on where the host names of Azure DevOps are this machine.
    pub(crate) fn use_hosts(&self, hosts: &super::OwnHosts) {
        self.kubelet.settings().lock().unwrap().hosts = Some(hosts.hosts_file().clone());
    }

    /// Installs the webhook of Azure Workload Identity, as clusters of Azure have it, and waits until it is asked.
    pub(crate) fn install_workload_identity(&self) {
        workload_identity::install(&self.api);
    }

    /// The keys (modulus, exponent) by which this cluster signs the tokens of service accounts, as it publishes them.
    pub(crate) fn signing_keys(&self) -> Vec<super::entra::PublicKey> {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let keys = self.get("/openid/v1/jwks").unwrap_or_default();
        let part = |key: &Value, name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        keys["keys"].as_array().unwrap().iter().map(|key| (part(key, "n"), part(key, "e"))).collect()
    }

    /// The issuer of service accounts' tokens, as the API server says it.
    pub(crate) fn issuer(&self) -> String {
        let found = self.get("/.well-known/openid-configuration").unwrap_or_default();
        found["issuer"].as_str().unwrap().to_owned()
    }

    /// A new token of a service account, for Entra.
    pub(crate) fn token_for_entra(&self, namespace: &str, account: &str) -> String {
        let token =
            mounts::account_token(&self.api, namespace, account, &serde_json::json!({"audiences": [super::AUDIENCE]}));
        let token = token.expect("the service account is there");
        super::declare_secret(&token);
        token
    }

    /// Lets controllers that start from now on take this for the API server, such as a front of it.
    pub(crate) fn let_controllers_ask(&self, url: &str) {
        self.kubelet.settings().lock().unwrap().api = Some(url.to_owned());
    }

    /// Lets pods that are deleted live on for this time, with all that they do.
    pub(crate) fn let_pods_end_after(&self, time: Duration) {
        self.kubelet.settings().lock().unwrap().lingering = time;
    }

    /// What a Flux controller wrote, in all its runs.
    pub(crate) fn controller_log(&self, name: &str) -> String {
        self.kubelet.log(name)
    }

    /// The environments of the controllers that run, as the system has them.
    pub(crate) fn controller_environments(&self) -> Vec<Vec<u8>> {
        self.kubelet.environments()
    }

    /// All that the cluster keeps: keys of etcd with their values.
    pub(crate) fn stored(&self) -> Vec<(String, Vec<u8>)> {
        self.servers.stored()
    }

    /// Stops the API server (and starts it again with [`ControlPlane::resume`]).
    pub(crate) fn pause(&self) {
        self.servers.signal_api("STOP");
    }

    /// Continues after [`ControlPlane::pause`].
    pub(crate) fn resume(&self) {
        self.servers.signal_api("CONT");
    }

    /// Kills the API server; nothing listens on its port until [`ControlPlane::start_again`].
    pub(crate) fn kill(&self) {
        self.servers.stop_api();
    }

    /// Starts the API server again after [`ControlPlane::kill`], as a new process; does not wait for it.
    pub(crate) fn start_again(&self) {
        self.servers.start_api();
    }

    /// Leaves CustomResourceDefinitions as an API server does that is killed between accepting their names and
    /// establishing them. Between [`ControlPlane::kill`] and [`ControlPlane::start_again`].
    pub(crate) fn half_establish(&self, names: &[&str]) {
        for name in names {
            let key = format!("/registry/apiextensions.k8s.io/customresourcedefinitions/{name}");
            self.servers.edit(&key, |definition| {
                let conditions = definition["status"]["conditions"].as_array_mut().unwrap();
                let established = conditions.iter_mut().find(|it| it["type"] == "Established").unwrap();
                established["status"] = "False".into();
                established["reason"] = "Installing".into();
            });
        }
    }

    /// GETs a path such as `/api/v1/namespaces/flux-system`; `None` for 404.
    pub(crate) fn get(&self, path: &str) -> Option<Value> {
        self.api.get(path)
    }

    /// Any call: the answer's status and body, whatever they are; status 0 when the server cannot be reached.
    pub(crate) fn call(&self, method: &str, path: &str, content_type: &str, body: Option<&Value>) -> (u16, Value) {
        self.api.call(method, path, content_type, body)
    }

    /// An object by `apiVersion`, kind, namespace (empty for none) and name.
    pub(crate) fn object(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        self.api.get(&api::path(api_version, kind, namespace, name))
    }

    /// All objects of a kind, in one namespace or (empty) everywhere.
    pub(crate) fn objects(&self, api_version: &str, kind: &str, namespace: &str) -> Vec<Value> {
        let list = self.api.get(&api::path(api_version, kind, namespace, ""));
        list.and_then(|mut list| list["items"].as_array_mut().map(std::mem::take)).unwrap_or_default()
    }

    /// Server-side applies every document of a YAML text as field manager `test`.
    pub(crate) fn apply(&self, yaml: &str) {
        self.apply_as("test", yaml);
    }

    /// Server-side applies every document of a YAML text as this field manager, with force.
    pub(crate) fn apply_as(&self, field_manager: &str, yaml: &str) {
        for document in flux_bootstrap::for_tests::yaml::parse(yaml).unwrap() {
            self.api.apply(field_manager, &document.value);
        }
    }

    /// Applies the default Flux components as field manager `flux`, definitions first, and does not wait for more.
    pub(crate) fn install_flux(&self) {
        use flux_bootstrap::for_tests::{Base, InstallOptions, render};
        let rendered = render(&Base::embedded(), &InstallOptions::default()).unwrap();
        let first = |object: &&Value| matches!(object["kind"].as_str(), Some("CustomResourceDefinition" | "Namespace"));
        for object in rendered.objects.iter().filter(first) {
            self.api.apply("flux", object);
        }
        for object in rendered.objects.iter().filter(|object| object["kind"] == "CustomResourceDefinition") {
            let name = object["metadata"]["name"].as_str().unwrap();
            self.wait_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name, |it| {
                let mut conditions = it["status"]["conditions"].as_array().into_iter().flatten();
                conditions.any(|it| it["type"] == "Established" && it["status"] == "True")
            });
        }
        for object in rendered.objects.iter().filter(|object| !first(object)) {
            self.api.apply("flux", object);
        }
    }

    /// Merge-patches an object.
    pub(crate) fn patch(&self, api_version: &str, kind: &str, namespace: &str, name: &str, patch: &Value) {
        self.api.merge_patch(&api::path(api_version, kind, namespace, name), patch);
    }

    /// Deletes an object; it may be missing.
    pub(crate) fn delete(&self, api_version: &str, kind: &str, namespace: &str, name: &str) {
        self.api.delete(&api::path(api_version, kind, namespace, name));
    }

    /// The keys of a secret, sorted; empty if there is no such secret.
    pub(crate) fn secret_keys(&self, namespace: &str, name: &str) -> Vec<String> {
        let secret = self.object("v1", "Secret", namespace, name).unwrap_or_default();
        let mut keys: Vec<String> =
            secret["data"].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
        keys.sort();
        keys
    }

    /// A value of a secret, decoded.
    pub(crate) fn secret_value(&self, namespace: &str, name: &str, key: &str) -> Option<String> {
        use base64::Engine as _;
        let secret = self.object("v1", "Secret", namespace, name)?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(secret["data"][key].as_str()?).unwrap();
        Some(String::from_utf8(bytes).unwrap())
    }

    /// The Ready condition's `(status, reason, message)`.
    pub(crate) fn ready_condition(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Option<(String, String, String)> {
        let object = self.object(api_version, kind, namespace, name)?;
        let condition = object["status"]["conditions"].as_array()?.iter().find(|it| it["type"] == "Ready")?.clone();
        let text = |field: &str| condition[field].as_str().unwrap_or_default().to_owned();
        Some((text("status"), text("reason"), text("message")))
    }

    /// Waits until an object satisfies `is_so`; fails after a minute.
    pub(crate) fn wait_object(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Value {
        wait_for(&format!("{kind} {namespace}/{name}"), Duration::from_secs(60), || {
            self.object(api_version, kind, namespace, name).filter(&is_so)
        })
    }

    /// A kubeconfig of the administrator, by token.
    pub(crate) fn kubeconfig(&self) -> String {
        access::kubeconfig(&self.url(), &access::by_token(self.servers.admin_token()))
    }

    /// A kubeconfig of a user that may do what `rules` say (RBAC PolicyRules, cluster-wide) and nothing else.
    pub(crate) fn user(&self, rules: &Value) -> User {
        let mut users = self.spare_users.lock().unwrap();
        let user = users.pop().expect("no spare user is left on this control plane");
        access::allow(&self.api, &user.name, rules);
        user
    }

    /// A kubeconfig that authenticates by client certificate.
    pub(crate) fn kubeconfig_with_certificate(&self, user: &str, groups: &[&str]) -> String {
        access::kubeconfig(&self.url(), &access::by_certificate(user, groups))
    }

    /// A kubeconfig whose user entry is this YAML, indented by four spaces: exec plugins, impersonation.
    pub(crate) fn kubeconfig_with_user(&self, user: &str) -> String {
        access::kubeconfig(&self.url(), user)
    }

    /// The administrator's token.
    pub(crate) fn admin_token(&self) -> &str {
        self.servers.admin_token()
    }

    /// Removes what scenarios made, straight from etcd, so that no finalizer and no grace period is waited for.
    fn reset(&mut self) {
        self.kubelet.clear();
        self.servers.restore(&self.api);
        *self.spare_users.lock().unwrap() = self.servers.spare_users();
    }

    fn wait_usable(&self) {
        // What the controller-manager makes by itself must be there before the state is remembered.
        for namespace in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            for made in ["serviceaccounts/default", "configmaps/kube-root-ca.crt"] {
                wait_for(made, Duration::from_secs(60), || self.get(&format!("/api/v1/namespaces/{namespace}/{made}")));
            }
        }
        self.servers.remember_state();
    }
}

/// Settings of controllers, shared with the kubelet's threads.
type Settings = Arc<Mutex<controllers::Settings>>;
