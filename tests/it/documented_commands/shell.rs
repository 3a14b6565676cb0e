//! The place in which documented blocks run: a cluster, the stand-in for Azure DevOps, and a bash that has few programs.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{
    AzureDevOps, ControlPlane, Invocation, KeyStanding, Lease, Output, OwnHosts, Repository, Running, SshServer,
    Terminal, TestCa, TestEnv,
};

/// What `<passphrase>` stands for.
pub(super) const PASSPHRASE: &str = "correct horse battery";

/// The programs that blocks may call. Others have an equivalent in prelude.bash, or fail.
const PROGRAMS: [&str; 7] = ["git", "id", "install", "mkdir", "sleep", "ssh-keygen", "touch"];

pub(super) struct Bed {
    pub(super) azure: AzureDevOps,
    pub(super) hosts: OwnHosts,
    pub(super) ssh: SshServer,
    pub(super) fleet: Repository,
    pub(super) plane: Lease,
    pub(super) env: TestEnv,
    token: String,
}

impl Bed {
    pub(super) fn new() -> Self {
        let hosts = OwnHosts::new();
        let azure = AzureDevOps::start();
        let ssh = SshServer::start_azure_on(&azure, &hosts);
        let fleet = azure.repository("acme", "platform", "fleet");
        let plane = lease(&azure, &hosts);
        let env = TestEnv::new().with_azure(&azure).with_hosts(&hosts).with_cluster(&plane);
        env.write("home/known_hosts", ssh.known_hosts_line("ssh.dev.azure.com"));
        let bin = env.path("home/bin");
        fs_err::create_dir(&bin).unwrap();
        for program in PROGRAMS {
            symlink(find(program), bin.join(program)).unwrap();
        }
        symlink(program_under_test(), bin.join("flux")).unwrap();
        let askpass = env.write("home/bin/askpass", "#!/bin/sh\necho \"$TOKEN\"\n");
        fs_err::set_permissions(askpass, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let token = azure.token();
        Self { azure, hosts, ssh, fleet, plane, env, token }
    }

    /// What `<token>` stands for from now on.
    pub(super) fn with_token(self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self }
    }

    /// An empty cluster in place of the one before; its context has this name.
    pub(super) fn new_cluster(self, context: &str) -> Self {
        let Self { azure, hosts, ssh, fleet, plane, env, token } = self;
        drop(plane);
        let plane = lease(&azure, &hosts);
        env.write("home/.kube/config", plane.kubeconfig().replace("testbed", context));
        Self { azure, hosts, ssh, fleet, plane, env, token }
    }

    /// Runs a block.
    pub(super) fn run(&self, code: &str) -> Output {
        self.shell().run(code)
    }

    /// Runs blocks with a variable.
    pub(super) fn with(&self, name: &str, value: &str) -> Shell<'_> {
        self.shell().with(name, value)
    }

    /// Runs blocks in a folder.
    pub(super) fn in_directory(&self, folder: &Path) -> Shell<'_> {
        self.shell().in_directory(folder)
    }

    /// Runs a block in a terminal.
    pub(super) fn in_terminal(&self, code: &str) -> Terminal {
        self.shell().invocation(code).terminal()
    }

    /// Runs a block that shows a new public key and asks whether it is registered; registers it, and returns it.
    pub(super) fn confirm_key(&self, code: &str) -> String {
        let mut terminal = self.in_terminal(code);
        terminal.expect("public key: ssh-rsa ").expect("[y/n]");
        let screen = terminal.screen();
        let at = screen.rfind("public key: ").unwrap() + "public key: ".len();
        let public = screen[at..].lines().next().unwrap().to_owned();
        self.ssh.admit(&public, KeyStanding::Reader);
        terminal.type_text("y\n").expect("all components are healthy");
        terminal.finish().assert_success();
        public
    }

    /// A clone of the fleet's repository.
    pub(super) fn clone_fleet(&self) -> PathBuf {
        self.run(&format!("git clone --quiet {} fleet && git -C fleet checkout --quiet -B main", self.fleet.url()))
            .assert_success();
        self.env.path("work/fleet")
    }

    fn shell(&self) -> Shell<'_> {
        Shell { bed: self, variables: Vec::new(), path: String::new(), directory: self.env.path("work") }
    }
}

fn lease(azure: &AzureDevOps, hosts: &OwnHosts) -> Lease {
    let plane = ControlPlane::lease();
    plane.use_azure(azure);
    plane.use_hosts(hosts);
    plane
}

/// A bash about to run blocks.
#[derive(Clone)]
pub(super) struct Shell<'a> {
    bed: &'a Bed,
    variables: Vec<(String, String)>,
    path: String,
    directory: PathBuf,
}

impl Shell<'_> {
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn in_directory(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.directory);
        self
    }

    /// What `...` stands for: a token, the fleet's repository, and this path.
    pub(super) fn rest(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    pub(super) fn run(&self, code: &str) -> Output {
        self.invocation(code).run()
    }

    pub(super) fn spawn(&self, code: &str) -> Running {
        self.invocation(code).spawn()
    }

    fn invocation(&self, code: &str) -> Invocation {
        let bed = self.bed;
        let script = format!("{}\n{}", include_str!("prelude.bash"), self.fill_in(code));
        let bin = bed.env.path("home/bin");
        let home = bed.env.path("home");
        let mut run = bed
            .env
            .program("bash", ["-c", &script])
            .in_directory(&self.directory)
            .env("TOKEN", &bed.token)
            .env("KNOWN_HOSTS", home.join("known_hosts"))
            .env("REFERENCE_CLI", "no")
            .env("CHECKOUT", env!("CARGO_MANIFEST_DIR"))
            .env("FEW_PROGRAMS", format!("{}:{}", bin.display(), home.join(".local/bin").display()))
            .env("API", bed.plane.url())
            .env("API_TOKEN", bed.plane.admin_token())
            .env("API_CA", TestCa::shared().file())
            .env("GIT_ASKPASS", bin.join("askpass"));
        for who in ["AUTHOR", "COMMITTER"] {
            run = run.env(&format!("GIT_{who}_NAME"), "test bed").env(&format!("GIT_{who}_EMAIL"), "bed@example.com");
        }
        for (name, value) in &self.variables {
            run = run.env(name, value);
        }
        run
    }

    fn fill_in(&self, code: &str) -> String {
        let url = format!("--url={}", self.bed.fleet.url());
        let path = format!("--path={}", self.path);
        let without_comments: Vec<&str> =
            code.lines().map(|line| line.split(" #").next().unwrap_or_default()).collect();
        let code = without_comments.join("\n") + "\n";
        let mut code = code.replace("--url=...", &url).replace("--path=...", &path);
        // Where a command names its own repository, the rest does not.
        let before = if code.contains("--url=") { "--token-auth".to_owned() } else { format!("--token-auth {url}") };
        code = code.replace(" ... ", &format!(" {before} {path} ")).replace(" ...\n", &format!(" {before} {path}\n"));
        for (placeholder, value) in [
            ("<org>", "acme"),
            ("<project>", "platform"),
            ("<repo>", "fleet"),
            ("<token>", "$TOKEN"),
            ("<new token>", "$TOKEN"),
            ("<path/to/private.key>", "fleet-key"),
            ("<passphrase>", &format!("'{PASSPHRASE}'")),
        ] {
            code = code.replace(placeholder, value);
        }
        assert!(!code.contains("..."), "it is not said what `...` stands for: {code}");
        let placeholder = code.split('<').skip(1).find(|rest| rest.starts_with(|it: char| it.is_ascii_alphabetic()));
        assert!(placeholder.is_none(), "nothing is known of <{}", placeholder.unwrap_or_default());
        code
    }
}

/// `FLUX_TEST_BIN` names another build, such as the static one.
#[expect(clippy::disallowed_methods, reason = "tests read the environment themselves")]
fn program_under_test() -> PathBuf {
    std::env::var_os("FLUX_TEST_BIN").map_or_else(|| env!("CARGO_BIN_EXE_flux").into(), PathBuf::from)
}

fn find(program: &str) -> PathBuf {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap();
    assert!(found.status.success(), "{program} is missing");
    PathBuf::from(String::from_utf8(found.stdout).unwrap().trim())
}
