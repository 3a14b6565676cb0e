//! Every command of a fenced block in the README and docs/, run as it is written: names in angle brackets are filled in, `...`
//! stands for what was said before, and prelude.bash says what other programs are replaced by.

mod pages;
mod shell;

use std::collections::HashMap;

use flux_bootstrap::for_tests::yaml;

use crate::release::{Server, archive, response};
use crate::support::{Identity, KeyStanding, SOON, Strategy, TestCa, new_key, wait_for};
use pages::{Place, assert_all_taken, block};
use shell::Bed;

const README: &str = "README.md";
const AZURE: &str = "docs/getting-started-azure-devops.md";
const ROTATION: &str = "docs/rotation.md";
const MOVING: &str = "docs/moving.md";
const UNINSTALL: &str = "docs/uninstall.md";
const INSTALL: &str = "docs/install.md";
const BESIDE: &str = "docs/beside-the-reference.md";
const PROXIES: &str = "docs/air-gapped-and-proxies.md";
const OVERLAYS: &str = "docs/overlays.md";
const OPTIONS: &str = "docs/options.md";
const PULL_REQUESTS: &str = "docs/pull-requests.md";

const GETTING_STARTED: [Place; 8] = [
    (README, "flux check --pre"),
    (AZURE, "echo \"<token>\""),
    (README, "flux bootstrap git --dry-run"),
    (AZURE, "flux bootstrap git --url=https"),
    (AZURE, "ssh-keygen"),
    (AZURE, "flux check "),
    (README, "flux get"),
    (README, "flux reconcile"),
];

#[test]
fn the_three_forms_of_the_azure_guide() {
    let [pre, token, dry_run, generated, own_key, after, day_after, steered] = GETTING_STARTED.map(block);
    let bed = Bed::new();
    bed.run(&pre.code).assert_success();
    bed.run(&token.code).assert_success();
    let keys = ["password", "username"];
    assert_eq!(bed.plane.secret_keys("flux-system", "flux-system"), keys);
    let planned = bed.with("GIT_PASSWORD", &bed.azure.token()).run(&dry_run.code);
    planned.assert_success();
    assert!(planned.stdout.starts_with("Nothing would be changed."), "{}", planned.stdout);

    bed.confirm_key(&generated.code);
    assert_eq!(bed.plane.secret_keys("flux-system", "flux-system"), ["identity", "identity.pub", "known_hosts"]);

    // The key is registered between the two lines.
    let [make_key, use_key] = own_key.code.lines().collect::<Vec<_>>().try_into().unwrap();
    let mut terminal = bed.in_terminal(make_key);
    for prompt in ["Enter passphrase", "Enter same passphrase again"] {
        terminal.expect(prompt).type_text(&format!("{}\n", shell::PASSPHRASE));
    }
    terminal.finish().assert_success();
    let public = fs_err::read_to_string(bed.env.path("work/fleet-key.pub")).unwrap();
    bed.ssh.admit(&public, KeyStanding::Contributor);
    bed.run(use_key).assert_success();
    assert_eq!(bed.plane.secret_value("flux-system", "flux-system", "identity.pub").unwrap().trim(), {
        let words: Vec<&str> = public.split_whitespace().take(2).collect();
        words.join(" ")
    });
    bed.run(&after.code).assert_success();
    let listed = bed.run(&day_after.code);
    listed.assert_success();
    assert!(listed.stdout.contains("stored artifact for revision"), "{}", listed.stdout);
    bed.run(&steered.code).assert_success();
    assert_eq!(bed.fleet.log("main").len(), 2, "one commit for the token, one for the SSH address");
}

const ELSEWHERE: [Place; 3] =
    [(AZURE, "GIT_PASSWORD=<token> flux"), (README, "steps:"), (PROXIES, "flux bootstrap git ... --version=")];

#[test]
fn a_server_on_premises_then_a_pipeline_and_a_mirror() {
    let [on_premises, pipeline, mirror] = ELSEWHERE.map(block);
    let bed = Bed::new();
    let collection = bed.azure.repository("DefaultCollection", "platform", "fleet");
    let authority = TestCa::shared().pem();
    bed.env.write("work/company-ca.pem", authority);
    // The company's authority is not among the system's.
    let alone = bed.env.write("work/other-ca.pem", "");
    bed.with("SSL_CERT_FILE", &alone.display().to_string()).run(&on_premises.code).assert_success();
    assert_eq!(bed.plane.secret_keys("flux-system", "flux-system"), ["ca.crt", "password", "username"]);
    assert_eq!(collection.log("main").len(), 1);

    let bed = bed.new_cluster("production");
    let steps = yaml::parse_one(&pipeline.code).unwrap();
    let step = &steps["steps"][0];
    assert_eq!(step["env"]["GIT_PASSWORD"], "$(FLUX_GIT_TOKEN)");
    let script = step["script"].as_str().unwrap().replace("$(Build.Repository.Uri)", &bed.fleet.url());
    let run = bed.with("GIT_PASSWORD", &bed.azure.token()).with("TF_BUILD", "True").run(&script);
    run.assert_success();
    assert!(run.stdout.contains("##[group]"), "{}", run.stdout);

    let bytes = response("200 OK", "", &archive("tests/golden/release"));
    let server = Server::start(HashMap::from([("/flux2/releases/download/v2.9.4/manifests.tar.gz", bytes)]));
    // The mirror here has no certificate.
    let command = mirror.code.replace("https://mirror.example.com", &server.url);
    let command = command.replace("flux2/releases", "flux2/releases --allow-insecure-http");
    let run = bed.with("GIT_PASSWORD", &bed.azure.token()).rest("clusters/production").run(&command);
    run.assert_success();
    assert!(bed.fleet.file("main", "clusters/production/flux-system/gotk-components.yaml").contains("v2.9.4"));
}

const LATER: [Place; 7] = [
    (ROTATION, "echo \"<new token>\" | flux rotate source git\n"),
    (ROTATION, "echo \"<new token>\" | flux rotate source git --old"),
    (ROTATION, "GIT_PASSWORD=<token>"),
    (ROTATION, "flux rotate source git --generate-key"),
    (ROTATION, "flux rotate source git --private-key-file"),
    (ROTATION, "flux rotate source git --abort"),
    (MOVING, "git push <new-repository>"),
];

#[test]
fn rotations_and_a_move() {
    let [token, old, own, key, own_key, abort, moving] = LATER.map(block);
    let bed = Bed::new();
    bed.run(&block((AZURE, "echo \"<token>\"")).code).assert_success();
    let new = format!("{}new", bed.azure.token());
    bed.azure.admit(Identity::contributor("Build\\7c1a2f4e", &new));
    let (first, bed) = (bed.azure.token(), bed.with_token(&new));
    bed.run(&token.code).assert_success();
    bed.azure.revoke(&first);
    let file = bed.env.write("old-token", &first);
    let old = old.code.replace("<file with the old token>", &file.display().to_string());
    bed.run(&old).assert_success().assert_stderr_contains("old credential: revoked");
    assert_eq!(bed.plane.secret_value("flux-system", "flux-system", "password").unwrap(), new);
    assert_eq!(bed.fleet.log("main").len(), 1);

    let reader = format!("{new}-reader");
    bed.azure.admit(Identity::reader("Flux", &reader));
    let file = bed.env.write("cluster-token", &reader);
    bed.run(&own.code.replace("<file with the cluster's token>", &file.display().to_string())).assert_success();
    assert_eq!(bed.plane.secret_value("flux-system", "flux-system", "password").unwrap(), reader);

    // From here on with a key, and another one after it.
    let before = bed.confirm_key(&block((AZURE, "flux bootstrap git --url=https")).code);
    let mut terminal = bed.in_terminal(&key.code);
    terminal.expect("public key: ssh-rsa ").expect("[y/n]");
    let after = bed.plane.secret_value("flux-system", "flux-system-next", "identity.pub").unwrap().trim().to_owned();
    bed.ssh.admit(&after, KeyStanding::Reader);
    terminal.type_text("y\n").expect("old key: SHA256:").expect("remove it at");
    terminal.finish().assert_success();
    assert_ne!(before, after);
    assert_eq!(bed.plane.secret_value("flux-system", "flux-system", "identity.pub").unwrap().trim(), after);
    let own = new_key(&bed.env.path("work"), "own", "rsa", "");
    let public = fs_err::read_to_string(own.with_extension("pub")).unwrap();
    bed.ssh.admit(&public, KeyStanding::Reader);
    bed.run(&own_key.code.replace("<new key>", &own.display().to_string())).assert_success();
    let stored = bed.plane.secret_value("flux-system", "flux-system", "identity.pub").unwrap();
    assert!(public.starts_with(stored.trim()), "{stored}");
    bed.run(&abort.code).assert_success().assert_stderr_contains("no key waits");

    let second = bed.azure.repository("acme", "platform", "second");
    let clone = bed.clone_fleet();
    let code = moving.code.replace("<new-repository>", &second.url());
    let run = bed.with("GIT_PASSWORD", &new).rest("clusters/my-cluster").in_directory(&clone).run(&code);
    run.assert_success();
    let of_cluster = bed.plane.object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system");
    assert_eq!(of_cluster.unwrap()["spec"]["url"], second.url());
}

const LAST: [Place; 3] = [
    (UNINSTALL, "flux uninstall --dry-run"),
    (UNINSTALL, "flux uninstall\n"),
    (UNINSTALL, "GIT_PASSWORD=<token> flux uninstall"),
];

#[test]
fn the_end_of_a_cluster_s_flux() {
    let [dry_run, uninstall, git] = LAST.map(block);
    let bed = Bed::new();
    bed.run(&block((AZURE, "echo \"<token>\"")).code).assert_success();
    bed.run(&dry_run.code).assert_success().assert_stdout_contains("\n   Namespace/flux-system\n");
    let mut terminal = bed.in_terminal(&uninstall.code);
    terminal.expect("Go on? [y/n]").type_text("n\n");
    terminal.finish().assert_code(7);
    let mut terminal = bed.in_terminal(&uninstall.code);
    terminal.expect("Go on? [y/n]").type_text("y\n");
    terminal.finish().assert_success().assert_stdout_contains("gone: everything of Flux");
    assert!(bed.plane.object("v1", "Namespace", "", "flux-system").is_none());
    bed.run(&block((AZURE, "echo \"<token>\"")).code).assert_success();
    bed.run(&git.code).assert_success();
    assert_eq!(bed.fleet.files("main"), [""; 0]);
}

const CUSTOM: [Place; 10] = [
    (OVERLAYS, "mkdir"),
    (OVERLAYS, "# kustomization.yaml"),
    (PROXIES, "patches:"),
    (PROXIES, "flux bootstrap git ... --registry="),
    (INSTALL, "cargo install"),
    (INSTALL, "make static "),
    (INSTALL, "make image"),
    (INSTALL, "source <(flux"),
    (INSTALL, "flux completion powershell"),
    (BESIDE, "install"),
];

#[test]
fn installing_customising_and_living_beside_the_reference() {
    let [folder, overlay, proxy, registry, cargo, make, image, completion, powershell, beside] = CUSTOM.map(block);
    let bed = Bed::new();
    let clone = bed.clone_fleet();
    bed.with("CDPATH", "").in_directory(&clone).run(&folder.code).assert_success();
    // The two examples of patches in one file; the proxy is that of the bed.
    let patches =
        proxy.code.trim_start_matches("patches:\n").replace("http://proxy.example.com:3128", &bed.azure.proxy_url());
    let file = format!("{}{patches}", overlay.code);
    fs_err::write(clone.join("clusters/my-cluster/flux-system/kustomization.yaml"), &file).unwrap();
    bed.in_directory(&clone)
        .run("git add . && git commit --quiet --message Customise && git push --quiet origin main")
        .assert_success();

    let docker_config = r#"{"auths": {"registry.example.com": {"auth": "cm9ib3Q6c2VjcmV0"}}}"#;
    bed.env.write("home/.docker/config.json", docker_config);
    let told = bed.with("GIT_PASSWORD", &bed.azure.token()).rest("clusters/my-cluster");
    told.run(&registry.code).assert_success();
    let deployment = bed.plane.object("apps/v1", "Deployment", "flux-system", "source-controller").unwrap();
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    assert!(container["image"].as_str().unwrap().starts_with("registry.example.com/fluxcd/source-controller:"));
    assert!(container["args"].to_string().contains("--concurrent=20"), "{container}");
    assert!(container["env"].to_string().contains("NO_PROXY"), "{container}");
    assert_eq!(fs_err::read_to_string(clone.join("clusters/my-cluster/flux-system/kustomization.yaml")).unwrap(), file);

    bed.run(&cargo.code).assert_success();
    bed.run(&make.code).assert_success();
    let registry_kept = "--registry=registry.example.com/fluxcd --image-pull-secret=registry";
    told.run(&image.code.replace("--path=...", &format!("--path=... {registry_kept}"))).assert_success();
    let manual = bed.env.path("home/man");
    bed.run(&completion.code.replace("/usr/local/share/man/man1", &manual.display().to_string())).assert_success();
    assert!(manual.join("flux-bootstrap-git.1").exists());
    // PowerShell is not part of the test bed: what it is given to read is.
    let powershell = powershell.code.replace(" | Out-String | Invoke-Expression", "");
    assert!(!powershell.contains('|'));
    bed.run(&powershell).assert_stdout_contains("Register-ArgumentCompleter");

    bed.env.write("work/target/release/flux", fs_err::read(env!("CARGO_BIN_EXE_flux")).unwrap());
    let rest = format!("{registry_kept} ");
    let code = beside.code.replace("git ...", &format!("git ... {rest}"));
    told.with("REFERENCE_CLI", "yes").run(&code).assert_success();
    assert!(bed.env.path("home/.local/bin/flux-bootstrap").exists());
    assert_eq!(bed.fleet.log("main").len(), 2, "nothing changed after the first run");
}

const SET: [Place; 9] = [
    (OPTIONS, "flux bootstrap git ... --multi-tenant"),
    (OPTIONS, "flux bootstrap git ... --cluster-size"),
    (OPTIONS, "flux bootstrap git ... --controller-resources"),
    (OPTIONS, "flux bootstrap git ... --helm-oom-watch"),
    (OPTIONS, "flux bootstrap git ... --toleration"),
    (OPTIONS, "flux bootstrap git ... --storage"),
    (OPTIONS, "flux bootstrap git ... --controller-proxy"),
    (OPTIONS, "flux bootstrap git ... --controller-ca-file"),
    (OPTIONS, "flux bootstrap git ... --patch"),
];
const PATCH: [Place; 1] = [(OPTIONS, "# team.yaml")];
const SOURCE_PROXY: [Place; 1] = [(OPTIONS, "flux bootstrap git ... --source-proxy-file")];

#[test]
fn every_option_of_the_cluster_and_their_removal() {
    let bed = Bed::new();
    bed.run(&block((AZURE, "echo \"<token>\"")).code).assert_success();
    let tree = || bed.fleet.git(&["rev-parse", "main^{tree}"], b"");
    let before = tree();
    bed.env.write("work/team.yaml", &block(PATCH[0]).code);
    // The public authorities of this bed are those of the file.
    bed.env.write("work/company-ca.pem", TestCa::shared().pem());
    let told = bed.with("GIT_PASSWORD", &bed.azure.token()).rest("clusters/my-cluster");
    for place in SET {
        let commits = bed.fleet.log("main").len();
        let code = block(place).code.replace("http://proxy.example.com:3128", &bed.azure.proxy_url());
        told.run(&code).assert_success();
        assert_eq!(bed.fleet.log("main").len(), commits + code.lines().count(), "{code}");
    }
    let commits = bed.fleet.log("main").len();
    told.run("flux bootstrap git ... --dry-run").assert_success().assert_stdout_contains("Nothing would be changed.");
    assert_eq!(bed.fleet.log("main").len(), commits);
    let deployment = bed.plane.object("apps/v1", "Deployment", "flux-system", "source-controller").unwrap();
    let pod = &deployment["spec"]["template"]["spec"];
    assert_eq!(pod["nodeSelector"]["disk"], "ssd");
    assert!(pod["containers"][0]["args"].to_string().contains("--concurrent=10"), "{pod}");
    told.run("flux bootstrap git ... --options-reset").assert_success();
    assert_eq!(tree(), before, "with the last option all files are as before");

    // The source's own proxy is no option: it stands in gotk-sync.yaml, and its address in a Secret.
    bed.env.write("work/proxy.txt", bed.azure.proxy_url());
    told.run(&block(SOURCE_PROXY[0]).code).assert_success();
    let source =
        bed.plane.object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system").unwrap();
    assert_eq!(source["spec"]["proxySecretRef"]["name"], "flux-system-proxy");
}

const PROPOSED: [Place; 2] = [
    (PULL_REQUESTS, "GIT_PASSWORD=<token> flux bootstrap git --pull-request ..."),
    (PULL_REQUESTS, "GIT_PASSWORD=<token> flux bootstrap git --pull-request --pr-wait"),
];

#[test]
fn a_bootstrap_through_a_pull_request_in_two_runs_and_a_change_in_one() {
    let [propose, wait] = PROPOSED.map(block);
    let bed = Bed::new();
    bed.fleet.commit("main", "Seed", &[("README.md", "hello")]);
    bed.fleet.require_pull_request("main");
    let source = "flux-bootstrap/flux-system/clusters-my-cluster";
    let shell = bed.with("LANG", "C").rest("clusters/my-cluster");
    shell.run(&propose.code).assert_code(8);
    bed.fleet.complete(source, "main", Strategy::Squash).unwrap();
    shell.run(&propose.code).assert_success();

    // Another component, in one run.
    let code = wait.code.replace("--pr-wait", "--components-extra=source-watcher --pr-wait");
    let before = bed.fleet.tip(source);
    let run = shell.spawn(&code);
    wait_for("the proposal", SOON, || (bed.fleet.tip(source) != before).then_some(()));
    bed.fleet.complete(source, "main", Strategy::NoFastForward).unwrap();
    run.wait().assert_success();
}

#[test]
fn no_block_goes_untried() {
    assert_all_taken(&[&GETTING_STARTED, &ELSEWHERE, &LATER, &LAST, &CUSTOM, &SET, &PATCH, &SOURCE_PROXY, &PROPOSED]);
}
