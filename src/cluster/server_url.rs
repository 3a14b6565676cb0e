//! Where a kubeconfig's cluster is.

use http::Uri;
use kube::config::Cluster;

use super::ClusterError;
use super::kubeconfig::not_empty;

/// The server's URL; without a scheme it is https where anything is said about TLS, as client-go has it.
pub(super) fn server(cluster: &Cluster, place: &str) -> Result<Uri, ClusterError> {
    let bad = |problem: &str| ClusterError::BadSetting {
        setting: format!("`server` of {place}"),
        problem: problem.to_owned(),
    };
    let text = not_empty(cluster.server.as_ref()).ok_or_else(|| bad("it is missing"))?;
    let says_tls = cluster.certificate_authority.is_some()
        || cluster.certificate_authority_data.is_some()
        || cluster.insecure_skip_tls_verify.is_some();
    let text = match (text.contains("://"), says_tls) {
        (true, _) => text,
        (false, true) => format!("https://{text}"),
        (false, false) => format!("http://{text}"),
    };
    let uri: Uri = text.trim_end_matches('/').parse().map_err(|_| bad("it is not a URL"))?;
    match (uri.scheme_str(), uri.authority()) {
        (_, Some(authority)) if authority.as_str().contains('@') => Err(bad("a URL with a user name is not supported")),
        (Some("https" | "http"), Some(_)) => Ok(uri),
        _ => Err(bad("it is not an http(s) URL")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_checked_without_repeating_passwords() {
        let of = |text: &str, insecure| {
            let cluster =
                Cluster { server: Some(text.to_owned()), insecure_skip_tls_verify: insecure, ..Cluster::default() };
            server(&cluster, "cluster `c` in `f`")
        };
        assert_eq!(of("k8s:6443", Some(true)).unwrap(), "https://k8s:6443/");
        assert_eq!(of("localhost:8080", None).unwrap(), "http://localhost:8080/");
        for wrong in ["", "ftp://k8s", "https://user:hunter2@k8s", "https://"] {
            let error = of(wrong, None).unwrap_err().to_string();
            assert!(error.starts_with("`server` of cluster `c` in `f`: ") && !error.contains("hunter2"), "{error}");
        }
    }
}
