//! A key that waits: kept in a Secret before anybody is told of it, shown, tried until the Git server accepts it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::deploy_key::{generated, refusal, try_key};
use super::writer::Writer;
use crate::domain::config::Secret;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, RotationEvent};
use crate::plan::{DropPendingKey, OfferKey, OfferedKey, PENDING_LABEL, REPLACES, source_secret, ssh_credential};
use crate::ssh_key::DeployKey;

/// Offers the key. It ends well once the server accepts it.
///
/// # Errors
/// Nobody can be asked, or somebody says that it is not registered; the key then waits for the next run.
pub(super) async fn offer(writer: &Writer<'_, '_>, step: &OfferKey) -> Result<(), Error> {
    let key = match &step.key {
        OfferedKey::Waiting(key) => Arc::clone(key),
        OfferedKey::New { known_hosts, replaces } => {
            let key = generated(step.registration.kind).await?;
            keep(writer, step, &key, known_hosts, replaces.as_deref()).await?;
            key
        }
    };
    let (public_key, page) = (key.public_line(), step.registration.page.clone());
    writer.report(Event::DeployKeyGenerated { public_key, page });
    writer.account.leave_loose(to_register(step));
    loop {
        match writer.session.ask("Please give the key access to your repository. Is it done?") {
            None | Some(Ok(false)) => return Err(not_registered(step)),
            Some(Err(error)) => {
                let unanswered = Error::new(Kind::Cancelled, "the question was not answered").caused_by(error);
                return Err(to_register(step).into_iter().fold(unanswered, Error::hint));
            }
            Some(Ok(true)) => {}
        }
        match try_key(writer, &step.registration, &key).await {
            Ok(()) => {
                writer.account.leave_loose([]);
                writer.report(Event::DeployKeyAccepted);
                return Ok(());
            }
            Err(error) if error.is_transient() => return Err(error.into()),
            Err(error) => writer.report(Event::DeployKeyRefused { reason: refusal(&error) }),
        }
    }
}

/// Writes a new key into its Secret, from where the next run takes it, whatever becomes of this one.
async fn keep(
    writer: &Writer<'_, '_>,
    step: &OfferKey,
    key: &DeployKey,
    known_hosts: &str,
    replaces: Option<&str>,
) -> Result<(), Error> {
    let (namespace, name) = (step.namespace.as_str(), step.name.as_str());
    let mut write = source_secret(namespace, name, &ssh_credential(key, known_hosts.trim_end()), None);
    let replaced = replaces.map(|fingerprint| (REPLACES.to_owned(), Secret::new(fingerprint.as_bytes().to_vec())));
    write.keys.extend(replaced);
    writer.begin("the Secret of the new key was being written")?;
    let created = writer.worlds.cluster.create_secret(&write, &BTreeMap::from([PENDING_LABEL])).await;
    writer.account.settle();
    created?;
    writer.account.add(format!("a new key waits in secret `{namespace}/{name}`"));
    writer.report(RotationEvent::KeyWaits { secret: format!("{namespace}/{name}") }.into());
    Ok(())
}

fn not_registered(step: &OfferKey) -> Error {
    let error = Error::new(Kind::GitAccess, "the new key has no access to the repository yet");
    to_register(step).into_iter().fold(error, Error::hint)
}

/// How to go on with a key that waits.
fn to_register(step: &OfferKey) -> [String; 2] {
    let place =
        step.registration.page.as_ref().map_or_else(|| "at the Git server".to_owned(), |page| format!("at {page}"));
    [
        format!("Add its public half {place}, and run the same command again."),
        format!(
            "The key waits in secret `{}/{}`; give it up with `flux rotate source git --abort`.",
            step.namespace, step.name
        ),
    ]
}

/// Deletes the Secret of a key that is in use or given up.
pub(super) async fn drop_pending(writer: &Writer<'_, '_>, step: &DropPendingKey) -> Result<(), Error> {
    let secret = format!("{}/{}", step.namespace, step.name);
    writer.begin("the Secret of the new key was being deleted")?;
    let deleted = writer.worlds.cluster.delete_secret(&step.namespace, &step.name).await;
    writer.account.settle();
    deleted?;
    if step.given_up {
        writer.account.add(format!("the key in secret `{secret}` is given up"));
        writer.report(RotationEvent::KeyGivenUp { secret }.into());
    }
    Ok(())
}
