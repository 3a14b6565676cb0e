//! Host names that mean this machine, for one process tree only.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::process;

/// A loopback address of its own, on which servers may take the ports 443 and 22, and a copy of `/etc/hosts`
/// that gives it the host names of Azure DevOps. Programs started through [`OwnHosts::wrap`] see that copy.
///
/// A second one is Entra's, so that its stand-in may take the port 443 as well.
pub(crate) struct OwnHosts {
    address: String,
    login_address: String,
    hosts: PathBuf,
}

/// The names that are mapped.
pub(crate) const NAMES: [&str; 3] = ["dev.azure.com", "ssh.dev.azure.com", "vs-ssh.visualstudio.com"];

/// Where Entra is found.
const LOGIN: &str = "login.microsoftonline.com";

impl OwnHosts {
    /// Needs root, because of the ports and the mount namespace; fails saying so.
    pub(crate) fn new() -> Self {
        assert!(is_root(), "host names of one's own need root (mount namespace, ports 22 and 443)");
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let [address, login_address] = [0, 125]
            .map(|half| format!("127.{}.{}.{}", 1 + process / 256 % 250, process % 256, number % 125 + 1 + half));
        let hosts = process::new_folder("hosts").join("hosts");
        // Without what the machine says of the same names, which would count as well.
        let own = fs_err::read_to_string("/etc/hosts").unwrap_or_default();
        let others =
            own.lines().filter(|line| !line.split_whitespace().any(|word| word == LOGIN || NAMES.contains(&word)));
        let mut text: String = others.map(|line| format!("{line}\n")).collect();
        text.push_str(&format!("{address} {}\n{login_address} {LOGIN}\n", NAMES.join(" ")));
        fs_err::write(&hosts, text).unwrap();
        Self { address, login_address, hosts }
    }

    /// The loopback address that the names stand for.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The loopback address that Entra's name stands for.
    pub(crate) fn login_address(&self) -> &str {
        &self.login_address
    }

    /// The file that stands in for `/etc/hosts`.
    pub(crate) fn hosts_file(&self) -> &PathBuf {
        &self.hosts
    }
}

/// A command that runs `program` where `hosts` is `/etc/hosts`.
pub(crate) fn command_with_hosts(hosts: &std::path::Path, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = process::command("unshare");
    command
        .args(["--mount", "--propagation", "private", "sh", "-c"])
        .arg(r#"mount --bind "$1" /etc/hosts && shift && exec "$@""#)
        .arg("sh")
        .arg(hosts)
        .arg(program);
    command
}

/// Whether this process may do what needs root.
pub(crate) fn is_root() -> bool {
    fs_err::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .any(|line| line.strip_prefix("Uid:").is_some_and(|ids| ids.split_whitespace().nth(1) == Some("0")))
}
