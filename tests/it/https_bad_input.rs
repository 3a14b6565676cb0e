//! What can be wrong with a command, its token, its repository or its cluster: said exactly, before the first write.

use serde_json::json;

use crate::support::{
    AzureDevOps, ControlPlane, Fault, Identity, Lease, Output, Repository, Route, TestEnv, free_port,
};

/// A repository with one commit, and a cluster without Flux.
struct Bed {
    azure: AzureDevOps,
    fleet: Repository,
    plane: Lease,
    env: TestEnv,
    tip: Option<String>,
}

impl Bed {
    fn new() -> Self {
        let azure = AzureDevOps::start();
        let fleet = azure.repository("acme", "platform", "fleet").seed(&[("README.md", "hello\n")]);
        let plane = ControlPlane::lease();
        let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
        let tip = fleet.tip("main");
        Self { azure, fleet, plane, env, tip }
    }

    fn objects(&self) -> Vec<String> {
        ["namespaces", "secrets", "serviceaccounts"]
            .iter()
            .flat_map(|kind| {
                let list = self.plane.get(&format!("/api/v1/{kind}")).unwrap();
                list["items"].as_array().unwrap().iter().map(|item| item["metadata"].to_string()).collect::<Vec<_>>()
            })
            .filter(|metadata| metadata.contains("flux"))
            .collect()
    }

    /// Runs `flux bootstrap git --token-auth` with these arguments in `env`; nothing may have been written.
    fn run_in(&self, env: &TestEnv, arguments: &[&str], token: &str) -> Output {
        let run = env
            .flux(["bootstrap", "git", "--token-auth", "--timeout=20s"].iter().chain(arguments))
            .stdin(format!("{token}\n"))
            .run();
        assert_eq!(self.fleet.tip("main"), self.tip, "the repository is as it was");
        assert_eq!(self.azure.count(Route::Push), 0, "nothing was pushed");
        assert_eq!(self.objects(), Vec::<String>::new(), "nothing was applied");
        run
    }

    fn refused(&self, arguments: &[&str], token: &str, code: i32, says: &str) {
        let run = self.run_in(&self.env, arguments, token);
        assert_failure(&run, code, says);
    }
}

/// The failure's words, from its first line on, are these.
#[track_caller]
fn assert_failure(run: &Output, code: i32, says: &str) {
    run.assert_code(code);
    let failure = run.stderr.find('✗').map_or("", |at| &run.stderr[at..]);
    if failure != says {
        run.fail(&format!("the failure does not read\n{says}"));
    }
}

const DONE: &str = "  done so far: nothing was pushed or applied; rerunning is safe\n";
const URL: &str = "--url=https://dev.azure.com/acme/platform/_git/fleet";
const WRONG_TOKEN: &str = "✗ `https://dev.azure.com/acme/platform/_git/fleet` did not accept the credentials: \
    TF400813: Resource not available for anonymous access. Client authentication required.\n  \
    caused by: organisation `acme` does not know this credential\n  \
    hint: The token has expired, was revoked, or is of another organisation. Make a token with the scope Code (Read & write) \
    at https://dev.azure.com/acme/_usersSettings/tokens\n";
const KNOWN: &str = "  caused by: this identity is `Build\\7c1a2f4e` in organisation `acme`\n";

#[test]
fn what_the_git_server_refuses() {
    let bed = Bed::new();
    let (token, path) = (bed.azure.token(), "--path=clusters/a");
    let wrong = "a-token-that-nobody-has-given-out";
    bed.refused(&[URL, path], wrong, 3, &format!("{WRONG_TOKEN}{DONE}"));

    let none = bed.env.flux(["bootstrap", "git", URL, path, "--timeout=20s"]).run();
    assert_failure(
        &none,
        3,
        &format!(
            "✗ cannot sign in: no source of a token is configured\n  \
             caused by: `spn`: neither `AZURE_CLIENT_SECRET` nor `AZURE_CLIENT_CERTIFICATE_PATH` is set\n  \
             caused by: `workloadidentity`: `AZURE_FEDERATED_TOKEN_FILE` is not set\n  \
             caused by: `azurepipelines`: `SYSTEM_OIDCREQUESTURI`, `SYSTEM_ACCESSTOKEN` and \
             `AZURESUBSCRIPTION_SERVICE_CONNECTION_ID` are not set\n  \
             caused by: `githubactions`: `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN` are not set\n  \
             caused by: `jobtoken`: this is no job of Azure Pipelines (`TF_BUILD` is not set)\n  \
             caused by: `azurecli`: `az` is not installed\n  \
             caused by: `azd`: `azd` is not installed\n  \
             caused by: `credential-helper`: git has no `credential.helper` for this address\n  \
             caused by: `msi`: there is no managed identity service on this machine\n  \
             hint: Sign in with `az login`, or configure one of the sources named above.\n  \
             hint: Or give a token: on standard input with --token-auth, in GIT_PASSWORD, or with --password-file.\n{DONE}"
        ),
    );

    let sign_in = |status: u16, more: &str| {
        let first = format!(
            "✗ `https://dev.azure.com/acme/platform/_git/fleet` answered with a sign-in page (status {status})\n"
        );
        format!("{first}{more}{DONE}")
    };
    let (_, unknown) = WRONG_TOKEN.split_once('\n').unwrap();
    let no_read = "  caused by: `fleet` is there, but git may not read it\n  \
        hint: Grant this identity Read under Project settings > Repositories > Security: \
        https://dev.azure.com/acme/platform/_settings/repositories\n  \
        hint: A pipeline's own token also needs \"Limit job authorization scope to current project\" and \"Protect access to \
        repositories in YAML pipelines\" to allow it.\n";
    bed.azure.set(|service| service.sign_in_page = true);
    bed.refused(&[URL, path], wrong, 3, &sign_in(203, unknown));
    bed.azure.set(|service| service.sign_in_page = false);
    let page = "https://spsprodeus27.vssps.visualstudio.com/_signin?realm=dev.azure.com";
    bed.azure.fault(Route::AdvertiseFetch, 1, Fault::Redirect(page.to_owned()));
    bed.refused(&[URL, path], &token, 3, &sign_in(302, &format!("{KNOWN}{no_read}")));

    bed.refused(
        &["--url=https://dev.azure.com/acme/platform/_git/flet", path],
        &token,
        3,
        &format!(
            "✗ there is no repository at `https://dev.azure.com/acme/platform/_git/flet`, or this identity may not see it: \
             TF401019: The Git repository with name or identifier flet does not exist or you do not have permissions for the \
             operation you are attempting.\n{KNOWN}  \
             caused by: project `platform` has no repository `flet` that this identity may see\n  \
             hint: Did you mean `fleet`?\n  \
             hint: If there is none yet, have it made with --create-repository.\n{DONE}"
        ),
    );
    bed.azure.admit(Identity::reader("Build\\reader", "reader-token-of-the-bed"));
    bed.refused(
        &[URL, path],
        "reader-token-of-the-bed",
        3,
        &format!(
            "✗ cannot push to branch `main` of `https://dev.azure.com/acme/platform/_git/fleet`\n  \
             caused by: access to `https://dev.azure.com/acme/platform/_git/fleet` is forbidden: TF401027: You need the Git \
             'GenericContribute' permission to perform this action. Details: identity 'Build\\reader', scope 'repository'.\n  \
             caused by: this identity is `Build\\reader` in organisation `acme`\n  \
             hint: Grant this identity the named permission under Project settings > Repositories > Security; `GenericContribute` is \
             shown there as Contribute, and a new branch also needs Create branch. A pipeline's identity `Build\\<id>` is called \
             \"<project> Build Service (<organisation>)\".\n{DONE}"
        ),
    );
    bed.refused(
        &[URL, path, "--branch=prod"],
        &token,
        1,
        &format!(
            "✗ branch `prod` does not exist in the repository, which is not empty\n  caused by: it has `main`\n  \
             hint: Choose one of them with --branch, have it made with --create-branch, or create it first: `git push origin origin/main:refs/heads/prod`.\n{DONE}"
        ),
    );
}

#[test]
fn servers_that_cannot_be_reached_or_trusted() {
    let bed = Bed::new();
    let (token, path) = (bed.azure.token(), "--path=clusters/a");
    let stranger = TestEnv::new().with_azure(&bed.azure).with_cluster(&bed.plane).without_var("SSL_CERT_FILE");
    assert_failure(
        &bed.run_in(&stranger, &[URL, path], &token),
        1,
        &format!(
            "✗ cannot establish TLS with `dev.azure.com`: its certificate is signed by an unknown authority\n  \
             hint: If the server's certificate is signed by your own authority, name its file with --ca-file.\n{DONE}"
        ),
    );
    let dead = format!("127.0.0.1:{}", free_port());
    bed.refused(
        &[&format!("--url=https://{dead}/acme/platform/_git/fleet"), path],
        &token,
        1,
        &format!(
            "✗ cannot connect to `{dead}`\n  caused by: Connection refused\n  \
             hint: Check that the host and port are right and that no firewall is in between; behind a proxy, set HTTPS_PROXY.\n{DONE}"
        ),
    );
    let server = format!("--server=https://{dead}");
    let no_cluster = format!(
        "✗ cannot reach the API server `https://{dead}`: no connection: connection refused\n  \
         hint: Check that the cluster is running and that no firewall is between it and this machine.\n"
    );
    bed.refused(&[URL, path, &server], &token, 5, &format!("{no_cluster}{DONE}"));
    // Both problems are told in one run.
    bed.refused(
        &[URL, path, &server],
        "a-token-that-nobody-has-given-out",
        5,
        &format!("{no_cluster}{WRONG_TOKEN}{DONE}"),
    );
}

#[test]
fn what_is_wrong_before_anything_is_asked() {
    let bed = Bed::new();
    let (token, path) = (bed.azure.token(), "--path=clusters/a");
    for empty in ["", "\r", "\u{feff}"] {
        let says = "✗ the token is empty: give it on standard input, in `GIT_PASSWORD`, or with `--password-file`\n";
        bed.refused(&[URL, path], empty, 2, says);
    }
    bed.refused(
        &[URL, "--path=clusters/../../a"],
        &token,
        2,
        "✗ `--path` cannot be used\n  caused by: path `clusters/../../a` climbs above the root of the repository\n  \
         hint: Give a directory inside the repository, such as `clusters/my-cluster`.\n",
    );
    bed.refused(
        &[URL, path, "--context=prod"],
        &token,
        2,
        "✗ context `prod` does not exist in the kubeconfig; it knows `testbed`\n  hint: Choose one of those with --context.\n",
    );
    assert!(bed.azure.traffic().is_empty(), "the server was not even asked");
    let nowhere = TestEnv::new().with_azure(&bed.azure);
    assert_failure(
        &bed.run_in(&nowhere, &[URL, path], &token),
        5,
        &format!(
            "✗ no kubeconfig at `{}` and no in-cluster service account\n  \
             hint: Name a kubeconfig with --kubeconfig or KUBECONFIG, or run in a pod with a service account.\n{DONE}",
            nowhere.path("home/.kube/config").display()
        ),
    );
}

#[test]
fn an_identity_without_rights_in_the_cluster() {
    let bed = Bed::new();
    let reader = bed.plane.user(&json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]));
    let env = TestEnv::new().with_azure(&bed.azure).with_kubeconfig(&reader.kubeconfig);
    let run = bed.run_in(&env, &[URL, "--path=clusters/a"], &bed.azure.token());
    run.assert_code(5)
        .assert_stderr_contains(
            "✗ this identity lacks rights in the cluster that the plan needs\n  caused by: create, patch namespaces\n",
        )
        .assert_stderr_contains("  caused by: create, patch secrets in namespace `flux-system`\n")
        .assert_stderr_contains(&format!(
            "  hint: A bootstrap needs the rights of cluster-admin; check with `kubectl auth can-i create namespaces`.\n{DONE}"
        ));
    let lines: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with('✗')).collect();
    let distinct: std::collections::BTreeSet<&&str> = lines.iter().collect();
    assert_eq!(lines.len(), distinct.len(), "nothing is told twice: {lines:#?}");
}
