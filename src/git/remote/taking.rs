//! What is asked for of a commit, and what instead where a server does not give it.

use super::failure::{is_refusal, sent_by};
use super::{FetchMode, Remote};
use crate::domain::object_id::{CommitId, ObjectId};
use crate::git::error::GitError;
use crate::git::transport::fetch::{Filter, Want};
use crate::git::tree;

/// How many bytes are taken of an answer to `filter tree:`. What lies directly in the folders comes with them, and nothing
/// says how large that is; where it is more, all folders and no files are the smaller answer.
const MOST_BESIDE_THE_PATH: u64 = 32 << 20;

/// How often more folders are asked for, each time one level further down.
const LEVELS: usize = 64;

impl Remote {
    /// Fetches the folders that are not here, with those on the way: each with its entries, or with `deep` all below it.
    /// What is known to be missing is asked for together.
    ///
    /// # Errors
    /// As [`Remote::read`].
    pub fn bring(&mut self, commit: CommitId, folders: &[(&str, bool)]) -> Result<(), GitError> {
        self.bring_with(commit, folders, &[])
    }

    /// [`Remote::bring`], and the files of these paths in the same requests.
    ///
    /// # Errors
    /// As [`Remote::read`].
    pub(crate) fn bring_with(
        &mut self,
        commit: CommitId,
        folders: &[(&str, bool)],
        files: &[&str],
    ) -> Result<(), GitError> {
        self.bring_all(commit, folders, files).map_err(|error| sent_by(&self.url, error))
    }

    /// The folders in which files are to be changed.
    pub(super) fn bring_folders_of(
        &mut self,
        commit: CommitId,
        changes: &[(String, Option<Vec<u8>>)],
    ) -> Result<(), GitError> {
        let folder = |path: &'_ str| path.rsplit_once('/').map_or(0, |(folder, _)| folder.len());
        let folders: Vec<_> = changes.iter().map(|(path, _)| (&path[..folder(path)], false)).collect();
        self.bring(commit, &folders)
    }

    /// Whether a folder is here with all on the way to it.
    ///
    /// # Errors
    /// The commit was not fetched, or a folder is unreadable.
    pub(crate) fn has(&self, commit: CommitId, folder: &str) -> Result<bool, GitError> {
        let root = tree::root(&self.objects, commit.0);
        let missing = root.and_then(|root| tree::missing::in_folder(&self.objects, root, folder, false));
        Ok(missing.map_err(|error| sent_by(&self.url, error))?.is_empty())
    }

    pub(super) fn bring_all(
        &mut self,
        commit: CommitId,
        folders: &[(&str, bool)],
        files: &[&str],
    ) -> Result<(), GitError> {
        let mut before = Vec::new();
        for _ in 0..LEVELS {
            let (trees, mut missing) = self.missing(commit, folders, files)?;
            missing.extend(&trees);
            missing.sort_unstable();
            missing.dedup();
            // What was asked for in vain is told by whoever reads it.
            if missing.is_empty() || missing == before {
                return Ok(());
            }
            let filter = match trees.is_empty() || folders.iter().any(|(_, deep)| *deep) {
                true => Filter::BlobNone,
                // A folder's files are what is looked at next.
                false => Filter::TreeDepth(1),
            };
            let fetched = self.fetch_missing(commit, &missing, filter, !trees.is_empty());
            self.finish();
            fetched?;
            before = missing;
        }
        Err(GitError::Objects(format!("commit `{commit}` has folders that come singly, {LEVELS} levels deep")))
    }

    /// The first trees on the ways that are not here, and the blobs.
    fn missing(
        &self,
        commit: CommitId,
        folders: &[(&str, bool)],
        files: &[&str],
    ) -> Result<(Vec<ObjectId>, Vec<ObjectId>), GitError> {
        let root = tree::root(&self.objects, commit.0)?;
        let (mut trees, mut blobs) = (Vec::new(), Vec::new());
        for (folder, deep) in folders {
            trees.extend(tree::missing::in_folder(&self.objects, root, folder, *deep)?);
        }
        for file in files {
            let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let on_the_way = tree::missing::in_folder(&self.objects, root, folder, false)?;
            if on_the_way.is_empty() {
                let found = tree::entry(&self.objects, root, file)?.filter(tree::Entry::is_file);
                blobs.extend(found.map(|entry| entry.id).filter(|id| !self.objects.contains(*id)));
            }
            trees.extend(on_the_way);
        }
        Ok((trees, blobs))
    }

    /// Whether `filter tree:` is worth a try: what it leaves out must be given out by name later.
    pub(super) fn takes_trees(&self) -> bool {
        self.depth.is_some()
            && ["filter", "allow-tip-sha1-in-want", "allow-reachable-sha1-in-want"]
                .iter()
                .all(|name| self.offer.offers(name))
            && matches!(self.mode, None | Some(FetchMode::AlongThePath))
    }

    /// Fetches one commit, with as little of it as the server allows.
    pub(super) fn fetch_commit(&mut self, id: ObjectId) -> Result<(), GitError> {
        let ids = [id];
        let want = |filter| Want { ids: &ids, shallow: true, filter };
        if !self.offer.offers("filter") {
            self.mode = Some(FetchMode::FilterNotOffered);
            return self.receive(want(None), None);
        }
        if matches!(self.mode, Some(FetchMode::FilterRefused { .. } | FetchMode::FilesRefused { .. })) {
            return self.receive(want(None), None);
        }
        let depth = self.depth.filter(|_| self.takes_trees());
        let mut mode = match self.mode.take() {
            Some(refused @ FetchMode::TreesRefused { .. }) => refused,
            _ => FetchMode::WithoutFiles,
        };
        if let Some(depth) = depth {
            match self.receive(want(Some(Filter::TreeDepth(depth))), Some(MOST_BESIDE_THE_PATH)) {
                Ok(()) => {
                    self.mode = Some(FetchMode::AlongThePath);
                    return Ok(());
                }
                Err(error) if is_refusal(&error) || is_too_much(&error) => {
                    tracing::debug!(%error, depth, "fetching folders down to a depth was refused");
                    mode = FetchMode::TreesRefused { reason: error.to_string() };
                }
                Err(error) => return Err(error),
            }
        }
        match self.receive(want(Some(Filter::BlobNone)), None) {
            Ok(()) => {}
            Err(error) if is_refusal(&error) => {
                tracing::debug!(%error, "fetching without files was refused");
                self.receive(want(None), None)?;
                mode = FetchMode::FilterRefused { reason: error.to_string() };
            }
            Err(error) => return Err(error),
        }
        self.mode = Some(mode);
        Ok(())
    }

    /// Fetches single folders and files; or else all folders of the commit, or the whole commit with all files.
    fn fetch_missing(
        &mut self,
        commit: CommitId,
        ids: &[ObjectId],
        filter: Filter,
        folders: bool,
    ) -> Result<(), GitError> {
        let room = matches!(filter, Filter::TreeDepth(_)).then_some(MOST_BESIDE_THE_PATH);
        let refusal = match self.receive(Want { ids, shallow: false, filter: Some(filter) }, room) {
            Ok(()) if ids.iter().all(|id| self.objects.contains(*id)) => return Ok(()),
            Ok(()) => "the answer lacks some of them".to_owned(),
            Err(error) if is_refusal(&error) || is_too_much(&error) => error.to_string(),
            Err(error) => return Err(error),
        };
        tracing::debug!(reason = refusal, "fetching single folders and files was refused");
        let tip = Want { ids: &[commit.0], shallow: true, filter: None };
        if folders && self.mode == Some(FetchMode::AlongThePath) {
            match self.receive(Want { filter: Some(Filter::BlobNone), ..tip }, None) {
                Ok(()) => {
                    self.mode = Some(FetchMode::TreesRefused { reason: refusal });
                    return Ok(());
                }
                Err(error) if is_refusal(&error) => {}
                Err(error) => return Err(error),
            }
        }
        self.receive(tip, None).map_err(|error| {
            // Only tips are given out, and this one no longer is.
            if matches!(error, GitError::RefusedByServer { .. }) {
                let reason = error.server_text().unwrap_or_default().to_owned();
                GitError::StaleReference { url: self.url.clone(), branch: String::new(), reason }
            } else {
                error
            }
        })?;
        self.mode = Some(FetchMode::FilesRefused { reason: refusal });
        Ok(())
    }
}

/// Whether less is to be asked for.
const fn is_too_much(error: &GitError) -> bool {
    matches!(error, GitError::MoreThanAllowed { .. } | GitError::Excessive { .. })
}
