//! `proxySecretRef` of the GitRepository: the proxy through which the cluster reads the repository.

/// What `proxySecretRef` shall be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProxyRef {
    /// As it is.
    #[default]
    Kept,
    /// This Secret, in the same namespace.
    To(String),
    /// Absent.
    Removed,
}

/// The fields of the GitRepository's `spec` that a run has a say in; `provider` only where it has one in that.
pub(super) fn owned_of_the_source(with_provider: bool, proxy: &ProxyRef) -> Vec<&'static str> {
    let provider = with_provider.then_some("provider");
    let proxy = (*proxy != ProxyRef::Kept).then_some("proxySecretRef");
    let others = ["recurseSubmodules", "ref", "secretRef", "sparseCheckout", "url"];
    ["interval"].into_iter().chain(provider).chain(proxy).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::SyncOptions;

    #[test]
    fn a_proxy_is_referred_to_kept_and_taken_away() {
        let with = |proxy: ProxyRef| SyncOptions { proxy, ..crate::manifests::sync::tests::options() };
        let to = || with(ProxyRef::To("flux-system-proxy".into()));
        let referring = to().render().text;
        assert!(referring.contains("  interval: 1m0s\n  proxySecretRef:\n    name: flux-system-proxy\n  ref:"));
        assert_eq!(with(ProxyRef::Kept).merge_into(Some(&referring)).unwrap().text, referring);
        let plain = with(ProxyRef::Kept).render().text;
        assert_eq!(with(ProxyRef::Removed).merge_into(Some(&referring)).unwrap().text, plain);
        assert_eq!(with(ProxyRef::Removed).merge_into(Some(&plain)).unwrap().text, plain);
        let added = to().merge_into(Some(&plain)).unwrap();
        assert_eq!(added.objects[0]["spec"]["proxySecretRef"]["name"], "flux-system-proxy");
    }
}
