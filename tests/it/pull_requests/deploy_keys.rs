//! A deploy key that a run made is in the cluster before anything is waited for.

use super::{COMPONENTS, SOURCE, protected};
use crate::safety::puppets::Puppets;
use crate::support::{SshServer, Strategy};

#[test]
fn a_deploy_key_is_kept_from_the_first_run_to_the_second() {
    let scene = protected();
    let ssh = SshServer::start_azure(&scene.azure);
    let known_hosts = scene.env.write("work/known_hosts", ssh.known_hosts_line("127.0.0.1"));
    let host = format!("--ssh-hostname=127.0.0.1:{}", ssh.port());
    let known_hosts = format!("--known-hosts-file={}", known_hosts.display());
    let flags = ["--pull-request", "--token-auth=false", "--silent", &host, &known_hosts, COMPONENTS];
    let run = || scene.bootstrap(&flags).env("GIT_PASSWORD", scene.azure.token()).run();
    let first = run();
    first.assert_code(8).assert_stderr_contains("public key:").assert_stderr_contains("source secret");
    let key = || scene.plane.secret_value("flux-system", "flux-system", "identity.pub").unwrap();
    let made = key();
    assert!(first.stderr.contains(made.trim()), "the key that was shown is the one in the cluster");
    let definition = "gitrepositories.source.toolkit.fluxcd.io";
    let applied = scene.plane.object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", definition);
    assert!(applied.is_none(), "more than the Secret was applied");

    scene.fleet.complete(SOURCE, "main", Strategy::Squash).unwrap();
    let second = Puppets::play(&scene.plane, &scene.fleet, run);
    second.assert_success().assert_stderr_lacks("public key:");
    assert_eq!(key(), made);
}
