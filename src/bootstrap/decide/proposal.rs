//! What happens to the files: one commit to the branch that the cluster follows, or one to a branch that proposes it.

use super::case::Case;
use super::options;
use super::request;
use crate::bootstrap::draft::files;
use crate::domain::config::PullRequestConfig;
use crate::domain::event::Manifests;
use crate::domain::object_id::CommitId;
use crate::git::Proposed;
use crate::open::Missing;
use crate::plan::{Author, CommitAndPush, Kept, Propose, Step};

/// What happens to the files.
#[derive(Debug)]
pub(super) enum Change {
    /// They are as they shall be.
    Keep(String),
    /// This run pushed them already.
    Done,
    /// They are pushed to the branch that the cluster follows.
    Push(Box<CommitAndPush>),
    /// They are proposed for it.
    Propose(Box<Propose>),
}

impl Change {
    pub(super) fn step(self) -> Option<Step> {
        Some(match self {
            Self::Keep(branch) => Step::Keep(Kept::Manifests { branch }),
            Self::Done => return None,
            Self::Push(commit) => Step::CommitAndPush(*commit),
            Self::Propose(propose) => Step::Propose(propose),
        })
    }
}

/// Decides; none where it is not known what the branch holds that is to propose them.
pub(super) fn change(case: &Case<'_>) -> Option<Change> {
    let branch = &case.config.source.branch;
    let Some(manifests) = case.draft.files.manifests else {
        let pushed = case.produced.pushed.is_some();
        return Some(if pushed { Change::Done } else { Change::Keep(branch.clone()) });
    };
    let tip = case.draft.tip.filter(|_| case.draft.missing == Missing::Nothing);
    let Some((config, target_tip)) = case.config.pull_request.as_ref().zip(tip) else {
        let mut commit = commit(case, manifests, branch, tip);
        if let Missing::Branch { from } = &case.draft.missing {
            commit.starts_at = Some(from.clone());
        }
        return Some(Change::Push(Box::new(commit)));
    };
    let found = case.answers.source_branch.known()?;
    Some(Change::Propose(Box::new(propose(case, (config, manifests), target_tip, found.as_ref()))))
}

fn commit(case: &Case<'_>, manifests: Manifests, branch: &str, tip: Option<CommitId>) -> CommitAndPush {
    let commit = &case.config.commit;
    let version = case.wanted.components.header.version.to_string();
    let title = case.config.pull_request.as_ref().and_then(|config| config.title.as_deref());
    CommitAndPush {
        branch: branch.to_owned(),
        url: case.config.source.clone_url.redacted(),
        message: files::message(manifests, &version, title, commit.message_appendix.as_deref()),
        author: Author { name: commit.author_name.clone(), email: commit.author_email.clone() },
        manifests,
        files: case.draft.files.changes.clone(),
        options: options::recorded(&case.draft.options),
        base: case.draft.tip,
        starts_at: None,
        tip,
    }
}

/// The proposal. A branch that holds it is left as it is; an existing one gets a commit that also descends from the target,
/// so that the push is no rewriting and nothing of it is in conflict.
fn propose(
    case: &Case<'_>,
    (config, manifests): (&PullRequestConfig, Manifests),
    target_tip: CommitId,
    found: Option<&Proposed>,
) -> Propose {
    let source = config.source_branch(case.namespace, &case.config.source.path);
    let commit = commit(case, manifests, &source, found.map(|found| found.tip));
    let title = commit.message.lines().next().unwrap_or_default().to_owned();
    Propose {
        request: request::request(case, config, &commit.message),
        target: case.config.source.branch.clone(),
        commit: (!holds_it(case, found)).then_some(commit),
        files: case.draft.files.changes.clone(),
        target_tip,
        title,
        url: case.config.source.clone_url.clone(),
        wait: config.wait,
        run_again: config.run_again.clone(),
        source,
    }
}

/// Whether the branch proposes the change as it is. While it is waited for, other commits in the target need no answer
/// unless they touch the same files.
fn holds_it(case: &Case<'_>, found: Option<&Proposed>) -> bool {
    let waits = case.produced.proposal.as_ref();
    let unchanged = waits.is_some_and(|proposal| proposal.files == case.draft.files.changes);
    found.is_some_and(|found| found.exactly || found.files && unchanged)
}
