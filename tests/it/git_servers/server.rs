//! Servers of tests/testbed/git-servers, with one bare repository each, and a front that loses races.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use sha2::{Digest as _, Sha256};

use crate::support::{Process, SOON, command, declare_secret, new_folder, spawn, testbed_program, wait_for};

/// What the servers accept, for the user `git`.
pub(super) const TOKEN: &str = "token-of-an-independent-git-server";

/// Who made a server.
#[derive(Clone, Copy, Debug)]
pub(super) enum Maker {
    /// In Python.
    Dulwich,
    /// In Java; Gerrit and Bitbucket stand on it.
    JGit,
    /// In Go, version 6.
    GoGit,
}

impl Maker {
    fn command(self) -> Command {
        let servers = servers();
        match self {
            Self::Dulwich => {
                let mut python = command(servers.join("python/bin/python"));
                python.arg(servers.join("dulwich_server.py"));
                python
            }
            Self::JGit => {
                let jgit = servers.join("jgit");
                let mut java = command("java");
                java.arg("-cp").arg(format!("{0}/*:{0}", jgit.display())).arg("JGitServer");
                java
            }
            Self::GoGit => command(servers.join("go-git-server")),
        }
    }
}

/// The folder into which `tests/testbed/build.sh` puts the servers; its name tells their pins.
fn servers() -> PathBuf {
    let mut pins = Sha256::new();
    for part in [
        &include_bytes!("../../testbed/git-servers/dulwich_server.py")[..],
        include_bytes!("../../testbed/git-servers/requirements.txt"),
        include_bytes!("../../testbed/git-servers/go-git/go.mod"),
        include_bytes!("../../testbed/git-servers/go-git/go.sum"),
        include_bytes!("../../testbed/git-servers/go-git/main.go"),
        include_bytes!("../../testbed/git-servers/jgit/JGitServer.java"),
        include_bytes!("../../testbed/git-servers/jgit/pom.xml"),
    ] {
        pins.update(part);
    }
    let digest: String = pins.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let bin = testbed_program("source-controller");
    bin.parent().and_then(Path::parent).unwrap().join(format!("git-servers-{digest}"))
}

/// A running server with the empty repository `fleet.git`, behind a front.
pub(super) struct GitServer {
    _process: Process,
    repository: PathBuf,
    port: u16,
    loses: Arc<AtomicBool>,
}

impl GitServer {
    pub(super) fn start(maker: Maker) -> Self {
        declare_secret(TOKEN);
        let folder = new_folder("git-server");
        let repository = folder.join("served/fleet.git");
        fs_err::create_dir_all(&repository).unwrap();
        git(&repository, &["init", "--quiet", "--bare", "--initial-branch=main", "."], "");
        let sign_in = folder.join("sign-in");
        fs_err::write(&sign_in, format!("git:{TOKEN}\n")).unwrap();
        let mut program = maker.command();
        program.arg(folder.join("served")).arg(sign_in);
        let mut process = Process::start("the Git server", &folder.join("log"), program);
        let upstream: u16 = wait_for("the Git server's port", SOON, || {
            process.assert_running();
            process.log().lines().next()?.parse().ok()
        });
        let loses = Arc::new(AtomicBool::new(false));
        let port = front(upstream, &repository, &loses);
        Self { _process: process, repository, port, loses }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/fleet.git", self.port)
    }

    /// The next push comes second, after a commit of somebody else.
    pub(super) fn lose_next_push(&self) {
        self.loses.store(true, Ordering::SeqCst);
    }

    /// Refuses every push from now on, for this reason.
    pub(super) fn protect(&self, reason: &str) {
        fs_err::write(self.repository.join("protected"), reason).unwrap();
    }

    /// The subjects of the branch's commits, the newest first.
    pub(super) fn log(&self) -> Vec<String> {
        git(&self.repository, &["log", "--format=%s", "main"], "").lines().map(str::to_owned).collect()
    }

    pub(super) fn file(&self, path: &str) -> String {
        git(&self.repository, &["show", &format!("main:{path}")], "")
    }
}

fn git(repository: &Path, arguments: &[&str], input: &str) -> String {
    let mut program = command("git");
    program.args(arguments).current_dir(repository).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = spawn(program);
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

fn commit_of_somebody_else(repository: &Path) {
    let from = if repository.join("refs/heads/main").exists() { "from refs/heads/main^0\n" } else { "" };
    let commit = format!(
        "commit refs/heads/main\ncommitter Else <else@example.com> 1700000000 +0000\ndata 4\nelse\n{from}\
         M 100644 inline README.md\ndata 5\nhello\n"
    );
    git(repository, &["fast-import", "--quiet"], &commit);
}

/// Passes on what comes, and puts a commit of somebody else before a push that is to be lost.
fn front(upstream: u16, repository: &Path, loses: &Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (repository, loses) = (repository.to_owned(), Arc::clone(loses));
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(server) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], upstream))) else { continue };
            let (mut from, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut back);
                let _ = back.shutdown(Shutdown::Both);
            });
            let (repository, loses) = (repository.clone(), Arc::clone(&loses));
            thread::spawn(move || pass_on(client, server, &repository, &loses));
        }
    });
    port
}

fn pass_on(mut client: TcpStream, mut server: TcpStream, repository: &Path, loses: &AtomicBool) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        // A client writes the head of a request at once.
        let is_push = buffer[..length].starts_with(b"POST /fleet.git/git-receive-pack ");
        if is_push && loses.swap(false, Ordering::SeqCst) {
            commit_of_somebody_else(repository);
        }
        if server.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}
