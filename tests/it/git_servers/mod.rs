//! Git servers that do not stand on git: dulwich, JGit and go-git. The cluster's source-controller reads from them, too.

mod server;

use crate::support::{ControlPlane, Invocation, TestEnv};
use server::{GitServer, Maker, TOKEN};

const SYNC: &str = "clusters/a/flux-system/gotk-sync.yaml";

fn bootstrap(env: &TestEnv, server: &GitServer, flags: &[&str]) -> Invocation {
    let url = format!("--url={}", server.url());
    let arguments = ["bootstrap", "git", "--token-auth", "--allow-insecure-http=true", "--path=clusters/a", &url];
    env.flux(arguments.iter().chain(flags)).stdin(TOKEN)
}

/// A first bootstrap, a rerun, a lost race and a refusal, at one server.
fn bootstraps(maker: Maker) {
    let server = GitServer::start(maker);
    let plane = ControlPlane::lease();
    let env = TestEnv::new().with_cluster(&plane);

    bootstrap(&env, &server, &[]).stdin("another token").run().assert_code(3);
    bootstrap(&env, &server, &[]).run().assert_success();
    let first = server.log();
    assert_eq!(first.len(), 1, "{first:?}");
    bootstrap(&env, &server, &[]).run().assert_success();
    assert_eq!(server.log(), first, "a rerun commits nothing");

    server.lose_next_push();
    bootstrap(&env, &server, &["--interval=5m"])
        .run()
        .assert_success()
        .assert_stderr_contains("someone else pushed first");
    let after = server.log();
    assert_eq!((after.len(), after[1].as_str()), (3, "else"));
    assert_eq!(server.file("README.md"), "hello");
    assert!(server.file(SYNC).contains("interval: 5m0s"), "{}", server.file(SYNC));

    server.protect("policy 7: changes need a review");
    let run = bootstrap(&env, &server, &["--interval=7m"]).run();
    run.assert_code(4).assert_stderr_contains("policy 7: changes need a review");
    assert_eq!(server.log(), after, "a refused push changes nothing");
}

#[test]
fn a_server_of_dulwich_takes_a_bootstrap_a_rerun_a_lost_race_and_refuses() {
    bootstraps(Maker::Dulwich);
}

#[test]
fn a_server_of_jgit_takes_a_bootstrap_a_rerun_a_lost_race_and_refuses() {
    bootstraps(Maker::JGit);
}

#[test]
fn a_server_of_go_git_takes_a_bootstrap_a_rerun_a_lost_race_and_refuses() {
    bootstraps(Maker::GoGit);
}
