//! The note on the namespace of Flux, for a run that completes this one.

use super::writer::Writer;
use crate::cluster::ClusterError;
use crate::domain::error::Error;
use crate::domain::event::Event;
use crate::domain::object_ref::ObjectRef;
use crate::plan::NoteSurvivors;
use crate::plan::uninstall_note::ANNOTATION;

pub(super) async fn note(writer: &Writer<'_, '_>, step: &NoteSurvivors) -> Result<(), Error> {
    let namespace = ObjectRef::cluster_wide("v1", "Namespace", &step.namespace);
    let text = step.note.as_ref().and_then(crate::plan::UninstallNote::text);
    writer.begin(&format!("`{namespace}` was being annotated"))?;
    let written = writer.worlds.cluster.annotate(&namespace, ANNOTATION, text.as_deref()).await;
    writer.account.settle();
    match written {
        // It went while this run looked at it: nobody needs the note any more.
        Err(ClusterError::NotFound { .. }) => return Ok(()),
        written => written?,
    }
    if let Some(note) = &step.note {
        let message = format!("noted on {namespace} that {} objects must survive", note.survivors.len());
        writer.report(Event::Detail { message });
    }
    Ok(())
}
