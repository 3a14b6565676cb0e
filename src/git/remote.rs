//! The few things a bootstrap does with a remote repository: fetch the tip, look at files, commit, push.

mod branches;
mod failure;
mod sight;
mod taking;

pub(crate) use branches::Proposed;

use std::time::Duration;

use super::auth::Connection;
use super::commit::{CommitSigner, CommitText, Signature};
use super::error::GitError;
use super::objects::Objects;
use super::transport::Transport;
use super::transport::advertisement::Advertisement;
use super::transport::failure::from_io;
use super::transport::fetch::Want;
use super::transport::https::Way;
use super::transport::push::{Report, Update};
use super::transport::service::GitService;
use super::transport::sideband::Messages;
use super::transport::watched::Watched;
use super::tree::{self, Entry};
use crate::domain::backoff::retrying;
use crate::domain::git_host::GitHost;
use crate::domain::limits::Limits;
use crate::domain::object_id::{CommitId, ObjectId, ObjectKind};
use failure::{may_have_landed, sent_by, unusable};

/// What the branch points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tip {
    /// The branch exists, and points to this commit.
    Commit(CommitId),
    /// Nothing was ever pushed.
    EmptyRepository,
    /// There are references, but not this branch.
    MissingBranch {
        /// The branches that exist.
        branches: Vec<String>,
        /// The repository's default branch, where it has one that exists.
        default: Option<String>,
    },
}

/// How much was fetched, for `--verbose`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchMode {
    /// The tip's folders down to the depth that matters, with few files; other folders and files on demand.
    AlongThePath,
    /// The tip's folders alone; files on demand.
    WithoutFiles,
    /// The tip's folders alone, because the server does not take `filter tree:`; files on demand.
    TreesRefused {
        /// In the words of the server, escaped.
        reason: String,
    },
    /// The tip with all files: the server does not offer `filter`.
    FilterNotOffered,
    /// The tip with all files: the server offers `filter` but refuses to use it.
    FilterRefused {
        /// In the words of the server, escaped.
        reason: String,
    },
    /// The tip with all files, because single files are not given out.
    FilesRefused {
        /// In the words of the server, escaped.
        reason: String,
    },
}

impl FetchMode {
    /// Whether files were left out that can be had on demand.
    pub const fn leaves_out_files(&self) -> bool {
        matches!(self, Self::AlongThePath | Self::WithoutFiles | Self::TreesRefused { .. })
    }
}

/// A remote repository and a temporary store of what was fetched from it. The store is removed when this is
/// dropped. Nothing of the user's git configuration is used.
pub struct Remote {
    url: String,
    transport: Transport,
    limits: Limits,
    objects: Objects,
    /// How many bytes may be received, and kept on the disk.
    max_download: u64,
    /// The last offer of `git-upload-pack`.
    offer: Advertisement,
    mode: Option<FetchMode>,
    /// How many levels of folders come with a tip; none where all of them are to come.
    depth: Option<usize>,
    /// What our own commits consist of, for the pack of a push.
    commits: Vec<(CommitId, Vec<ObjectId>)>,
    /// What `git-receive-pack` offers, and for which branch, where that was asked for a push to come.
    push_offer: Option<(String, Advertisement)>,
    messages: Vec<String>,
    retries: Retries,
    /// The service is known to say the truth about pushes, although it does not name its software.
    is_azure: bool,
}

/// Is told every failed request that will be repeated, and the pause before that.
pub(crate) type OnRetry = Box<dyn Fn(&GitError, Duration) + Send>;

#[derive(Default)]
struct Retries(Option<OnRetry>);

impl Retries {
    fn note(&self, error: &GitError, pause: Duration) {
        if let Some(told) = &self.0 {
            told(error, pause);
        }
    }
}

impl Remote {
    /// Prepares a store and the way to the server; nothing is sent yet.
    ///
    /// # Errors
    /// When certificates or proxy settings are unusable, or the temporary folder cannot be written.
    pub fn open(connection: &Connection) -> Result<Self, GitError> {
        Ok(Self {
            url: connection.url.redacted(),
            transport: Transport::open(connection)?,
            limits: connection.limits.clone(),
            objects: Objects::default(),
            max_download: connection.max_download,
            offer: Advertisement::default(),
            mode: None,
            depth: None,
            commits: Vec::new(),
            push_offer: None,
            messages: Vec::new(),
            retries: Retries::default(),
            is_azure: GitHost::of(&connection.url).is_ok_and(|host| host.azure_repo().is_some()),
        })
    }

    /// Names who is told of repeated requests from now on.
    pub fn tell_retries(&mut self, on_retry: Option<OnRetry>) {
        self.retries = Retries(on_retry);
    }

    /// Says that the folders which matter lie at most this deep, where the root is level 1. From servers that can, no deeper
    /// ones come with a tip; [`Remote::bring`] brings those that are needed all the same.
    pub fn look_down_to(&mut self, level: usize) {
        self.depth = Some(level);
    }

    /// Fetches the branch's tip: one commit and its folders, with files only where the server cannot leave them
    /// out. Calling it again sees what was pushed since.
    ///
    /// # Errors
    /// Any of [`GitError`]'s; transient failures have been retried.
    pub fn fetch(&mut self, branch: &str) -> Result<Tip, GitError> {
        self.messages.clear();
        let tip = self.fetch_tip(branch);
        self.finish();
        tip
    }

    fn fetch_tip(&mut self, branch: &str) -> Result<Tip, GitError> {
        self.offer = retrying(&self.limits, &|error, pause| self.retries.note(error, pause), || {
            self.transport.advertise(GitService::UploadPack, branch)
        })?;
        if self.offer.is_empty() {
            return Ok(Tip::EmptyRepository);
        }
        let Some(id) = self.offer.tip() else {
            let default = self.offer.default_branch();
            return Ok(Tip::MissingBranch { branches: self.offer.branches().to_vec(), default });
        };
        if !self.objects.contains(id) {
            self.fetch_commit(id)?;
        }
        Ok(Tip::Commit(CommitId(id)))
    }

    /// How much the last fetch had to transfer; `None` before the first.
    pub const fn fetch_mode(&self) -> Option<&FetchMode> {
        self.mode.as_ref()
    }

    /// What is at a path of a commit.
    ///
    /// # Errors
    /// When the commit was not fetched, or its folders are unreadable or not here ([`Remote::bring`]).
    pub fn entry(&self, commit: CommitId, path: &str) -> Result<Option<Entry>, GitError> {
        let found = tree::root(&self.objects, commit.0).and_then(|root| tree::entry(&self.objects, root, path));
        found.map_err(|error| sent_by(&self.url, error))
    }

    /// What lies under a folder of a commit, in git's order: its direct entries, or with `deep` all files below it.
    /// Empty when there is no such folder.
    ///
    /// # Errors
    /// When the commit was not fetched or its folders are unreadable.
    pub fn list(&self, commit: CommitId, folder: &str, deep: bool) -> Result<Vec<Entry>, GitError> {
        let root = tree::root(&self.objects, commit.0);
        root.and_then(|root| tree::list(&self.objects, root, folder, deep)).map_err(|error| sent_by(&self.url, error))
    }

    /// The contents of files of a commit, in the order of the paths; `None` where there is no file. Those not here
    /// yet are fetched in one request.
    ///
    /// # Errors
    /// Any of [`GitError`]'s; [`GitError::StaleReference`] when the branch moved on and the server no longer gives
    /// out the old commit's files.
    pub fn read(&mut self, commit: CommitId, paths: &[&str]) -> Result<Vec<Option<Vec<u8>>>, GitError> {
        self.read_files(commit, paths).map_err(|error| sent_by(&self.url, error))
    }

    fn read_files(&mut self, commit: CommitId, paths: &[&str]) -> Result<Vec<Option<Vec<u8>>>, GitError> {
        self.bring_all(commit, &[], paths)?;
        let root = tree::root(&self.objects, commit.0)?;
        let mut ids = Vec::new();
        for path in paths {
            ids.push(tree::entry(&self.objects, root, path)?.filter(Entry::is_file).map(|entry| entry.id));
        }
        ids.into_iter().map(|id| id.map(|id| self.objects.read(id, ObjectKind::Blob)).transpose()).collect()
    }

    /// The id that a file of this content has, for comparing without reading.
    pub fn blob_id(content: &[u8]) -> ObjectId {
        ObjectId::of(ObjectKind::Blob, content)
    }

    /// Builds a commit on its parents (or the first of all) from the tree of `base` (or an empty one) and changed files: a
    /// content writes a file, keeping the executable bit, `None` removes it. Nothing is sent. The message is ended with
    /// one line break. Folders on the way that are not here are fetched.
    ///
    /// # Errors
    /// Any of [`GitError`]'s; [`GitError::Path`] when a path cannot be written, [`GitError::Signing`] when the signer fails.
    pub fn commit(
        &mut self,
        base: Option<CommitId>,
        parents: &[CommitId],
        changes: &[(String, Option<Vec<u8>>)],
        author: &Signature,
        message: &str,
        signer: Option<&dyn CommitSigner>,
    ) -> Result<CommitId, GitError> {
        if let Some(base) = base {
            self.bring_folders_of(base, changes)?;
        }
        let old = base.map(|base| tree::root(&self.objects, base.0)).transpose()?;
        let (root, mut written) = tree::update(&mut self.objects, old, changes)?;
        let text = CommitText { tree: root, parents, author, message };
        let bytes = text.to_bytes(signer).map_err(GitError::Signing)?;
        let commit = self.objects.add(ObjectKind::Commit, bytes);
        written.insert(0, commit);
        self.commits.push((CommitId(commit), written));
        Ok(CommitId(commit))
    }

    /// Asks whether this identity may push at all; nothing is changed. Policies speak only at the push itself.
    ///
    /// # Errors
    /// [`GitError::Forbidden`] or [`GitError::Unauthorized`] when it may not.
    pub fn check_push_access(&mut self) -> Result<(), GitError> {
        self.messages.clear();
        let offer = self.advertised_for_push("");
        self.finish();
        offer.map(drop)
    }

    /// [`Remote::check_push_access`] for a push to come, which then need not ask what the server offers: over HTTP an answer
    /// outlives its request. A branch that moves until then is the server's to notice.
    ///
    /// # Errors
    /// As [`Remote::check_push_access`].
    pub(crate) fn prepare_push(&mut self, branch: &str) -> Result<(), GitError> {
        self.messages.clear();
        let offer = self.advertised_for_push(branch);
        self.finish();
        let offer = offer?;
        let keeps = self.transport.way().is_some() && offer.offers("report-status");
        self.push_offer = keeps.then(|| (branch.to_owned(), offer));
        Ok(())
    }

    /// The way to the server over HTTP, for others who speak to it on the same connection.
    pub(crate) fn way(&self) -> Option<Way> {
        self.transport.way().cloned()
    }

    fn advertised_for_push(&mut self, branch: &str) -> Result<Advertisement, GitError> {
        retrying(&self.limits, &|error, pause| self.retries.note(error, pause), || {
            self.transport.advertise(GitService::ReceivePack, branch)
        })
    }

    /// Pushes a commit made by [`Remote::commit`] to a branch that must still be where it was seen (`None`: must not
    /// exist).
    ///
    /// # Errors
    /// [`GitError::StaleReference`] when the branch moved: fetch, plan and commit again. [`GitError::PushUnknown`]
    /// when the answer was lost: fetch and look whether the commit is there. Pushes are never repeated here.
    pub fn push(&mut self, commit: CommitId, branch: &str, expected: Option<CommitId>) -> Result<(), GitError> {
        self.messages.clear();
        let pushed = self.push_commit(commit, branch, expected);
        self.finish();
        pushed
    }

    fn push_commit(&mut self, commit: CommitId, branch: &str, expected: Option<CommitId>) -> Result<(), GitError> {
        let offer = match self.push_offer.take().filter(|(asked, _)| asked == branch) {
            Some((_, offer)) => offer,
            None => self.advertised_for_push(branch)?,
        };
        let stale = |reason| GitError::StaleReference { url: self.url.clone(), branch: branch.to_owned(), reason };
        if offer.tip() != expected.map(|expected| expected.0) {
            return Err(stale(String::new()));
        }
        let update = Update { branch, old: expected.map(|expected| expected.0), new: commit.0 };
        let mut request = update.command(&offer);
        let parts = self.commits.iter().find(|(id, _)| *id == commit).map(|(_, parts)| parts.as_slice());
        let parts = parts.ok_or_else(|| GitError::Objects(format!("commit `{commit}` was not made here")))?;
        request.extend(self.objects.pack(parts)?);

        let mut messages = Messages::default();
        let report = match self.transport.request(GitService::ReceivePack, &request) {
            Ok(inner) => {
                let (url, limits, most) = (&self.url, &self.limits, self.max_download);
                let answer = Box::new(Watched { inner, limits, url, room: most, most });
                update.report(&offer, answer, &mut messages).map_err(|error| from_io(url, error))
            }
            Err(error) => Err(error),
        };
        self.messages = messages.take();
        let (url, branch, said) = (self.url.clone(), branch.to_owned(), self.messages.clone());
        match report {
            Ok(Report::Done) if offer.offers("agent") || self.is_azure => Ok(()),
            Ok(Report::Done) => self.see_it_arrived(commit, &branch),
            Ok(Report::Stale(reason)) => Err(GitError::StaleReference { url, branch, reason }),
            Ok(Report::Rejected(reason)) => Err(GitError::PushRejected { url, branch, reason, said }),
            Ok(Report::Unpack(reason)) => Err(GitError::UnpackFailed { url, reason, said }),
            Err(GitError::RefusedByServer { reason, .. }) => Err(GitError::PushRejected { url, branch, reason, said }),
            Err(error) if may_have_landed(&error) => Err(GitError::PushUnknown { url, source: Box::new(error) }),
            Err(error) => Err(error),
        }
    }

    /// Looks whether the branch is where the push put it. Servers that do not name their software may report success for a
    /// branch that they left alone, as dulwich does after a lost race.
    fn see_it_arrived(&mut self, commit: CommitId, branch: &str) -> Result<(), GitError> {
        let asked = self.advertised_for_push(branch);
        let url = self.url.clone();
        match asked {
            Ok(offer) if offer.tip() == Some(commit.0) => Ok(()),
            Ok(_) => {
                let reason = "the server reported success, and the branch holds another commit".to_owned();
                Err(GitError::StaleReference { url, branch: branch.to_owned(), reason })
            }
            Err(error) => Err(GitError::PushUnknown { url, source: Box::new(error) }),
        }
    }

    /// What the server said during the last operation, control characters escaped.
    pub fn server_messages(&self) -> &[String] {
        &self.messages
    }

    /// Ends a conversation and keeps what was said beside it.
    fn finish(&mut self) {
        let words = self.transport.finish();
        self.messages.extend(words);
    }

    /// One request for objects, repeated while it fails transiently. No more than `room` bytes are taken, where that is given.
    fn receive(&mut self, want: Want<'_>, room: Option<u64>) -> Result<(), GitError> {
        let Self { url, transport, limits, objects, max_download, offer, messages, retries, .. } = self;
        let left = max_download.saturating_sub(objects.size());
        let (most, room) = (room.unwrap_or(*max_download), room.unwrap_or(left).min(left));
        let request = want.request(offer);
        let mut said = Messages::default();
        let result = retrying(limits, &|error, pause| retries.note(error, pause), || {
            let answer = transport.request(GitService::UploadPack, &request)?;
            let watched = Watched { inner: answer, limits, url, room, most };
            let pack = want.pack(offer, Box::new(watched), &mut said).map_err(|error| from_io(url, error))?;
            objects.receive_pack(pack, limits).map_err(|error| unusable(url, error))
        });
        messages.extend(said.take());
        result
    }
}
