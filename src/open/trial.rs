//! Trying a credential of the cluster on its repository, before the cluster gets it.

use super::{Repository, Session, Unopened};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, RotationEvent, Whose};
use crate::domain::git_url::GitUrl;
use crate::domain::object_id::CommitId;
use crate::git::{GitError, Remote, Tip};

/// What a credential can do, as it was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trial {
    /// It was shown the commit that the cluster is at; none where the cluster is at none.
    pub sees_commit: Option<bool>,
    /// It can push; none where the server did not say.
    pub pushes: Option<bool>,
}

/// What is read with it.
#[derive(Clone, Debug)]
pub(crate) struct Read<'a> {
    /// Whose credential it is.
    pub whose: Whose,
    /// The repository as the cluster reaches it.
    pub url: &'a GitUrl,
    /// The branch that the cluster follows; none where it follows something else.
    pub branch: Option<String>,
    /// The branch is there already.
    pub exists: bool,
    /// The commit that the cluster is at.
    pub commit: Option<CommitId>,
}

/// Reads with a credential, and asks whether it may push, which changes nothing.
///
/// # Errors
/// It cannot read; the message names whose it is.
pub(crate) async fn try_credential(
    session: &Session<'_>,
    way: Result<Unopened, Error>,
    read: Read<'_>,
) -> Result<(Trial, Repository), Error> {
    let (whose, url) = (read.whose, read.url.redacted());
    let refused = |error: Error| {
        let message = format!("the {} credential cannot read `{url}`", whose.name());
        Error { message: message.into(), ..error.caused_first() }
    };
    let repository = way.and_then(|way| Ok(way.open()?)).map_err(refused)?;
    let action = format!("reading `{url}`");
    let reading = repository
        .run_telling(action, &session.reporter, move |remote| look(remote, &read.branch, read.exists, read.commit));
    let sees_commit =
        reading.await.map_err(Error::from).and_then(|seen| seen.map_err(|reason| Error::new(Kind::Other, reason)));
    let sees_commit = sees_commit.map_err(refused)?;
    let pushes = match repository.run(Remote::check_push_access).await {
        Ok(()) => Some(true),
        Err(GitError::Unauthorized { .. } | GitError::Forbidden { .. } | GitError::NotFound { .. }) => Some(false),
        Err(error) => {
            let message = format!("whether the {} credential can push is not known: {error}", whose.name());
            session.report(Event::Detail { message });
            None
        }
    };
    session.report(RotationEvent::CredentialTried { whose, reads: true, pushes }.into());
    Ok((Trial { sees_commit, pushes }, repository))
}

/// Whether the commit is shown; or in words what is not there.
fn look(
    remote: &mut Remote,
    branch: &Option<String>,
    exists: bool,
    commit: Option<CommitId>,
) -> Result<Result<Option<bool>, String>, GitError> {
    match branch {
        Some(branch) => match remote.fetch(branch)? {
            Tip::EmptyRepository if exists => return Ok(Err(format!("it is empty, so there is no branch `{branch}`"))),
            Tip::MissingBranch { .. } if exists => return Ok(Err(format!("it has no branch `{branch}`"))),
            Tip::Commit(_) | Tip::EmptyRepository | Tip::MissingBranch { .. } => {}
        },
        None => remote.check_read_access()?,
    }
    commit.map(|commit| remote.sees(commit)).transpose().map(Ok)
}
