//! What is told of a change that is not in the branch yet.

use crate::domain::error::{Error, Kind};
use crate::execute::produced::Proposal;
use crate::plan::Propose;

/// How often one run proposes what was merged otherwise than proposed.
pub(super) const MOST_PROPOSALS: u32 = 5;

/// What is told while the change is not merged; `blockers` is what the service says stands in the way.
pub(super) fn not_merged(step: &Propose, proposal: &Proposal, blockers: Vec<String>) -> Error {
    let (source, target) = (&step.source, &step.target);
    let message = match proposal.id {
        Some(id) => format!("pull request {id} is open, and branch `{target}` does not hold the change yet"),
        None => format!("branch `{target}` does not hold the change yet; branch `{source}` proposes it"),
    };
    // The page was told when the pull request, or the branch for it, was made; it is told once.
    let open = match (&proposal.page, proposal.id) {
        (_, Some(_)) => "Have it completed.".to_owned(),
        (Some(_), None) => "Open the pull request there, or have it completed if it is open.".to_owned(),
        (None, _) => {
            format!("Open a pull request from `{source}` to `{target}` at the Git server, and have it completed.")
        }
    };
    let error = blockers.into_iter().fold(Error::new(Kind::PullRequest, message), Error::caused_by);
    error.hint(open).hint(run_again(step))
}

/// The pull request was completed again and again, and the change did not arrive.
pub(super) fn merged_otherwise(step: &Propose) -> Error {
    let message = format!(
        "the change was proposed {MOST_PROPOSALS} times, and branch `{}` still does not hold it as proposed",
        step.target
    );
    Error::new(Kind::PushRefused, message)
        .hint(format!(
            "Look at what others do with these files, or delete branch `{}`: a rebase, for one, leaves merge commits out.",
            step.source
        ))
        .hint(run_again(step))
}

/// How to go on, as the last hint.
pub(super) fn run_again(step: &Propose) -> String {
    format!("Run the same command again when it is completed; it goes on from there: `{}`", step.run_again)
}
