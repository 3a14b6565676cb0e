//! Who issues the tokens of a cluster's service accounts.

/// Whether an issuer has a name that nobody outside the cluster can look up, so that Entra cannot read its keys: what API
/// servers have as long as nothing else is set.
pub(crate) fn is_in_cluster(issuer: &str) -> bool {
    let Some(rest) = issuer.strip_prefix("https://") else { return true };
    let host = rest.split(['/', ':']).next().unwrap_or_default().trim_end_matches('.');
    let labels: Vec<&str> = host.split('.').collect();
    labels.len() < 2 || labels.contains(&"svc") || matches!(labels.last(), Some(&"local" | &"internal" | &"localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_services_are_no_issuers_for_entra() {
        for (issuer, expected) in [
            ("https://kubernetes.default.svc.cluster.local", true),
            ("https://kubernetes.default.svc", true),
            ("https://kubernetes.default.svc.k8s.acme.example/", true),
            ("kubernetes/serviceaccount", true),
            ("http://oidc.acme.example", true),
            ("https://kubernetes", true),
            ("https://westeurope.oic.prod-aks.azure.com/7f9d1b1c/0c1e/", false),
            ("https://oidc.acme.example:8443", false),
        ] {
            assert_eq!(is_in_cluster(issuer), expected, "{issuer}");
        }
    }
}
