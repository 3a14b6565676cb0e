//! Signed commits, judged by the real gpg and ssh-keygen through `git verify-commit`.

mod gpg;
mod program;
mod ssh;
mod verified;

use flux_bootstrap::for_tests::CommitSigner;

use crate::git_https::{author, change, fetch, open};
use crate::support::{AzureDevOps, Repository};

/// A repository with one commit, to whose branch signed commits are pushed.
fn repository(azure: &AzureDevOps) -> Repository {
    azure.repository("acme", "platform", "fleet").seed(&[("README.md", "hello\n")])
}

/// Pushes a commit signed by `signer`, and returns its ID.
fn push_signed(azure: &AzureDevOps, fleet: &Repository, signer: &dyn CommitSigner) -> String {
    let mut remote = open(azure, fleet);
    let tip = fetch(&mut remote);
    let message = "Add sync manifests\n\nWith an ümlaut, and a second paragraph.";
    let id =
        remote.commit(Some(tip), &[tip], &[change("a", &tip.to_string())], &author(), message, Some(signer)).unwrap();
    remote.push(id, "main", Some(tip)).unwrap();
    fleet.git(&["fsck", "--strict", "--full"], b"");
    id.to_string()
}
