//! The programs of the control plane, and putting their state back to what it was.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::access::{self, User};
use super::api::Api;
use crate::support::process::{self, Process, free_port, testbed_program};
use crate::support::{TestCa, wait_for};

/// Users in the token file beside the administrator.
const SPARE_USERS: usize = 8;

pub(super) struct Servers {
    api_port: u16,
    etcd_port: u16,
    // Ended in this order: first those that would complain about the loss of the others.
    controllers: Process,
    api: Mutex<Option<Process>>,
    start_api: Box<dyn Fn() -> Process + Send + Sync>,
    etcd: Process,
    admin_token: String,
    users: Vec<User>,
    initial: OnceLock<BTreeMap<String, String>>,
}

fn write(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    fs_err::write(&path, content).unwrap();
    path
}

fn spare_user(number: usize, url: &str) -> User {
    let (name, token) = (format!("user-{number}"), format!("user-{number}-{}", rand::random::<u64>()));
    let kubeconfig = access::kubeconfig(url, &access::by_token(&token));
    User { name, token, kubeconfig }
}

/// The API server's list of who comes with which token.
fn token_table(admin_token: &str, users: &[User]) -> String {
    let mut table = format!("{admin_token},admin,admin,system:masters\n");
    for user in users {
        table.push_str(&format!("{},{},{}\n", user.token, user.name, user.name));
    }
    table
}

fn etcd(folder: &Path, client_port: u16, peer_port: u16) -> Command {
    let mut etcd = process::command(testbed_program("etcd"));
    etcd.arg(format!("--data-dir={}", folder.join("etcd").display()))
        .arg(format!("--listen-client-urls=http://127.0.0.1:{client_port}"))
        .arg(format!("--advertise-client-urls=http://127.0.0.1:{client_port}"))
        .arg(format!("--listen-peer-urls=http://127.0.0.1:{peer_port}"))
        .args(["--unsafe-no-fsync", "--log-level=warn"]);
    etcd
}

/// Starts the API server, as often as it is called; each run has a log of its own.
fn api_starter(
    folder: &Path,
    port: u16,
    etcd_port: u16,
    tokens: &Path,
    accounts: &Path,
    issuer: &str,
) -> Box<dyn Fn() -> Process + Send + Sync> {
    let (certificate, key) = TestCa::shared().server_certificate(&["127.0.0.1", "localhost", "kubernetes.default.svc"]);
    let (certificate, key) = (write(folder, "api.crt", &certificate), write(folder, "api.key", &key));
    let (folder, tokens, accounts) = (folder.to_owned(), tokens.to_owned(), accounts.to_owned());
    let issuer = issuer.to_owned();
    let runs = AtomicUsize::new(0);
    Box::new(move || {
        let mut api = process::command(testbed_program("kube-apiserver"));
        api.arg(format!("--etcd-servers=http://127.0.0.1:{etcd_port}"))
            .arg(format!("--secure-port={port}"))
            .arg(format!("--tls-cert-file={}", certificate.display()))
            .arg(format!("--tls-private-key-file={}", key.display()))
            .arg(format!("--client-ca-file={}", TestCa::shared().file().display()))
            .arg(format!("--token-auth-file={}", tokens.display()))
            .arg(format!("--service-account-key-file={}", accounts.display()))
            .arg(format!("--service-account-signing-key-file={}", accounts.display()))
            .arg(format!("--cert-dir={}", folder.display()))
            .arg(format!("--service-account-issuer={issuer}"))
            .args([
                "--bind-address=127.0.0.1",
                // Of no machine (RFC 5737); without it the machine must have a way to the world.
                "--advertise-address=192.0.2.1",
                "--authorization-mode=RBAC",
                "--service-cluster-ip-range=10.0.0.0/16",
                "--disable-admission-plugins=Priority,RuntimeClass,StorageObjectInUseProtection",
            ]);
        let run = runs.fetch_add(1, Ordering::Relaxed);
        Process::start("kube-apiserver", &folder.join(format!("api-{run}.log")), api)
    })
}

fn controllers(folder: &Path, port: u16, kubeconfig: &Path, accounts: &Path) -> Command {
    let mut controllers = process::command(testbed_program("kube-controller-manager"));
    controllers
        .arg(format!("--kubeconfig={}", kubeconfig.display()))
        .arg(format!("--service-account-private-key-file={}", accounts.display()))
        .arg(format!("--root-ca-file={}", TestCa::shared().file().display()))
        .arg(format!("--secure-port={port}"))
        .arg(format!("--cert-dir={}", folder.display()))
        .args([
            "--bind-address=127.0.0.1",
            "--leader-elect=false",
            "--use-service-account-credentials=false",
            "--kube-api-qps=200",
            "--kube-api-burst=400",
            "--controllers=deployment-controller,replicaset-controller,namespace-controller,\
             serviceaccount-controller,root-ca-certificate-publisher-controller,\
             garbage-collector-controller,clusterrole-aggregation-controller",
        ]);
    controllers
}

impl Servers {
    pub(super) fn start(folder: &Path, issuer: &str) -> Self {
        (0..5).find_map(|_| Self::start_on_free_ports(folder, issuer)).expect("others take every port")
    }

    /// None if another program took one of the ports first.
    fn start_on_free_ports(folder: &Path, issuer: &str) -> Option<Self> {
        let [api_port, etcd_port, peer_port, controllers_port] = [(); 4].map(|()| free_port());
        let url = format!("https://127.0.0.1:{api_port}");
        let admin_token = format!("admin-{}", rand::random::<u64>());
        let users: Vec<User> = (1..=SPARE_USERS).map(|number| spare_user(number, &url)).collect();
        // One key signs the tokens of service accounts; made once, since 2048 bits take a moment.
        let accounts = service_account_key();
        let tokens = write(folder, "tokens.csv", &token_table(&admin_token, &users));
        let admin = access::kubeconfig(&url, &access::by_token(&admin_token));
        let kubeconfig = write(folder, "controllers.kubeconfig", &admin);

        let mut etcd = Process::start("etcd", &folder.join("etcd.log"), etcd(folder, etcd_port, peer_port));
        let start_api = api_starter(folder, api_port, etcd_port, &tokens, &accounts, issuer);
        let mut api = start_api();
        let controllers = controllers(folder, controllers_port, &kubeconfig, &accounts);
        // The controller-manager gives up if the API server is not there yet.
        let probe = Api::new(&url, &admin_token);
        let ready = wait_for("kube-apiserver", Duration::from_secs(180), || {
            if etcd.lost_its_port() || api.lost_its_port() {
                return Some(false);
            }
            etcd.assert_running();
            api.assert_running();
            probe.answers("/readyz").then_some(true)
        });
        if !ready {
            return None;
        }
        let controllers = Process::start("kube-controller-manager", &folder.join("controllers.log"), controllers);
        Some(Self {
            api_port,
            etcd_port,
            controllers,
            api: Mutex::new(Some(api)),
            start_api,
            etcd,
            admin_token,
            users,
            initial: OnceLock::new(),
        })
    }

    pub(super) fn wait_ready(&self, api: &Api) {
        wait_for("the API server", Duration::from_secs(60), || api.answers("/readyz").then_some(()));
    }

    pub(super) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.api_port)
    }

    pub(super) fn admin_token(&self) -> &str {
        &self.admin_token
    }

    pub(super) fn spare_users(&self) -> Vec<User> {
        self.users.clone()
    }

    pub(super) fn signal_api(&self, name: &str) {
        self.api.lock().unwrap().as_ref().expect("the API server runs").signal(name);
    }

    /// Kills the API server's process.
    pub(super) fn stop_api(&self) {
        *self.api.lock().unwrap() = None;
    }

    /// Starts the API server anew, over the same etcd.
    pub(super) fn start_api(&self) {
        *self.api.lock().unwrap() = Some((self.start_api)());
    }

    /// Takes note of every key in etcd, as what belongs to an empty cluster.
    pub(super) fn remember_state(&self) {
        let _ = self.initial.set(self.keys());
    }

    /// Deletes every key that was not there at first, and gives those that changed their first value. The API server
    /// sees it through its watches, as it would see another API server's writes.
    pub(super) fn restore(&self, api: &Api) {
        let initial = self.initial.get().expect("the state was remembered at the start");
        // Whoever is told of a deletion may write again (owners recreate, lists of API services are kept): so
        // again until nothing is left.
        let mut rounds = 0;
        wait_for("an empty cluster", Duration::from_secs(60), || {
            rounds += 1;
            let extra: Vec<String> = self.keys().into_keys().filter(|key| !initial.contains_key(key)).collect();
            if rounds > 20 {
                eprintln!("the cluster still holds {extra:?}");
            }
            for key in &extra {
                self.etcd_call("kv/deleterange", &json!({"key": STANDARD.encode(key)}));
            }
            let discovery = api.get("/apis").unwrap_or_default();
            let gone = !discovery.to_string().contains("fluxcd.io");
            (extra.is_empty() && gone).then_some(())
        });
    }

    /// Changes an object where etcd keeps it, as `/registry/<group>/<plural>/<name>`, while no API server runs. Only for
    /// kinds that are kept as JSON.
    pub(super) fn edit(&self, key: &str, change: impl FnOnce(&mut Value)) {
        let key = STANDARD.encode(key);
        let found = self.etcd_call("kv/range", &json!({"key": key}));
        let stored = STANDARD.decode(found["kvs"][0]["value"].as_str().expect("it is in etcd")).unwrap();
        let mut object: Value = serde_json::from_slice(&stored).unwrap();
        change(&mut object);
        // Byte for byte as the API server writes it; anything else it would write anew when nothing changes.
        let mut text = format!("{object}\n");
        for (sign, escaped) in [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026")] {
            text = text.replace(sign, escaped);
        }
        self.etcd_call("kv/put", &json!({"key": key, "value": STANDARD.encode(text)}));
    }

    /// Every key with its value.
    pub(super) fn stored(&self) -> Vec<(String, Vec<u8>)> {
        let range = json!({"key": STANDARD.encode("/registry/"), "range_end": STANDARD.encode("/registry0")});
        let found = self.etcd_call("kv/range", &range);
        let text = |pair: &Value, name: &str| STANDARD.decode(pair[name].as_str().unwrap_or_default()).unwrap();
        let pairs = found["kvs"].as_array().into_iter().flatten();
        pairs.map(|pair| (String::from_utf8(text(pair, "key")).unwrap(), text(pair, "value"))).collect()
    }

    fn keys(&self) -> BTreeMap<String, String> {
        let range = json!({"key": STANDARD.encode("/registry/"), "range_end": STANDARD.encode("/registry0"), "keys_only": true});
        let found = self.etcd_call("kv/range", &range);
        let keys = found["kvs"].as_array().into_iter().flatten().map(|pair| {
            let key = STANDARD.decode(pair["key"].as_str().unwrap_or_default()).unwrap();
            (String::from_utf8(key).unwrap(), pair["mod_revision"].as_str().unwrap_or_default().to_owned())
        });
        // These come and go by themselves.
        keys.filter(|(key, _)| !["/registry/leases/", "/registry/masterleases/"].iter().any(|own| key.starts_with(own)))
            .collect()
    }

    fn etcd_call(&self, method: &str, body: &Value) -> Value {
        let url = format!("http://127.0.0.1:{}/v3/{method}", self.etcd_port);
        let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
        let mut response = agent.post(&url).send(body.to_string()).unwrap();
        let text = response.body_mut().with_config().limit(100 << 20).read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

fn service_account_key() -> PathBuf {
    static KEY: OnceLock<PathBuf> = OnceLock::new();
    KEY.get_or_init(|| {
        let path = process::new_folder("accounts").join("service-accounts.key");
        let output = Command::new("openssl").args(["genrsa", "-out"]).arg(&path).arg("2048").output();
        assert!(output.is_ok_and(|output| output.status.success()), "openssl genrsa failed");
        path
    })
    .clone()
}
