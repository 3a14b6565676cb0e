//! Runs that are stopped while they propose a change, or while they go on after its merge: the next one completes them, with one
//! pull request, one commit, and nothing in the cluster before the merge.

use std::sync::Arc;

use super::{COMPONENTS, SOURCE, assert_untouched};
use crate::safety::puppets::Puppets;
use crate::support::{Invocation, Output, Policy, Scene, Strategy, Tap, TestEnv, bootstrap};

/// Points at which runs are stopped that propose.
const PROPOSING: usize = 10;
/// Points at which runs are stopped that go on after the merge.
const GOING_ON: usize = 4;
const SIGNALS: [&str; 3] = ["KILL", "TERM", "INT"];

/// A repository whose main branch takes pull requests alone, and fronts of all servers.
struct Bench {
    scene: Scene,
    tap: Arc<Tap>,
}

impl Bench {
    fn new() -> Self {
        let scene = Scene::new();
        scene.fleet.commit("main", "Seed", &[("README.md", "hello")]);
        scene.fleet.policy("main", Policy::REVIEWERS, &serde_json::json!({}));
        Self { scene, tap: Tap::new() }
    }

    /// A run in a home of its own, whose ways lead through the tap.
    fn run(&self) -> (TestEnv, Invocation) {
        let Scene { azure, fleet, plane, .. } = &self.scene;
        let kubeconfig = plane.kubeconfig().replace(&plane.url(), &self.tap.front(&plane.url()));
        let env = TestEnv::new()
            .with_kubeconfig(&kubeconfig)
            .var("https_proxy", self.tap.front(&azure.proxy_url()))
            .var("no_proxy", "127.0.0.1,localhost");
        let run = bootstrap(&env, azure, fleet, &["--pull-request", COMPONENTS]);
        (env, run)
    }

    /// How many packets a whole run sends, and how it ends.
    fn whole(&self) -> (usize, Output) {
        self.tap.count_only();
        let run = self.run().1.run();
        (self.tap.seen(), run)
    }

    fn stopped(&self, at: usize, signal: &'static str, delivers: bool) -> Output {
        let (_env, run) = self.run();
        self.tap.stop_at(at, signal, delivers);
        let running = run.spawn();
        self.tap.watch(&running);
        let stopped = running.wait();
        self.tap.count_only();
        stopped
    }

    /// As before the first run, but for the numbers of pull requests.
    fn forget_proposal(&self) {
        for id in (1..).take(self.scene.fleet.pull_requests().len()) {
            self.scene.fleet.abandon_request(id);
        }
        self.scene.fleet.delete_branch(SOURCE);
    }

    /// The pull requests that are open.
    fn open(&self) -> usize {
        self.scene.fleet.pull_requests().iter().filter(|it| it["status"] == "active").count()
    }
}

#[test]
fn stopped_while_it_proposes_a_run_is_completed_by_the_next_with_one_pull_request() {
    let bench = Bench::new();
    let (packets, run) = bench.whole();
    run.assert_code(8);
    bench.forget_proposal();
    for point in 0..PROPOSING {
        let (at, signal) = (point * packets / PROPOSING, SIGNALS[point % 3]);
        let stopped = bench.stopped(at, signal, point % 2 == 0);
        let place = format!("packet {at} of {packets}, {signal}");
        match signal {
            "KILL" => assert!(stopped.code() <= 0 || stopped.code() == 8, "{place}: exit code {}", stopped.code()),
            // The last packets may go out when all is said.
            _ => assert!(matches!(stopped.code(), 8 | 130), "{place}: {}", stopped.stderr),
        }
        assert_untouched(&bench.scene);
        bench.run().1.run().assert_code(8);
        assert_eq!(bench.open(), 1, "{place}");
        let log = bench.scene.fleet.log(SOURCE);
        assert_eq!(log.len(), 2, "{place}: one commit on the target's: {log:?}");
        assert_untouched(&bench.scene);
        bench.forget_proposal();
    }
}

#[test]
fn stopped_after_the_merge_a_run_is_completed_by_the_next_and_proposes_nothing_more() {
    let bench = Bench::new();
    bench.run().1.run().assert_code(8);
    bench.scene.fleet.complete_request(1, Strategy::Squash);
    let Scene { fleet, plane, .. } = &bench.scene;
    let (packets, run) = Puppets::play(plane, fleet, || bench.whole());
    run.assert_success();
    for point in 0..GOING_ON {
        // What is applied is taken away again, so that every run is a first one.
        for definition in ["gitrepositories.source", "kustomizations.kustomize"] {
            let name = format!("{definition}.toolkit.fluxcd.io");
            plane.delete("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", &name);
        }
        let (at, signal) = ((point * 2 + 1) * packets / (GOING_ON * 2), SIGNALS[point % 3]);
        Puppets::play(plane, fleet, || {
            let stopped = bench.stopped(at, signal, point % 2 == 0);
            assert!(matches!(stopped.code(), -1 | 0 | 130), "packet {at}, {signal}: {}", stopped.stderr);
            bench.run().1.run().assert_success();
        });
        assert_eq!((bench.open(), fleet.log("main").len()), (0, 2), "packet {at}, {signal}");
        assert_eq!(plane.secret_keys("flux-system", "flux-system"), ["password", "username"]);
    }
}
