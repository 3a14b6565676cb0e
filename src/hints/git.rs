//! Advice for failures of talking to the Git server.

use std::time::Duration;

use crate::domain::error::{Error, Kind};
use crate::git::GitError;
use crate::git::host_key::PIN;
use crate::git::transport::ssh::SshError;
use crate::hints::azure_devops;
use crate::hints::proxy::proxy_sign_in;
use crate::hints::push_words::told;
use crate::hints::tls::clock;
use crate::http::HttpError;
use crate::http::TlsProblem;

impl From<GitError> for Error {
    fn from(error: GitError) -> Self {
        let error = match error {
            GitError::Ssh(ssh) => return ssh.into(),
            GitError::SignIn(error) => return *error,
            other => other,
        };
        let words = error.server_text().into_iter().chain(error.said().iter().map(String::as_str));
        let known = words.filter_map(azure_devops::find).next();
        let kind = known.and_then(|known| known.kind).unwrap_or_else(|| kind(&error));
        let mut shown = Self::new(kind, error.to_string());
        if let Some(told) = told(error.said(), error.server_text().unwrap_or_default()) {
            shown = shown.caused_by(told);
        }
        if let Some(source) = std::error::Error::source(&error) {
            shown = shown.caused_by_chain(source);
        }
        match known {
            Some(known) => shown.hint(known.hint),
            None => hint(&error).into_iter().fold(shown, Self::hint),
        }
    }
}

fn kind(error: &GitError) -> Kind {
    match error {
        GitError::Unauthorized { .. }
        | GitError::SignInPage { .. }
        | GitError::Forbidden { .. }
        | GitError::NotFound { .. }
        | GitError::RefusedByServer { .. } => Kind::GitAccess,
        // An interrupted push is an interruption first; what became of the push is said beside it.
        GitError::PushUnknown { source, .. } if matches!(**source, GitError::Cancelled) => Kind::Cancelled,
        GitError::PushRejected { .. }
        | GitError::UnpackFailed { .. }
        | GitError::StaleReference { .. }
        | GitError::PushUnknown { .. } => Kind::PushRefused,
        GitError::Client(HttpError::Ca) => Kind::Usage,
        GitError::Cancelled => Kind::Cancelled,
        _ => Kind::Other,
    }
}

fn hint(error: &GitError) -> Option<String> {
    let fixed = match error {
        GitError::Unauthorized { .. } => {
            "Check that the token is complete, has not expired and belongs to this organisation; it needs the scope Code (Read & write)."
        }
        GitError::SignInPage { .. } => {
            "The server did not recognise the token and offers a sign-in page instead: create a new token with the scope Code (Read & write), \
             or check that the URL is that of a repository (`https://dev.azure.com/<org>/<project>/_git/<repo>`)."
        }
        GitError::Forbidden { .. } => {
            "This identity may not do that; grant it read and write access to the repository."
        }
        GitError::NotFound { .. } => "Check the spelling of the URL, and that this identity may read the repository.",
        GitError::RateLimited { response, .. } => return Some(pause(response.retry_after)),
        GitError::ServerError { .. } => "The server has trouble; try again later. Rerunning is safe.",
        GitError::PushRejected { .. } => {
            "The server's rules refuse the commit; see its words above. --export gives the files for a pull request."
        }
        GitError::StaleReference { .. } => "Someone else pushed at the same time; run the command again.",
        GitError::PushUnknown { .. } => {
            "Run the command again: it checks whether the commit arrived and goes on from there."
        }
        GitError::Protocol { .. } => "Check that the URL is that of a Git repository.",
        GitError::MoreThanAllowed { .. } => {
            "Allow more with --max-download, if the repository is as large as that; nothing was changed."
        }
        GitError::Excessive { .. } => "No repository needs that: check that the URL is that of the right server.",
        GitError::Storage { .. } => {
            "Check that the folder exists, has space, and that this user may write there; TMPDIR (on Windows TEMP) names another."
        }
        _ => return connection_hint(error),
    };
    Some(fixed.to_owned())
}

/// Advice where no Git server was reached, or not for long enough.
fn connection_hint(error: &GitError) -> Option<String> {
    let fixed = match error {
        GitError::Redirected { to, .. } => {
            return Some(format!("If that is the repository's new address, use `--url={to}`."));
        }
        GitError::Dns { .. } => "Check the host's spelling and this machine's DNS.",
        GitError::Connect { .. } => {
            "Check that the host and port are right and that no firewall is in between; behind a proxy, set HTTPS_PROXY."
        }
        GitError::Tls { problem, .. } => return tls_hint(problem),
        GitError::Disconnected { .. } => {
            "Try again; if that does not help, check the network and proxies between this machine and the server."
        }
        GitError::Client(
            HttpError::Proxy { variable }
            | HttpError::ProxyScheme { variable }
            | HttpError::ProxyAddress { variable, .. },
        ) => return Some(format!("Write {variable} as `http://host:port`, or take it out of the environment.")),
        GitError::Proxy { status: Some(407), .. } => {
            return Some(format!("{}.", proxy_sign_in("HTTPS_PROXY (or HTTP_PROXY)")));
        }
        GitError::Proxy { .. } => "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.",
        GitError::ObjectFormat { .. } => {
            "Make a repository with git's default object format, SHA-1 (`git init --object-format=sha1`)."
        }
        GitError::Timeout { .. } => "Give it more time with --timeout.",
        _ => return None,
    };
    Some(fixed.to_owned())
}

fn tls_hint(problem: &TlsProblem) -> Option<String> {
    let fixed = match problem {
        TlsProblem::UnknownAuthority => {
            "If the server's certificate is signed by your own authority, name its file with --ca-file."
        }
        TlsProblem::NotTls => "If the server speaks plain http, use an http:// URL with --allow-insecure-http.",
        TlsProblem::Expired(dates) | TlsProblem::NotYetValid(dates) => return Some(clock(*dates)),
        TlsProblem::NameMismatch => "Check the host in the URL; a proxy in between may also answer in its place.",
        TlsProblem::Other(_) => return None,
    };
    Some(fixed.to_owned())
}

/// What to do about a server that wants fewer requests. `asked` is its `Retry-After`.
fn pause(asked: Option<Duration>) -> String {
    match asked {
        Some(pause) => format!("Wait {} s before the next attempt, or raise --timeout beyond that.", pause.as_secs()),
        None => "Wait some minutes before the next attempt.".to_owned(),
    }
}

impl From<SshError> for Error {
    fn from(error: SshError) -> Self {
        let words = error.server_words().join("\n");
        let known = azure_devops::find(&words);
        let kind = match &error {
            SshError::Cancelled => Kind::Cancelled,
            SshError::HostKeyUnknown { .. } | SshError::HostKeyChanged { .. } | SshError::HostKeyRevoked { .. } => {
                Kind::Refused
            }
            error if error.is_refusal() => Kind::GitAccess,
            _ => known.and_then(|known| known.kind).unwrap_or(Kind::Other),
        };
        let mut shown = Self::new(kind, error.to_string());
        if !words.is_empty() && !shown.message.contains(words.trim_end_matches('.')) {
            shown = shown.caused_by(words);
        }
        match known {
            Some(known) => shown.hint(known.hint),
            None => ssh_hint(&error).into_iter().fold(shown, Self::hint),
        }
    }
}

fn ssh_hint(error: &SshError) -> Option<&'static str> {
    let hint = match error {
        SshError::HostKeyUnknown { .. } => {
            "Compare the fingerprint with what the server's operator publishes, then trust it with --known-hosts-file or --accept-new-host-key."
        }
        SshError::HostKeyChanged { expected, .. } if expected.iter().all(|recorded| recorded.place == PIN) => {
            "Someone may be between you and the server. The right key is built in; only if Azure DevOps has published a new one, name it with --known-hosts-file."
        }
        SshError::HostKeyChanged { .. } => {
            "Someone may be between you and the server. If the operator confirms the new key, correct the line on record, or name the right one with --known-hosts-file."
        }
        SshError::HostKeyRevoked { .. } => "Do not use this server until its operator has replaced the key.",
        SshError::AgentAbsent { .. } => {
            "Start an agent and add the key with `ssh-add`, or name a key with --private-key-file."
        }
        SshError::AgentEmpty => "Add the key with `ssh-add`, or name a key with --private-key-file.",
        SshError::AgentWithoutRsa { .. } | SshError::NotRsa { .. } => {
            "Azure DevOps takes RSA keys alone: make one with `ssh-keygen -t rsa -b 4096`."
        }
        SshError::NotAccepted { .. } => {
            "Register the public key with the Git server, or name the right one with --private-key-file."
        }
        SshError::Dns { .. } => "Check the host's spelling and this machine's DNS.",
        SshError::Unreachable { .. } => "Check that the host and port are right and that no firewall is in between.",
        SshError::Broken { .. } => {
            "Try again; if that does not help, check that the port is that of an SSH server, and the network in between."
        }
        SshError::NoCommonAlgorithm { .. } => "Choose other algorithms with --ssh-hostkey-algos, or update the server.",
        SshError::Timeout { .. } => "Give it more time with --timeout.",
        _ => return None,
    };
    Some(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::error::ServerResponse;

    #[test]
    fn azure_codes_decide_kind_and_way_out() {
        let response = ServerResponse {
            status: 200,
            text: Some("TF402455: Pushes to this branch are not permitted".into()),
            ..ServerResponse::default()
        };
        let error: Error = GitError::BadRequest { url: "https://h/a".into(), response: Box::new(response) }.into();
        assert_eq!(error.kind, Kind::PushRefused);
        assert!(error.hints[0].contains("Bypass policies when pushing"));
    }

    #[test]
    fn every_code_of_azure_devops_has_its_exit_code_and_a_hint() {
        let codes = [
            ("TF400813: Resource not available for anonymous access. Client authentication required.", 3),
            ("VS30063: You are not authorized to access https://dev.azure.com.", 3),
            ("TF401444: Please sign-in at least once as a\\b in a web browser to enable access to the service.", 3),
            ("TF401019: The Git repository with name or identifier a does not exist or you do not have permissions", 3),
            ("TF200016: The following project does not exist: a. Verify that the name of the project is correct", 3),
            ("VS800075: The project with id 'vstfs:///Classification/TeamProject/1' does not exist", 3),
            ("TF401027: You need the Git 'GenericContribute' permission to perform this action.", 3),
            (
                "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.",
                4,
            ),
            ("TF401028: The reference 'refs/heads/main' has already been updated by another client", 4),
            ("TF401041: The Git protocol sent is not as expected (Clients must support multi-ack.).", 1),
            ("TF401035: The object 'abc' does not exist.", 1),
            ("TF401179: An active pull request for the source and target branch already exists.", 1),
            ("TF401174: The item a could not be found", 1),
            ("TF401175: The version descriptor a could not be resolved", 1),
            ("VS403403: Cannot find any branches for the a repository.", 1),
            ("VS403654: The push was rejected because it contains one or more secrets.", 4),
            ("VS403702: The push was rejected because one or more commits contain author email 'a'", 4),
            (
                "VS403729: The push was rejected because commit 'abc' contains a path, which exceeds the maximum length",
                4,
            ),
            ("TF402462: This push was rejected because its size is greater than the 5120 MB limit", 4),
            ("TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource a", 1),
        ];
        for (text, code) in codes {
            let words = format!("remote: {text}");
            let response = ServerResponse { status: 400, text: Some(words), ..ServerResponse::default() };
            let error: Error = GitError::BadRequest { url: "https://h/a".into(), response: Box::new(response) }.into();
            assert_eq!(error.kind.exit_code(), code, "{text}");
            let (name, _) = text.split_once(':').unwrap();
            assert_eq!(error.hints, [azure_devops::find(name).unwrap().hint], "{text}");
        }
    }

    #[test]
    fn an_interrupted_push_is_an_interruption() {
        let source = Box::new(GitError::Cancelled);
        let error: Error = GitError::PushUnknown { url: "https://h/a".into(), source }.into();
        assert_eq!(error.kind, Kind::Cancelled);
    }

    #[test]
    fn other_failures_have_a_way_out_too() {
        let error: Error = GitError::Tls { host: "h".into(), problem: TlsProblem::UnknownAuthority }.into();
        assert!(error.hints[0].contains("--ca-file"));
        let error: Error = GitError::Unauthorized { url: "https://h/a".into(), response: Box::default() }.into();
        assert_eq!(error.kind, Kind::GitAccess);
    }
}
