//! A run that is stopped at any point is completed by the next one: nothing lost, nothing twice.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::puppets::Puppets;
use super::{bootstrap, objects};
use crate::support::{
    AzureDevOps, ControlPlane, Invocation, KeyStanding, Lease, Output, Repository, SshServer, Tap, TestEnv, new_folder,
    new_key,
};

/// Points at which runs over https are stopped, spread over four scenarios.
const POINTS: usize = 44;

/// Points over SSH.
const SSH_POINTS: usize = 6;

/// Two controllers suffice: the others would be more of the same packets.
const COMPONENTS: &str = "--components=source-controller,kustomize-controller";

/// A whole first bootstrap.
struct Whole {
    packets: usize,
    /// What the cluster holds before.
    empty: Vec<String>,
    /// And after it.
    full: Vec<String>,
}

/// The way to the repository by SSH, through the tap.
struct Ssh {
    server: SshServer,
    /// `127.0.0.1:<port>`; one for all runs, since the cluster gets it too.
    front: String,
    keys: PathBuf,
}

struct Bench {
    azure: AzureDevOps,
    fleet: Repository,
    tap: Arc<Tap>,
    ssh: Option<Ssh>,
    /// Further flags of the runs over https.
    flags: &'static [&'static str],
    /// How many files the branch holds at the end.
    files: usize,
}

impl Bench {
    fn new() -> Self {
        let azure = AzureDevOps::start();
        let fleet = azure.repository("acme", "platform", "fleet");
        Self { azure, fleet, tap: Tap::new(), ssh: None, flags: &[], files: 3 }
    }

    fn over_ssh() -> Self {
        let bench = Self::new();
        let server = SshServer::start_azure(&bench.azure);
        let keys = new_folder("keys");
        let key = new_key(&keys, "id_rsa", "rsa", "");
        server.admit(&fs_err::read_to_string(key.with_extension("pub")).unwrap(), KeyStanding::Contributor);
        let front = bench.tap.front(&format!("ssh://127.0.0.1:{}", server.port()));
        let (front, port) = (front.trim_start_matches("ssh://").to_owned(), front.rsplit_once(':').unwrap().1);
        fs_err::write(keys.join("known_hosts"), format!("[127.0.0.1]:{port} {}\n", server.host_key())).unwrap();
        Self { ssh: Some(Ssh { server, front, keys }), ..bench }
    }

    /// A run in a home of its own, whose ways to the cluster and to the repository lead through the tap.
    fn run(&self, plane: &ControlPlane) -> (TestEnv, Invocation) {
        let kubeconfig = plane.kubeconfig().replace(&plane.url(), &self.tap.front(&plane.url()));
        let env = TestEnv::new().with_kubeconfig(&kubeconfig);
        let Some(ssh) = &self.ssh else {
            let env =
                env.var("https_proxy", self.tap.front(&self.azure.proxy_url())).var("no_proxy", "127.0.0.1,localhost");
            let flags: Vec<&str> = [COMPONENTS].iter().chain(self.flags).copied().collect();
            let run = bootstrap(&env, &self.azure, &self.fleet, &flags);
            return (env, run);
        };
        let file = |name: &str| ssh.keys.join(name).display().to_string();
        let run = env.flux([
            "bootstrap",
            "git",
            "--path=clusters/a",
            COMPONENTS,
            &format!("--private-key-file={}", file("id_rsa")),
            &format!("--known-hosts-file={}", file("known_hosts")),
            &format!("--url={}", ssh.server.url(&self.fleet).replace(&ssh.server.authority(), &ssh.front)),
        ]);
        (env, run)
    }

    fn whole(&self) -> Whole {
        let plane = ControlPlane::lease();
        let empty = objects(&plane, false);
        Puppets::play(&plane, &self.fleet, || self.run(&plane).1.run()).assert_success();
        Whole { packets: self.tap.seen(), empty, full: objects(&plane, false) }
    }

    /// Stops runs one after the other. What a stopped run left is completed by the next; where it left nothing, the
    /// next is a first run as good as any, so it may be stopped in its turn.
    fn stop_at(&self, points: &[usize], signals: [&'static str; 2], delivers: bool, whole: &Whole) {
        let mut plane: Option<Lease> = None;
        for (number, at) in points.iter().enumerate() {
            let signal = signals[number % 2];
            let plane_now = plane.take().unwrap_or_else(|| {
                self.fleet.delete_branch("main");
                ControlPlane::lease()
            });
            let is_last = number + 1 == points.len();
            let place = format!("packet {at}, {signal}");
            let completed = Puppets::play(&plane_now, &self.fleet, || {
                let touched = self.stopped(&plane_now, *at, signal, delivers, whole);
                (touched || is_last).then(|| self.complete(&plane_now, &place, &whole.full)).is_some()
            });
            plane = (!completed).then_some(plane_now);
        }
    }

    /// A run that is stopped; whether it changed anything.
    fn stopped(&self, plane: &ControlPlane, at: usize, signal: &'static str, delivers: bool, whole: &Whole) -> bool {
        let place = format!("packet {at}, {signal}");
        let (_env, run) = self.run(plane);
        self.tap.stop_at(at, signal, delivers);
        let running = run.spawn();
        self.tap.watch(&running);
        let stopped = running.wait();
        self.tap.count_only();
        let touched = self.fleet.tip("main").is_some() || objects(plane, false) != whole.empty;
        match signal {
            "KILL" => assert!(stopped.code() <= 0, "{place}: exit code {}", stopped.code()),
            // The last packets may go out when all is done.
            _ if stopped.code() == 0 => {}
            _ => assert_farewell(&stopped, signal, touched),
        }
        touched
    }

    fn complete(&self, plane: &ControlPlane, place: &str, whole: &[String]) {
        let rerun = self.run(plane).1.run();
        rerun.assert_success().assert_stderr_contains("all components are healthy");
        let log = self.fleet.log("main");
        if log.len() != 1 || self.fleet.files("main").len() != self.files {
            rerun.fail(&format!("{place}: the branch holds {log:#?}, {:?}", self.fleet.files("main")));
        }
        assert_eq!(objects(plane, false), whole, "{place}");
        let keys: &[&str] =
            if self.ssh.is_some() { &["identity", "identity.pub", "known_hosts"] } else { &["password", "username"] };
        assert_eq!(plane.secret_keys("flux-system", "flux-system"), keys);
    }
}

#[track_caller]
fn assert_farewell(stopped: &Output, signal: &str, touched: bool) {
    let name = if signal == "INT" { "Ctrl-C" } else { "SIGTERM" };
    stopped
        .assert_code(130)
        .assert_stderr_contains(&format!("✗ interrupted by {name}"))
        .assert_stderr_contains("done so far: ")
        .assert_stderr_contains("rerunning is safe");
    if touched {
        stopped.assert_stderr_lacks("nothing was pushed or applied");
    }
}

/// A quarter of the points over https.
fn quarter(number: usize, signals: [&'static str; 2], delivers: bool) {
    static WHOLE: OnceLock<Whole> = OnceLock::new();
    let (start, bench) = (Instant::now(), Bench::new());
    let whole = WHOLE.get_or_init(|| bench.whole());
    assert!(whole.packets > POINTS, "{} packets", whole.packets);
    let points: Vec<usize> = (number..POINTS).step_by(4).map(|point| point * whole.packets / POINTS).collect();
    bench.stop_at(&points, signals, delivers, whole);
    eprintln!("{} points of {} packets in {:.1?}", points.len(), whole.packets, start.elapsed());
}

#[test]
fn killed_before_a_packet_arrives_a_run_is_completed_by_the_next() {
    quarter(0, ["KILL", "TERM"], false);
}

#[test]
fn killed_after_a_packet_arrives_a_run_is_completed_by_the_next() {
    quarter(1, ["INT", "KILL"], true);
}

#[test]
fn interrupted_before_a_packet_arrives_a_run_is_completed_by_the_next() {
    quarter(2, ["TERM", "INT"], false);
}

#[test]
fn interrupted_after_a_packet_arrives_a_run_is_completed_by_the_next() {
    quarter(3, ["KILL", "TERM"], true);
}

#[test]
fn stopped_with_options_of_the_cluster_a_run_is_completed_by_the_next() {
    let flags = &["--multi-tenant", "--storage=1Gi", "--cluster-size=small"];
    let bench = Bench { flags, files: 5, ..Bench::new() };
    let whole = bench.whole();
    let points: Vec<usize> = (0..SSH_POINTS).map(|point| (point * 2 + 1) * whole.packets / (SSH_POINTS * 2)).collect();
    bench.stop_at(&points, ["KILL", "TERM"], true, &whole);
}

#[test]
fn stopped_over_ssh_a_run_is_completed_by_the_next() {
    let (start, bench) = (Instant::now(), Bench::over_ssh());
    let whole = bench.whole();
    let points: Vec<usize> = (0..SSH_POINTS).map(|point| (point * 2 + 1) * whole.packets / (SSH_POINTS * 2)).collect();
    bench.stop_at(&points, ["TERM", "KILL"], false, &whole);
    eprintln!("{SSH_POINTS} points of {} packets over SSH in {:.1?}", whole.packets, start.elapsed());
}
