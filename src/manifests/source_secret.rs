//! The secret with which the cluster reads the repository, and what of an existing one this tool owns.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::domain::config::{Namespace, Secret};

/// The keys of a secret and their values. Values of an existing secret may be any bytes.
pub(crate) type SecretContent = BTreeMap<String, Secret<Vec<u8>>>;

/// The keys of all three methods. A run that writes one method's keys removes the others of these; `ca.crt` is written
/// where given and never removed.
pub(crate) const OWNED_KEYS: [&str; 6] =
    ["bearerToken", "identity", "identity.pub", "known_hosts", "password", "username"];

/// `username` and `password`: basic authentication over https.
const BASIC: [&str; 2] = ["username", "password"];
/// `bearerToken`: a token in the `Authorization` header.
const BEARER: [&str; 1] = ["bearerToken"];
/// A private key, and what the server presents.
const SSH: [&str; 2] = ["identity", "known_hosts"];
/// The password of `username`, or the passphrase of `identity`.
const PASSWORD: &str = "password";
/// Certificates that the server's must lead to.
pub(crate) const CA: &str = "ca.crt";

/// How the cluster authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// User and password over http or https.
    Basic,
    /// A bearer token over http or https.
    Bearer,
    /// A private key over SSH.
    Ssh,
}

/// What the cluster gets to read the repository with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SourceCredential {
    /// User and password over http or https.
    Basic {
        /// As the server knows it; Azure DevOps accepts any.
        username: String,
        /// The token or password.
        password: Secret<String>,
    },
    /// A bearer token over http or https.
    Bearer {
        /// The token, without `Bearer`.
        token: Secret<String>,
    },
    /// A private key over SSH.
    Ssh {
        /// The private key, PEM.
        identity: Secret<String>,
        /// The public key, as in authorized_keys.
        public_key: String,
        /// What the server presents, as in known_hosts.
        known_hosts: String,
        /// Unlocks the private key, where it is encrypted.
        passphrase: Option<Secret<String>>,
    },
}

impl SourceCredential {
    /// How the cluster authenticates with it.
    pub(crate) const fn method(&self) -> Method {
        match self {
            Self::Basic { .. } => Method::Basic,
            Self::Bearer { .. } => Method::Bearer,
            Self::Ssh { .. } => Method::Ssh,
        }
    }

    /// The secret's content; `ca`, PEM, counts only where the method is not SSH.
    pub(crate) fn content(&self, ca: Option<&[u8]>) -> SecretContent {
        let mut content = SecretContent::new();
        let mut put = |key: &str, value: &[u8]| content.insert(key.to_owned(), Secret::new(value.to_owned()));
        match self {
            Self::Basic { username, password } => {
                put("username", username.as_bytes());
                put(PASSWORD, password.expose().as_bytes());
            }
            Self::Bearer { token } => {
                put("bearerToken", token.expose().as_bytes());
            }
            Self::Ssh { identity, public_key, known_hosts, passphrase } => {
                put("identity", identity.expose().as_bytes());
                put("identity.pub", public_key.as_bytes());
                put("known_hosts", known_hosts.as_bytes());
                if let Some(passphrase) = passphrase {
                    put(PASSWORD, passphrase.expose().as_bytes());
                }
            }
        }
        if let Some(ca) = ca.filter(|_| self.method() != Method::Ssh) {
            put(CA, ca);
        }
        content
    }
}

impl Method {
    /// Whether an existing secret holds what this method needs. An empty value is none.
    pub(crate) fn is_served_by(self, existing: &SecretContent) -> bool {
        let needed: &[&str] = match self {
            Self::Basic => &BASIC,
            Self::Bearer => &BEARER,
            Self::Ssh => &SSH,
        };
        needed.iter().all(|key| existing.get(*key).is_some_and(|value| !value.expose().is_empty()))
    }
}

/// The Secret as Kubernetes takes it. Values that are text go to `stringData`, others to `data`.
pub(crate) fn object(namespace: &Namespace, name: &str, content: &SecretContent) -> Value {
    let (mut text, mut binary) = (Map::new(), Map::new());
    for (key, value) in content {
        match std::str::from_utf8(value.expose()) {
            Ok(value) => text.insert(key.clone(), value.into()),
            Err(_) => {
                use base64::Engine as _;
                binary.insert(key.clone(), base64::engine::general_purpose::STANDARD.encode(value.expose()).into())
            }
        };
    }
    with_content(namespace, name, text, binary)
}

/// The Secret for people: its keys, and `****` for every value.
pub(crate) fn redacted_object(namespace: &Namespace, name: &str, content: &SecretContent) -> Value {
    let text = content.keys().map(|key| (key.clone(), Value::from("****"))).collect();
    with_content(namespace, name, text, Map::new())
}

fn with_content(namespace: &Namespace, name: &str, text: Map<String, Value>, binary: Map<String, Value>) -> Value {
    let mut secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace.as_str()},
    });
    for (field, values) in [("data", binary), ("stringData", text)] {
        if !values.is_empty() {
            secret[field] = Value::Object(values);
        }
    }
    secret["type"] = "Opaque".into();
    secret
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(pairs: &[(&str, &str)]) -> SecretContent {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), Secret::new(value.as_bytes().to_vec()))).collect()
    }

    fn basic() -> SourceCredential {
        SourceCredential::Basic { username: "git".into(), password: "new".into() }
    }

    fn ssh(passphrase: Option<&str>) -> SourceCredential {
        SourceCredential::Ssh {
            identity: "key".into(),
            public_key: "ssh-rsa A".into(),
            known_hosts: "host ssh-rsa B".into(),
            passphrase: passphrase.map(Secret::from),
        }
    }

    #[test]
    fn each_method_has_its_keys() {
        let keys = |content: SecretContent| content.into_keys().collect::<Vec<_>>().join(" ");
        assert_eq!(keys(basic().content(None)), "password username");
        assert_eq!(keys(basic().content(Some(b"pem"))), "ca.crt password username");
        let bearer = SourceCredential::Bearer { token: "t".into() };
        assert_eq!(keys(bearer.content(Some(b"pem"))), "bearerToken ca.crt");
        assert_eq!(keys(ssh(None).content(Some(b"pem"))), "identity identity.pub known_hosts");
        assert_eq!(keys(ssh(Some("p")).content(None)), "identity identity.pub known_hosts password");
    }

    #[test]
    fn an_existing_secret_serves_the_methods_whose_keys_it_holds() {
        let key = content(&[("identity", "k"), ("known_hosts", "h")]);
        assert!(Method::Ssh.is_served_by(&key) && !Method::Basic.is_served_by(&key));
        let token = content(&[("username", "u"), ("password", "p")]);
        assert!(Method::Basic.is_served_by(&token) && !Method::Bearer.is_served_by(&token));
        assert!(!Method::Basic.is_served_by(&content(&[("username", "u"), ("password", "")])));
        assert!(!Method::Ssh.is_served_by(&content(&[("identity", "k")])));
        assert!(Method::Bearer.is_served_by(&content(&[("bearerToken", "b")])) && !Method::Bearer.is_served_by(&key));
    }

    #[test]
    fn the_object_holds_text_and_bytes_and_can_be_shown_without_them() {
        let namespace = Namespace::default();
        let mut all = content(&[("password", "p:ä")]);
        all.insert("ca.crt".into(), Secret::new(vec![0xff]));
        let secret = object(&namespace, "creds", &all);
        assert_eq!(secret["stringData"], json!({"password": "p:ä"}));
        assert_eq!(secret["data"], json!({"ca.crt": "/w=="}));
        assert_eq!(secret["type"], "Opaque");
        let shown = redacted_object(&namespace, "creds", &all).to_string();
        assert!(shown.contains("\"password\":\"****\"") && !shown.contains("p:ä") && !shown.contains("/w"));
    }
}
