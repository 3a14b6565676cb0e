//! The test bed: real parts for scenarios, hermetic and safe to run side by side.
//!
//! | part | what it is |
//! |---|---|
//! | [`TestEnv`] | a home folder, an environment and a way to run `flux` in them (pipe, shell line, terminal) |
//! | [`ControlPlane`] | etcd, kube-apiserver and kube-controller-manager, a stand-in for scheduler and kubelet, the real Flux controllers |
//! | [`AzureDevOps`] | TLS server with `git http-backend` behind it that behaves as Azure Repos does, and its fault plan |
//! | [`SshServer`] | OpenSSH's sshd over the same repositories, restricted as Azure's or plain |
//! | [`Tap`] | fronts of servers that stop a program when it sends its n-th packet |
//! | [`Entra`] | a stand-in for Microsoft Entra that verifies assertions, and for the OIDC services of CI systems |
//! | [`ApiFront`] | a front of the API server with a fault plan |
//! | [`Scene`] | the first, second and third of these together, as most scenarios begin |
//! | [`OwnHosts`] | a mount namespace in which dev.azure.com, ssh.dev.azure.com and login.microsoftonline.com are this machine |
//!
//! A scenario:
//!
//! ```ignore
//! #[test]
//! fn first_bootstrap_creates_the_branch() {
//!     let azure = AzureDevOps::start();
//!     let fleet = azure.repository("acme", "platform", "fleet"); // empty; `.seed(&[("README.md", "hello")])` fills it
//!     let plane = ControlPlane::lease(); // shared between scenarios, empty when you get it
//!     let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
//!     let run = env
//!         .flux(["bootstrap", "git", "--token-auth", "--url", &fleet.url(), "--path=clusters/a"])
//!         .stdin(format!("{}\n", azure.token()))
//!         .run();
//!     run.assert_success().assert_stderr_contains("all components are healthy");
//!     assert_eq!(fleet.log("main").len(), 1);
//!     assert_eq!(plane.secret_keys("flux-system", "flux-system"), ["password", "username"]);
//! }
//! ```
//!
//! Secrets of the bed are canaries: tokens, passphrases, private keys, a proxy's password, what a kubeconfig proves its
//! user with. Every run writes its whole log (`RUST_LOG=trace`). An [`Output`] or log that shows one in any encoding, or a
//! file under the environment's folder that holds one without the scenario having put it there, fails the scenario.
//! So does an output that a CI agent would obey, but for this program's own commands where `TF_BUILD` is set.
//! `declare_secret` adds a scenario's own. A run that ends, however it ends, and leaves temporary files fails as well.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part of the bed")]

mod agent_commands;
mod api_front;
mod azure;
mod canary;
mod certificates;
mod entra;
mod front;
mod hostile;
mod output;
mod own_hosts;
mod plan_order;
mod plane;
mod process;
mod relay;
mod running;
mod scene;
mod ssh;
mod ssh_agent;
mod temporary;
mod terminal;
mod test_env;

pub(crate) use api_front::{ApiFault, ApiFront, Choice};
pub(crate) use azure::{
    AzureDevOps, Commit, Fault, Hold, Identity, Policy, Repository, Rest, Route, Size, Strategy, Traffic, generate,
};
pub(crate) use canary::{declare as declare_secret, declare_key, declare_key_file, shown_in as secret_shown_in};
pub(crate) use certificates::TestCa;
pub(crate) use entra::{AUDIENCE, App, ClientCertificate, Entra, LOGIN_HOST, RsaKey, TENANT, declare_job_secrets};
pub(crate) use front::Tap;
pub(crate) use hostile::{head, hostile_server};
pub(crate) use output::{Output, Usage};
pub(crate) use own_hosts::OwnHosts;
pub(crate) use plane::{ControlPlane, ISSUER, Lease, PodFate, User};
pub(crate) use process::{
    Process, SOON, command, free_port, new_folder, remove_process_folder, spawn, testbed_program, timeout, wait_for,
};
pub(crate) use relay::{Passed, Relay};
pub(crate) use running::Running;
pub(crate) use scene::{Scene, bootstrap};
pub(crate) use ssh::{KeyStanding, SshServer, SshSession, new_key};
pub(crate) use ssh_agent::SshAgent;
pub(crate) use terminal::Terminal;
pub(crate) use test_env::{Invocation, TestEnv};
