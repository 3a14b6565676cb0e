//! A hermetic place to run `flux` in.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use super::output::{self, Usage};
use super::own_hosts::command_with_hosts;
use super::process::{self, search_path};
use super::temporary::TemporaryFolder;
use super::{AzureDevOps, ControlPlane, Output, OwnHosts, Running, Terminal, TestCa, canary};

/// A run that takes longer hangs: it is ended, and fails the scenario. Far above what the busiest machine needs.
const LONGEST_RUN: Duration = Duration::from_secs(900);

/// A temporary home with a clean environment: no user's git configuration, no kubeconfig, no proxy.
pub(crate) struct TestEnv {
    root: tempfile::TempDir,
    variables: BTreeMap<String, OsString>,
    hosts: Option<PathBuf>,
    written: Rc<RefCell<BTreeSet<PathBuf>>>,
    temporary: TemporaryFolder,
}

impl TestEnv {
    /// An empty home; the working directory is `work` beside it. No run leaves temporary files, and every run writes its whole log, which stays out of
    /// [`Output::stderr`] and is looked through for secrets and for commands to CI agents.
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new().prefix("env-").tempdir_in(process::process_folder()).unwrap();
        for folder in ["home", "work"] {
            fs_err::create_dir(root.path().join(folder)).unwrap();
        }
        let temporary = TemporaryFolder::new(root.path().join("tmp"));
        let flux = Path::new(env!("CARGO_BIN_EXE_flux")).parent().unwrap();
        let variables = [
            ("HOME", root.path().join("home").into_os_string()),
            ("TMPDIR", temporary.path().into()),
            ("PATH", format!("{}:{}", flux.display(), search_path()).into()),
            ("GIT_CONFIG_GLOBAL", "/dev/null".into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("GIT_TERMINAL_PROMPT", "0".into()),
            ("SSL_CERT_FILE", TestCa::shared().file().into()),
            ("GIT_SSL_CAINFO", TestCa::shared().file().into()),
            ("COLUMNS", "100".into()),
            ("RUST_LOG", "trace".into()),
            ("RUST_BACKTRACE", "1".into()),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { root, variables, hosts: None, written: Rc::default(), temporary }
    }

    /// Makes `https://dev.azure.com/...` reach this stand-in, by way of its proxy.
    pub(crate) fn with_azure(self, azure: &AzureDevOps) -> Self {
        self.var("https_proxy", azure.proxy_url_with_password()).var("no_proxy", "127.0.0.1,localhost")
    }

    /// Makes this control plane the one of `~/.kube/config`, as its administrator.
    pub(crate) fn with_cluster(self, plane: &ControlPlane) -> Self {
        self.with_kubeconfig(&plane.kubeconfig())
    }

    /// Makes `text` the content of `~/.kube/config`.
    pub(crate) fn with_kubeconfig(self, text: &str) -> Self {
        canary::declare_kubeconfig(text);
        self.write("home/.kube/config", text);
        self
    }

    /// Runs everything where the host names of Azure DevOps are this machine.
    pub(crate) fn with_hosts(mut self, hosts: &OwnHosts) -> Self {
        self.hosts = Some(hosts.hosts_file().clone());
        self
    }

    /// Sets an environment variable for every run.
    pub(crate) fn var(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves an environment variable out of every run.
    pub(crate) fn without_var(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// A path inside this environment's folder, which holds `home`, `tmp` and `work`.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    /// Writes a file inside this environment's folder; it may hold tokens.
    pub(crate) fn write(&self, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, content).unwrap();
        self.written.borrow_mut().insert(path.clone());
        path
    }

    /// `flux` with these arguments.
    pub(crate) fn flux<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Invocation {
        self.program(env!("CARGO_BIN_EXE_flux"), arguments)
    }

    /// A line for the shell, in whose PATH `flux` is.
    pub(crate) fn shell(&self, line: &str) -> Invocation {
        self.program("sh", ["-c", line])
    }

    /// `git` with these arguments, outside any repository.
    /// What it stores of a token in a URL is not looked for.
    pub(crate) fn git<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Invocation {
        self.program("git", arguments).showing_secrets()
    }

    /// Any program.
    pub(crate) fn program<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Invocation {
        Invocation {
            program: program.as_ref().to_owned(),
            arguments: arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect(),
            variables: self.variables.clone(),
            directory: self.path("work"),
            stdin: Vec::new(),
            hosts: self.hosts.clone(),
            root: self.root.path().to_owned(),
            written: Rc::clone(&self.written),
            temporary: self.temporary.clone(),
            longest: LONGEST_RUN,
            may_show_secrets: false,
            echoes: false,
        }
    }
}

/// A run about to happen.
#[must_use = "nothing runs before `run`, `spawn` or `terminal`"]
pub(crate) struct Invocation {
    program: OsString,
    arguments: Vec<OsString>,
    pub(super) variables: BTreeMap<String, OsString>,
    directory: PathBuf,
    stdin: Vec<u8>,
    hosts: Option<PathBuf>,
    pub(super) root: PathBuf,
    pub(super) written: Rc<RefCell<BTreeSet<PathBuf>>>,
    pub(super) temporary: TemporaryFolder,
    pub(super) longest: Duration,
    pub(super) may_show_secrets: bool,
    pub(super) echoes: bool,
}

impl Invocation {
    /// Shows what is printed to people, as it comes.
    pub(crate) fn echoing(mut self) -> Self {
        self.echoes = true;
        self.without_log()
    }

    /// For runs of other programs: does not look for tokens of the bed in output and files.
    pub(crate) fn showing_secrets(mut self) -> Self {
        self.may_show_secrets = true;
        self
    }

    /// What standard input gives; without it, it is empty.
    pub(crate) fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = bytes.as_ref().to_owned();
        self
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Runs in this folder.
    pub(crate) fn in_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// Ends the run, and fails, after this time.
    pub(crate) const fn at_most(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    fn command(&self) -> Command {
        let mut command = match &self.hosts {
            Some(hosts) => command_with_hosts(hosts, &self.program),
            None => process::command(&self.program),
        };
        command.args(&self.arguments).env_clear().envs(&self.variables).current_dir(&self.directory);
        command
    }

    pub(super) fn line(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    /// Runs to the end.
    pub(crate) fn run(self) -> Output {
        self.spawn().wait()
    }

    /// Starts, and leaves running.
    pub(crate) fn spawn(self) -> Running {
        let mut command = self.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = process::spawn(command);
        self.temporary.enter();
        let mut stdin = child.stdin.take().unwrap();
        let input = self.stdin.clone();
        // A program may end without having read its input; that is no failure of ours.
        thread::spawn(move || drop(stdin.write_all(&input)));
        Running::new(self, child)
    }

    /// Runs to the end for a person, on the terminal of this process.
    pub(crate) fn on_this_terminal(self) {
        let mut command = self.command();
        // A shell of a person's is in the foreground; it has the terminal's name and size.
        command.env("TERM", "xterm-256color").env_remove("COLUMNS").env_remove("RUST_LOG");
        let _ = process::spawn(command).wait();
    }

    /// Starts with these as its outputs, which the scenario reads, or does not.
    pub(crate) fn into_outputs(self, stdout: impl Into<Stdio>, stderr: impl Into<Stdio>) -> Child {
        let mut command = self.command();
        command.stdin(Stdio::piped()).stdout(stdout).stderr(stderr);
        let mut child = process::spawn(command);
        let mut stdin = child.stdin.take().unwrap();
        thread::spawn(move || drop(stdin.write_all(&self.stdin)));
        child
    }

    /// Leaves the program's log out: for terminals, whose screen it would spoil, and for what is measured.
    pub(crate) fn without_log(mut self) -> Self {
        self.variables.remove("RUST_LOG");
        self
    }

    /// Starts in a pseudo-terminal. Only a `RUST_LOG` of the scenario's own makes it log.
    pub(crate) fn terminal(mut self) -> Terminal {
        if self.variables.get("RUST_LOG").is_some_and(|filter| filter == "trace") {
            self = self.without_log();
        }
        let mut words = vec![self.program.clone()];
        words.extend(self.arguments.iter().cloned());
        let inner = words
            .iter()
            .map(|word| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''")))
            .collect::<Vec<_>>()
            .join(" ");
        let line = self.line();
        let mut outer = Self { program: "script".into(), ..self };
        outer.arguments = ["-q", "-e", "-E", "never", "-c", &inner, "/dev/null"].map(OsString::from).to_vec();
        outer.variables.entry("TERM".to_owned()).or_insert_with(|| "xterm".into());
        Terminal::start(outer.command(), line, outer.longest, outer.temporary)
    }
}
