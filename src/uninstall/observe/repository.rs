//! Looking at the repository that the cluster follows: the branch's tip, Flux's files in it, the right to push.

use crate::domain::config::{BootstrapConfig, Namespace};
use crate::domain::error::Error;
use crate::domain::event::Event;
use crate::domain::git_url::Scheme;
use crate::domain::object_id::CommitId;
use crate::domain::seen::Seen;
use crate::execute::commit::cannot_push;
use crate::git::{FetchMode, Proposed};
use crate::open::host_trust::{self, ServerKey};
use crate::open::{Repository, Session, Start, Unopened};
use crate::uninstall::draft::files::{Drafted, FileRemoval, files, source_branch};
use crate::uninstall::facts::FoundFiles;

/// Opens the repository, whose SSH server somebody must vouch for.
pub(crate) async fn open(session: &Session<'_>, config: &BootstrapConfig) -> Result<Repository, Error> {
    let url = &config.source.clone_url;
    if url.scheme == Scheme::Ssh
        && let ServerKey::Unknown(key) = host_trust::server_key(session, url).await?
    {
        let accepted = config.credentials.accept_new_host_key
            || session.ask(&host_trust::question(url, &key)).is_some_and(|answer| answer.unwrap_or(false));
        if !accepted {
            return Err(host_trust::unknown(url, &key));
        }
        session.trust(url, &key);
    }
    Ok(Unopened::of(session, config).await?.open()?)
}

/// Fetches the tip and drafts the removal.
pub(crate) async fn look(
    session: &Session<'_>,
    config: &BootstrapConfig,
    namespace: &Namespace,
    repository: &Repository,
) -> Result<FoundFiles, Error> {
    let (branch, url) = (&config.source.branch, config.source.clone_url.redacted());
    session.report(Event::FetchStarted { branch: branch.clone(), url: url.clone() });
    let tip = repository.start(&config.source, &session.reporter).await?.tip();
    let without_blobs = repository.fetch_mode().await.as_ref().is_some_and(FetchMode::leaves_out_files);
    session.report(Event::Fetched { commit: tip.map(|tip| tip.to_string()), without_blobs });
    let directory = config.source.path.join(namespace.as_str());
    let mut tree = repository.tree(Start::at(tip), directory.clone()).await?;
    let removal = loop {
        match files(&directory, &tree)? {
            Drafted::Ready(removal) => break removal,
            Drafted::Missing(absent) => {
                let action = format!("reading files of `{directory}`");
                tree = repository.fill(tree, absent, action, &session.reporter).await?;
            }
        }
    };
    let push_access =
        if removal.is_empty() { Seen::NotAsked } else { push_access(session, repository, branch, &url).await };
    let proposed = proposed(session, config, namespace, repository, tip, &removal).await;
    Ok(FoundFiles { tip, removal, push_access, proposed })
}

/// What the branch holds that is to propose the removal.
async fn proposed(
    session: &Session<'_>,
    config: &BootstrapConfig,
    namespace: &Namespace,
    repository: &Repository,
    tip: Option<CommitId>,
    removal: &FileRemoval,
) -> Seen<Option<Proposed>> {
    let Some((source, tip)) = source_branch(config, namespace).zip(tip).filter(|_| !removal.is_empty()) else {
        return Seen::NotAsked;
    };
    let (action, files) = (format!("reading branch `{source}`"), removal.contents());
    let compared =
        repository.run_telling(action, &session.reporter, move |remote| remote.compare(&source, tip, &files));
    compared.await.into()
}

async fn push_access(session: &Session<'_>, repository: &Repository, branch: &str, url: &str) -> Seen<()> {
    let action = "asking for the right to push".to_owned();
    let asked = repository.run_telling(action, &session.reporter, |remote| remote.check_push_access()).await;
    asked.map_err(|error| cannot_push(branch, url, error)).into()
}
