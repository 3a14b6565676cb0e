//! The repository, opened: its branch's tip, and git's work on a thread of its own.

use std::sync::{Arc, Mutex, PoisonError};

use super::api::Api;
use super::session::Session;
use super::sign_in::{sign_in, sign_in_for_api};
use super::start::{Missing, Start};
use super::threads::on_a_thread;
use super::tree::{Absent, Folder, Tree};
use crate::domain::config::{BootstrapConfig, ByteSize, CloneSignIn, SourceConfig};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, SharedReporter};
use crate::domain::git_host::GitHost;
use crate::domain::git_url::GitUrl;
use crate::domain::limits::Limits;
use crate::domain::object_id::CommitId;
use crate::domain::shell_word::shell_word;
use crate::git::transport::ssh::SshIdentity;
use crate::git::{Auth, Connection, FetchMode, GitError, Remote, SshAuth, Tip};
use crate::http::{CredentialProvider, HttpCredential, Proxies};
use crate::manifests::source_secret::SourceCredential;
use crate::ssh_key::DeployKey;

/// A repository whose server has not been spoken to; it may first have to be vouched for.
pub(crate) struct Unopened {
    connection: Connection,
    /// How the API is signed in to, where git is by an SSH key.
    token: Option<Arc<dyn CredentialProvider>>,
    /// How many levels of folders lead to the cluster path, itself included; none where all are to be fetched.
    depth: Option<usize>,
}

/// A repository opened for this run; clones share it.
#[derive(Clone)]
pub(crate) struct Repository {
    remote: Arc<Mutex<Remote>>,
    connection: Arc<Connection>,
    api: Option<Arc<Api>>,
}

impl Unopened {
    /// The way that this run takes, with the host keys trusted so far.
    ///
    /// # Errors
    /// Nobody is signed in on this machine, where that is the way.
    pub(crate) async fn of(session: &Session<'_>, config: &BootstrapConfig) -> Result<Self, Error> {
        let (credentials, url) = (session.credentials, config.source.clone_url.clone());
        let auth = match config.credentials.clone {
            CloneSignIn::Ssh => Auth::Ssh(SshAuth {
                host: config.source.host.clone(),
                username: config.credentials.username.clone(),
                identity: identity(session),
                host_keys: Arc::new(session.host_keys()),
                host_key_algorithms: credentials.host_key_algorithms.clone(),
            }),
            CloneSignIn::Token(_) | CloneSignIn::Login(_) => Auth::Http(sign_in(session, config).await?),
        };
        let connection = Connection {
            url,
            auth,
            ca: credentials.ca.clone(),
            tls: session.tls.clone(),
            proxies: Proxies::of(session.environment),
            limits: session.limits.clone(),
            max_download: config.source.max_download.0,
        };
        // That Azure DevOps takes `filter tree:` is not proven, and a refusal would cost a request.
        let levels = config.source.path.as_tree_path().split('/').filter(|name| !name.is_empty()).count() + 1;
        let depth = (config.source.host == GitHost::Other).then_some(levels);
        Ok(Self { connection, token: sign_in_for_api(session, config).await?, depth })
    }

    /// The way that a cluster takes with this credential, trusting `ca` (PEM) besides the system's certificates.
    ///
    /// # Errors
    /// The private key cannot be read.
    pub(crate) fn with(
        session: &Session<'_>,
        url: &GitUrl,
        credential: &SourceCredential,
        ca: Option<&[u8]>,
    ) -> Result<Self, Error> {
        let auth = match credential {
            SourceCredential::Basic { username, password } => {
                Auth::Http(Arc::new(HttpCredential::Basic { username: username.clone(), password: password.clone() }))
            }
            SourceCredential::Bearer { token } => Auth::Http(Arc::new(HttpCredential::Bearer(token.clone()))),
            SourceCredential::Ssh { identity, known_hosts, passphrase, .. } => {
                let key = DeployKey::parse(identity.expose(), "the source secret", passphrase.as_ref())?;
                Auth::Ssh(SshAuth {
                    host: GitHost::of(url).unwrap_or(GitHost::Other),
                    username: "git".to_owned(),
                    identity: SshIdentity::Key(Arc::new(key)),
                    host_keys: Arc::new(session.host_keys().with_secret(known_hosts, "the source secret")),
                    host_key_algorithms: session.credentials.host_key_algorithms.clone(),
                })
            }
        };
        let connection = Connection {
            url: url.clone(),
            auth,
            ca: ca.map(<[u8]>::to_vec),
            tls: session.tls.clone(),
            proxies: Proxies::of(session.environment),
            limits: session.limits.clone(),
            max_download: ByteSize::DOWNLOAD.0,
        };
        Ok(Self { connection, token: None, depth: None })
    }

    /// Prepares the way to the server; nothing is sent yet.
    ///
    /// # Errors
    /// Certificates or proxy settings are unusable, or the temporary folder cannot be written.
    pub(crate) fn open(self) -> Result<Repository, GitError> {
        let Self { connection, token, depth } = self;
        let mut remote = Remote::open(&connection)?;
        if let Some(depth) = depth {
            remote.look_down_to(depth);
        }
        let remote = Arc::new(Mutex::new(remote));
        Ok(Repository { remote, api: Api::of(&connection, token).map(Arc::new), connection: Arc::new(connection) })
    }
}

fn identity(session: &Session<'_>) -> SshIdentity {
    session.credentials.private_key.as_ref().map_or_else(
        || SshIdentity::Agent(session.environment.path_variable("SSH_AUTH_SOCK")),
        |key| SshIdentity::Key(Arc::clone(key)),
    )
}

impl Repository {
    /// Finds where the next commit of the branch stands.
    ///
    /// # Errors
    /// The server's refusal, or a branch that does not exist in a repository that is not empty, unless it is to be made.
    pub(crate) async fn start(&self, source: &SourceConfig, reporter: &SharedReporter<'_>) -> Result<Start, Error> {
        let (branch, create) = (source.branch.clone(), source.create_branch);
        let action = format!("reading branch `{branch}`");
        let found = self.run_telling(action, reporter, move |remote| {
            let tip = remote.fetch(&branch)?;
            match &tip {
                Tip::MissingBranch { default: Some(from), .. } if create => {
                    let from = from.clone();
                    Ok::<_, GitError>((remote.fetch(&from)?, Some(from)))
                }
                _ => Ok((tip, None)),
            }
        });
        match found.await? {
            (Tip::Commit(id), None) => Ok(Start::at(Some(id))),
            (Tip::Commit(id), Some(from)) => Ok(Start { commit: Some(id), missing: Missing::Branch { from } }),
            (Tip::EmptyRepository, _) => Ok(Start::at(None)),
            (Tip::MissingBranch { branches, .. }, _) => Err(missing_branch(&source.branch, &branches, create)),
        }
    }

    /// The API of the service that the repository is at, where there is one and a token opens it.
    pub(crate) fn api(&self) -> Option<&Api> {
        self.api.as_deref()
    }

    /// Runs git work on the blocking thread pool.
    pub(crate) async fn run<T, F>(&self, work: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(&mut Remote) -> T + Send + 'static,
    {
        let remote = Arc::clone(&self.remote);
        on_a_thread(move || {
            // A poisoned lock means an earlier piece of work panicked; that panic was passed on below.
            work(&mut remote.lock().unwrap_or_else(PoisonError::into_inner))
        })
        .await
    }

    /// Asks where a branch is, on a connection and within limits of its own. None where there is no such branch.
    ///
    /// # Errors
    /// The server's refusal, or what stands in the way of asking.
    pub(crate) async fn tip_apart(&self, branch: &str, limits: Limits) -> Result<Option<CommitId>, GitError> {
        let (connection, branch) = (Connection { limits, ..(*self.connection).clone() }, branch.to_owned());
        on_a_thread(move || Remote::open(&connection)?.branch_tip(&branch)).await
    }

    /// Runs git work, and tells of requests that are repeated while it goes on.
    pub(crate) async fn run_telling<T, F>(&self, action: String, reporter: &SharedReporter<'_>, work: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(&mut Remote) -> T + Send + 'static,
    {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let worked = self.run(move |remote| {
            remote.tell_retries(Some(Box::new(move |error, delay| {
                // Nobody listens any more once the run was cancelled.
                drop(sender.send(Event::Retrying { action: action.clone(), reason: error.to_string(), delay }));
            })));
            let result = work(remote);
            remote.tell_retries(None);
            result
        });
        let told = async {
            while let Some(event) = receiver.recv().await {
                reporter.tell(&event);
            }
        };
        futures::join!(worked, told).0
    }

    /// The way to it, for what is asked beside git.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// How the tip was fetched; none before that.
    pub(crate) async fn fetch_mode(&self) -> Option<FetchMode> {
        self.run(|remote| remote.fetch_mode().cloned()).await
    }

    /// Passes on what the server said to people.
    pub(crate) async fn tell_server_words(&self, reporter: &SharedReporter<'_>) {
        for line in self.run(|remote| remote.server_messages().to_vec()).await {
            reporter.tell(&Event::ServerSaid { line });
        }
    }

    /// The tree of a commit with what came with it of the folders on the way to this one, so that what is to be fetched can be
    /// asked for together.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub(crate) async fn tree(&self, start: Start, directory: String) -> Result<Tree, Error> {
        let Some(commit) = start.commit else { return Ok(Tree::of(start)) };
        let mut tree = Tree::of(start);
        let known = self.run(move |remote| {
            let above = directory.match_indices('/').map(|(end, _)| &directory[..end]);
            for path in [""].into_iter().chain(above).chain([directory.as_str()]) {
                if remote.has(commit, path)? {
                    let folder = Folder { path: path.to_owned(), deep: false };
                    tree.put_folder(folder, remote.list(commit, path, false)?);
                }
            }
            Ok::<Tree, GitError>(tree)
        });
        known.await.map_err(Error::from)
    }

    /// Fills in what a tree lacks of a commit, as much as possible in one request. `action` says for what, in case it is repeated.
    ///
    /// # Errors
    /// The server's refusal.
    pub(crate) async fn fill(
        &self,
        mut tree: Tree,
        absent: Absent,
        action: String,
        reporter: &SharedReporter<'_>,
    ) -> Result<Tree, Error> {
        let filled = self.run_telling(action, reporter, move |remote| {
            let Some(commit) = tree.commit() else { return Ok(tree) };
            let wanted: Vec<&str> = absent.files.iter().map(String::as_str).collect();
            let folders: Vec<_> = absent.folders.iter().map(|folder| (folder.path.as_str(), folder.deep)).collect();
            remote.bring_with(commit, &folders, &wanted)?;
            for folder in &absent.folders {
                let entries = remote.list(commit, &folder.path, folder.deep)?;
                tree.put_folder(folder.clone(), entries);
            }
            if !wanted.is_empty() {
                let contents = remote.read(commit, &wanted)?;
                for (path, content) in absent.files.iter().zip(contents) {
                    tree.put_file(path.clone(), content);
                }
            }
            Ok::<Tree, GitError>(tree)
        });
        filled.await.map_err(Error::from)
    }
}

/// What stands in the way where the branch is not there. `create` says that it was to be made, which takes a default branch.
fn missing_branch(branch: &str, branches: &[String], create: bool) -> Error {
    let known = branches.iter().take(10).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let more = if branches.len() > 10 { ", ..." } else { "" };
    let start = branches.first().map_or("origin/<branch>".to_owned(), |start| format!("origin/{start}"));
    let push = format!("git push origin {}", shell_word(&format!("{start}:refs/heads/{branch}")));
    let error =
        Error::new(Kind::Other, format!("branch `{branch}` does not exist in the repository, which is not empty"))
            .caused_by(format!("it has {known}{more}"));
    if create {
        let error = error.caused_by("its default branch does not exist, so a new one has no start");
        return error.hint(format!("Choose one of them with --branch, or create it first: `{push}`."));
    }
    error.hint(format!(
        "Choose one of them with --branch, have it made with --create-branch, or create it first: `{push}`."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advised_command_is_quoted() {
        let advised = |branches: &[&str]| {
            let branches: Vec<String> = branches.iter().map(|name| (*name).to_owned()).collect();
            missing_branch("a;$(id)", &branches, false).hints[0].to_string()
        };
        assert!(advised(&["main"]).ends_with("`git push origin 'origin/main:refs/heads/a;$(id)'`."));
        assert!(advised(&[]).ends_with("`git push origin 'origin/<branch>:refs/heads/a;$(id)'`."));
        let plain = missing_branch("new", &["main".to_owned()], true).hints[0].to_string();
        assert!(plain.ends_with("`git push origin origin/main:refs/heads/new`."), "{plain}");
    }
}
