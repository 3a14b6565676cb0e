//! A rotation in the cluster of a company: 300 GitRepositories and 3,000 Secrets, of which some hold the same token.

use std::time::Duration;

use serde_json::json;

use crate::support::Scene;
use crate::uninstall::size::{create, in_parallel};

const SOURCES: usize = 300;
const SECRETS: usize = 3_000;

#[test]
fn three_hundred_sources_and_three_thousand_secrets_are_looked_through() {
    let scene = Scene::bootstrapped();
    let (plane, old) = (&scene.plane, scene.password());
    plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: apps}}");
    in_parallel(SECRETS, |number| {
        // One in a thousand holds the token that is rotated.
        let password = if number % 1000 == 7 { old.clone() } else { format!("{number:0>60}") };
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": format!("secret-{number}")},
            "stringData": {"username": "git", "password": password, "more": "x".repeat(1500)}});
        create(plane, "/api/v1/namespaces/apps/secrets", &secret);
    });
    in_parallel(SOURCES, |number| {
        let spec = json!({"interval": "1h", "suspend": true, "url": "https://git.example.com/r", "ref": {"branch": "main"},
            "secretRef": {"name": format!("secret-{number}")}});
        let source = json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
            "metadata": {"name": format!("source-{number}")}, "spec": spec});
        create(plane, "/apis/source.toolkit.fluxcd.io/v1/namespaces/apps/gitrepositories", &source);
    });
    let new = scene.reader("token-of-size");
    for (flags, what) in [(&["--dry-run"][..], "dry run"), (&[], "run")] {
        let run = scene.rotate(&new, flags).without_log().run();
        run.assert_success();
        for number in [7, 1007, 2007] {
            let told = format!("{}{}", run.stdout, run.stderr);
            assert!(told.contains(&format!("apps/secret-{number}`")), "{what}: {told}");
        }
        eprintln!("{what}: {:.1?}, CPU {:.1?}, {} KiB", run.elapsed, run.usage.cpu, run.usage.peak_kib);
        assert!(run.usage.peak_kib < 64 << 10, "{what}: {} KiB", run.usage.peak_kib);
        // Of the unoptimised program.
        assert!(run.usage.cpu < Duration::from_secs(10), "{what}: {:?}", run.usage.cpu);
    }
    assert_eq!(scene.password(), new);
}
