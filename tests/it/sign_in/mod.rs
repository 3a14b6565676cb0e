//! `--git-login`, whole: the program, stand-ins of Entra and of CI systems, real git with a real helper.

mod children;
mod ci;
mod refusals;
mod services;

use serde_json::json;

use crate::support::{App, AzureDevOps, ControlPlane, Entra, Lease, Output, Repository, TENANT, TestEnv};

/// The application that most scenarios sign in as.
const CLIENT: &str = "11111111-2222-4333-8444-555555555555";

/// A repository, a cluster, a home, and an Entra that knows the organisation.
struct Bed {
    azure: AzureDevOps,
    fleet: Repository,
    plane: Lease,
    entra: Entra,
    env: TestEnv,
}

impl Bed {
    fn new() -> Self {
        let azure = AzureDevOps::start();
        let fleet = azure.repository("acme", "platform", "fleet");
        let plane = ControlPlane::lease();
        let entra = Entra::start(&azure);
        let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
        Self { azure, fleet, plane, entra, env }
    }

    /// Where the tenant and [`CLIENT`] are named by the environment.
    fn named(self) -> Self {
        let env = self.env.var("AZURE_TENANT_ID", TENANT).var("AZURE_CLIENT_ID", CLIENT);
        Self { env, ..self }
    }

    fn var(self, name: &str, value: &str) -> Self {
        Self { env: self.env.var(name, value), ..self }
    }

    /// A plan for a cluster that will sync over SSH.
    fn plan(&self, flags: &[&str]) -> Output {
        let url = format!("--url={}", self.fleet.url());
        let arguments = ["bootstrap", "git", "--path=clusters/a", "--dry-run", "--silent", &url];
        self.env.flux(arguments.iter().chain(flags)).run()
    }

    /// Fails unless the plan was made by this identity, with Bearer tokens alone.
    fn assert_signed_in(&self, run: &Output, who: &str) {
        run.assert_success().assert_stdout_contains(&format!("\nsign in: {who}\n"));
        let shown: Vec<String> = self.azure.traffic().iter().map(|request| request.authorization.clone()).collect();
        assert_eq!(shown.first().map(String::as_str), Some(""), "the tenant is asked for without a credential");
        assert!(shown.len() > 1 && shown[1..].iter().all(|scheme| scheme == "Bearer"), "{shown:?}");
    }

    /// Makes a program that stands in for `name` on the path: it notes its environment and arguments, and goes on as `script`.
    fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let seen = self.env.path(&format!("seen-{name}"));
        let text = format!(
            "#!/bin/sh\n{{ echo \"$@\"; env | grep -v '^https_proxy='; cat; }} > {}\n{script}\n",
            seen.display()
        );
        let file = self.env.write(&format!("bin/{name}"), text);
        fs_err::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The home in which the programs of [`Bed::program`] stand before all others.
    fn with_programs(self) -> Self {
        let path = format!("{}:/usr/bin:/bin", self.env.path("bin").display());
        self.var("PATH", &path)
    }

    /// What a program saw: its arguments in the first line, then its environment and its input.
    fn seen(&self, name: &str) -> String {
        fs_err::read_to_string(self.env.path(&format!("seen-{name}"))).unwrap()
    }

    /// The requests to Entra's token endpoint.
    fn exchanges(&self) -> usize {
        self.entra.asked().iter().filter(|asked| asked.target.ends_with("/oauth2/v2.0/token")).count()
    }
}

fn app() -> App {
    App { id: CLIENT.to_owned(), ..App::default() }
}

/// Who `az` and `azd` are signed in as.
fn ann() -> serde_json::Value {
    json!({"upn": "ann@acme.example"})
}

#[test]
fn a_run_that_is_given_a_token_asks_nobody_for_one() {
    let bed = Bed::new().named().var("AZURE_CLIENT_SECRET", "unused-secret-31aa");
    let run =
        bed.env.flux(["bootstrap", "git", "--token-auth", "--path=clusters/a", "--dry-run", "--url", &bed.fleet.url()]);
    run.stdin(bed.azure.token()).run().assert_success();
    assert_eq!(bed.entra.asked().len(), 0);
    assert!(bed.azure.traffic().iter().all(|request| request.authorization == "Basic"));
}

#[test]
fn a_login_adds_its_own_exchange_and_nothing_else() {
    let bed = Bed::new().named();
    bed.entra.register(App { secret: Some("client-s3cret-77d0".to_owned()), ..app() });
    let bed = bed.var("AZURE_CLIENT_SECRET", "client-s3cret-77d0");
    bed.plan(&["--git-login=auto"]).assert_success();
    let log = |bed: &Bed| {
        let traffic = bed.azure.traffic();
        // What a run that is to push asks besides, by whatever it signed in, is `push_rights`' to prove.
        let of_git = traffic.iter().filter(|request| !request.target.contains("/_apis/"));
        let lines = of_git.map(|request| format!("{} {} {}", request.authorization, request.method, request.target));
        lines.collect::<Vec<_>>().join("\n")
    };
    let of_git = log(&bed);
    let of_entra: Vec<String> =
        bed.entra.asked().iter().map(|asked| format!("{}{}", asked.host, asked.target)).collect();
    assert_eq!(of_entra, [format!("login.microsoftonline.com/{TENANT}/oauth2/v2.0/token")]);
    insta::assert_snapshot!(of_git);
}

#[test]
fn a_token_that_dies_soon_is_renewed_before_each_request() {
    let bed = Bed::new().named();
    let lifetime = Some(std::time::Duration::from_secs(200));
    bed.entra.register(App { secret: Some("client-s3cret-77d1".to_owned()), lifetime, ..app() });
    let bed = bed.var("AZURE_CLIENT_SECRET", "client-s3cret-77d1");
    let run = bed.plan(&["--git-login=spn"]);
    bed.assert_signed_in(&run, &format!("{CLIENT} (spn)"));
    let shown = bed.azure.traffic().iter().filter(|request| request.authorization == "Bearer").count();
    assert!(shown >= 2);
    assert_eq!(bed.exchanges(), shown + 1, "one to sign in, and one before each request");
}
