//! A run that is stopped at any point is completed by the next one: nothing lost, nothing twice.

use std::sync::Arc;
use std::time::Instant;

use super::puppets::Puppets;
use super::{bootstrap, objects};
use crate::support::{AzureDevOps, ControlPlane, Repository, Tap, TestEnv};

/// Points per test; there are two.
const POINTS: usize = 22;

struct Bench {
    azure: AzureDevOps,
    fleet: Repository,
    tap: Arc<Tap>,
}

impl Bench {
    fn new() -> Self {
        let azure = AzureDevOps::start();
        let fleet = azure.repository("acme", "platform", "fleet");
        Self { azure, fleet, tap: Tap::new() }
    }

    /// A home whose ways to the cluster and to the repository lead through the tap.
    fn env(&self, plane: &ControlPlane) -> TestEnv {
        let kubeconfig = plane.kubeconfig().replace(&plane.url(), &self.tap.front(&plane.url()));
        TestEnv::new()
            .with_kubeconfig(&kubeconfig)
            .var("https_proxy", self.tap.front(&self.azure.proxy_url()))
            .var("no_proxy", "127.0.0.1,localhost")
    }

    /// How many packets a whole first bootstrap sends, and what it leaves in the cluster.
    fn whole(&self) -> (usize, Vec<String>) {
        let plane = ControlPlane::lease();
        let env = self.env(&plane);
        Puppets::play(&plane, &self.fleet, || bootstrap(&env, &self.azure, &self.fleet, &[]).run()).assert_success();
        (self.tap.seen(), objects(&plane, false))
    }

    fn stopped_at(&self, at: usize, signal: &'static str, delivers: bool, whole: &[String]) {
        self.fleet.delete_branch("main");
        let plane = ControlPlane::lease();
        let env = self.env(&plane);
        Puppets::play(&plane, &self.fleet, || {
            self.tap.stop_at(at, signal, delivers);
            let running = bootstrap(&env, &self.azure, &self.fleet, &[]).spawn();
            self.tap.watch(&running);
            let stopped = running.wait();
            let temporary = fs_err::read_dir(env.path("tmp")).unwrap().count();
            match signal {
                "KILL" => assert!(stopped.code() <= 0, "packet {at}: exit code {}", stopped.code()),
                // The last packets may go out when all is done.
                _ if stopped.code() == 0 => assert_eq!(temporary, 0),
                _ => {
                    let name = if signal == "INT" { "Ctrl-C" } else { "SIGTERM" };
                    stopped
                        .assert_code(130)
                        .assert_stderr_contains(&format!("✗ interrupted by {name}"))
                        .assert_stderr_contains("done so far: ")
                        .assert_stderr_contains("rerunning is safe");
                    assert_eq!(temporary, 0, "packet {at}: temporary files are left");
                }
            }
            self.tap.count_only();
            let rerun = bootstrap(&env, &self.azure, &self.fleet, &[]).run();
            rerun.assert_success().assert_stderr_contains("all components are healthy");
            let log = self.fleet.log("main");
            if log.len() != 1 || self.fleet.files("main").len() != 3 {
                rerun
                    .fail(&format!("packet {at}, {signal}: the branch holds {log:#?}, {:?}", self.fleet.files("main")));
            }
            assert_eq!(objects(&plane, false), whole, "packet {at}, {signal}");
            assert_eq!(plane.secret_keys("flux-system", "flux-system"), ["password", "username"]);
        });
    }
}

fn stop_at_points(signals: [&'static str; 2], delivers: bool) {
    let (start, bench) = (Instant::now(), Bench::new());
    let (packets, whole) = bench.whole();
    assert!(packets > POINTS, "{packets} packets");
    for point in 0..POINTS {
        let at = (point * 2 + usize::from(delivers)) * packets / (POINTS * 2);
        bench.stopped_at(at, signals[point % 2], delivers, &whole);
    }
    eprintln!("{POINTS} points of {packets} packets in {:.1?}", start.elapsed());
}

#[test]
fn killed_before_a_packet_arrives_a_run_is_completed_by_the_next() {
    stop_at_points(["KILL", "TERM"], false);
}

#[test]
fn killed_after_a_packet_arrives_a_run_is_completed_by_the_next() {
    stop_at_points(["INT", "KILL"], true);
}
