//! What happens to Flux's files: one commit to the branch that the cluster followed, or one to a branch that proposes it.

use crate::domain::config::{BootstrapConfig, Namespace, PullRequestConfig};
use crate::domain::event::Manifests;
use crate::domain::object_id::CommitId;
use crate::plan::{Author, CommitAndPush, Propose, Request, Step};
use crate::uninstall::draft::files::{message, source_branch};
use crate::uninstall::facts::FoundFiles;

/// The commit or its proposal; none where there is nothing of Flux in the branch, or it is not known what proposes it.
pub(crate) fn change(config: &BootstrapConfig, files: &FoundFiles, namespace: &Namespace) -> Option<Step> {
    if files.removal.is_empty() {
        return None;
    }
    let Some((proposal, tip)) = config.pull_request.as_ref().zip(files.tip) else {
        return Some(Step::CommitAndPush(commit(config, files, &config.source.branch, files.tip)));
    };
    let source = source_branch(config, namespace)?;
    propose(config, (proposal, &source), files, tip).map(|step| Step::Propose(Box::new(step)))
}

fn commit(config: &BootstrapConfig, files: &FoundFiles, branch: &str, tip: Option<CommitId>) -> CommitAndPush {
    let (source, commit, removal) = (&config.source, &config.commit, &files.removal);
    let title = config.pull_request.as_ref().and_then(|proposal| proposal.title.as_deref());
    CommitAndPush {
        branch: branch.to_owned(),
        url: source.clone_url.redacted(),
        message: message(source.path.as_tree_path(), title, commit.message_appendix.as_deref()),
        author: Author { name: commit.author_name.clone(), email: commit.author_email.clone() },
        manifests: Manifests::Removal,
        files: removal.0.clone(),
        options: None,
        starts_at: None,
        base: files.tip,
        tip,
    }
}

/// A branch that proposes it already is left as it is; an existing one gets a commit that also descends from the target.
fn propose(
    config: &BootstrapConfig,
    (proposal, source): (&PullRequestConfig, &str),
    files: &FoundFiles,
    target_tip: CommitId,
) -> Option<Propose> {
    let found = files.proposed.known()?;
    let commit = commit(config, files, source, found.as_ref().map(|found| found.tip));
    let request = Request { description: description(config), message: commit.message.clone(), ..Request::default() };
    let is_there = found.as_ref().is_some_and(|found| found.exactly);
    Some(Propose {
        source: source.to_owned(),
        target: config.source.branch.clone(),
        title: commit.message.lines().next().unwrap_or_default().to_owned(),
        commit: (!is_there).then_some(commit),
        files: files.removal.0.clone(),
        target_tip,
        url: config.source.clone_url.clone(),
        wait: proposal.wait,
        run_again: proposal.run_again.clone(),
        request: Some(request),
    })
}

/// What somebody should know who completes it.
fn description(config: &BootstrapConfig) -> String {
    let path = &config.source.path;
    format!(
        "`flux uninstall` has removed Flux from the cluster that followed `{path}`. This takes Flux's own files out of the repository; what \
         Flux applied stays in the cluster.\n\nDo not complete it if another cluster follows `{path}`: it would delete there what these files hold."
    )
}
