//! Many at once.

use std::time::{Duration, Instant};

use super::puppets::Puppets;
use super::{Scene, bootstrap};
use crate::support::{KeyStanding, Running, SshServer, TestEnv, new_folder, new_key};

/// Bootstraps at the same time.
const MANY: usize = 12;

/// And over SSH, where each has sessions of its own to set up.
const OVER_SSH: usize = 4;

#[test]
fn twelve_bootstraps_of_twelve_paths_into_one_branch_all_land() {
    let scene = Scene::new();
    let environments: Vec<TestEnv> =
        (0..MANY).map(|_| TestEnv::new().with_azure(&scene.azure).with_cluster(&scene.plane)).collect();
    let start = Instant::now();
    Puppets::play(&scene.plane, &scene.fleet, || {
        let runs: Vec<Running> = environments
            .iter()
            .enumerate()
            .map(|(number, env)| {
                let own = [format!("--namespace=fleet-{number}"), format!("--path=clusters/{number}")];
                // Those that come late find the Flux of those that are through.
                let flags: Vec<&str> = own.iter().map(String::as_str).chain(["--allow-second-flux"]).collect();
                bootstrap(env, &scene.azure, &scene.fleet, &flags).spawn()
            })
            .collect();
        for run in runs {
            run.wait().assert_success().assert_stderr_contains("all components are healthy");
        }
    });
    eprintln!("{MANY} bootstraps at once in {:.1?}", start.elapsed());
    assert_eq!(scene.fleet.log("main").len(), MANY);
    assert_eq!(scene.fleet.files("main").len(), MANY * 3);
}

#[test]
fn bootstraps_over_ssh_into_one_branch_all_land() {
    let scene = Scene::new();
    let ssh = SshServer::start_azure(&scene.azure);
    let keys = new_folder("keys");
    let key = new_key(&keys, "id_rsa", "rsa", "");
    ssh.admit(&fs_err::read_to_string(key.with_extension("pub")).unwrap(), KeyStanding::Contributor);
    fs_err::write(keys.join("known_hosts"), ssh.known_hosts_line("127.0.0.1")).unwrap();
    let common = [
        format!("--url={}", ssh.url(&scene.fleet)),
        format!("--private-key-file={}", key.display()),
        format!("--known-hosts-file={}", keys.join("known_hosts").display()),
        "--components=source-controller,kustomize-controller".to_owned(),
        "--allow-second-flux".to_owned(),
    ];
    let environments: Vec<TestEnv> = (0..OVER_SSH).map(|_| TestEnv::new().with_cluster(&scene.plane)).collect();
    Puppets::play(&scene.plane, &scene.fleet, || {
        let start = |(number, env): (usize, &TestEnv)| {
            let own = [format!("--namespace=fleet-{number}"), format!("--path=clusters/{number}")];
            env.flux(["bootstrap", "git"].into_iter().chain(common.iter().chain(&own).map(String::as_str))).spawn()
        };
        let runs: Vec<Running> = environments.iter().enumerate().map(start).collect();
        for run in runs {
            run.wait().assert_success().assert_stderr_contains("all components are healthy");
        }
    });
    assert_eq!(scene.fleet.log("main").len(), OVER_SSH);
    assert_eq!(scene.fleet.files("main").len(), OVER_SSH * 3);
}

#[test]
fn a_busy_branch_and_two_runs_on_one_cluster() {
    let scene = Scene::new();
    // Three pushes lose their race, then the branch goes on while the cluster is waited for.
    scene.fleet.race("main", 3, &[("apps/a.yaml", "a: b")]);
    let second = TestEnv::new().with_azure(&scene.azure).with_cluster(&scene.plane);
    let both = [
        scene.bootstrap(&["--interval=5s"]).spawn(),
        bootstrap(&second, &scene.azure, &scene.fleet, &["--interval=5s"]).spawn(),
    ];
    crate::support::wait_for("our files", Duration::from_secs(60), || {
        scene.fleet.files("main").iter().any(|file| file.ends_with("gotk-sync.yaml")).then_some(())
    });
    for number in 0..4 {
        scene.fleet.commit("main", "Someone else goes on", &[("apps/a.yaml", &format!("a: {number}"))]);
    }
    let both = both.map(Running::wait);
    for run in &both {
        run.assert_success().assert_stderr_contains("all components are healthy");
    }
    let ours = scene.fleet.log("main").iter().filter(|commit| commit.message.starts_with("Add Flux")).count();
    assert_eq!(ours, 1);
}
