//! `spec.verify` of a GitRepository: whose signatures source-controller asks for.

use serde_json::Value;

/// What must be signed, and whose keys count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verification {
    /// The Secret with the public keys, in the GitRepository's namespace.
    pub secret: String,
    /// The mode as it is written: `HEAD`, `head`, `Tag`, `TagAndHEAD`.
    pub mode: String,
}

impl Verification {
    /// What a GitRepository asks for; none where the controller verifies nothing, as without a mode.
    pub(crate) fn of(git_repository: &Value) -> Option<Self> {
        let verify = &git_repository["spec"]["verify"];
        // The definition's default.
        let mode = verify["mode"].as_str().unwrap_or("HEAD");
        let secret = verify["secretRef"]["name"].as_str()?;
        (!mode.is_empty()).then(|| Self { secret: secret.to_owned(), mode: mode.to_owned() })
    }

    /// Whether the commit at the branch's tip must be signed. `Tag` asks nothing of it.
    pub(crate) fn asks_of_commits(&self) -> bool {
        matches!(self.mode.as_str(), "HEAD" | "head" | "TagAndHEAD")
    }
}

/// How source-controller reads an entry of such a Secret, by the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorKeys {
    /// `.sshpub`: lines as in OpenSSH's `authorized_keys`.
    Ssh,
    /// `.asc`, and every other name: armored OpenPGP keys.
    OpenPgp,
}

impl AuthorKeys {
    /// By the entry's name.
    pub(crate) fn named(name: &str) -> Self {
        if name.ends_with(".sshpub") { Self::Ssh } else { Self::OpenPgp }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_mode_decides_whether_commits_must_be_signed() {
        let asks = |verify: Value| {
            Verification::of(&json!({"spec": {"verify": verify}})).map(|verification| verification.asks_of_commits())
        };
        let with = |mode: &str| json!({"mode": mode, "secretRef": {"name": "authors"}});
        assert_eq!(asks(with("HEAD")), Some(true));
        assert_eq!(asks(with("head")), Some(true));
        assert_eq!(asks(with("TagAndHEAD")), Some(true));
        assert_eq!(asks(json!({"secretRef": {"name": "authors"}})), Some(true));
        assert_eq!(asks(with("Tag")), Some(false));
        assert_eq!(asks(with("")), None);
        assert_eq!(asks(Value::Null), None);
    }
}
