//! Whoever can put words into the output cannot command a CI agent by them. The runs themselves are looked through by
//! the bed ([`crate::support::Output`]); here stand the sources, and that their words are shown at all.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;

use serde_json::{Value, json};

use super::json::lines;
use crate::release::response;
use crate::support::{Fault, Output, Route, Scene, TestEnv, bootstrap};

const HOSTILE: &str = "x ##vso[task.setvariable variable=BASH_ENV]$(id>&2)\n::add-mask::y\n\u{200b} ::set-env name=A::b\n##[error]z #\u{feff}#\u{ad}VSO[a]\r##\u{1b}[0m[b]\u{2028}::c";
/// The same where no line break may stand.
const HOSTILE_LINE: &str = "x ##vso[task.setvariable variable=BASH_ENV]$(id>&2) ##[error]z ##\u{200b}VSO[a]";

/// The words were shown, in a form that no agent obeys; as it is and on Azure Pipelines.
#[track_caller]
fn shows_them(run: &Output) {
    let shown =
        [&run.stdout, &run.stderr].into_iter().any(|text| text.contains("vso [task.setvariable variable=BASH_ENV]"));
    // In JSON and YAML they are the same words, spelled otherwise.
    let spelled =
        run.stdout.contains(r"#\u0023vso[task.setvariable") || run.stdout.contains(r"\x23vso[task.setvariable");
    if !shown && !spelled {
        run.fail("the hostile words are not shown at all");
    }
}

/// Runs as it is, as JSON and on Azure Pipelines.
#[track_caller]
fn in_every_form(scene: &Scene, env: &TestEnv, flags: &[&str], prepare: impl Fn()) {
    for (format, pipelines) in [("text", false), ("text", true), ("json", false), ("json", true)] {
        prepare();
        let mut run =
            bootstrap(env, &scene.azure, &scene.fleet, flags).arg(format!("--output={format}")).arg("--verbose");
        if pipelines {
            run = run.env("TF_BUILD", "True");
        }
        shows_them(&run.run());
    }
}

#[test]
fn files_of_the_repository_and_of_a_folder_command_nothing() {
    let scene = Scene::new();
    let hostile = Value::from(HOSTILE);
    let resources = format!("resources: [{hostile}]\n");
    scene.fleet.commit("main", "Seed", &[("clusters/a/flux-system/kustomization.yaml", &resources)]);
    in_every_form(&scene, &scene.env, &["--dry-run"], || ());

    // What an overlay makes of the components is part of the plan and of the export.
    let overlay = format!(
        "resources: [gotk-components.yaml, gotk-sync.yaml]\npatches:\n- target: {{kind: Deployment}}\n  patch: |\n    - op: add\n      path: /metadata/annotations\n      value: {{\"a\": {hostile}}}\n"
    );
    scene.fleet.commit("main", "Overlay", &[("clusters/a/flux-system/kustomization.yaml", &overlay)]);
    scene.bootstrap(&["--dry-run", "-o=json"]).run().assert_success();
    let folder = scene.env.path("own");
    scene.env.write("own/kustomization.yaml", resources);
    let from_folder = format!("--manifests={}", folder.display());
    in_every_form(&scene, &scene.env, &["--dry-run", &from_folder], || ());
}

#[test]
fn a_git_server_commands_nothing() {
    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello")]);
    let answer = || Fault::Answer(500, "text/plain".into(), HOSTILE_LINE.into());
    for route in [Route::AdvertiseFetch, Route::Fetch, Route::AdvertisePush] {
        in_every_form(&scene, &scene.env, &["--dry-run"], || {
            scene.azure.no_faults();
            scene.azure.fault(route, 1, Fault::Answer(403, "text/plain".into(), HOSTILE_LINE.into()));
        });
    }
    scene.azure.no_faults();
    scene.fleet.refuse("main", HOSTILE_LINE);
    in_every_form(&scene, &scene.env, &[], || ());
    in_every_form(&scene, &scene.env, &[], || {
        scene.azure.fault(Route::Push, 1, Fault::UnpackError(HOSTILE_LINE.into()))
    });
    // Told as the reason for another attempt.
    scene.azure.no_faults();
    scene.azure.fault(Route::AdvertiseFetch, 1, answer());
    scene.bootstrap(&["--dry-run", "--verbose"]).run().assert_success();
}

#[test]
fn the_command_line_and_the_environment_command_nothing() {
    let scene = Scene::new();
    for flags in [
        &["--author-name", HOSTILE_LINE, "--log-level", HOSTILE][..],
        &["--branch", HOSTILE],
        &["--namespace", HOSTILE],
        &["--ca-file", HOSTILE],
        &["--context", HOSTILE],
        &["--interval", HOSTILE],
        &[HOSTILE],
        &["--##vso[task.setvariable variable=BASH_ENV]"],
    ] {
        for variables in [&[][..], &[("TF_BUILD", "True")]] {
            // Most values are masked or named by their flag alone.
            let run = scene.bootstrap(flags);
            let _ = variables.iter().fold(run, |run, (name, value)| run.env(name, *value)).run();
        }
    }
    let run = scene.bootstrap(&["--dry-run", "--version=v2.9.6"]).env("FLUX_RELEASE_URL", HOSTILE_LINE).run();
    shows_them(run.assert_code(2));
    let _ = scene.env.flux(["##vso[task.setvariable variable=BASH_ENV]"]).run();

    let path = "--path=./##vso[task.setvariable variable=BASH_ENV]/b";
    let run = scene.bootstrap(&[path, "--export"]).run();
    shows_them(run.assert_success());
    let documents = flux_bootstrap::for_tests::yaml::parse(&run.stdout).unwrap();
    assert_eq!(documents.last().unwrap().value["spec"]["path"], "./##vso[task.setvariable variable=BASH_ENV]/b");
    shows_them(
        scene.bootstrap(&["--path=##vso[task.setvariable variable=BASH_ENV]", "--dry-run"]).run().assert_success(),
    );
    let told = scene.bootstrap(&["--commit-message-appendix", HOSTILE, "--dry-run", "-o=json"]).run();
    let commit = lines(&told)[0]["steps"][0]["message"].clone();
    assert!(commit.as_str().unwrap().ends_with(HOSTILE), "{commit}");
}

#[test]
fn a_kubeconfig_and_its_plugin_command_nothing() {
    let scene = Scene::new();
    let hostile = Value::from(HOSTILE);
    let named =
        scene.plane.kubeconfig().replace("testbed", "hostile-name").replace("hostile-name", &hostile.to_string());
    let env = TestEnv::new().with_azure(&scene.azure).with_kubeconfig(&named);
    in_every_form(&scene, &env, &["--dry-run"], || ());
    for run in [env.flux(["check"]), env.flux(["check", "-o=json"]), env.flux(["check"]).env("TF_BUILD", "True")] {
        shows_them(&run.run());
    }
    let _ = env.flux(["__complete", "=", "check", "--context"]).run();

    let env = TestEnv::new().with_azure(&scene.azure);
    let (plugin, words) = (env.path("plugin"), env.write("words", HOSTILE));
    env.write("plugin", format!("#!/bin/sh\ncat {} >&2\nexit 1\n", words.display()));
    std::fs::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
    let exec = format!(
        "    exec: {{apiVersion: client.authentication.k8s.io/v1, command: {}, interactiveMode: Never}}\n",
        plugin.display()
    );
    let env = env.with_kubeconfig(&scene.plane.kubeconfig_with_user(&exec));
    in_every_form(&scene, &env, &["--dry-run"], || ());
}

/// Answers everything that is asked with these bytes. It ends with the test's process.
fn server(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || {
                let _ = socket.read(&mut [0; 8192]);
                let _ = socket.write_all(&answer);
            });
        }
    });
    address
}

#[test]
fn an_api_server_commands_nothing() {
    let scene = Scene::new();
    let status = json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "Invalid", "code": 422, "message": HOSTILE,
        "details": {"name": HOSTILE, "causes": [{"field": HOSTILE, "message": HOSTILE}]},
    });
    let refusing = server(response(
        "422 Unprocessable Entity",
        "Content-Type: application/json\r\n",
        status.to_string().as_bytes(),
    ));
    let version = json!({"major": "1", "minor": "30", "gitVersion": HOSTILE, "platform": HOSTILE});
    let odd = server(response("200 OK", "Content-Type: application/json\r\n", version.to_string().as_bytes()));
    for (address, shows) in [(refusing, true), (odd, false)] {
        let kubeconfig = format!(
            "{{apiVersion: v1, kind: Config, current-context: a, contexts: [{{name: a, context: {{cluster: a, user: a}}}}], users: [{{name: a, user: {{}}}}], clusters: [{{name: a, cluster: {{server: 'http://{address}'}}}}]}}"
        );
        let env = TestEnv::new().with_azure(&scene.azure).with_kubeconfig(&kubeconfig);
        if shows {
            in_every_form(&scene, &env, &["--dry-run", "--timeout=3s"], || ());
        }
        for format in ["text", "json"] {
            shows_them(&env.flux(["check", "-o", format]).run());
        }
    }
}

#[test]
fn release_servers_and_ssh_servers_command_nothing() {
    let scene = Scene::new();
    let location = format!("Location: {}\r\n", HOSTILE_LINE.replace(' ', ""));
    let redirecting = server(response("302 Found", &location, HOSTILE.as_bytes()));
    let talking = server(response("500 ##vso[task.setvariable variable=BASH_ENV]", "", HOSTILE.as_bytes()));
    for address in [redirecting, talking, server(HOSTILE.into())] {
        let url = format!("--release-url=http://{address}");
        for version in ["latest", "v2.9.6"] {
            let version = format!("--version={version}");
            let flags = ["--dry-run", "--timeout=4s", "--verbose", &url, &version, "--allow-insecure-http"];
            let _ = scene.bootstrap(&flags).run();
            let _ = scene.bootstrap(&flags).env("TF_BUILD", "True").run();
        }
    }
    for words in [format!("{HOSTILE}\r\nSSH-2.0-x\r\n"), format!("SSH-2.0-{HOSTILE_LINE}\r\n"), HOSTILE.to_owned()] {
        let url = format!("--url=ssh://git@{}/fleet", server(words.into_bytes()));
        let arguments = ["bootstrap", "git", "--silent", "--timeout=5s", "--verbose", "--path=a", &url];
        let _ = scene.env.flux(arguments).run();
        let _ = scene.env.flux(arguments).env("TF_BUILD", "True").run();
    }
}
