//! How the GitRepository signs in.

/// How the cluster signs in to the repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncProvider {
    /// As the file says; by what the source secret holds where there is none.
    #[default]
    AsFound,
    /// By what the source secret holds, whatever the file says.
    Generic,
    /// By its own identity at Microsoft Entra.
    Azure {
        /// The source secret holds certificates, and nothing else.
        ca: bool,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::SyncOptions;

    fn options(provider: SyncProvider) -> SyncOptions {
        SyncOptions {
            url: "https://dev.azure.com/acme/platform/_git/fleet".parse().unwrap(),
            path: "clusters/a".parse().unwrap(),
            provider,
            ..crate::manifests::sync::tests::options()
        }
    }

    #[test]
    fn an_identity_needs_no_secret_but_one_of_certificates() {
        let without = options(SyncProvider::Azure { ca: false }).render();
        let with = options(SyncProvider::Azure { ca: true }).render();
        assert!(!without.needs_secret && !with.needs_secret);
        insta::assert_snapshot!(without.text);
        assert_eq!(with.objects[0]["spec"]["secretRef"]["name"], "flux-system");
    }

    #[test]
    fn a_file_is_moved_to_an_identity_and_back_without_losing_what_else_it_says() {
        let generic = options(SyncProvider::AsFound).render().text.replace("  ref:", "  timeout: 2m # slow\n  ref:");
        let azure = SyncProvider::Azure { ca: false };
        let moved = options(azure).merge_into(Some(&generic)).unwrap();
        assert!(!moved.needs_secret && moved.text.contains("timeout: 2m # slow"), "{}", moved.text);
        assert_eq!(
            (&moved.objects[0]["spec"]["provider"], moved.objects[0]["spec"]["secretRef"].is_null()),
            (&"azure".into(), true)
        );
        assert_eq!(options(azure).merge_into(Some(&moved.text)).unwrap().text, moved.text);
        let kept = options(SyncProvider::AsFound).merge_into(Some(&moved.text)).unwrap();
        assert_eq!((kept.text, kept.needs_secret), (moved.text.clone(), false));
        let back = options(SyncProvider::Generic).merge_into(Some(&moved.text)).unwrap();
        assert!(back.needs_secret && back.objects[0]["spec"]["provider"] == "generic", "{}", back.text);
        assert_eq!(back.objects[0]["spec"]["secretRef"]["name"], "flux-system");
    }
}
