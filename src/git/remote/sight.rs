//! Whether a repository shows a commit to this identity.

use super::failure::is_refusal;
use super::{Remote, Want};
use crate::domain::backoff::retrying;
use crate::domain::object_id::CommitId;
use crate::git::GitError;
use crate::git::transport::fetch::Filter;
use crate::git::transport::service::GitService;

impl Remote {
    /// Whether a commit can be had here: a reference points at it, it was fetched, or the server gives it out when asked.
    /// Servers may refuse commits that no reference points at, so a no is no proof that it is not there.
    ///
    /// # Errors
    /// The server cannot be read at all.
    pub(crate) fn sees(&mut self, commit: CommitId) -> Result<bool, GitError> {
        let seen = self.look_for(commit);
        self.finish();
        seen
    }

    /// Asks whether this identity may read at all; nothing is fetched.
    ///
    /// # Errors
    /// Any of [`GitError`]'s.
    pub(crate) fn check_read_access(&mut self) -> Result<(), GitError> {
        let offer = retrying(&self.limits, &|error, pause| self.retries.note(error, pause), || {
            self.transport.advertise(GitService::UploadPack, "")
        });
        self.finish();
        offer.map(drop)
    }

    fn look_for(&mut self, commit: CommitId) -> Result<bool, GitError> {
        if self.objects.contains(commit.0) {
            return Ok(true);
        }
        self.offer = retrying(&self.limits, &|error, pause| self.retries.note(error, pause), || {
            self.transport.advertise(GitService::UploadPack, "")
        })?;
        if self.offer.points_at(commit.0) {
            return Ok(true);
        }
        let filter = self.offer.offers("filter").then_some(Filter::BlobNone);
        match self.receive(Want { ids: &[commit.0], shallow: true, filter }, None) {
            Ok(()) => Ok(self.objects.contains(commit.0)),
            Err(error) if is_refusal(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
