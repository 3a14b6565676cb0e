//! The reference's recorded runs over https, repeated: the same files, secrets and field managers, in one commit.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::{AzureDevOps, ControlPlane, Identity, Route, TestCa, TestEnv};

/// A recorded run and what it left.
struct Golden {
    name: &'static str,
    arguments: &'static [&'static str],
    /// What stands before the host in the URL.
    user: &'static str,
    folder: &'static str,
    branch: &'static str,
    namespace: &'static str,
    secret: &'static str,
    /// The secret's keys; `TOKEN` and `CA` stand for what was given.
    keys: &'static [(&'static str, &'static str)],
    author: &'static str,
    appendix: &'static str,
}

const TOKEN: Golden = Golden {
    name: "https-token",
    arguments: &["--token-auth=true", "--branch=main", "--path=clusters/my-cluster"],
    user: "",
    folder: "clusters/my-cluster/flux-system",
    branch: "main",
    namespace: "flux-system",
    secret: "flux-system",
    keys: &[("ca.crt", "CA"), ("password", "TOKEN"), ("username", "git")],
    author: "Flux <>",
    appendix: "",
};

const RUNS: [Golden; 4] = [
    TOKEN,
    Golden { name: "https-token-root", arguments: &["--token-auth=true"], folder: "flux-system", ..TOKEN },
    Golden {
        name: "https-token-options",
        arguments: &[
            "--token-auth",
            "-n",
            "gitops",
            "--secret-name=creds",
            "--interval=5m",
            "--branch=prod",
            "--recurse-submodules",
            "--sparse-checkout=clusters/a",
            "--path=./clusters/a/",
            "--components-extra=image-reflector-controller,image-automation-controller,source-watcher",
            "--author-name=bot",
            "--author-email=bot@corp.local",
            "--commit-message-appendix=[skip ci]",
            "--username=fleet-bot",
        ],
        user: "fleet@",
        folder: "clusters/a/gitops",
        branch: "prod",
        namespace: "gitops",
        secret: "creds",
        keys: &[("ca.crt", "CA"), ("password", "TOKEN"), ("username", "fleet-bot")],
        author: "bot <bot@corp.local>",
        appendix: "\n\n[skip ci]",
    },
    Golden {
        name: "https-bearer",
        arguments: &["--with-bearer-token", "--path=clusters/my-cluster"],
        keys: &[("bearerToken", "TOKEN"), ("ca.crt", "CA")],
        ..TOKEN
    },
];

#[test]
fn the_first_command_of_the_guide() {
    repeat(&RUNS[0]);
}

#[test]
fn at_the_repositorys_root() {
    repeat(&RUNS[1]);
}

#[test]
fn with_many_options() {
    repeat(&RUNS[2]);
}

#[test]
fn with_a_bearer_token() {
    repeat(&RUNS[3]);
}

fn repeat(golden: &Golden) {
    let azure = AzureDevOps::start();
    let token = format!("{}-{}", golden.name, azure.token());
    azure.admit(Identity::contributor("Build\\golden", &token).with_bearer_token());
    let fleet = azure.repository("fleet", "platform", "clusters");
    let plane = ControlPlane::lease();
    plane.use_azure(&azure);
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    let url = fleet.url();
    let given = url.replace("https://", &format!("https://{}", golden.user));
    let ca = format!("--ca-file={}", TestCa::shared().file().display());
    let run = env
        .flux(["bootstrap", "git", "--url", &given, &ca].iter().chain(golden.arguments))
        .stdin(format!("{token}\n"))
        .run();
    run.assert_success();
    assert_eq!(run.stdout, "", "narration goes to standard error");

    let recorded = |file: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/runs").join(golden.name).join(file);
        fs_err::read_to_string(path).unwrap().replace("https://localhost:18443/fleet/platform/_git/clusters", &url)
    };
    for file in ["gotk-sync.yaml", "kustomization.yaml"] {
        let path = format!("{}/{file}", golden.folder);
        assert_eq!(fleet.file(golden.branch, &path), recorded(file), "{path}");
    }
    let files: BTreeSet<String> = fleet.files(golden.branch).into_iter().collect();
    let expected = ["gotk-components.yaml", "gotk-sync.yaml", "kustomization.yaml"];
    assert_eq!(files, expected.map(|file| format!("{}/{file}", golden.folder)).into());

    let log = fleet.log(golden.branch);
    let [commit] = &log[..] else { panic!("one commit, not {log:?}") };
    assert_eq!((commit.author.as_str(), commit.committer.as_str()), (golden.author, golden.author));
    assert_eq!(commit.message, format!("Add Flux v2.9.5 component and sync manifests{}", golden.appendix));
    assert_eq!(azure.count(Route::Push), 1, "one push");

    let keys: Vec<&str> = golden.keys.iter().map(|(key, _)| *key).collect();
    assert_eq!(plane.secret_keys(golden.namespace, golden.secret), keys);
    for (key, value) in golden.keys {
        let value = match *value {
            "TOKEN" => token.as_str(),
            "CA" => TestCa::shared().pem(),
            plain => plain,
        };
        assert_eq!(plane.secret_value(golden.namespace, golden.secret, key).unwrap(), value, "{key}");
    }
    let secret = plane.object("v1", "Secret", golden.namespace, golden.secret).unwrap();
    assert_eq!((&secret["type"], &secret["metadata"]["labels"]), (&"Opaque".into(), &serde_json::Value::Null));

    let revision = format!("{}@sha1:{}", golden.branch, commit.id);
    for (api, kind, at, writers) in [
        (
            "source.toolkit.fluxcd.io/v1",
            "GitRepository",
            "/status/artifact/revision",
            ["flux Apply", "kustomize-controller Apply", "source-controller Update", "source-controller Update status"],
        ),
        (
            "kustomize.toolkit.fluxcd.io/v1",
            "Kustomization",
            "/status/lastAppliedRevision",
            [
                "flux Apply",
                "gotk-kustomize-controller Update",
                "gotk-kustomize-controller Update status",
                "kustomize-controller Apply",
            ],
        ),
    ] {
        let object = plane.object(api, kind, golden.namespace, golden.namespace).unwrap();
        assert_eq!(object.pointer(at), Some(&revision.clone().into()), "{kind}");
        let (ready, ..) = plane.ready_condition(api, kind, golden.namespace, golden.namespace).unwrap();
        assert_eq!(ready, "True", "{kind}");
        assert_eq!(managers(&object), writers.map(str::to_owned).into(), "{kind}");
    }
    assert_narration(golden, &run.stderr, &url, &commit.id);
}

/// Who wrote an object, with which operation.
fn managers(object: &serde_json::Value) -> BTreeSet<String> {
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| {
            let text = |field: &str| entry[field].as_str().unwrap_or_default();
            format!("{} {} {}", text("manager"), text("operation"), text("subresource")).trim_end().to_owned()
        })
        .collect()
}

/// The reference's lines, with one committed and pushed pair, since there is one commit; the components are
/// rendered before anything is asked of the servers, and a URL is shown without its user.
fn assert_narration(golden: &Golden, stderr: &str, url: &str, commit: &str) {
    let (namespace, secret, branch) = (golden.namespace, golden.secret, golden.branch);
    let mut deployments =
        vec!["helm-controller", "kustomize-controller", "notification-controller", "source-controller"];
    if golden.namespace == "gitops" {
        deployments.extend(["image-reflector-controller", "image-automation-controller", "source-watcher"]);
    }
    deployments.sort_unstable();
    let ready: String = deployments.iter().map(|name| format!("✔ {name}: deployment ready\n")).collect();
    let expected = format!(
        "► cloning branch \"{branch}\" from Git repository \"{url}\"
✔ cloned repository
► generating component manifests
✔ generated component manifests
► generating sync manifests
✔ generated sync manifests
✔ committed component and sync manifests to \"{branch}\" (\"{commit}\")
► pushing component and sync manifests to \"{url}\"
► installing components in \"{namespace}\" namespace
✔ installed components
► determining if source secret \"{namespace}/{secret}\" exists
► generating source secret
► applying source secret \"{namespace}/{secret}\"
✔ reconciled source secret
► applying sync manifests
✔ reconciled sync configuration
◎ waiting for GitRepository \"{namespace}/{namespace}\" to be reconciled
✔ GitRepository reconciled successfully
◎ waiting for Kustomization \"{namespace}/{namespace}\" to be reconciled
✔ Kustomization reconciled successfully
► confirming components are healthy
{ready}✔ all components are healthy
"
    );
    // What the cluster is, and why something is not ready yet, is said besides.
    let told: String = stderr
        .lines()
        .filter(|line| !line.starts_with("  ") && !line.starts_with("► connecting to cluster"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(told, expected);
}
