//! What the new credential can do, as the Git server says, and what this identity may do in the cluster.

use crate::cluster::Cluster;
use crate::domain::event::Whose;
use crate::domain::seen::Seen;
use crate::open::trial::{Read, try_credential};
use crate::open::{Repository, Session, Unopened};
use crate::plan::rights;
use crate::rotate::facts::{Answers, Draft};

/// Tries the new credential, and asks for the rights that the plan takes, side by side.
pub(crate) async fn ask(
    session: &Session<'_>,
    cluster: &Cluster,
    namespace: &str,
    draft: &Draft,
) -> (Answers, Option<Repository>) {
    let rights = rights::to_rotate(namespace, verbs(draft));
    let Draft::Replace(draft) = draft else {
        let missing = cluster.missing_access(&rights).await.into();
        return (Answers { missing, ..Answers::default() }, None);
    };
    let read =
        Read { whose: Whose::New, url: &draft.url, branch: draft.branch.clone(), exists: true, commit: draft.commit };
    let way = Unopened::with(session, &draft.url, &draft.credential, draft.ca.as_deref());
    let (tried, missing) = futures::join!(try_credential(session, way, read), cluster.missing_access(&rights));
    let (tried, repository) = match tried {
        Ok((tried, repository)) => (Seen::Known(tried), Some(repository)),
        Err(error) => (Seen::Failed(error), None),
    };
    (Answers { tried, missing: missing.into() }, repository)
}

/// What is done with Secrets.
fn verbs(draft: &Draft) -> &'static [&'static str] {
    match draft {
        Draft::MakeKey(_) => &["create", "update", "delete"],
        Draft::GiveUp { .. } => &["delete"],
        Draft::Replace(replacement) => match (replacement.change.created, replacement.key.is_some()) {
            (true, false) => &["create"],
            (false, false) => &["update"],
            (true, true) => &["create", "delete"],
            (false, true) => &["update", "delete"],
        },
    }
}
