//! What takes the place of the content of a Secret.

use crate::domain::cluster_secret::{SecretChange, SecretWrite, StoredSecret};
use crate::domain::git_url::GitUrl;
use crate::flux_api::git_repository::{self, Followed};
use crate::manifests::source_secret::SourceCredential;
use crate::plan::source_secret;
use crate::rotate::facts::{Looked, Replacement};

/// A credential in the place of what the Secret holds; `ca` goes into it too.
pub(super) fn of(looked: &Looked, url: GitUrl, credential: SourceCredential, ca: Option<&[u8]>) -> Replacement {
    let write = source_secret(looked.namespace(), looked.secret_name(), &credential, ca);
    let write = SecretWrite { own: looked.secret.as_ref().is_some_and(|stored| stored.own), ..write };
    let source = looked.source.as_ref();
    Replacement {
        branch: match source.map(git_repository::followed) {
            Some(Followed::Branch(branch)) => Some(branch.to_owned()),
            Some(Followed::Other) | None => None,
        },
        commit: source.and_then(git_repository::artifact_commit),
        change: SecretChange::between(looked.secret.as_ref(), &write),
        url,
        credential,
        ca: None,
        write,
        old: None,
        key: None,
        replaces: None,
    }
}

/// A value of a Secret that is text, unless it is empty.
pub(super) fn text(stored: Option<&StoredSecret>, key: &str) -> Option<String> {
    let value = stored?.keys.get(key)?.expose();
    std::str::from_utf8(value).ok().filter(|text| !text.is_empty()).map(str::to_owned)
}
