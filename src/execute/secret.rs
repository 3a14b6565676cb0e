//! Secrets are written.

use super::produced::Produced;
use super::writer::Writer;
use crate::domain::cluster_secret::SecretWrite;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, ObjectChange};
use crate::plan::{ApplySecret, SecretContent, source_secret, ssh_credential};

pub(super) async fn write_source(
    writer: &Writer<'_, '_>,
    step: &ApplySecret,
    produced: &Produced,
) -> Result<(), Error> {
    let secret = format!("{}/{}", step.namespace, step.name);
    writer.report(Event::SecretChecked { secret: secret.clone() });
    writer.report(Event::SecretGenerated);
    let change = write(writer, "source secret", step, produced).await?;
    if matches!(step.content, SecretContent::GeneratedKey { .. }) {
        writer.account.leave_loose([]);
    }
    writer.report(Event::SecretApplied { secret, change });
    writer.report(Event::SecretReconciled);
    Ok(())
}

pub(super) async fn write_image_pull(
    writer: &Writer<'_, '_>,
    step: &ApplySecret,
    produced: &Produced,
) -> Result<(), Error> {
    let secret = format!("{}/{}", step.namespace, step.name);
    let change = write(writer, "image pull secret", step, produced).await?;
    writer.report(Event::PullSecretApplied { secret, change });
    Ok(())
}

pub(super) async fn write_proxy(writer: &Writer<'_, '_>, step: &ApplySecret, produced: &Produced) -> Result<(), Error> {
    let secret = format!("{}/{}", step.namespace, step.name);
    let change = write(writer, "proxy secret", step, produced).await?;
    writer.report(Event::ProxySecretApplied { secret, change });
    Ok(())
}

/// What is written, with the key that an earlier step made.
fn content(step: &ApplySecret, produced: &Produced) -> Result<SecretWrite, Error> {
    match &step.content {
        SecretContent::Known(write) => Ok(write.clone()),
        SecretContent::GeneratedKey { known_hosts } => {
            let key = produced.deploy_key.as_ref();
            let key = key.ok_or_else(|| Error::new(Kind::Other, "the deploy key was not made"))?;
            Ok(source_secret(&step.namespace, &step.name, &ssh_credential(key, known_hosts), None))
        }
    }
}

async fn write(
    writer: &Writer<'_, '_>,
    what: &str,
    step: &ApplySecret,
    produced: &Produced,
) -> Result<ObjectChange, Error> {
    let (content, cluster) = (content(step, produced)?, &writer.worlds.cluster);
    writer.begin(&format!("the {what} was being written"))?;
    let written = match step.change {
        ObjectChange::Created => cluster.write_new_secret(&content).await,
        ObjectChange::Configured | ObjectChange::Unchanged => cluster.write_secret(&content).await,
    };
    writer.account.settle();
    let change = written?.change();
    if change != ObjectChange::Unchanged {
        writer.account.add(format!("{what} `{}/{}` is written", content.namespace, content.name));
    }
    Ok(change)
}
