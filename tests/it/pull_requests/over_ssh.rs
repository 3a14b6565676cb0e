//! Git by a key, the pull request by a token.

use serde_json::json;

use super::{COMPONENTS, SOURCE};
use crate::support::{
    AzureDevOps, ControlPlane, Identity, Invocation, KeyStanding, Lease, OwnHosts, Policy, Repository, SshServer,
    TestEnv, declare_secret, new_key,
};

/// A key that is registered, and runs that push with it.
struct Bed {
    azure: AzureDevOps,
    fleet: Repository,
    _ssh: SshServer,
    plane: Lease,
    env: TestEnv,
    flags: Vec<String>,
}

impl Bed {
    fn new(passphrase: &str) -> Self {
        let hosts = OwnHosts::new();
        let azure = AzureDevOps::start();
        let ssh = SshServer::start_azure_on(&azure, &hosts);
        let fleet = azure.repository("acme", "platform", "fleet");
        fleet.commit("main", "Seed", &[("README.md", "hello")]);
        fleet.policy("main", Policy::REVIEWERS, &json!({}));
        let plane = ControlPlane::lease();
        plane.use_hosts(&hosts);
        let env = TestEnv::new().with_azure(&azure).with_hosts(&hosts).with_cluster(&plane);
        let known = env.write("known_hosts", ssh.known_hosts_line("ssh.dev.azure.com"));
        let key = new_key(&env.path("work"), "fleet", "rsa", passphrase);
        ssh.admit(&fs_err::read_to_string(key.with_extension("pub")).unwrap(), KeyStanding::Contributor);
        let url = format!("--url=ssh://git@ssh.dev.azure.com/{}", fleet.ssh_path());
        let known = format!("--known-hosts-file={}", known.display());
        let key = format!("--private-key-file={}", key.display());
        let flags = ["bootstrap", "git", "--path=clusters/a", "--pull-request", COMPONENTS, &url, &known, &key];
        let flags = flags.map(str::to_owned).to_vec();
        Self { azure, fleet, _ssh: ssh, plane, env, flags }
    }

    fn run(&self, secret: &str) -> Invocation {
        self.env.flux(&self.flags).env("GIT_PASSWORD", secret)
    }

    /// How the requests to the API were signed, each way once.
    fn shown(&self) -> Vec<String> {
        let mut shown: Vec<String> = self.azure.traffic().into_iter().map(|request| request.authorization).collect();
        shown.dedup();
        shown
    }
}

#[test]
fn a_token_beside_a_key_without_a_passphrase_opens_the_pull_request_and_goes_nowhere_else() {
    let bed = Bed::new("");
    let run = bed.run(&bed.azure.token()).run();
    run.assert_code(8).assert_stderr_contains("opened pull request 1");
    assert_eq!(bed.shown(), ["Basic"]);
    assert!(bed.azure.traffic().iter().all(|request| request.target.contains("/_apis/")), "git goes by SSH alone");
    assert_eq!(bed.fleet.log(SOURCE).len(), 2);
    bed.fleet.complete_request(1, crate::support::Strategy::Squash);
    bed.run(&bed.azure.token()).run().assert_success();
    assert_eq!(bed.plane.secret_keys("flux-system", "flux-system"), ["identity", "identity.pub", "known_hosts"]);
}

#[test]
fn what_unlocks_a_key_is_no_token_and_the_page_is_named() {
    const PASSPHRASE: &str = "passphrase-of-the-bed-61d0";
    declare_secret(PASSPHRASE);
    let bed = Bed::new(PASSPHRASE);
    let run = bed.run(PASSPHRASE).run();
    run.assert_code(8)
        .assert_stderr_contains("open or follow the pull request at https://dev.azure.com/acme/platform/_git/fleet");
    assert_eq!((bed.azure.traffic().len(), bed.fleet.pull_requests().len()), (0, 0));
    assert_eq!(bed.fleet.log(SOURCE).len(), 2);
}

#[test]
fn beside_a_locked_key_the_token_comes_from_a_sign_in_of_the_machine() {
    const PASSPHRASE: &str = "passphrase-of-the-bed-72e1";
    declare_secret(PASSPHRASE);
    let bed = Bed::new(PASSPHRASE);
    let token = format!("job-{}", bed.azure.token());
    declare_secret(&token);
    bed.azure.admit(Identity::contributor("Build", &token).with_bearer_token());
    let signed_in = |run: Invocation| {
        run.arg("--git-login=jobtoken")
            .env("TF_BUILD", "True")
            .env("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/")
            .env("SYSTEM_ACCESSTOKEN", &token)
            .run()
    };
    // The passphrase from each place that gives it.
    let file = bed.env.write("passphrase", PASSPHRASE);
    let plan = bed.run("").arg(format!("--password-file={}", file.display())).arg("--dry-run");
    signed_in(plan).assert_success();
    let run = signed_in(bed.run(PASSPHRASE));
    run.assert_code(8).assert_stderr_contains("opened pull request 1").assert_stderr_contains("--git-login=jobtoken");
    assert!(bed.azure.traffic().iter().all(|request| request.target.contains("/_apis/")), "git goes by SSH alone");
    assert_eq!(bed.fleet.log(SOURCE).len(), 2);
    bed.fleet.complete_request(1, crate::support::Strategy::Squash);
    signed_in(bed.run(PASSPHRASE)).assert_success();
    // The key stays locked in the cluster, whose Secret holds the passphrase, and no token.
    let keys = ["identity", "identity.pub", "known_hosts", "password"];
    assert_eq!(bed.plane.secret_keys("flux-system", "flux-system"), keys);
    assert_eq!(bed.plane.secret_value("flux-system", "flux-system", "password").as_deref(), Some(PASSPHRASE));
}

#[test]
fn a_sign_in_of_the_machine_over_ssh_fails_before_anything_is_pushed() {
    let bed = Bed::new("");
    let run = bed.run("").arg("--git-login=jobtoken").run();
    run.assert_code(3).assert_stderr_contains("`jobtoken`: this is no job of Azure Pipelines");
    assert_eq!((bed.fleet.branches(), bed.azure.traffic().len()), (vec!["main".to_owned()], 0));
    // Without a pull request git alone is spoken to, which shows the key.
    let flags: Vec<&String> = bed.flags.iter().filter(|flag| *flag != "--pull-request").collect();
    let run = bed.env.flux(flags).arg("--git-login=jobtoken").arg("--dry-run").run();
    run.assert_stderr_contains("`--git-login` has no effect over SSH");
}
