//! The deploy key dialogue: make a key, show its public half, have it confirmed, try it. All before the push.

use std::sync::Arc;

use super::produced::Produced;
use super::writer::Writer;
use crate::cluster::Cluster;
use crate::domain::config::KeyKind;
use crate::domain::error::{Error, Kind};
use crate::domain::event::Event;
use crate::domain::server_text::printable;
use crate::git::transport::ssh::{SshConnection, SshError, SshIdentity};
use crate::open::threads::on_a_thread;
use crate::plan::{KeyRegistration, RegisterDeployKey};
use crate::ssh_key::DeployKey;

/// What becomes of a key that no Secret holds yet, if the run ends.
const NOT_KEPT: [&str; 2] = [
    "The key was not kept: if it was added to the Git server already, remove it there.",
    "Run the command again to make a new key, or bring your own with --private-key-file.",
];

/// Makes the key, which is kept in `produced` once the Git server was told of it.
///
/// # Errors
/// Nobody confirms it, or the server does not accept it.
pub(super) async fn register(
    writer: &Writer<'_, '_>,
    step: &RegisterDeployKey,
    produced: &mut Produced,
) -> Result<(), Error> {
    let key = generated(step.kind).await?;
    writer.account.leave_loose(NOT_KEPT.map(str::to_owned));
    writer.report(Event::DeployKeyGenerated { public_key: key.public_line(), page: step.page.clone() });
    if step.confirm {
        await_access(writer, step, &key).await?;
    }
    produced.deploy_key = Some(key);
    Ok(())
}

/// A new key pair.
pub(super) async fn generated(kind: KeyKind) -> Result<Arc<DeployKey>, Error> {
    Ok(Arc::new(on_a_thread(move || DeployKey::generate(kind)).await?))
}

/// Asks whether the key has access, until the server accepts it or cannot be reached.
async fn await_access(writer: &Writer<'_, '_>, step: &RegisterDeployKey, key: &Arc<DeployKey>) -> Result<(), Error> {
    loop {
        confirm(writer)?;
        match try_key(writer, step, key).await {
            Ok(()) => {
                writer.report(Event::DeployKeyAccepted);
                return Ok(());
            }
            Err(error) if error.is_transient() => {
                writer.report(Event::Warning { message: format!("the key could not be tried: {error}") });
                return Ok(());
            }
            Err(error) => writer.report(Event::DeployKeyRefused { reason: refusal(&error) }),
        }
    }
}

fn confirm(writer: &Writer<'_, '_>) -> Result<(), Error> {
    let question = "Please give the key access to your repository. Is it done?";
    let Some(answer) = writer.session.ask(question) else {
        return Err(Error::refused("a question needs an answer, and there is no terminal")
            .caused_by(question)
            .hint("Run it in a terminal, or say yes beforehand with --silent."));
    };
    match answer {
        Ok(true) => Ok(()),
        Ok(false) => Err(not_kept("the deploy key was not confirmed")),
        Err(error) => Err(not_kept("the question was not answered").caused_by(error)),
    }
}

fn not_kept(message: &str) -> Error {
    NOT_KEPT.iter().fold(Error::new(Kind::Cancelled, message), |error, advice| error.hint(*advice))
}

/// Why a key was refused: in the words of the server, where it has any.
pub(super) fn refusal(error: &SshError) -> String {
    let words = error.server_words().join(" ");
    if words.is_empty() { error.to_string() } else { words }
}

/// Whether the server accepts the key for the repository.
pub(super) async fn try_key(
    writer: &Writer<'_, '_>,
    step: &RegisterDeployKey,
    key: &Arc<DeployKey>,
) -> Result<(), SshError> {
    let session = writer.session;
    let connection = SshConnection {
        url: step.url.clone(),
        host: step.host.clone(),
        username: step.username.clone(),
        identity: SshIdentity::Key(Arc::clone(key)),
        host_keys: Arc::new(session.host_keys()),
        host_key_algorithms: session.credentials.host_key_algorithms.clone(),
        limits: session.limits.clone(),
    };
    on_a_thread(move || connection.check_access()).await
}

/// How to give the key that the cluster holds access to the repository; none where it holds no key.
pub(super) async fn registration_hint(
    cluster: &Cluster,
    namespace: &str,
    registration: &KeyRegistration,
) -> Option<String> {
    let secret = cluster.secret(namespace, &registration.secret).await.ok().flatten()?;
    let public = std::str::from_utf8(secret.keys.get("identity.pub")?.expose()).ok()?.trim().to_owned();
    let place = registration.page.as_ref().map_or_else(|| "at the Git server".to_owned(), |page| format!("at {page}"));
    Some(format!("If the cluster's key has no access to the repository yet, add it {place}: {}", printable(&public)))
}
