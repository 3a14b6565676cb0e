//! The Secrets that the cluster needs no longer, taken away after the proof.

use super::writer::Writer;
use crate::domain::cluster_secret::SecretWrite;
use crate::domain::error::Error;
use crate::domain::event::{Event, IdentityEvent};
use crate::manifests::source_proxy;
use crate::manifests::source_secret::{CA, OWNED_KEYS};
use crate::plan::{DropOldSecret, SecretPurpose};

/// Deletes it, or all of it but the certificates. Whoever has put something else in it meanwhile keeps it.
pub(super) async fn drop_old(writer: &Writer<'_, '_>, step: &DropOldSecret) -> Result<(), Error> {
    let (namespace, name) = (&step.namespace, &step.name);
    let secret = format!("{namespace}/{name}");
    let cluster = &writer.worlds.cluster;
    let Some(live) = cluster.secret(namespace, name).await? else { return Ok(()) };
    let is_proxy = step.purpose == SecretPurpose::SourceProxy;
    let ours: Vec<&str> = if is_proxy { source_proxy::OWNED_KEYS.to_vec() } else { [&OWNED_KEYS[..], &[CA]].concat() };
    if let Some(key) = live.keys.keys().find(|key| !ours.contains(&key.as_str())) {
        let message = format!("secret `{secret}` stays: somebody has put `{key}` into it meanwhile");
        writer.report(Event::Warning { message });
        return Ok(());
    }
    writer.begin(if is_proxy {
        "the proxy secret was being removed"
    } else {
        "the old source secret was being removed"
    })?;
    let removed = if step.keeps_certificates {
        let keys = live.keys.into_iter().filter(|(key, _)| key == CA).collect();
        let owned = OWNED_KEYS.iter().map(|key| (*key).to_owned()).collect();
        let (namespace, name) = (namespace.clone(), name.clone());
        let write = SecretWrite { namespace, name, kind: live.kind, keys, owned, ..SecretWrite::default() };
        cluster.write_secret(&write).await.map(|_| ())
    } else {
        cluster.delete_secret(namespace, name).await
    };
    writer.account.settle();
    removed?;
    if is_proxy {
        writer.account.add(format!("proxy secret `{secret}` is removed"));
        writer.report(Event::ProxySecretRemoved { secret });
        return Ok(());
    }
    writer.account.add(format!("secret `{secret}` no longer holds a credential"));
    let (keys, page) = (step.keys.clone(), step.page.clone());
    writer.report(IdentityEvent::OldSecretRemoved { secret, keys, page }.into());
    Ok(())
}
