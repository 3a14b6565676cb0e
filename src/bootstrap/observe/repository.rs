//! Looking at the repository: the branch's tip, and as much of its tree as the draft takes.

use crate::bootstrap::draft::{Draft, Drafted, Sources, draft};
use crate::domain::config::{BootstrapConfig, CloneSignIn};
use crate::domain::error::{Error, Kind};
use crate::domain::event::Event;
use crate::domain::git_url::GitUrl;
use crate::domain::object_id::CommitId;
use crate::domain::signed_in::SignedIn;
use crate::git::FetchMode;
use crate::git::host_key::HostKey;
use crate::hints::access::Doing;
use crate::http::HttpCredential;
use crate::open::explain::{self, Behind};
use crate::open::host_trust::{self, ServerKey};
use crate::open::{Missing, Repository, Session, Start, Unopened};

/// What the first look at the repository gave.
pub(super) enum Found {
    /// It is open, and this is where the next commit stands.
    Tip(Repository, Start),
    /// Its SSH server must be vouched for first.
    UnknownServer(HostKey),
}

/// Looks at the repository as far as that takes no question.
pub(super) async fn look(session: &Session<'_>, config: &BootstrapConfig) -> Result<Found, Error> {
    let url = &config.source.clone_url;
    if config.credentials.clone == CloneSignIn::Ssh
        && let ServerKey::Unknown(key) = host_trust::server_key(session, url).await?
    {
        return Ok(Found::UnknownServer(key));
    }
    // A server that cannot be reached is the fetch's to report.
    let (repository, tip) = open_and_fetch(session, config).await?;
    Ok(Found::Tip(repository, tip))
}

/// Has a key that nothing on record vouches for accepted before the first connection shows an identity.
pub(super) async fn look_with_trust(
    session: &Session<'_>,
    config: &BootstrapConfig,
) -> Result<(Repository, Start), Error> {
    let url = &config.source.clone_url;
    // Meanwhile the cluster's record may have become known.
    if let ServerKey::Unknown(key) = host_trust::server_key(session, url).await? {
        let accepted = config.credentials.accept_new_host_key || {
            let answer = session.ask(&host_trust::question(url, &key));
            answer.is_some_and(|answer| answer.unwrap_or(false))
        };
        if !accepted {
            return Err(host_trust::unknown(url, &key));
        }
        session.trust(url, &key);
    }
    open_and_fetch(session, config).await
}

/// What speaks against a server whose key is not on record, where the cluster cannot be asked for its record and nobody
/// else can be asked either.
pub(super) fn unvouched(session: &Session<'_>, config: &BootstrapConfig, key: &HostKey) -> Option<Error> {
    if session.can_ask() || config.credentials.accept_new_host_key {
        return None;
    }
    Some(host_trust::unknown(&config.source.clone_url, key).hint(
        "A source secret that is in the cluster already may hold it, and will be asked when the cluster can be read.",
    ))
}

async fn open_and_fetch(session: &Session<'_>, config: &BootstrapConfig) -> Result<(Repository, Start), Error> {
    let url = &config.source.clone_url;
    let repository = Unopened::of(session, config).await?.open()?;
    let is_anonymous = matches!(config.credentials.clone, CloneSignIn::Token(_))
        && matches!(session.credentials.shown.credential(), Ok(HttpCredential::Anonymous));
    match repository.start(&config.source, &session.reporter).await {
        Ok(start) => Ok((repository, start)),
        Err(error) if is_anonymous => Err(without_token(error, url)),
        Err(error) => {
            let behind = explain::look(repository.connection().clone(), &error).await;
            match behind.as_ref().and_then(Behind::place_for_a_new_one).filter(|_| config.source.create_repository) {
                Some(project) => {
                    let missing = Missing::Repository { project };
                    Ok((repository, Start { commit: None, missing }))
                }
                None => {
                    let error = explain::told(session, error, behind, Doing::Read);
                    Err(match session.signed_in() {
                        Some(who) if is_unknown(&error) => not_let_in(error, who),
                        _ => error,
                    })
                }
            }
        }
    }
}

/// A refusal says that the credentials are wrong, also where there are none.
fn without_token(error: Error, url: &GitUrl) -> Error {
    if error.kind != Kind::GitAccess {
        return error;
    }
    let message = format!("`{}` is not public, and no token was given", url.redacted());
    Error { message: message.into(), hints: Vec::new(), ..error.caused_first() }
        .hint("Give a token on standard input with --token-auth, in GIT_PASSWORD, or with --password-file.")
}

/// Whether the organisation does not know who asks: what the API says of it is known, but not whom to add.
fn is_unknown(error: &Error) -> bool {
    error.kind == Kind::GitAccess && ["TF400813", "TF401444"].iter().any(|code| error.message.contains(code))
}

/// The token is good, so what is missing is the identity's place in the organisation.
fn not_let_in(error: Error, who: &SignedIn) -> Error {
    let name = who.identity.as_deref().unwrap_or("whoever this machine is signed in as");
    Error { hints: Vec::new(), ..error }.hint(format!(
        "`{name}` is signed in ({}), but may not read the repository: add it under Organization settings > Users with the \
         access level Basic (Stakeholder does not suffice), to the Readers of the project, and give it Read and Contribute on the repository.",
        who.mode
    ))
}

/// Tells how the tip was fetched.
pub(super) async fn tell_fetched(session: &Session<'_>, repository: &Repository, tip: Option<CommitId>) {
    let mode = repository.fetch_mode().await;
    if let Some(message) = fetch_detail(mode.as_ref()) {
        session.report(Event::Detail { message });
    }
    session.report(Event::Fetched {
        commit: tip.map(|tip| tip.to_string()),
        without_blobs: mode.as_ref().is_some_and(FetchMode::leaves_out_files),
    });
    repository.tell_server_words(&session.reporter).await;
}

fn fetch_detail(mode: Option<&FetchMode>) -> Option<String> {
    match mode? {
        FetchMode::AlongThePath | FetchMode::WithoutFiles => None,
        FetchMode::TreesRefused { reason } => {
            Some(format!("the server did not send single folders ({reason}), so all folders of the tip were fetched"))
        }
        FetchMode::FilterNotOffered => {
            Some("the server does not offer `filter`; the tip was fetched with all its files".into())
        }
        FetchMode::FilterRefused { reason } => {
            Some(format!("the server refused `filter` ({reason}), so the tip was fetched with all its files"))
        }
        FetchMode::FilesRefused { reason } => {
            Some(format!("the server does not send single files ({reason}), so the tip was fetched with all its files"))
        }
    }
}

/// Drafts, and fetches what the draft lacks until it lacks nothing.
///
/// # Errors
/// The draft's, or the server's refusal.
pub(super) async fn drafted(
    session: &Session<'_>,
    sources: Sources<'_>,
    repository: &Repository,
    start: Start,
) -> Result<Draft, Error> {
    let directory = sources.config.source.path.join(sources.wanted.sync.namespace.as_str());
    let mut tree = repository.tree(start, directory.clone()).await?;
    loop {
        let absent = match draft(sources, &tree)? {
            Drafted::Ready(draft) => return Ok(*draft),
            Drafted::Missing(absent) => absent,
        };
        let action = format!("reading files of `{directory}`");
        tree = repository.fill(tree, absent, action, &session.reporter).await?;
    }
}
