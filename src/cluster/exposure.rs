//! What a kubeconfig's settings would expose: credentials without TLS, and TLS that proves nothing.

use kube::config::AuthInfo;

use super::kubeconfig::Choice;

/// Takes every credential away that would be sent without TLS; the plugin is not even run.
pub(super) fn withhold(user: &mut AuthInfo, scheme: Option<&str>) {
    if scheme == Some("http") {
        user.token = None;
        user.token_file = None;
        user.exec = None;
        user.username = None;
        user.password = None;
        user.auth_provider = None;
    }
}

/// The fields of a user entry that prove who asks, and would be sent as they are.
fn credentials(user: &AuthInfo) -> Vec<String> {
    let fields = [
        ("token", user.token.is_some()),
        ("tokenFile", user.token_file.is_some()),
        ("exec", user.exec.is_some()),
        ("username", user.username.is_some()),
        ("password", user.password.is_some()),
        ("auth-provider", user.auth_provider.is_some()),
    ];
    fields.into_iter().filter(|(_, is_there)| *is_there).map(|(field, _)| format!("`{field}`")).collect()
}

/// Warnings of what the settings expose, or withhold for that reason. `scheme` is the server's.
pub(super) fn warnings(choice: &Choice, scheme: Option<&str>) -> Vec<String> {
    let withheld = credentials(&choice.user);
    let mut warnings = Vec::new();
    if scheme == Some("http") && !withheld.is_empty() {
        warnings.push(format!(
            "the API server's address starts with `http://`: {} of the kubeconfig's user would go there in the clear and is withheld",
            withheld.join(" and ")
        ));
    }
    if scheme == Some("https") && choice.cluster.insecure_skip_tls_verify == Some(true) {
        warnings.push(
            "`insecure-skip-tls-verify` is set: the API server does not prove itself, so anyone on the way can read and change what is sent"
                .to_owned(),
        );
    }
    warnings
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn every_credential_is_withheld_without_tls() {
        let all = json!({
            "token": "t", "tokenFile": "f", "exec": {"command": "x"}, "username": "u", "password": "p",
            "auth-provider": {"name": "oidc", "config": {}}, "as": "someone",
        });
        let user: AuthInfo = serde_json::from_value(all).unwrap();
        let (mut clear, mut encrypted) = (user.clone(), user);
        withhold(&mut clear, Some("http"));
        withhold(&mut encrypted, Some("https"));
        assert_eq!((credentials(&clear).len(), clear.impersonate.as_deref()), (0, Some("someone")));
        assert_eq!(credentials(&encrypted).len(), 6);
    }

    #[test]
    fn what_is_withheld_or_not_proven_is_said() {
        let told = |cluster: Value, user: Value, scheme: &str| {
            let choice = Choice {
                cluster: serde_json::from_value(cluster).unwrap(),
                user: serde_json::from_value(user).unwrap(),
                ..Choice::default()
            };
            warnings(&choice, Some(scheme)).join("\n")
        };
        let insecure = json!({"insecure-skip-tls-verify": true});
        assert!(told(json!({}), json!({"token": "s3cr3t"}), "http").contains("`token` of the kubeconfig's user"));
        assert!(told(insecure, json!({}), "https").starts_with("`insecure-skip-tls-verify` is set"));
        assert_eq!(told(json!({}), json!({"token": "s3cr3t"}), "https"), "");
        assert_eq!(told(json!({}), json!({}), "http"), "");
        assert!(!told(json!({}), json!({"token": "s3cr3t"}), "http").contains("s3cr3t"));
    }
}
