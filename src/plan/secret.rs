//! Secrets that are written. Views show the names of keys alone.

use serde::Serialize;

use crate::domain::cluster_secret::{SecretChange, SecretWrite, StoredSecret};
use crate::domain::event::ObjectChange;
use crate::manifests::source_secret::{OWNED_KEYS, SourceCredential};
use crate::ssh_key::DeployKey;

/// One Secret to write: the whole of its keys that are ours, its other keys untouched.
#[derive(Clone, Debug)]
pub(crate) struct ApplySecret {
    /// For which job; views call it by that name.
    pub purpose: SecretPurpose,
    /// Flux's namespace, made by an earlier step where it is new.
    pub namespace: String,
    /// `--secret-name`, the same with `-proxy`, or `--image-pull-secret`.
    pub name: String,
    /// Created or configured.
    pub change: ObjectChange,
    /// Whose credential it holds then.
    pub credential: CredentialOf,
    /// What happens to its keys.
    pub keys: SecretKeys,
    /// What is written; a view shows the names of keys alone.
    pub content: SecretContent,
}

/// Whose credential a Secret holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialOf {
    /// None: certificates alone.
    Nobody,
    /// The one that the run shows too, a key, or a login for images.
    Run,
    /// The cluster's own; whether it may push, where the server said.
    Cluster {
        /// As it was tried.
        pushes: Option<bool>,
    },
}

/// What a Secret shall hold.
#[derive(Clone, Debug)]
pub(crate) enum SecretContent {
    /// Known before the run writes anything.
    Known(SecretWrite),
    /// The key that an earlier step makes.
    GeneratedKey {
        /// The server's lines of known_hosts.
        known_hosts: String,
    },
}

/// Which secret a step writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SecretPurpose {
    /// For fetching the repository.
    Source,
    /// For pulling the components' images.
    ImagePull,
    /// For reaching the repository through a proxy.
    SourceProxy,
}

impl SecretPurpose {
    /// How people call it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source secret",
            Self::ImagePull => "image pull secret",
            Self::SourceProxy => "proxy secret",
        }
    }
}

/// What happens to a Secret's keys, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct SecretKeys {
    /// Not there now.
    pub added: Vec<String>,
    /// There now with another value.
    pub changed: Vec<String>,
    /// Taken away.
    pub removed: Vec<String>,
    /// Left as they are.
    pub kept: Vec<String>,
}

impl SecretKeys {
    /// What a write does to the keys.
    pub(crate) fn of(stored: Option<&StoredSecret>, change: &SecretChange) -> Self {
        let touched = |key: &String| change.changed.contains(key) || change.removed.contains(key);
        Self {
            added: change.added.clone(),
            changed: change.changed.clone(),
            removed: change.removed.clone(),
            kept: stored
                .into_iter()
                .flat_map(|secret| secret.keys.keys())
                .filter(|key| !touched(key))
                .cloned()
                .collect(),
        }
    }

    /// What the write of a key that is still to be made will do to the keys. It has no passphrase.
    pub(crate) fn of_new_key(stored: Option<&StoredSecret>) -> Self {
        let stored: Vec<String> = stored.into_iter().flat_map(|secret| secret.keys.keys().cloned()).collect();
        let written = ["identity", "identity.pub", "known_hosts"].map(str::to_owned);
        let (changed, added) = written.iter().cloned().partition(|key| stored.contains(key));
        let others = stored.into_iter().filter(|key| !written.contains(key));
        let (removed, kept) = others.partition(|key| OWNED_KEYS.contains(&key.as_str()));
        Self { added, changed, removed, kept }
    }
}

/// What the cluster gets for a key.
pub(crate) fn ssh_credential(key: &DeployKey, known_hosts: &str) -> SourceCredential {
    SourceCredential::Ssh {
        identity: key.identity().clone(),
        public_key: key.public_line(),
        known_hosts: format!("{known_hosts}\n"),
        passphrase: key.passphrase().cloned(),
    }
}

/// The write that gives the cluster a credential, with the certificates of `ca` in PEM.
pub(crate) fn source_secret(
    namespace: &str,
    name: &str,
    credential: &SourceCredential,
    ca: Option<&[u8]>,
) -> SecretWrite {
    SecretWrite {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        kind: "Opaque".to_owned(),
        keys: credential.content(ca),
        owned: OWNED_KEYS.iter().map(|key| (*key).to_owned()).collect(),
        ..SecretWrite::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::{KeyKind, Secret};

    #[test]
    fn a_key_to_be_made_is_planned_as_it_will_be_written() {
        let stored = |keys: &[&str]| {
            let keys = keys.iter().map(|key| ((*key).to_owned(), Secret::new(b"old".to_vec()))).collect();
            StoredSecret { kind: "Opaque".to_owned(), keys, ..StoredSecret::default() }
        };
        let credential = ssh_credential(&DeployKey::generate(KeyKind::Ed25519).unwrap(), "host ssh-ed25519 AAAA");
        let write = source_secret("flux-system", "flux-system", &credential, None);
        for found in [
            None,
            Some(stored(&["ca.crt", "mine", "password", "username"])),
            Some(stored(&["bearerToken"])),
            Some(stored(&["identity", "identity.pub", "known_hosts", "password"])),
        ] {
            let written = SecretKeys::of(found.as_ref(), &SecretChange::between(found.as_ref(), &write));
            assert_eq!(SecretKeys::of_new_key(found.as_ref()), written, "{found:?}");
        }
        let planned = SecretKeys::of_new_key(Some(&stored(&["ca.crt", "password", "username"])));
        assert_eq!(
            (planned.removed, planned.kept),
            (vec!["password".into(), "username".into()], vec!["ca.crt".into()])
        );
    }

    /// The keys after a credential is written over a Secret of these.
    fn keys_over(existing: &[(&str, &str)], credential: &SourceCredential, ca: Option<&[u8]>) -> SecretKeys {
        let keys = existing.iter().map(|(key, value)| ((*key).to_owned(), Secret::new(value.as_bytes().to_vec())));
        let stored = StoredSecret { kind: "Opaque".to_owned(), keys: keys.collect(), ..StoredSecret::default() };
        let write = source_secret("flux-system", "flux-system", credential, ca);
        SecretKeys::of(Some(&stored), &SecretChange::between(Some(&stored), &write))
    }

    fn basic() -> SourceCredential {
        SourceCredential::Basic { username: "git".into(), password: "new".into() }
    }

    #[test]
    fn an_unchanged_credential_changes_nothing() {
        let keys =
            keys_over(&[("username", "git"), ("password", "new"), ("ca.crt", "pem"), ("mine", "x")], &basic(), None);
        assert_eq!((keys.added.len(), keys.changed.len(), keys.removed.len()), (0, 0, 0));
        assert_eq!(keys.kept, ["ca.crt", "mine", "password", "username"]);
    }

    #[test]
    fn another_method_removes_the_keys_of_the_former_and_nothing_else() {
        let former = [("identity", "k"), ("identity.pub", "p"), ("known_hosts", "h"), ("password", "phrase")];
        let others = [("tls.crt", "c"), ("ca.crt", "old"), ("mine", "x")];
        let keys = keys_over(&[&former[..], &others[..]].concat(), &basic(), Some(b"new"));
        assert_eq!((keys.added, keys.changed), (vec!["username".into()], vec!["ca.crt".into(), "password".into()]));
        assert_eq!(keys.removed, ["identity", "identity.pub", "known_hosts"]);
        assert_eq!(keys.kept, ["mine", "tls.crt"]);
        // An https token does not stay behind as what would be read as a passphrase.
        let key = ssh_credential(&DeployKey::generate(KeyKind::Ed25519).unwrap(), "host ssh-ed25519 AAAA");
        let keys = keys_over(&[("username", "u"), ("password", "t"), ("bearerToken", "b")], &key, None);
        assert_eq!(keys.removed, ["bearerToken", "password", "username"]);
    }

    #[test]
    fn a_rotated_bearer_token_is_a_change() {
        let rotated = SourceCredential::Bearer { token: "two".into() };
        assert_eq!(keys_over(&[("bearerToken", "one")], &rotated, None).changed, ["bearerToken"]);
    }
}
