//! A rotation that is killed at any point is completed by the next one.

use std::sync::Arc;
use std::time::Instant;

use super::SECRET;
use crate::support::{Invocation, Scene, Tap, TestEnv};

/// Points at which a rotation is killed.
const POINTS: usize = 12;

/// How many rotations `make soak` kills.
const RUNS: usize = 50;

struct Bench {
    scene: Scene,
    tap: Arc<Tap>,
    env: TestEnv,
}

impl Bench {
    fn new() -> Self {
        let (scene, tap) = (Scene::bootstrapped(), Tap::new());
        let kubeconfig = scene.plane.kubeconfig().replace(&scene.plane.url(), &tap.front(&scene.plane.url()));
        let env = TestEnv::new()
            .with_kubeconfig(&kubeconfig)
            .var("https_proxy", tap.front(&scene.azure.proxy_url()))
            .var("no_proxy", "127.0.0.1,localhost");
        Self { scene, tap, env }
    }

    fn rotate(&self, token: &str) -> Invocation {
        self.env.flux(["rotate", "source", "git"]).stdin(token)
    }
}

/// Kills one rotation at each of so many points, and completes each by the next; tells of each where that is wanted.
fn kill_at(points: usize, mut tell: impl FnMut(usize, String)) {
    let bench = Bench::new();
    bench.tap.count_only();
    let mut current = bench.scene.reader("token-0");
    bench.rotate(&current).run().assert_success();
    let packets = bench.tap.seen();
    let mut left_old = 0;
    for point in 0..points {
        let started = Instant::now();
        let (at, delivers) = (point * packets / points, point % 2 == 1);
        let next = bench.scene.reader(&format!("token-{}", point + 1));
        let run = bench.rotate(&next);
        bench.tap.stop_at(at, "KILL", delivers);
        let running = run.spawn();
        bench.tap.watch(&running);
        let killed = running.wait();
        let held = bench.scene.password();
        assert!(held == current || held == next, "packet {at} of {packets}: the Secret holds neither token");
        left_old += usize::from(held == current);
        // The last packets may go out when all is done.
        assert!(killed.code() <= 0, "packet {at}: exit code {}", killed.code());
        bench.tap.count_only();
        let rerun = bench.rotate(&next).run();
        rerun.assert_success();
        assert_eq!(bench.scene.password(), next, "packet {at}");
        assert_eq!(bench.scene.plane.secret_keys(SECRET[0], SECRET[1]), ["password", "username"]);
        bench.scene.azure.revoke(&current);
        let holds = if held == current { "old" } else { "new" };
        current = next;
        let sent = if delivers { "delivered" } else { "lost" };
        let (exit, took) = (killed.code(), started.elapsed());
        let told = format!(
            "killed with packet {at} of {packets} ({sent}, exit {exit}), the Secret holds the {holds} token; completed, {took:.1?}"
        );
        tell(point, told);
    }
    assert!((1..points).contains(&left_old), "{left_old} of {points} were killed before the write");
}

#[test]
fn killed_at_any_packet_a_rotation_is_completed_by_the_next() {
    kill_at(POINTS, |_, _| ());
}

#[test]
#[ignore = "takes minutes: make soak"]
fn soak_killed_rotations_are_completed_by_the_next() {
    kill_at(RUNS, |point, told| eprintln!("rotation {:2} of {RUNS}: {told}", point + 1));
}
