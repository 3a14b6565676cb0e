//! `credential-helper`: what git's own helper knows of the repository (gitcredentials(7), git-credential(1)).

use zeroize::Zeroizing;

use super::command::{find, last_words, run};
use super::error::EntraError;
use super::source::{Grant, Granted, Wanted, not_configured};
use super::way::Way;
use crate::domain::child::ChildProgram;
use crate::domain::config::Secret;
use crate::domain::environment::Environment;
use crate::http::HttpCredential;

/// Nobody is asked by git, nor by a program that it knows for that.
const QUIET: [(&str, &str); 3] = [("GIT_TERMINAL_PROMPT", "0"), ("GIT_ASKPASS", ""), ("SSH_ASKPASS", "")];

/// Asks the helper, as git does after a refusal.
pub(super) fn sign_in(wanted: &Wanted<'_>) -> Granted {
    let Some(git) = find(wanted.environment, "git") else { return not_configured("`git` is not installed") };
    let url = wanted.url.redacted();
    let variables = quiet(wanted.environment);
    let configured = run(
        wanted,
        ChildProgram::CredentialHelper,
        &git,
        &["config", "--get-urlmatch", "credential.helper", &url],
        &variables,
        b"",
    )?;
    if !configured.status.success() {
        return not_configured("git has no `credential.helper` for this address");
    }
    let output = run(
        wanted,
        ChildProgram::CredentialHelper,
        &git,
        &["credential", "fill"],
        &variables,
        question(wanted).as_bytes(),
    )?;
    if !output.status.success() {
        let words = last_words(&output);
        if words.contains("terminal prompts disabled") || words.contains("could not read") {
            return not_configured("git's credential helper has nothing for this address");
        }
        return Err(EntraError::Program { command: "git credential fill".to_owned(), problem: words }.into());
    }
    answered(output.stdout)
}

/// Tells the helper whether what it gave was right, so that it keeps or forgets it. Its answer does not matter.
pub(super) fn told(way: &Way, url: &crate::domain::git_url::GitUrl, said: &Secret<Vec<u8>>, accepted: bool) {
    let environment = &way.environment;
    let Some(git) = find(environment, "git") else { return };
    let host = crate::domain::git_host::GitHost::Other;
    let wanted = Wanted { url, host: &host, environment, way, tenant: None, challenges: &[] };
    let action = if accepted { "approve" } else { "reject" };
    if let Err(error) =
        run(&wanted, ChildProgram::CredentialHelper, &git, &["credential", action], &quiet(environment), said.expose())
    {
        tracing::debug!(%error, action, "the credential helper was not told");
    }
}

fn quiet(environment: &Environment) -> Vec<(&'static str, &'static str)> {
    let mut variables = QUIET.to_vec();
    if !environment.can_ask() {
        variables.push(("GCM_INTERACTIVE", "never"));
    }
    variables
}

/// What git is asked: the address, and how the server refuses those who show nothing.
fn question(wanted: &Wanted<'_>) -> String {
    let url = wanted.url;
    let mut lines = vec![
        "capability[]=authtype".to_owned(),
        format!("protocol={}", url.scheme.as_str()),
        format!("host={}", url.authority()),
        format!("path={}", url.path.trim_start_matches('/')),
    ];
    lines.extend(url.user.iter().map(|user| format!("username={user}")));
    lines.extend(wanted.challenges.iter().map(|challenge| format!("wwwauth[]={challenge}")));
    lines.retain(|line| !line.contains(['\n', '\r', '\0']));
    lines.join("\n") + "\n\n"
}

/// Reads what `git credential fill` prints: a line for each attribute.
fn answered(said: Secret<Vec<u8>>) -> Granted {
    let text = Zeroizing::new(String::from_utf8_lossy(said.expose()).into_owned());
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let credential = match (value("authtype"), value("credential"), value("password")) {
        (Some(kind), Some(token), _) if kind.eq_ignore_ascii_case("bearer") => {
            HttpCredential::Bearer(Secret::from(token))
        }
        (Some(kind), Some(token), _) => HttpCredential::Other { scheme: kind.to_owned(), value: Secret::from(token) },
        (_, _, Some(password)) if !password.is_empty() => HttpCredential::Basic {
            username: value("username").unwrap_or_default().to_owned(),
            password: Secret::from(password),
        },
        _ => return not_configured("git's credential helper has nothing for this address"),
    };
    let expires = value("password_expiry_utc").and_then(|at| at.parse().ok());
    let expires = expires.and_then(|at| std::time::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(at)));
    let identity = value("username").filter(|name| !name.is_empty()).map(crate::domain::server_text::printable);
    Ok(Grant { credential, identity, tenant: None, expires, renewable: expires.is_some(), helper: Some(said) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(said: &str) -> Option<HttpCredential> {
        answered(Secret::new(said.as_bytes().to_vec())).ok().map(|grant| grant.credential)
    }

    #[test]
    fn every_form_of_an_answer_is_sent_as_it_says() {
        let basic = credential("protocol=https\nhost=h\nusername=me\npassword=a=b\n");
        assert_eq!(basic, Some(HttpCredential::Basic { username: "me".into(), password: "a=b".into() }));
        let bearer = credential("capability[]=authtype\nauthtype=Bearer\ncredential=ey\n");
        assert_eq!(bearer, Some(HttpCredential::Bearer("ey".into())));
        let other = credential("authtype=Negotiate\ncredential=YII\n");
        assert_eq!(other, Some(HttpCredential::Other { scheme: "Negotiate".into(), value: "YII".into() }));
        for nothing in ["", "username=me\n", "username=me\npassword=\n"] {
            assert_eq!(credential(nothing), None, "{nothing}");
        }
    }
}
