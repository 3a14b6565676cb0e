//! Advice for failures of talking to the cluster.

use crate::cluster::{ClusterError, ConfigProblem, NoAnswer, PluginProblem};
use crate::domain::error::{Error, Kind};
use crate::domain::shell_word::shell_word;
use crate::hints::proxy::proxy_sign_in;
use crate::hints::tls::clock;
use crate::http::TlsProblem;

impl From<ClusterError> for Error {
    fn from(error: ClusterError) -> Self {
        let kind = kind(&error);
        let hint = hint(&error);
        let mut shown = Self::new(kind, error.to_string());
        if let ClusterError::ExecPlugin { stderr, .. } = &error {
            shown.causes.extend(stderr.iter().cloned().map(Into::into));
        }
        hint.into_iter().fold(shown, Self::hint)
    }
}

fn webhook_down(configuration: Option<&str>) -> String {
    let Some((kind, name)) = configuration.and_then(|configuration| configuration.split_once('/')) else {
        return "Repair the service behind that webhook, or give it more time with --timeout.".to_owned();
    };
    let (kind, name) = (kind.to_lowercase(), shell_word(name));
    format!(
        "Repair the service behind it, which `kubectl get {kind} {name} -o yaml` names, or give it more time with --timeout; if \
         nobody needs it any more, `kubectl delete {kind} {name}`."
    )
}

fn plugin(reason: PluginProblem, command: &str, install_hint: Option<&str>) -> String {
    match (reason, install_hint) {
        (PluginProblem::Missing, Some(hint)) => hint.to_owned(),
        (PluginProblem::Missing, None) => {
            format!("Install `{command}`, put it into PATH, or choose another way to log in in the kubeconfig.")
        }
        (PluginProblem::Timeout, _) => format!(
            "If `{command}` waits for a person, do what it says above, or choose a way to log in that needs nobody: for AKS, \
             `kubelogin convert-kubeconfig -l azurecli`, in a pipeline or pod `-l workloadidentity`."
        ),
        (PluginProblem::Failed, _) => {
            format!("Run `{command}` by hand to see what it needs; for AKS, try `kubelogin convert-kubeconfig`.")
        }
    }
}

const fn kind(error: &ClusterError) -> Kind {
    match error {
        ClusterError::BadSetting { .. } | ClusterError::UnknownContext { .. } | ClusterError::UnknownEntry { .. } => {
            Kind::Usage
        }
        _ => Kind::Cluster,
    }
}

fn hint(error: &ClusterError) -> Option<String> {
    let fixed = match error {
        ClusterError::NoConfig { .. } => {
            "Name a kubeconfig with --kubeconfig or KUBECONFIG, or run in a pod with a service account."
        }
        ClusterError::BadConfig { file, problem } => return Some(bad_config(file, problem)),
        ClusterError::NoContext { .. } => "Choose one with --context.",
        ClusterError::UnknownContext { .. } => "Choose one of those with --context.",
        ClusterError::UnknownEntry { .. } => "Choose one of those, or leave the flag out.",
        ClusterError::ExecPlugin { reason, command, install_hint, .. } => {
            return Some(plugin(*reason, command, install_hint.as_deref()));
        }
        ClusterError::Unreachable { cause, .. } => return Some(no_answer(cause)),
        ClusterError::Unauthorized { .. } => {
            "The credentials may have expired: log in to the cluster again, or fetch a new kubeconfig (for AKS: `az aks get-credentials`)."
        }
        ClusterError::Forbidden { verb, resource, namespace, user, impersonated, .. } => {
            let user = user.as_deref();
            return Some(forbidden(verb, resource, namespace.as_deref(), user, *impersonated));
        }
        ClusterError::NamespaceTerminating { namespace, .. } => {
            return Some(format!(
                "Wait until `kubectl get namespace {namespace}` no longer finds it, then run the command again."
            ));
        }
        ClusterError::UnknownKind { .. } => {
            "The kind's CustomResourceDefinition is not installed; if it is part of Flux, run the command again."
        }
        ClusterError::Invalid { .. } => {
            "If the field comes from your kustomization.yaml, correct it there; the cluster may also be too old for this Flux version."
        }
        ClusterError::Denied { .. } => {
            "Ask the owner of that policy for an exception, or change the object with a patch in the kustomization.yaml beside gotk-components.yaml."
        }
        ClusterError::WebhookDown { configuration, .. } => return Some(webhook_down(configuration.as_deref())),
        ClusterError::Quota { .. } => "Raise the quota, or lower the requests with a patch in the kustomization.yaml.",
        ClusterError::TooLarge { .. } => {
            "No API server needs that: check that the address is that of the right server."
        }
        ClusterError::Conflict { .. } => "Run the command again.",
        ClusterError::Timeout { .. } => "Give it more time with --timeout; rerunning is safe.",
        ClusterError::NotFound { .. }
        | ClusterError::NamespaceMissing { .. }
        | ClusterError::BadSetting { .. }
        | ClusterError::Unexpected { .. }
        | ClusterError::Nonsense { .. } => return None,
    };
    Some(fixed.to_owned())
}

fn bad_config(file: &str, problem: &ConfigProblem) -> String {
    let fixed = match problem {
        ConfigProblem::Unreadable(_) => {
            "Check the path, and that you may read the file: --kubeconfig, KUBECONFIG or the kubeconfig itself names it."
        }
        ConfigProblem::NotPem => "Name a PEM file with --certificate-authority or in the kubeconfig.",
        ConfigProblem::Content(_) => {
            return format!("Check the file with `kubectl config view --kubeconfig={}`.", shell_word(file));
        }
    };
    fixed.to_owned()
}

/// Names the command that shows what is missing, acting as the same user.
fn forbidden(verb: &str, resource: &str, namespace: Option<&str>, user: Option<&str>, impersonated: bool) -> String {
    let scope = namespace.map(|namespace| format!(" -n {}", shell_word(namespace))).unwrap_or_default();
    let acting = user.filter(|_| impersonated).map(|user| format!(" --as={}", shell_word(user))).unwrap_or_default();
    let who = user.map(|user| format!(" for `{user}`")).unwrap_or_default();
    format!(
        "A bootstrap needs the rights of cluster-admin{who}; see what is missing with `kubectl auth can-i {verb} {resource}{scope}{acting}`."
    )
}

fn no_answer(cause: &NoAnswer) -> String {
    let hint = match cause {
        NoAnswer::Dns => {
            "Check the server's name in the kubeconfig and this machine's DNS; private clusters need a VPN or a self-hosted agent."
        }
        NoAnswer::Tcp => "Check that the cluster is running and that no firewall is between it and this machine.",
        NoAnswer::Proxy { setting, status } => return by_proxy(setting, *status),
        NoAnswer::Tls(TlsProblem::UnknownAuthority) => {
            "The server's certificate is not signed by the authority in the kubeconfig; fetch a new kubeconfig, or name the authority with --certificate-authority."
        }
        NoAnswer::Tls(TlsProblem::NameMismatch) => {
            "The kubeconfig reaches the server under a name that its certificate does not hold; correct the address, or name what the certificate holds with --tls-server-name."
        }
        NoAnswer::Tls(TlsProblem::Expired(dates) | TlsProblem::NotYetValid(dates)) => return clock(*dates),
        NoAnswer::Tls(TlsProblem::NotTls) => {
            "What answers there does not speak TLS; check the server's address in the kubeconfig, and HTTPS_PROXY."
        }
        NoAnswer::Tls(TlsProblem::Other(_)) => {
            "Check the server's address in the kubeconfig, and whether a proxy in between intercepts TLS."
        }
        NoAnswer::Timeout | NoAnswer::Reset => {
            "Try again; if that does not help, check the network between this machine and the API server."
        }
    };
    hint.to_owned()
}

/// What to do about a proxy that does not lead to the API server.
fn by_proxy(setting: &str, status: Option<u16>) -> String {
    let instead = match setting.starts_with("`proxy-url`") {
        true => "or take `proxy-url` out of the kubeconfig, if the API server is reached without it",
        false => "or leave the API server out of the proxy with NO_PROXY",
    };
    match status {
        Some(407) => format!("{}; {instead}.", proxy_sign_in(setting)),
        Some(500..) => format!("Check that the proxy reaches the API server, {instead}."),
        _ => format!("Check {setting}, {instead}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_a_kind_and_most_a_way_out() {
        let error: Error = ClusterError::UnknownContext { context: "prod".into(), known: vec!["dev".into()] }.into();
        assert_eq!(error.kind, Kind::Usage);
        assert!(error.hints[0].contains("--context"));
        let error: Error = ClusterError::Forbidden {
            verb: "create".into(),
            resource: "namespaces".into(),
            namespace: None,
            user: Some("dev".into()),
            impersonated: true,
            object: "Namespace/a".into(),
        }
        .into();
        assert_eq!(error.kind, Kind::Cluster);
        assert!(error.hints[0].contains("`kubectl auth can-i create namespaces --as=dev`"), "{error:?}");
        let bad = |problem| Error::from(ClusterError::BadConfig { file: "/a".into(), problem }).hints;
        let content = ConfigProblem::Content("it is not a kubeconfig".into());
        assert_eq!(bad(content), ["Check the file with `kubectl config view --kubeconfig=/a`."]);
        assert!(bad(ConfigProblem::Unreadable(std::io::ErrorKind::NotFound))[0].starts_with("Check the path"));
    }
}
