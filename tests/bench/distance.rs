//! Servers at a distance, and a large cluster: seconds, round trips, connections.

use std::time::Duration;

use serde_json::json;

use crate::measure::{Bench, RUNS, Sample};
use crate::support::{AzureDevOps, ControlPlane, Lease, Relay, Repository, TestEnv};

/// Milliseconds each way. The last one is far beyond any real distance, and tells round trips from everything else.
const DELAYS: [u64; 4] = [0, 25, 50, 250];

/// What runs took at a distance.
pub(crate) struct Distance {
    pub(crate) delay: u64,
    pub(crate) first: Sample,
    pub(crate) rerun: Sample,
    /// Connections of a rerun: to the API server, and to Git's.
    pub(crate) connections: (usize, usize),
    /// Kilobytes of a rerun, both servers together.
    pub(crate) passed: f64,
}

/// A run's servers behind relays.
struct Afar {
    plane: Lease,
    fleet: Repository,
    env: TestEnv,
    api: Relay,
    git: Relay,
}

impl Afar {
    fn new(azure: &AzureDevOps, name: &str) -> Self {
        let (plane, fleet) = (ControlPlane::lease(), azure.repository("acme", "platform", name));
        plane.use_azure(azure);
        let address = |url: &str| url.rsplit(['/', '@']).next().unwrap().parse().unwrap();
        let api = Relay::to(address(&plane.url()));
        let proxy = azure.proxy_url_with_password();
        let git = Relay::to(address(&proxy));
        let kubeconfig = plane.kubeconfig().replace(&plane.url(), &format!("https://{}", api.address()));
        let proxy = proxy.replace(&address(&proxy).to_string(), &git.address().to_string());
        let env = TestEnv::new().with_azure(azure).var("https_proxy", proxy).with_kubeconfig(&kubeconfig);
        Self { plane, fleet, env: env.without_var("RUST_LOG"), api, git }
    }

    fn delay(&self, milliseconds: u64) {
        let delay = Duration::from_millis(milliseconds);
        self.api.delay(delay);
        self.git.delay(delay);
    }

    fn run(&self, bench: &Bench, flags: &[&str]) -> Sample {
        let output = self
            .env
            .program(&bench.flux, ["bootstrap", "git", "--token-auth", "--path=clusters/bench"])
            .arg(format!("--url={}", self.fleet.url()))
            .env("GIT_PASSWORD", bench.azure.token());
        let output = flags.iter().fold(output, |run, flag| run.arg(flag)).run();
        output.assert_success();
        Sample::of(&output)
    }
}

impl Bench {
    pub(crate) fn distances(&self) -> Vec<Distance> {
        let mut distances = Vec::new();
        for delay in DELAYS {
            eprintln!("measuring at {delay} ms each way");
            let afar = Afar::new(&self.azure, &format!("afar-{delay}"));
            afar.delay(delay);
            let first = afar.run(self, &[]);
            let rerun = Sample::median((0..RUNS).map(|_| afar.run(self, &[])).collect());
            let _ = (afar.api.take(), afar.git.take());
            afar.run(self, &[]);
            let (api, git) = (afar.api.take(), afar.git.take());
            let passed = (api.up + api.down + git.up + git.down) as f64 / 1e3;
            let connections = (api.connections, git.connections);
            let distance = Distance { delay, first, rerun, connections, passed };
            eprintln!("{}", distance.cells());
            distances.push(distance);
        }
        distances
    }

    /// A plan in a cluster with 5,000 Kustomizations of others and 300 definitions, 25 ms away; before it held them, and after.
    pub(crate) fn large_cluster(&self) -> (Sample, Sample) {
        let afar = Afar::new(&self.azure, "large-cluster");
        afar.run(self, &[]);
        afar.delay(25);
        // Another namespace is another Flux: every sync of the cluster is looked at for paths that lie in each other.
        let look = || {
            let flags = ["--dry-run", "--namespace=other", "--allow-second-flux", "--path=clusters/other"];
            Sample::median((0..RUNS).map(|_| afar.run(self, &flags)).collect())
        };
        let before = look();
        fill(&afar.plane);
        (before, look())
    }
}

fn fill(plane: &ControlPlane) {
    let post = |path: &str, object: &serde_json::Value| {
        let (status, answer) = plane.call("POST", path, "application/json", Some(object));
        assert_eq!(status, 201, "{answer}");
    };
    for team in 0..50 {
        let name = format!("team-{team}");
        post("/api/v1/namespaces", &json!({"metadata": {"name": name}}));
        for number in 0..100 {
            let sync = json!({
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
                "metadata": {"name": format!("app-{number}")},
                "spec": {"suspend": true, "interval": "1h", "prune": true, "path": format!("./apps/{team}/{number}"),
                    "sourceRef": {"kind": "GitRepository", "name": "apps"},
                    "postBuild": {"substitute": {"filler": "x".repeat(1500)}}},
            });
            post(&format!("/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{name}/kustomizations"), &sync);
        }
    }
    for number in 0..300 {
        let (plural, kind) = (format!("things{number}"), format!("Thing{number}"));
        let definition = json!({
            "metadata": {"name": format!("{plural}.example.com")},
            "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": plural, "kind": kind},
                "versions": [{"name": "v1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]},
        });
        post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &definition);
    }
}

impl Distance {
    pub(crate) fn cells(&self) -> String {
        let Self { delay, first, rerun, connections: (api, git), passed } = self;
        format!("| {delay} ms | {:.2} s | {:.2} s | {api} | {git} | {passed:.0} kB |", first.wall, rerun.wall)
    }
}

/// How many round trips runs wait for, from how they grow with the distance: first run, rerun.
pub(crate) fn round_trips(distances: &[Distance]) -> (f64, f64) {
    let (near, far) = (&distances[0], &distances[distances.len() - 1]);
    let trip = 2.0 * far.delay as f64 / 1e3;
    ((far.first.wall - near.first.wall) / trip, (far.rerun.wall - near.rerun.wall) / trip)
}
