//! What can go wrong with the cluster, by case. No text of a library's own error reaches people from here.

use std::fmt;
use std::io::ErrorKind;

use crate::domain::unreadable::why_unreadable;
use crate::http::TlsProblem;

/// A failure of talking to the API server.
///
/// Text from servers is cut, its control characters are escaped, and it never holds the content of a Secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// Neither a kubeconfig nor the service account of a pod.
    #[error("no kubeconfig at {} and no in-cluster service account", quoted(looked_at))]
    NoConfig {
        /// The files that would have been read.
        looked_at: Vec<String>,
    },
    /// A kubeconfig, or a file it names, that cannot be read or understood.
    #[error("cannot read `{file}`: {problem}")]
    BadConfig {
        /// The kubeconfig, or a file that it names.
        file: String,
        /// What is wrong with it.
        problem: ConfigProblem,
    },
    /// No context is chosen and none is current.
    #[error("the kubeconfig has no current context; it knows {}", quoted(known))]
    NoContext {
        /// The contexts that exist.
        known: Vec<String>,
    },
    /// The chosen context does not exist.
    #[error("context `{context}` does not exist in the kubeconfig; it knows {}", quoted(known))]
    UnknownContext {
        /// The one asked for.
        context: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// `--cluster`, `--user` or a context names an entry that does not exist.
    #[error("{what} `{name}` does not exist in the kubeconfig; it knows {}", quoted(known))]
    UnknownEntry {
        /// `cluster` or `user`.
        what: &'static str,
        /// The one asked for.
        name: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// A setting of the connection that cannot work.
    #[error("{setting}: {problem}")]
    BadSetting {
        /// The flag or the kubeconfig's field.
        setting: String,
        /// What is wrong with its value, or that it is missing.
        problem: String,
    },
    /// The credential plugin of the kubeconfig failed.
    #[error("credential plugin `{command}` of the kubeconfig failed: {problem}")]
    ExecPlugin {
        /// The program, without its arguments.
        command: String,
        /// The exit status, or why it could not be started or understood.
        problem: String,
        /// What kind of failure it is.
        reason: PluginProblem,
        /// The last lines that it wrote to stderr.
        stderr: Vec<String>,
        /// The kubeconfig's advice for installing the plugin.
        install_hint: Option<String>,
    },
    /// No answer from the server.
    #[error("cannot reach the API server `{server}`: {cause}: {detail}")]
    Unreachable {
        /// As the kubeconfig, or `--server`, has it.
        server: String,
        /// Where it failed.
        cause: NoAnswer,
        /// The innermost reason.
        detail: String,
    },
    /// 401.
    #[error("the API server `{server}` does not accept the credentials{}", of_user(user.as_deref()))]
    Unauthorized {
        /// As the kubeconfig, or `--server`, has it.
        server: String,
        /// Name of the user entry in the kubeconfig, if there is one.
        user: Option<String>,
    },
    /// 403 by RBAC.
    #[error("not allowed to {verb} {resource}{}{}", in_namespace(namespace.as_deref()), as_user(user.as_deref()))]
    Forbidden {
        /// The verb, as in RBAC rules.
        verb: String,
        /// The resource, as `plural.group`.
        resource: String,
        /// The namespace; none at cluster scope.
        namespace: Option<String>,
        /// Who the server takes us for.
        user: Option<String>,
        /// That user is one taken on with `--as`.
        impersonated: bool,
        /// The object that was wanted.
        object: String,
    },
    /// The object does not exist.
    #[error("`{object}` does not exist")]
    NotFound {
        /// As in `Deployment/flux-system/source-controller`.
        object: String,
    },
    /// The object's namespace does not exist.
    #[error("namespace `{namespace}` of `{object}` does not exist")]
    NamespaceMissing {
        /// The one that the object names.
        namespace: String,
        /// As in `Deployment/flux-system/source-controller`.
        object: String,
    },
    /// The object's namespace is being deleted.
    #[error("namespace `{namespace}` of `{object}` is being deleted")]
    NamespaceTerminating {
        /// The one that the object names.
        namespace: String,
        /// As in `Deployment/flux-system/source-controller`.
        object: String,
    },
    /// The server does not know the kind.
    #[error("the API server does not know the kind `{kind}` of `{api_version}`")]
    UnknownKind {
        /// Group and version.
        api_version: String,
        /// As in `GitRepository`.
        kind: String,
    },
    /// 422: fields that the server does not accept.
    #[error("the API server rejects `{object}`: {}", fields.join("; "))]
    Invalid {
        /// As in `Deployment/flux-system/source-controller`.
        object: String,
        /// `path: reason`; for Secrets without any value.
        fields: Vec<String>,
    },
    /// An admission webhook or policy said no.
    #[error("{by} denies `{object}`: {reason}")]
    Denied {
        /// As in `Deployment/flux-system/source-controller`.
        object: String,
        /// Which webhook or policy, in words.
        by: String,
        /// What it says to people, cut and escaped.
        reason: String,
    },
    /// An admission webhook that must be asked does not answer.
    #[error("{} does not answer for {}: {detail}", webhook_words(webhook, configuration.as_deref()), first_of(objects))]
    WebhookDown {
        /// Its name.
        webhook: String,
        /// `Kind/name` of the configuration that it belongs to, where that could be found.
        configuration: Option<String>,
        /// The objects for which it was asked.
        objects: Vec<String>,
        /// What the API server says about it, escaped.
        detail: String,
    },
    /// A ResourceQuota is exhausted.
    #[error("quota `{quota}` does not allow `{object}`: {detail}")]
    Quota {
        /// As in `Deployment/flux-system/source-controller`.
        object: String,
        /// Name of the ResourceQuota.
        quota: String,
        /// What was asked for, used and allowed.
        detail: String,
    },
    /// 409 that did not go away.
    #[error("`{object}` is being changed by someone else: {detail}")]
    Conflict {
        /// As in `Deployment/flux-system/source-controller`.
        object: String,
        /// What the server says, escaped.
        detail: String,
    },
    /// The deadline came first.
    #[error("no success before the timeout with: {action}{}", last.as_deref().map_or_else(String::new, |last| format!("; last seen: {last}")))]
    Timeout {
        /// What was being done.
        action: String,
        /// The last failure before the deadline.
        last: Option<String>,
    },
    /// Any other answer.
    #[error("cannot {action}: the API server answered {status}: {message}")]
    Unexpected {
        /// What was being done.
        action: String,
        /// The HTTP status.
        status: u16,
        /// What the server says, escaped and without the content of a Secret.
        message: String,
    },
    /// An answer that is larger than any that is needed.
    #[error("cannot {action}: `{server}` answers with more than is taken of any API server")]
    TooLarge {
        /// What was being done.
        action: String,
        /// As the kubeconfig, or `--server`, has it.
        server: String,
    },
    /// An answer that is not what the API promises.
    #[error("cannot {action}: the API server's answer makes no sense: {problem}")]
    Nonsense {
        /// What was being done.
        action: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl ClusterError {
    /// Whether a webhook that takes no dry runs stands in the way: the API server itself refuses to call it.
    pub(crate) fn takes_no_dry_run(&self) -> bool {
        matches!(self, Self::Unexpected { status: 400, message, .. }
            if message.contains("dryRun") || message.contains("dry run"))
    }
}

/// What is wrong with a kubeconfig or a file that it names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigProblem {
    /// The file system does not give it.
    #[error("{}", why_unreadable(*.0))]
    Unreadable(ErrorKind),
    /// It should hold a certificate.
    #[error("it is not a PEM certificate")]
    NotPem,
    /// A kubeconfig whose content cannot be understood.
    #[error("{0}")]
    Content(String),
}

impl From<std::io::Error> for ConfigProblem {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable(error.kind())
    }
}

/// Where a connection failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The name does not resolve.
    Dns,
    /// Nothing listens, or there is no route.
    Tcp,
    /// The proxy refuses or does not answer.
    Proxy {
        /// What names it, for people: a variable, or a field of the kubeconfig.
        setting: String,
        /// Its answer to `CONNECT`, where it gave one.
        status: Option<u16>,
    },
    /// The certificate is not trusted, or no common protocol.
    Tls(TlsProblem),
    /// No answer in time.
    Timeout,
    /// The connection broke.
    Reset,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Dns => "its name does not resolve",
            Self::Tcp => "no connection",
            Self::Proxy { .. } => "the proxy does not connect",
            Self::Tls(_) => "no secure connection",
            Self::Timeout => "no answer in time",
            Self::Reset => "the connection broke",
        })
    }
}

fn quoted(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A webhook for people.
pub(super) fn webhook_words(webhook: &str, configuration: Option<&str>) -> String {
    let of = configuration.map_or_else(String::new, |configuration| format!(" of `{configuration}`"));
    format!("admission webhook `{webhook}`{of}")
}

/// The first, and how many more there are.
fn first_of(objects: &[String]) -> String {
    let first = objects.first().map(String::as_str).unwrap_or_default();
    match objects.len() {
        0 | 1 => format!("`{first}`"),
        count => format!("`{first}` and {} more", count - 1),
    }
}

fn of_user(user: Option<&str>) -> String {
    user.map_or_else(String::new, |user| format!(" of user `{user}`"))
}

fn as_user(user: Option<&str>) -> String {
    user.map_or_else(String::new, |user| format!(" as `{user}`"))
}

fn in_namespace(namespace: Option<&str>) -> String {
    namespace.map_or_else(String::new, |namespace| format!(" in namespace `{namespace}`"))
}

/// Why a credential plugin gave no credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PluginProblem {
    /// There is no such program.
    Missing,
    /// It did not end in time.
    Timeout,
    /// It failed, or its answer says nothing.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_what_exists() {
        let error = ClusterError::UnknownContext { context: "prod".into(), known: vec!["a".into(), "b".into()] };
        assert_eq!(error.to_string(), "context `prod` does not exist in the kubeconfig; it knows `a`, `b`");
        let error = ClusterError::Forbidden {
            verb: "create".into(),
            resource: "deployments.apps".into(),
            namespace: Some("flux-system".into()),
            user: Some("ci".into()),
            impersonated: false,
            object: "Deployment/flux-system/a".into(),
        };
        assert_eq!(error.to_string(), "not allowed to create deployments.apps in namespace `flux-system` as `ci`");
    }
}
