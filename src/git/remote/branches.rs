//! Looking at other branches than the one that is synced: where they are, and whether they hold what shall be proposed.

use super::{Remote, Tip};
use crate::domain::backoff::retrying;
use crate::domain::object_id::{CommitId, ObjectKind};
use crate::git::error::GitError;
use crate::git::transport::service::GitService;
use crate::git::tree;

/// A branch beside what shall be proposed for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proposed {
    /// The branch's tip.
    pub tip: CommitId,
    /// It goes on from the other branch's tip, and its tree is that one's with the files to be written, and nothing else. The
    /// same tree after another tip says nothing: it may have been merged, and taken back.
    pub exactly: bool,
    /// It has all the files to be written, whatever else is in it.
    pub files: bool,
}

impl Remote {
    /// Asks where a branch is; nothing is fetched. None where there is no such branch.
    ///
    /// # Errors
    /// Any of [`GitError`]'s; transient failures have been retried.
    pub(crate) fn branch_tip(&mut self, branch: &str) -> Result<Option<CommitId>, GitError> {
        let offer = retrying(&self.limits, &|error, pause| self.retries.note(error, pause), || {
            self.transport.advertise(GitService::UploadPack, branch)
        });
        self.finish();
        Ok(offer?.tip().map(CommitId))
    }

    /// Fetches a branch and compares it with the tree of `base`, which was fetched before, after these changes. None where
    /// there is no such branch.
    ///
    /// # Errors
    /// Any of [`GitError`]'s.
    pub(crate) fn compare(
        &mut self,
        branch: &str,
        base: CommitId,
        changes: &[(String, Option<Vec<u8>>)],
    ) -> Result<Option<Proposed>, GitError> {
        let Tip::Commit(tip) = self.fetch(branch)? else { return Ok(None) };
        self.bring_folders_of(base, changes)?;
        self.bring_folders_of(tip, changes)?;
        let (found, before) = (tree::root(&self.objects, tip.0)?, tree::root(&self.objects, base.0)?);
        let (wanted, _) = tree::update(&mut self.objects, Some(before), changes)?;
        let mut files = true;
        for (path, content) in changes {
            let entry = tree::entry(&self.objects, found, path)?;
            files &= entry.map(|entry| entry.id) == content.as_deref().map(Self::blob_id);
        }
        let goes_on = parents(&self.objects.read(tip.0, ObjectKind::Commit)?).contains(&base);
        Ok(Some(Proposed { tip, exactly: goes_on && found == wanted, files }))
    }
}

/// The parents that a commit names in its header.
fn parents(commit: &[u8]) -> Vec<CommitId> {
    let header = commit.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let parent = |line: &[u8]| std::str::from_utf8(line).ok()?.strip_prefix("parent ")?.parse().ok().map(CommitId);
    header.filter_map(parent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_read_from_the_header_alone() {
        let id = |digit: &str| CommitId(digit.repeat(40).parse().unwrap());
        let line = |digit: &str| format!("parent {}\n", digit.repeat(40));
        let commit = format!("tree {}\n{}{}author A <> 0 +0000\n\n{}", "0".repeat(40), line("a"), line("b"), line("c"));
        assert_eq!(parents(commit.as_bytes()), [id("a"), id("b")]);
        assert!(parents(b"tree x\nparent x\nparent \xff\n\n").is_empty());
    }
}
