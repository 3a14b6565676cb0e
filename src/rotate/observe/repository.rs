//! What the new credential can do, as the Git server says, and what this identity may do in the cluster.

use crate::cluster::Cluster;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, RotationEvent, Whose};
use crate::domain::seen::Seen;
use crate::git::{GitError, Tip};
use crate::open::{Repository, Session, Unopened};
use crate::plan::rights;
use crate::rotate::facts::{Answers, Draft, Replacement, Tried};

/// Tries the new credential, and asks for the rights that the plan takes, side by side.
pub(crate) async fn ask(
    session: &Session<'_>,
    cluster: &Cluster,
    namespace: &str,
    draft: &Draft,
) -> (Answers, Option<Repository>) {
    let rights = rights::to_rotate(namespace, verbs(draft));
    let Draft::Replace(draft) = draft else {
        let missing = cluster.missing_access(&rights).await.into();
        return (Answers { missing, ..Answers::default() }, None);
    };
    let (tried, missing) = futures::join!(try_new(session, draft), cluster.missing_access(&rights));
    let (tried, repository) = match tried {
        Ok((tried, repository)) => (Seen::Known(tried), Some(repository)),
        Err(error) => (Seen::Failed(refused(draft, error)), None),
    };
    (Answers { tried, missing: missing.into() }, repository)
}

/// What is done with Secrets.
fn verbs(draft: &Draft) -> &'static [&'static str] {
    match draft {
        Draft::MakeKey(_) => &["create", "update", "delete"],
        Draft::GiveUp { .. } => &["delete"],
        Draft::Replace(replacement) => match (replacement.change.created, replacement.key.is_some()) {
            (true, false) => &["create"],
            (false, false) => &["update"],
            (true, true) => &["create", "delete"],
            (false, true) => &["update", "delete"],
        },
    }
}

async fn try_new(session: &Session<'_>, draft: &Replacement) -> Result<(Tried, Repository), Error> {
    let repository = Unopened::with(session, &draft.url, &draft.credential, draft.ca.as_deref())?.open()?;
    let (branch, commit) = (draft.branch.clone(), draft.commit);
    let action = format!("reading `{}`", draft.url.redacted());
    let reading = repository.run_telling(action, &session.reporter, move |remote| {
        match &branch {
            Some(branch) => match remote.fetch(branch)? {
                Tip::Commit(_) => {}
                Tip::EmptyRepository => return Ok(Err(format!("it is empty, so there is no branch `{branch}`"))),
                Tip::MissingBranch { .. } => return Ok(Err(format!("it has no branch `{branch}`"))),
            },
            None => remote.check_read_access()?,
        }
        let sees_commit = commit.map(|commit| remote.sees(commit)).transpose()?;
        Ok::<_, GitError>(Ok(sees_commit))
    });
    let sees_commit = reading.await?.map_err(|reason| Error::new(Kind::Other, reason))?;
    let pushes = match repository.run(crate::git::Remote::check_push_access).await {
        Ok(()) => Some(true),
        Err(GitError::Unauthorized { .. } | GitError::Forbidden { .. } | GitError::NotFound { .. }) => Some(false),
        Err(error) => {
            let message = format!("whether the new credential can push is not known: {error}");
            session.report(Event::Detail { message });
            None
        }
    };
    session.report(RotationEvent::CredentialTried { whose: Whose::New, reads: true, pushes }.into());
    Ok((Tried { sees_commit, pushes }, repository))
}

/// The failure, which names the credential that was refused.
fn refused(draft: &Replacement, error: Error) -> Error {
    let message = format!("the new credential cannot read `{}`", draft.url.redacted());
    Error { message: message.into(), ..error.caused_first() }
}
