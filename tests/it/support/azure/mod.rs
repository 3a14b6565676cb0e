//! A stand-in for Azure DevOps Repos: what a Git client sees of it, over real `git http-backend`.
//!
//! It speaks plain HTTP/1.1 by hand, one thread per connection, because a good part of its work is to break
//! connections at chosen places.

mod backend;
mod completion;
mod faults;
mod gateway;
mod generated;
pub(in crate::support) mod http;
mod identity;
mod pkt_line;
mod proxy;
mod repository;
mod requests;
mod rest;
mod route;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::{OwnHosts, TestCa, canary, own_hosts, process};

pub(crate) use completion::Strategy;
pub(crate) use faults::{Fault, Hold};
pub(crate) use generated::{Size, generate};
pub(crate) use identity::Identity;
pub(crate) use repository::{Commit, Repository};
pub(crate) use rest::{Policy, Rest};
pub(crate) use route::Route;

/// The host names that the certificate carries and the proxy forwards here.
const CLOUD_HOSTS: [&str; 5] =
    ["dev.azure.com", "vssps.dev.azure.com", "*.visualstudio.com", "devops.example.com", "localhost"];

/// One request as the stand-in saw it.
#[derive(Clone, Debug)]
pub(crate) struct Traffic {
    /// What was asked for; `None` for an address that is no Git route.
    pub(crate) route: Option<Route>,
    pub(crate) method: String,
    /// The host as the client named it.
    pub(crate) host: String,
    /// Path and query as sent.
    pub(crate) target: String,
    pub(crate) user_agent: String,
    /// The scheme word of the Authorization header, or empty.
    pub(crate) authorization: String,
    /// The request's body, decompressed.
    pub(crate) body: Vec<u8>,
    /// The answer's status; 0 when the connection was broken instead.
    pub(crate) status: u16,
    /// Bytes of the answer's body.
    pub(crate) sent: usize,
}

/// How the service behaves; see [`AzureDevOps::set`].
#[derive(Clone, Debug)]
pub(crate) struct Behaviour {
    /// `filter` is advertised, as it is since November 2023.
    pub(crate) filter: bool,
    /// Requests without `multi_ack` are refused with TF401041.
    pub(crate) needs_multi_ack: bool,
    /// Progress texts in sideband 2.
    pub(crate) chatter: bool,
    /// Only agents that begin with `git/` (and the Flux controllers) are served; others are redirected to the sign-in page.
    pub(crate) agent_rule: bool,
    /// Bad credentials give the sign-in page with 203 instead of a 401.
    pub(crate) sign_in_page: bool,
    /// Shallow fetches are offered.
    pub(crate) shallow: bool,
    /// The newest version of the REST API that there is.
    pub(crate) newest_version: f32,
    /// Answers of the REST API begin with a byte order mark.
    pub(crate) byte_order_mark: bool,
    /// Good answers of the REST API ask for a pause of so many seconds before the next request.
    pub(crate) slow_down: Option<u64>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            filter: true,
            needs_multi_ack: true,
            chatter: true,
            agent_rule: true,
            sign_in_page: false,
            shallow: true,
            newest_version: 7.1,
            byte_order_mark: false,
            slow_down: None,
        }
    }
}

/// What connections share.
struct Shared {
    root: PathBuf,
    behaviour: Mutex<Behaviour>,
    identities: Mutex<Vec<Identity>>,
    /// Those whose token has expired.
    expired: Mutex<Vec<Identity>>,
    faults: Mutex<Vec<faults::Planned>>,
    traffic: Mutex<Vec<Traffic>>,
    tunnels: Mutex<Vec<String>>,
    /// The proxy's rules.
    proxy: Mutex<proxy::Rules>,
    tls_address: SocketAddr,
}

/// The stand-in. It listens until the test process ends.
pub(crate) struct AzureDevOps {
    shared: Arc<Shared>,
    http: SocketAddr,
    proxy: SocketAddr,
    token: String,
}

impl AzureDevOps {
    /// Starts listening: TLS, plain HTTP and a CONNECT proxy, each on a free port of 127.0.0.1.
    /// There is one identity, which may read and contribute, with the token [`AzureDevOps::token`].
    pub(crate) fn start() -> Self {
        Self::start_with(TestCa::shared(), None)
    }

    /// Starts with a certificate of another authority.
    pub(crate) fn start_signed_by(authority: &TestCa) -> Self {
        Self::start_with(authority, None)
    }

    /// Starts on port 443 of the address of `hosts` too.
    pub(crate) fn start_on(hosts: &OwnHosts) -> Self {
        Self::start_with(TestCa::shared(), Some(hosts))
    }

    fn start_with(authority: &TestCa, hosts: Option<&OwnHosts>) -> Self {
        let mut names = CLOUD_HOSTS.to_vec();
        names.extend(own_hosts::NAMES);
        names.push("127.0.0.1");
        names.sort_unstable();
        names.dedup();
        let tls = authority.tls_server(&names);
        let secure = TcpListener::bind("127.0.0.1:0").unwrap();
        let plain = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
        let addresses = [&plain, &proxy].map(|listener| listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            root: process::new_folder("azure"),
            behaviour: Mutex::default(),
            identities: Mutex::default(),
            expired: Mutex::default(),
            faults: Mutex::default(),
            traffic: Mutex::default(),
            tunnels: Mutex::default(),
            proxy: Mutex::default(),
            tls_address: secure.local_addr().unwrap(),
        });
        gateway::listen(secure, Some(Arc::clone(&tls)), &shared);
        gateway::listen(plain, None, &shared);
        proxy::listen(proxy, &shared);
        if let Some(hosts) = hosts {
            let address = format!("{}:443", hosts.address());
            let own = TcpListener::bind(&address).unwrap_or_else(|error| panic!("cannot listen on {address}: {error}"));
            gateway::listen(own, Some(tls), &shared);
        }
        let token = identity::new_token();
        let azure = Self { shared, http: addresses[0], proxy: addresses[1], token: token.clone() };
        azure.admit(Identity::contributor("Build\\7c1a2f4e", &token));
        azure
    }

    /// A token that may read and contribute: 84 characters, with Azure's signature in it.
    pub(crate) fn token(&self) -> String {
        self.token.clone()
    }

    /// Lets another identity in. Its token becomes a canary.
    pub(crate) fn admit(&self, identity: Identity) {
        canary::declare(&identity.token);
        self.shared.identities.lock().unwrap().push(identity);
    }

    /// Whoever lets identities in, for services that issue tokens.
    pub(in crate::support) fn doorkeeper(&self) -> Box<dyn Fn(Identity) + Send + Sync> {
        let shared = Arc::clone(&self.shared);
        Box::new(move |identity| shared.identities.lock().unwrap().push(identity))
    }

    /// Revokes a token.
    pub(crate) fn revoke(&self, token: &str) {
        self.shared.identities.lock().unwrap().retain(|identity| identity.token != token);
    }

    /// Lets a token expire, which the REST API says.
    pub(crate) fn expire(&self, token: &str) {
        let mut identities = self.shared.identities.lock().unwrap();
        let (gone, left) = identities.drain(..).partition(|identity| identity.token == token);
        *identities = left;
        self.shared.expired.lock().unwrap().extend::<Vec<Identity>>(gone);
    }

    /// How many calls of the REST API came.
    pub(crate) fn calls(&self) -> usize {
        self.traffic().iter().filter(|request| matches!(request.route, Some(Route::Rest(_)))).count()
    }

    /// Whether there is such a repository.
    pub(crate) fn has(&self, organisation: &str, project: &str, name: &str) -> bool {
        repository::folder_of(&self.shared.root, organisation, project, name).is_some()
    }

    /// A repository that a client has made.
    pub(crate) fn existing(&self, organisation: &str, project: &str, name: &str) -> Repository {
        Repository::existing(&self.shared.root, organisation, project, name, &self.https_base())
    }

    /// Makes a project without repositories.
    pub(crate) fn project(&self, organisation: &str, project: &str) {
        repository::create_project(&self.shared.root, organisation, project);
    }

    /// Changes how the service behaves.
    pub(crate) fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.shared.behaviour.lock().unwrap());
    }

    /// The next `times` requests of this route fail so.
    pub(crate) fn fault(&self, route: Route, times: usize, fault: Fault) {
        self.fault_after(route, 0, times, fault);
    }

    /// After `skip` more requests of this route, `times` fail so.
    pub(crate) fn fault_after(&self, route: Route, skip: usize, times: usize, fault: Fault) {
        self.shared.faults.lock().unwrap().push(faults::Planned::new(route, skip, times, fault));
    }

    /// Forgets the faults that have not been met.
    pub(crate) fn no_faults(&self) {
        self.shared.faults.lock().unwrap().clear();
    }

    /// Everything asked so far, oldest first.
    pub(crate) fn traffic(&self) -> Vec<Traffic> {
        self.shared.traffic.lock().unwrap().clone()
    }

    /// How many requests of this route came.
    pub(crate) fn count(&self, route: Route) -> usize {
        self.traffic().iter().filter(|request| request.route == Some(route)).count()
    }

    /// Forgets the requests so far.
    pub(crate) fn forget_traffic(&self) {
        self.shared.traffic.lock().unwrap().clear();
    }

    /// The `host:port` of every CONNECT that the proxy got.
    pub(crate) fn tunnels(&self) -> Vec<String> {
        self.shared.tunnels.lock().unwrap().clone()
    }

    /// The proxy through which `https://dev.azure.com` is this stand-in.
    pub(crate) fn proxy_url(&self) -> String {
        format!("http://{}", self.proxy)
    }

    /// The same, with a user and a password that the proxy does not ask for.
    pub(crate) fn proxy_url_with_password(&self) -> String {
        const PASSWORD: &str = "idle-pr0xy-passw0rd-83a1";
        canary::declare(PASSWORD);
        format!("http://bed:{PASSWORD}@{}", self.proxy)
    }

    /// From now on the proxy asks for user and password. Returns its URL with both.
    pub(crate) fn guard_proxy(&self) -> String {
        let userinfo = self.shared.proxy.lock().unwrap().guard();
        format!("http://{userinfo}@{}", self.proxy)
    }

    /// From now on the proxy opens no tunnel: it answers with this status, and offers these ways to sign in.
    pub(crate) fn refuse_tunnels(&self, status: u16, offered: &'static [&'static str]) {
        self.shared.proxy.lock().unwrap().refuse(status, offered);
    }

    /// Lets the proxy lead to another server of this machine by a host name that nothing else knows.
    pub(crate) fn lead_proxy(&self, host: &str, server: SocketAddr) {
        self.shared.proxy.lock().unwrap().lead(host, server);
    }

    /// `https://localhost:<port>`.
    pub(crate) fn https_base(&self) -> String {
        format!("https://localhost:{}", self.shared.tls_address.port())
    }

    /// `http://localhost:<port>`.
    pub(crate) fn http_base(&self) -> String {
        format!("http://localhost:{}", self.http.port())
    }

    /// The folder of all repositories, for an [`super::SshServer`].
    pub(crate) fn root(&self) -> &PathBuf {
        &self.shared.root
    }

    /// A new empty repository; names are found whatever their case.
    pub(crate) fn repository(&self, organisation: &str, project: &str, name: &str) -> Repository {
        Repository::create(&self.shared.root, organisation, project, name, &self.https_base())
    }
}
