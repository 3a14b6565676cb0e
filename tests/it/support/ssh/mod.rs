//! A real OpenSSH server over the stand-in's repositories.
//!
//! It needs root: sshd switches users, and its accounts (`git`, the organisations) exist in a mount namespace of
//! its own, so that the machine's are left alone. What differs from the service: the advertised capabilities are
//! git's own, and the refused methods are listed as `publickey,password` instead of `password,publickey`.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::process::{self, Process, free_port, new_folder};
use super::{AzureDevOps, OwnHosts, Repository, canary, own_hosts, wait_for};

/// The accounts that the server has.
const USERS: [&str; 5] = ["git", "acme", "contoso", "someone", "x"];

/// A passwd or shadow file without the accounts that the machine has under our names: the first of two would count.
fn without_accounts(text: &str) -> String {
    let ours = |line: &&str| USERS.contains(&line.split(':').next().unwrap_or_default());
    text.lines().filter(|line| !ours(line)).map(|line| format!("{line}\n")).collect()
}

/// What a public key may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyStanding {
    /// Read and push.
    Contributor,
    /// Read.
    Reader,
    /// Nothing any more.
    Expired,
}

/// One session as the server saw it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SshSession {
    pub(crate) user: String,
    /// Type and base64 of the key that was used.
    pub(crate) key: String,
    /// The command as sent.
    pub(crate) command: String,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Mode {
    /// RSA alone, every RSA key is let in and judged when the command runs, no modern key exchange or MAC.
    Azure,
    /// ed25519 host key, only known keys are let in.
    Plain,
}

impl Mode {
    /// The script that says whether a key is let in.
    fn keys_command(self, folder: &Path) -> String {
        match self {
            Self::Azure => "#!/bin/sh\n[ \"$1\" = ssh-rsa ] && echo \"$1 $2\"\nexit 0\n".to_owned(),
            Self::Plain => format!(
                "#!/bin/sh\ngrep -qF \"$1 $2 \" '{}' && echo \"$1 $2\"\nexit 0\n",
                folder.join("keys").display()
            ),
        }
    }

    const fn restrictions(self) -> &'static str {
        match self {
            Self::Azure => {
                "HostKeyAlgorithms rsa-sha2-512,rsa-sha2-256\n\
                 PubkeyAcceptedAlgorithms rsa-sha2-512,rsa-sha2-256\n\
                 KexAlgorithms diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha256\n\
                 MACs hmac-sha2-256,hmac-sha2-512\n\
                 Ciphers aes256-ctr,aes192-ctr,aes128-ctr\n\
                 PasswordAuthentication yes\n"
            }
            Self::Plain => "PasswordAuthentication no\n",
        }
    }
}

/// The texts of passwd and shadow: those of this machine, and the users of the URLs, all of them root.
fn accounts(home: &Path) -> (String, String) {
    let mut accounts = without_accounts(&fs_err::read_to_string("/etc/passwd").unwrap());
    let mut shadow = without_accounts(&fs_err::read_to_string("/etc/shadow").unwrap_or_default());
    for user in USERS {
        accounts.push_str(&format!("{user}:x:0:0::{}:/bin/sh\n", home.display()));
        shadow.push_str(&format!("{user}:*:20000::::::\n"));
    }
    if !accounts.lines().any(|line| line.starts_with("sshd:")) {
        accounts.push_str("sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n");
    }
    (accounts, shadow)
}

/// A running sshd.
pub(crate) struct SshServer {
    process: Process,
    folder: PathBuf,
    address: String,
    port: u16,
    host_key: String,
}

impl SshServer {
    /// Restricted as Azure's server, on a free port of 127.0.0.1.
    pub(crate) fn start_azure(azure: &AzureDevOps) -> Self {
        Self::start(azure, Mode::Azure, "127.0.0.1", free_port())
    }

    /// Restricted as Azure's server, on port 22 of the address of `hosts`.
    pub(crate) fn start_azure_on(azure: &AzureDevOps, hosts: &OwnHosts) -> Self {
        Self::start(azure, Mode::Azure, hosts.address(), 22)
    }

    /// An ordinary server, on a free port of 127.0.0.1.
    pub(crate) fn start_plain(azure: &AzureDevOps) -> Self {
        Self::start(azure, Mode::Plain, "127.0.0.1", free_port())
    }

    fn start(azure: &AzureDevOps, mode: Mode, address: &str, port: u16) -> Self {
        assert!(own_hosts::is_root(), "the SSH server needs root (accounts of its own in a mount namespace)");
        let folder = new_folder("sshd");
        let (kind, name) = if mode == Mode::Azure { ("rsa", "azure") } else { ("ed25519", "plain") };
        let host_key = new_key(&folder, &format!("host_{kind}"), kind, "");
        let public = fs_err::read_to_string(host_key.with_extension("pub")).unwrap();
        let public = public.split_whitespace().take(2).collect::<Vec<_>>().join(" ");

        let (accounts, shadow) = accounts(&folder);
        let write = |name: &str, content: &str| fs_err::write(folder.join(name), content).unwrap();
        write("passwd", &accounts);
        write("shadow", &shadow);
        write("keys", "");
        write("sessions", "");
        write("session.perl", include_str!("session.perl"));
        write("authorized-keys", &mode.keys_command(&folder));
        let restrictions = mode.restrictions();
        let config = format!(
            "HostKey {}\nPidFile none\nUsePAM no\nPermitRootLogin yes\n\
             StrictModes no\nUseDNS no\nAuthorizedKeysFile none\nExposeAuthInfo yes\nMaxStartups 100\n\
             KbdInteractiveAuthentication no\nAuthorizedKeysCommand /run/bed/authorized-keys %t %k\n\
             AuthorizedKeysCommandUser nobody\nAllowTcpForwarding no\nX11Forwarding no\nPermitTTY no\n\
             ForceCommand perl {}/session.perl {} {} {name}\n{restrictions}",
            host_key.display(),
            folder.display(),
            folder.display(),
            azure.root().display(),
        );
        let (process, port) = Self::listen(&folder, address, port, &config);
        Self { process, folder, address: address.to_owned(), port, host_key: public }
    }

    /// Starts sshd; on another port than that one if somebody else has just taken it.
    fn listen(folder: &Path, address: &str, mut port: u16, config: &str) -> (Process, u16) {
        loop {
            fs_err::write(folder.join("sshd_config"), format!("ListenAddress {address}:{port}\n{config}")).unwrap();
            let mut command = process::command("unshare");
            command
                .args(["--mount", "--propagation", "private", "sh", "-c", include_str!("start.sh"), "sh"])
                .arg(folder);
            let mut sshd = Process::start("sshd", &folder.join("sshd.log"), command);
            let listens = wait_for("sshd", Duration::from_secs(60), || {
                if port != 22 && sshd.lost_its_port() {
                    return Some(false);
                }
                sshd.assert_running();
                TcpStream::connect((address, port)).ok().map(|_| true)
            });
            if listens {
                return (sshd, port);
            }
            port = free_port();
        }
    }

    /// `ssh://git@127.0.0.1:<port>/v3/organisation/project/name`, without the port where it is 22.
    pub(crate) fn url(&self, repository: &Repository) -> String {
        format!("ssh://git@{}/{}", self.authority(), repository.ssh_path())
    }

    /// `127.0.0.1:<port>`, without the port where it is 22.
    pub(crate) fn authority(&self) -> String {
        if self.port == 22 { self.address.clone() } else { format!("{}:{}", self.address, self.port) }
    }

    /// The port.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Type and base64 of the host key.
    pub(crate) fn host_key(&self) -> &str {
        &self.host_key
    }

    /// A known_hosts line that trusts this server under `host`.
    pub(crate) fn known_hosts_line(&self, host: &str) -> String {
        if self.port == 22 {
            format!("{host} {}\n", self.host_key)
        } else {
            format!("[{host}]:{} {}\n", self.port, self.host_key)
        }
    }

    /// Writes a program that registers the public key of its arguments, for a person to use.
    pub(crate) fn registration(&self, program: &Path) {
        let keys = self.folder.join("keys").display().to_string();
        let script =
            format!("#!/bin/sh\nset -eu\nset -- $*\necho \"$1 ${{2:?name the whole public key}} reader\" >>'{keys}'\n");
        fs_err::write(program, script).unwrap();
        fs_err::set_permissions(program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// Lets a key do something. `public` is a line as in `id_rsa.pub`.
    pub(crate) fn admit(&self, public: &str, standing: KeyStanding) {
        let words: Vec<&str> = public.split_whitespace().take(2).collect();
        let standing = match standing {
            KeyStanding::Contributor => "contributor",
            KeyStanding::Reader => "reader",
            KeyStanding::Expired => "expired",
        };
        let file = self.folder.join("keys");
        let others: String = fs_err::read_to_string(&file)
            .unwrap()
            .lines()
            .filter(|line| !line.starts_with(&words.join(" ")))
            .map(|line| format!("{line}\n"))
            .collect();
        fs_err::write(file, format!("{others}{} {standing}\n", words.join(" "))).unwrap();
    }

    /// Every session so far that came as far as its command.
    pub(crate) fn sessions(&self) -> Vec<SshSession> {
        let text = fs_err::read_to_string(self.folder.join("sessions")).unwrap();
        let sessions = text.lines().filter_map(|line| {
            let mut fields = line.split('\t').map(str::to_owned);
            Some(SshSession { user: fields.next()?, key: fields.next()?, command: fields.next()? })
        });
        sessions.collect()
    }

    /// sshd's own log.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }
}

/// Makes a key pair with ssh-keygen in `folder` and returns the private key's file; the public one has `.pub`.
pub(crate) fn new_key(folder: &Path, name: &str, kind: &str, passphrase: &str) -> PathBuf {
    let file = folder.join(name);
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", kind, "-N", passphrase, "-C", "test bed", "-f"]).arg(&file);
    if kind == "rsa" {
        command.args(["-b", "2048"]);
    }
    assert!(command.status().unwrap().success(), "ssh-keygen failed");
    canary::declare(passphrase);
    canary::declare_key_file(&file);
    file
}
