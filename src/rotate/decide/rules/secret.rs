//! Secrets into which no credential is written.

use crate::domain::error::Error;
use crate::domain::event::ObjectChange;
use crate::rotate::facts::{Looked, Pending, Replacement};

/// Refuses a Secret that another tool makes: it would be made anew from there, with the old credential.
pub(crate) fn foreign(looked: &Looked) -> Option<Error> {
    let owner = looked.secret.as_ref()?.owner.as_ref()?;
    Some(
        Error::refused(format!("secret `{}` is managed by {owner}, which would undo the rotation", name(looked)))
            .hint("Change the credential where that tool takes it from."),
    )
}

/// Refuses a Secret that the API server will not let change.
pub(crate) fn unwritable(looked: &Looked, draft: &Replacement) -> Option<Error> {
    let stored = looked.secret.as_ref().filter(|_| draft.change.change() != ObjectChange::Unchanged)?;
    let reason = match stored.kind.as_str() {
        _ if stored.immutable => "it is immutable",
        // The only type with a rule that our keys can break. https://kubernetes.io/docs/concepts/configuration/secret/
        "kubernetes.io/basic-auth" if !draft.write.keys.contains_key("password") => {
            "its type `kubernetes.io/basic-auth` takes a user name or a password, and this run would remove both"
        }
        _ => return None,
    };
    Some(Error::refused(format!("secret `{}` cannot be changed", name(looked))).caused_by(reason).hint(
        "Make another Secret by the same name: delete this one, and run the command again at once, which makes it anew.",
    ))
}

/// Refuses the new credential in the place of the old one: trying it would say that the old one is alive.
pub(crate) fn same_as_old(draft: &Replacement) -> Option<Error> {
    (draft.old.as_ref() == Some(&draft.credential)).then(|| {
        Error::usage("the old credential is the new one")
            .hint("Name a file with the credential that was replaced with --old-password-file.")
    })
}

/// Refuses a Secret of the name that a waiting key has, and that holds none: it would be overwritten.
pub(crate) fn other_pending(looked: &Looked) -> Option<Error> {
    matches!(looked.pending, Pending::Foreign).then(|| {
        Error::refused(format!(
            "secret `{}/{}` exists, and no rotation has made it",
            looked.namespace(),
            looked.pending_name()
        ))
        .hint("A new key would wait in a Secret of this name; delete or rename it if it is of no use.")
    })
}

fn name(looked: &Looked) -> String {
    format!("{}/{}", looked.namespace(), looked.secret_name())
}
