//! A stand-in for Microsoft Entra, and for the services of CI systems that give tokens to be shown to it.
//!
//! Assertions are verified for real: signature by the issuer's key, issuer, subject, audience, times. Errors have Entra's
//! numbers. What it issues, [`AzureDevOps`] accepts as Bearer, for as long as it says.

mod assertion;
mod jwt;
mod metadata;
mod oidc;
mod refusal;
mod token;

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio_rustls::rustls;

use super::azure::http::{self, Request, Response};
use super::{AzureDevOps, ControlPlane, Identity, OwnHosts, TestCa, declare_secret, process};

pub(crate) use jwt::{ClientCertificate, PublicKey, RsaKey};

/// The tenant of the organisation `acme`, as the stand-in of Azure DevOps says it.
pub(crate) const TENANT: &str = "7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11";
/// The host at which Entra is found.
pub(crate) const LOGIN_HOST: &str = "login.microsoftonline.com";
/// The hosts of the services that give OIDC tokens.
const OIDC_HOSTS: [&str; 2] = ["pipelines.example", "actions.example"];
/// The audience of federated tokens.
pub(crate) const AUDIENCE: &str = "api://AzureADTokenExchange";

/// An application or managed identity.
#[derive(Clone, Debug, Default)]
pub(crate) struct App {
    /// Its client id.
    pub(crate) id: String,
    /// Its secret.
    pub(crate) secret: Option<String>,
    /// Whether the secret's time is over.
    pub(crate) secret_expired: bool,
    /// The certificate that is registered for it.
    pub(crate) certificate: Option<ClientCertificate>,
    /// Whom it trusts: issuer, subject and audience.
    pub(crate) federated: Vec<[String; 3]>,
    /// In which tenant it is, if not in the organisation's.
    pub(crate) tenant: Option<String>,
    /// Whether the organisation does not know it.
    pub(crate) unknown_to_organisation: bool,
    /// How long its tokens live, if not an hour.
    pub(crate) lifetime: Option<Duration>,
}

/// One request, as the stand-in saw it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) host: String,
    /// Path and query.
    pub(crate) target: String,
    /// The grant's fields without what is secret, or empty.
    pub(crate) form: BTreeMap<String, String>,
}

struct Shared {
    apps: Mutex<Vec<App>>,
    /// Issuers, and the keys by which they sign.
    issuers: Mutex<BTreeMap<String, Vec<PublicKey>>>,
    asked: Mutex<Vec<Asked>>,
    /// The key that signs for CI systems.
    ci: RsaKey,
    /// What the CI services answer instead of a token.
    refusal: Mutex<Option<(u16, Value)>>,
    admit: Box<dyn Fn(Identity) + Send + Sync>,
}

/// The stand-in. It listens until the test process ends.
pub(crate) struct Entra {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Entra {
    /// Starts, and leads the proxy of this Azure DevOps to it.
    pub(crate) fn start(azure: &AzureDevOps) -> Self {
        Self::start_with(azure, None)
    }

    /// The same, on port 443 of Entra's address of `hosts` too.
    pub(crate) fn start_on(azure: &AzureDevOps, hosts: &OwnHosts) -> Self {
        Self::start_with(azure, Some(hosts))
    }

    fn start_with(azure: &AzureDevOps, hosts: Option<&OwnHosts>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ci = RsaKey::new();
        let issuers = ["https://vstoken.dev.azure.com/acme", "https://token.actions.githubusercontent.com"];
        let issuers = issuers.map(|issuer| (issuer.to_owned(), vec![ci.public()])).into();
        let shared = Arc::new(Shared {
            apps: Mutex::default(),
            issuers: Mutex::new(issuers),
            asked: Mutex::default(),
            ci,
            refusal: Mutex::default(),
            admit: azure.doorkeeper(),
        });
        let names: Vec<&str> = [LOGIN_HOST].into_iter().chain(OIDC_HOSTS).collect();
        names.iter().for_each(|host| azure.lead_proxy(host, address));
        let tls = TestCa::shared().tls_server(&names);
        listen(listener, Arc::clone(&tls), &shared);
        if let Some(hosts) = hosts {
            let own = format!("{}:443", hosts.login_address());
            let own = TcpListener::bind(&own).unwrap_or_else(|error| panic!("cannot listen on {own}: {error}"));
            listen(own, tls, &shared);
        }
        Self { shared, address }
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes an application known.
    pub(crate) fn register(&self, app: App) {
        app.secret.iter().for_each(|secret| declare_secret(secret));
        self.shared.apps.lock().unwrap().push(app);
    }

    /// Trusts tokens of this issuer that a key of these (modulus, exponent) signs.
    pub(crate) fn trust(&self, issuer: &str, keys: Vec<PublicKey>) {
        self.shared.issuers.lock().unwrap().insert(issuer.to_owned(), keys);
    }

    /// Trusts tokens of this cluster's service accounts, by the keys that it publishes. Returns their issuer.
    pub(crate) fn trust_cluster(&self, plane: &ControlPlane) -> String {
        let issuer = plane.issuer();
        self.trust(&issuer, plane.signing_keys());
        issuer
    }

    /// Adds a federated credential to an application: whose tokens it takes for itself, by issuer and subject.
    pub(crate) fn federate(&self, app: &str, issuer: &str, subject: &str) {
        let mut apps = self.shared.apps.lock().unwrap();
        let app = apps.iter_mut().find(|it| it.id == app).expect("the application is registered");
        app.federated.push([issuer, subject, AUDIENCE].map(str::to_owned));
    }

    /// A token as Entra gives it to somebody, which the organisation knows.
    pub(crate) fn issue(&self, who: &Value, tenant: &str) -> String {
        token::issue(&self.shared, who, tenant, Duration::from_secs(3600), true)
    }

    /// Has the CI services refuse.
    pub(crate) fn refuse_oidc(&self, status: u16, answer: Value) {
        *self.shared.refusal.lock().unwrap() = Some((status, answer));
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// The metadata service of a machine with the identity `app`, as an address without path. With `is_azure`, it refuses
    /// requests without `Metadata: true` as Azure's does.
    pub(crate) fn metadata(&self, app: &str, is_azure: bool) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (shared, app) = (Arc::clone(&self.shared), app.to_owned());
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (shared, app) = (Arc::clone(&shared), app.clone());
                thread::spawn(move || serve(socket, &|request| metadata::answer(&shared, request, &app, is_azure)));
            }
        });
        url
    }
}

impl Shared {
    fn note(&self, host: &str, target: &str, form: BTreeMap<String, String>) {
        self.asked.lock().unwrap().push(Asked { host: host.to_owned(), target: target.to_owned(), form });
    }
}

fn listen(listener: TcpListener, tls: Arc<rustls::ServerConfig>, shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let (shared, tls) = (Arc::clone(&shared), Arc::clone(&tls));
            thread::spawn(move || {
                let session = rustls::ServerConnection::new(tls).map_err(std::io::Error::other)?;
                serve(rustls::StreamOwned::new(session, socket), &|request| answer(&shared, request))
            });
        }
    });
}

fn serve<S: Read + Write>(stream: S, answer: &dyn Fn(&Request) -> Response) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = http::read_request(&mut reader)? {
        let response = answer(&request);
        http::write_response(reader.get_mut(), &response, None)?;
        if request.header("Connection").eq_ignore_ascii_case("close") {
            break;
        }
    }
    Ok(())
}

fn answer(shared: &Shared, request: &Request) -> Response {
    let host = request.header("Host").split(':').next().unwrap_or_default().to_owned();
    match host.as_str() {
        "pipelines.example" | "actions.example" => {
            shared.note(&host, &request.target, BTreeMap::new());
            oidc::answer(shared, request, &host)
        }
        _ => token::answer(shared, request, &host),
    }
}

fn json_of(status: u16, body: &Value) -> Response {
    Response::new(status, "application/json; charset=utf-8", body.to_string())
}

/// A value of a query or form, decoded; empty where there is none.
fn field(pairs: &str, name: &str) -> String {
    let found = pairs.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    decoded(found.unwrap_or_default())
}

fn decoded(value: &str) -> String {
    percent_encoding::percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// The secrets that the CI stand-ins expect of a job.
pub(crate) fn declare_job_secrets() {
    for secret in ["job-t0ken-canary-8811", "actions-t0ken-canary-2217", "identity-header-canary-51f2"] {
        declare_secret(secret);
    }
    let _ = process::process_folder();
}
