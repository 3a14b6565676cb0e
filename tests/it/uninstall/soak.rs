//! `make soak`: many uninstalls, each killed at another point; each is completed by the next run, and no workload is lost.

use std::time::Instant;

use super::{bootstrapped, flux_parts, wait_for_workloads, workloads};
use crate::support::{Scene, Tap, TestEnv};

/// How many runs are killed.
const RUNS: usize = 50;

/// A run whose way to the cluster leads through the tap.
fn tapped(scene: &Scene, tap: &std::sync::Arc<Tap>) -> (TestEnv, crate::support::Invocation) {
    let kubeconfig = scene.plane.kubeconfig().replace(&scene.plane.url(), &tap.front(&scene.plane.url()));
    let env = TestEnv::new().with_kubeconfig(&kubeconfig);
    let run = env.flux(["uninstall", "--silent"]);
    (env, run)
}

#[test]
#[ignore = "takes a quarter of an hour: make soak"]
fn killed_uninstalls_are_completed_by_the_next_run() {
    let scene = bootstrapped();
    let before = workloads(&scene.plane);
    let tap = Tap::new();
    tap.count_only();
    tapped(&scene, &tap).1.run().assert_success();
    let packets = tap.seen();
    for number in 0..RUNS {
        let started = Instant::now();
        scene.bootstrap(&[]).run().assert_success();
        wait_for_workloads(&scene.plane);
        let at = (number * packets + packets / 2) / RUNS;
        let delivers = number % 2 == 0;
        tap.stop_at(at, "KILL", delivers);
        let (_env, run) = tapped(&scene, &tap);
        let running = run.spawn();
        tap.watch(&running);
        let killed = running.wait();
        tap.count_only();
        let left = flux_parts(&scene.plane).len();
        let rerun = scene.uninstall(&[]).run();
        rerun.assert_success();
        assert_eq!(flux_parts(&scene.plane), [""; 0], "packet {at}");
        assert_eq!(workloads(&scene.plane), before, "packet {at}");
        eprintln!(
            "uninstall {:2} of {RUNS}: killed with packet {at} of {packets} ({}, exit {}), {left} parts of Flux left; completed, 4 of 4 workloads, {:.1?}",
            number + 1,
            if delivers { "delivered" } else { "lost" },
            killed.code(),
            started.elapsed()
        );
    }
}
