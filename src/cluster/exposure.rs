//! What a kubeconfig's settings would expose: credentials without TLS, and TLS that proves nothing.

use serde_json::Value;

use super::kubeconfig::Choice;

/// What of a user entry proves who asks, and is sent as it is.
const CREDENTIALS: [&str; 6] = ["token", "tokenFile", "exec", "username", "password", "auth-provider"];

/// Takes every credential away that would be sent without TLS; the plugin is not even run.
pub(super) fn withhold(user: &mut Value, scheme: Option<&str>) {
    if let (Some("http"), Some(user)) = (scheme, user.as_object_mut()) {
        user.retain(|field, _| !CREDENTIALS.contains(&field.as_str()));
    }
}

/// Warnings of what the settings expose, or withhold for that reason. `scheme` is the server's.
pub(super) fn warnings(choice: &Choice, scheme: Option<&str>) -> Vec<String> {
    let withheld: Vec<String> =
        CREDENTIALS.iter().filter(|field| !choice.user[**field].is_null()).map(|field| format!("`{field}`")).collect();
    let mut warnings = Vec::new();
    if scheme == Some("http") && !withheld.is_empty() {
        warnings.push(format!(
            "the API server's address starts with `http://`: {} of the kubeconfig's user would go there in the clear and is withheld",
            withheld.join(" and ")
        ));
    }
    if scheme == Some("https") && choice.cluster["insecure-skip-tls-verify"] == true {
        warnings.push(
            "`insecure-skip-tls-verify` is set: the API server does not prove itself, so anyone on the way can read and change what is sent"
                .to_owned(),
        );
    }
    warnings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_credential_is_withheld_without_tls() {
        let all = json!({
            "token": "t", "tokenFile": "f", "exec": {"command": "x"}, "username": "u", "password": "p",
            "auth-provider": {"name": "oidc"}, "as": "someone", "client-certificate-data": "",
        });
        let (mut clear, mut encrypted) = (all.clone(), all.clone());
        withhold(&mut clear, Some("http"));
        withhold(&mut encrypted, Some("https"));
        assert_eq!((clear, encrypted), (json!({"as": "someone", "client-certificate-data": ""}), all));
    }

    #[test]
    fn what_is_withheld_or_not_proven_is_said() {
        let told = |cluster: Value, user: Value, scheme: &str| {
            let choice = Choice { context: None, user_name: None, namespace: None, cluster, user };
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
