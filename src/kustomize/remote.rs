//! Entries of `resources` that lie outside the repository.

/// Whether kustomize would look for an entry on the network.
pub(super) fn is_remote(entry: &str) -> bool {
    let host = entry.split(['/', ':']).next().unwrap_or("");
    entry.contains("://")
        || entry.starts_with("git::")
        || host.contains('@')
        || entry.contains("/_git/")
        || entry.contains(".git/")
        || entry.ends_with(".git")
        || entry.contains("?ref=")
        || (matches!(host, "github.com" | "gitlab.com" | "bitbucket.org" | "gh:") && entry.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_entries_are_recognised() {
        for entry in ["https://x/y.yaml", "git@github.com:a/b", "github.com/a/b//c?ref=v1", "dev.azure.com/o/p/_git/r"]
        {
            assert!(is_remote(entry), "{entry}");
        }
        for entry in ["../base", "deploy.yaml", "my.git-notes/x.yaml"] {
            assert!(!is_remote(entry), "{entry}");
        }
    }
}
