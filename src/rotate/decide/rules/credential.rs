//! What is to be said about the new credential and about others who use the old one.

use crate::domain::cluster_secret::unproven;
use crate::domain::config::token_text::expiry;
use crate::domain::event::ObjectChange;
use crate::manifests::source_secret::SourceCredential;
use crate::open::trial::Trial;
use crate::rotate::facts::{Looked, Replacement};

/// A run before this one has replaced the credential, and did not live to see it proven.
pub(crate) fn interrupted(looked: &Looked, draft: &Replacement) -> Option<String> {
    looked.secret.as_ref().filter(|stored| !stored.before.is_empty())?;
    let name = format!("{}/{}", looked.namespace(), looked.secret_name());
    let next = match draft.change.change() {
        ObjectChange::Unchanged => "this run goes on with the proof",
        _ => "this run writes another one in its place",
    };
    Some(unproven(&name, next))
}

/// A token that dies soon is no good to the cluster.
pub(crate) fn expiring(draft: &Replacement) -> Option<String> {
    let (SourceCredential::Basic { password: token, .. } | SourceCredential::Bearer { token }) = &draft.credential
    else {
        return None;
    };
    let expiry = jiff::Timestamp::from_second(expiry(token)?).ok()?;
    Some(format!("the new token expires at {expiry}, after which the cluster can no longer read the repository"))
}

/// The commit of the cluster was not shown: another repository, a history written anew, or a server that keeps it back.
pub(crate) fn other_history(draft: &Replacement, tried: &Trial) -> Option<String> {
    let commit = draft.commit.filter(|_| tried.sees_commit == Some(false))?;
    Some(format!(
        "the new credential is not shown commit {commit}, which the cluster is at; the server may show tips alone, or the branch was written anew"
    ))
}

/// Others get the new credential too, whether it suits them or not.
pub(crate) fn sharers(looked: &Looked, draft: &Replacement, tried: &Trial) -> Vec<String> {
    if draft.change.change() == ObjectChange::Unchanged {
        return Vec::new();
    }
    let told = looked.sharers.iter().map(|sharer| match (sharer.pushes, tried.pushes) {
        (true, Some(false)) => {
            format!("`{}` pushes with the same Secret, and the new credential cannot push", sharer.object)
        }
        _ => format!("`{}` signs in with the same Secret, so it gets the new credential too", sharer.object),
    });
    told.collect()
}

/// Others hold the old credential in a Secret of their own, and would stand there without one when it is revoked.
pub(crate) fn copies(looked: &Looked, draft: &Replacement) -> Vec<String> {
    if draft.change.change() != ObjectChange::Configured {
        return Vec::new();
    }
    match &looked.copies {
        Ok(copies) => {
            let told = copies.iter().map(|copy| {
                format!(
                    "secret `{}` holds the old credential too (key `{}`); change it before the old one is revoked",
                    copy.secret, copy.key
                )
            });
            told.collect()
        }
        Err(error) => vec![format!("whether other Secrets hold the old credential is not known: {error}")],
    }
}
