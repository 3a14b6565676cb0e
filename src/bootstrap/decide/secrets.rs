//! What happens to the source secret and the image pull secret.

use super::case::Case;
use crate::bootstrap::draft::credential::{SecretIntent, intent};
use crate::domain::cluster_secret::{SecretChange, SecretWrite, StoredSecret};
use crate::domain::config::token_text::expiry;
use crate::domain::config::{OwnCredential, RunMode, Secret};
use crate::domain::error::Error;
use crate::domain::event::ObjectChange;
use crate::manifests::source_secret::CA;
use crate::manifests::{pull_secret, source_proxy};
use crate::open::host_trust::{self, ServerKey};
use crate::plan::{Question, Topic, source_secret};

use super::rules::secrets::{foreign, unwritable};

/// A write, with what it changes.
pub(super) type Write = (SecretWrite, SecretChange);

/// Both secrets.
#[derive(Debug)]
pub(crate) struct Secrets {
    /// What shall happen to the source secret.
    pub intent: SecretIntent,
    /// The server's lines of known_hosts, where the cluster needs them.
    pub known_hosts: Option<String>,
    /// The write of a source secret that is known; none when it is kept, not needed or still to be made.
    pub source: Option<Write>,
    /// The write of the image pull secret.
    pub image_pull: Option<Write>,
    /// The write of the proxy's Secret.
    pub proxy: Option<Write>,
}

impl Secrets {
    /// Finds what they must hold.
    pub(crate) fn of(case: &Case<'_>) -> Self {
        let known_hosts = known_hosts(case);
        let existing = case.cluster.source_secret.as_ref();
        let source = &case.config.source;
        let intent = if case.draft.files.sync.needs_secret {
            intent(case.config, case.credentials, existing, known_hosts.as_deref())
        } else {
            SecretIntent::NotNeeded
        };
        let written = match &intent {
            SecretIntent::Write(credential) => {
                let ca = case.credentials.ca.as_deref();
                let write = source_secret(case.namespace.as_str(), &source.secret_name, credential, ca);
                let own = matches!(case.config.credentials.own, OwnCredential::Token(_));
                Some(with_change(SecretWrite { own, ..write }, existing))
            }
            _ => certificates(case),
        };
        Self { intent, known_hosts, source: written, image_pull: image_pull(case), proxy: proxy(case) }
    }

    /// A key pair is to be made.
    pub(crate) const fn makes_key(&self) -> bool {
        matches!(self.intent, SecretIntent::GenerateKey(_))
    }

    /// The source secret gets another content.
    pub(crate) fn changes_source(&self) -> bool {
        self.makes_key() || changes(self.source.as_ref()).is_some()
    }

    /// Any secret is written.
    pub(crate) fn writes(&self) -> bool {
        let others = [&self.image_pull, &self.proxy];
        self.changes_source() || others.into_iter().any(|write| changes(write.as_ref()).is_some())
    }

    /// The key of the server that nobody vouches for or that cannot be had, and the key that nobody can confirm.
    pub(crate) fn refusals(&self, case: &Case<'_>) -> Vec<Error> {
        let server = match host_key_question(case) {
            Some(question) if !case.can_ask => Some(question.refused),
            _ => case.answers.host_key.failure().cloned(),
        };
        let confirm = self.asks_for_key(case) && !case.can_ask && case.config.run.mode != RunMode::DryRun;
        server.into_iter().chain(confirm.then(unconfirmed_key)).collect()
    }

    /// What a person is asked about the server's key and the deploy key.
    pub(crate) fn questions(&self, case: &Case<'_>) -> Vec<Question> {
        let deploy_key = self.asks_for_key(case).then(|| Question {
            topic: Topic::DeployKey,
            text: "Please give the key access to your repository".to_owned(),
            refused: unconfirmed_key(),
        });
        host_key_question(case).into_iter().chain(deploy_key).collect()
    }

    fn asks_for_key(&self, case: &Case<'_>) -> bool {
        self.makes_key() && case.produced.deploy_key.is_none() && !case.config.credentials.silent
    }

    /// Secrets that this run would change, and that the API server would only refuse after everything before them is done.
    pub(crate) fn unwritable(&self, case: &Case<'_>) -> Vec<Error> {
        let written = |write: Option<&Write>| {
            let (write, change) = write?;
            (change.change() == ObjectChange::Configured)
                .then(|| write.owned.is_empty() || write.keys.keys().any(|key| key == "username" || key == "password"))
        };
        let generated = self.makes_key().then_some(false);
        let (stored, name) = (&case.cluster.source_secret, Some(&case.config.source.secret_name));
        let source = (stored.as_ref(), name, written(self.source.as_ref()).or(generated));
        let (stored, name) = (&case.cluster.pull_secret, case.config.install.image_pull_secret.as_ref());
        let pull = (stored.as_ref(), name, written(self.image_pull.as_ref()));
        let refused = |(stored, name, signs_in): (Option<&StoredSecret>, Option<&String>, Option<bool>)| {
            let (stored, name, signs_in) = (stored?, name?, signs_in?);
            let namespace = case.namespace.as_str();
            foreign(stored, namespace, name, &case.config.safety)
                .or_else(|| unwritable(stored, namespace, name, signs_in))
        };
        let name = self.proxy.as_ref().map(|(write, _)| &write.name);
        let proxy = (case.cluster.proxy_secret.as_ref(), name, written(self.proxy.as_ref()));
        [source, pull, proxy].into_iter().filter_map(refused).collect()
    }

    /// A token that dies soon is no good to the cluster.
    pub(crate) fn expiring_token(&self, case: &Case<'_>) -> Option<String> {
        let SecretIntent::Write(_) = &self.intent else { return None };
        let expiry = jiff::Timestamp::from_second(expiry(case.credentials.cluster_token.as_ref()?)?).ok()?;
        Some(format!(
            "the token stored in the cluster expires at {expiry}, after which the cluster can no longer read the repository; \
             use a personal access token or an SSH key for the cluster"
        ))
    }

    /// The server could not be asked for its key, so the one on record is taken.
    pub(crate) fn unreachable_server(&self, case: &Case<'_>) -> Option<String> {
        let ServerKey::Unreachable { place, error, .. } = case.answers.host_key.known()? else { return None };
        Some(format!(
            "the SSH server cannot be reached from here, so the cluster gets the host key on record ({place}): {error}"
        ))
    }
}

/// The write, where it changes something.
pub(super) fn changes(write: Option<&Write>) -> Option<&Write> {
    write.filter(|(_, change)| change.change() != ObjectChange::Unchanged)
}

/// The Secret of certificates beside an identity. Whatever else it holds stays for now: the cluster may still read with it.
fn certificates(case: &Case<'_>) -> Option<Write> {
    let ca = case.credentials.ca.as_ref().filter(|_| case.draft.options.after.identity.ca)?;
    let stored = case.cluster.source_secret.as_ref();
    let write = SecretWrite {
        namespace: case.namespace.as_str().to_owned(),
        name: case.config.source.secret_name.clone(),
        kind: "Opaque".to_owned(),
        keys: [(CA.to_owned(), Secret::new(ca.clone()))].into(),
        owned: Vec::new(),
        own: stored.is_some_and(|stored| stored.own),
        ..SecretWrite::default()
    };
    Some(with_change(write, stored))
}

fn with_change(write: SecretWrite, stored: Option<&StoredSecret>) -> Write {
    let change = SecretChange::between(stored, &write);
    (write, change)
}

/// The lines for the cluster; those of a key that is still to be agreed to as well.
fn known_hosts(case: &Case<'_>) -> Option<String> {
    let url = &case.config.source.sync_url;
    Some(match case.answers.host_key.known()? {
        ServerKey::Trusted(line) | ServerKey::Unreachable { line, .. } => line.clone(),
        ServerKey::Unknown(key) => key.known_hosts_line(&url.host, url.port_or_default()),
    })
}

/// The question about the server's key, unless it was answered before or by a flag.
fn host_key_question(case: &Case<'_>) -> Option<Question> {
    let ServerKey::Unknown(key) = case.answers.host_key.known()? else { return None };
    let agreed = case.config.credentials.accept_new_host_key || case.produced.agreed.contains(&Topic::HostKey);
    let url = &case.config.source.sync_url;
    (!agreed).then(|| Question {
        topic: Topic::HostKey,
        text: host_trust::question(url, key),
        refused: host_trust::unknown(url, key),
    })
}

fn unconfirmed_key() -> Error {
    Error::refused("a new deploy key must be given access to the repository, and there is no terminal to confirm that")
        .hint("Run it in a terminal, use --silent to print the key and go on without confirmation, or bring a key that has access with --private-key-file.")
}

fn proxy(case: &Case<'_>) -> Option<Write> {
    let write = SecretWrite {
        namespace: case.namespace.as_str().to_owned(),
        name: case.config.source.proxy_secret(),
        kind: "Opaque".to_owned(),
        keys: case.credentials.source_proxy.as_ref()?.content(),
        owned: source_proxy::OWNED_KEYS.map(str::to_owned).to_vec(),
        ..SecretWrite::default()
    };
    Some(with_change(write, case.cluster.proxy_secret.as_ref()))
}

fn image_pull(case: &Case<'_>) -> Option<Write> {
    let install = &case.config.install;
    let (login, name) = (case.credentials.registry_login.as_ref()?, install.image_pull_secret.as_ref()?);
    let stored = case.cluster.pull_secret.as_ref();
    let is_there = |value: &Secret<Vec<u8>>| login.is_in(value.expose(), &install.registry);
    if stored.and_then(|secret| secret.keys.get(pull_secret::KEY)).is_some_and(is_there) {
        return None;
    }
    let write = SecretWrite {
        namespace: case.namespace.as_str().to_owned(),
        name: name.clone(),
        kind: pull_secret::TYPE.to_owned(),
        keys: login.content(&install.registry),
        owned: vec![pull_secret::KEY.to_owned()],
        ..SecretWrite::default()
    };
    Some(with_change(write, stored))
}
