//! The secret with which the cluster pulls Flux's images from a private registry.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Value, json};

use crate::domain::config::{Namespace, Secret};

/// The key of the one value that such a secret holds.
pub(crate) const KEY: &str = ".dockerconfigjson";
/// The type of the Secret, which kubelets read as a docker config.
pub(crate) const TYPE: &str = "kubernetes.io/dockerconfigjson";

/// User and password of an image registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryLogin {
    /// As the registry knows it.
    pub username: String,
    /// A password, or an access token of the registry.
    pub password: Secret<String>,
}

impl RegistryLogin {
    /// Reads `user:password`, whose password may hold further colons, or the JSON of a docker configuration file, of
    /// which the entry for `registry` is taken. A line end or byte order mark around the text does not matter.
    ///
    /// # Errors
    /// Neither of the two, or no login for the registry.
    pub fn parse(text: &str, registry: &str) -> Result<Self, PullSecretError> {
        let text = text.trim_start_matches('\u{feff}').trim_matches(['\r', '\n']);
        if text.trim_start().starts_with('{') { Self::of_docker_config(text, registry) } else { Self::of_pair(text) }
    }

    fn of_pair(text: &str) -> Result<Self, PullSecretError> {
        match text.split_once(':') {
            Some((user, password)) if !user.is_empty() && !password.is_empty() && !text.contains('\n') => {
                Ok(Self { username: user.to_owned(), password: password.into() })
            }
            _ => Err(PullSecretError::NotAPair),
        }
    }

    fn of_docker_config(text: &str, registry: &str) -> Result<Self, PullSecretError> {
        let config: Value =
            serde_json::from_str(text).map_err(|error| PullSecretError::NotJson { line: error.line() })?;
        let missing = || PullSecretError::NoLogin { registry: registry.to_owned() };
        let outside = || {
            let program = config["credHelpers"][host(registry)].as_str().or_else(|| config["credsStore"].as_str());
            program.map_or_else(missing, |program| PullSecretError::Elsewhere { program: program.to_owned() })
        };
        let logins = config["auths"].as_object().ok_or_else(outside)?;
        // The entry that names the most of the registry's path, as the kubelet chooses.
        let login = logins
            .iter()
            .filter(|(key, _)| covers(key, registry))
            .max_by_key(|(key, _)| bare(key).len())
            .map(|(_, login)| login)
            .ok_or_else(outside)?;
        if let (Some(user), Some(password)) = (login["username"].as_str(), login["password"].as_str()) {
            return Ok(Self { username: user.to_owned(), password: password.into() });
        }
        let Some(pair) = login["auth"].as_str().filter(|pair| !pair.is_empty()) else { return Err(outside()) };
        let decoded = STANDARD_NO_PAD.decode(pair.trim_end_matches('=')).ok();
        let pair = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(PullSecretError::NotAPair)?;
        Self::of_pair(&pair)
    }

    /// The secret's one value, by its key.
    pub fn content(&self, registry: &str) -> super::source_secret::SecretContent {
        [(KEY.to_owned(), Secret::new(self.docker_config(registry).to_string().into_bytes()))].into()
    }

    /// The secret as Kubernetes takes it.
    pub fn object(&self, namespace: &Namespace, name: &str, registry: &str) -> Value {
        object(namespace, name, &self.docker_config(registry).to_string())
    }

    /// Whether an existing secret's value holds just this login, however it is laid out.
    pub fn is_in(&self, existing: &[u8], registry: &str) -> bool {
        serde_json::from_slice::<Value>(existing).is_ok_and(|found| found == self.docker_config(registry))
    }

    fn docker_config(&self, registry: &str) -> Value {
        let pair = Secret::new(format!("{}:{}", self.username, self.password.expose()));
        json!({"auths": {registry: {
            "username": self.username,
            "password": self.password.expose(),
            "auth": STANDARD.encode(pair.expose()),
        }}})
    }
}

/// The secret for people, without the login.
pub(crate) fn redacted_object(namespace: &Namespace, name: &str) -> Value {
    object(namespace, name, "****")
}

fn object(namespace: &Namespace, name: &str, config: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace.as_str()},
        "stringData": {KEY: config},
        "type": TYPE,
    })
}

/// Whether the entry of a docker configuration is for a registry: the same host, and a path that leads to it.
fn covers(key: &str, registry: &str) -> bool {
    let (key, registry) = (bare(key), bare(registry));
    if key == "index.docker.io/v1" && host(registry) == "docker.io" {
        return true;
    }
    registry.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn bare(address: &str) -> &str {
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    address.trim_end_matches('/')
}

fn host(registry: &str) -> &str {
    bare(registry).split('/').next().unwrap_or_default()
}

/// Why there is no login for a registry. Never holds the text itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullSecretError {
    /// Not `user:password`.
    NotAPair,
    /// Not the JSON it starts like.
    NotJson {
        /// The 1-based line.
        line: usize,
    },
    /// Other registries alone.
    NoLogin {
        /// The registry that was looked for.
        registry: String,
    },
    /// The login is kept by a program.
    Elsewhere {
        /// As the configuration names it.
        program: String,
    },
}

impl fmt::Display for PullSecretError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPair => formatter.write_str("the registry credentials are not of the form `user:password`"),
            Self::NotJson { line } => write!(formatter, "the docker configuration is not JSON, line {line}"),
            Self::NoLogin { registry } => write!(formatter, "the docker configuration holds no login for `{registry}`"),
            Self::Elsewhere { program } => {
                write!(formatter, "the docker configuration leaves its logins to `docker-credential-{program}`")
            }
        }
    }
}

impl std::error::Error for PullSecretError {}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRY: &str = "registry.corp.local/fluxcd";

    fn login(user: &str, password: &str) -> RegistryLogin {
        RegistryLogin { username: user.into(), password: password.into() }
    }

    #[test]
    fn only_the_first_colon_splits() {
        for text in ["u:p:q", "u:p:q\n", "\u{feff}u:p:q\r\n"] {
            assert_eq!(RegistryLogin::parse(text, REGISTRY), Ok(login("u", "p:q")), "{text:?}");
        }
        for text in ["", "user", ":p", "u:", "u:p\nv:w"] {
            assert_eq!(RegistryLogin::parse(text, REGISTRY), Err(PullSecretError::NotAPair), "{text:?}");
        }
    }

    #[test]
    fn the_nearest_login_of_a_docker_configuration_is_taken() {
        let text = json!({"auths": {
            "https://registry.corp.local/": {"auth": STANDARD.encode("host:a")},
            "registry.corp.local/fluxcd": {"username": "path", "password": "b:c", "auth": "ignored"},
            "registry.corp.local/flux": {"username": "no", "password": "no"},
            "https://index.docker.io/v1/": {"auth": STANDARD.encode("hub:d")},
        }})
        .to_string();
        for (registry, expected) in [
            (REGISTRY, login("path", "b:c")),
            ("registry.corp.local/other", login("host", "a")),
            ("docker.io/fluxcd", login("hub", "d")),
        ] {
            assert_eq!(RegistryLogin::parse(&text, registry), Ok(expected), "{registry}");
        }
        let missing = PullSecretError::NoLogin { registry: "ghcr.io/fluxcd".into() };
        assert_eq!(RegistryLogin::parse(&text, "ghcr.io/fluxcd"), Err(missing));
    }

    #[test]
    fn logins_kept_by_a_program_are_said_so() {
        let text = r#"{"auths": {"ghcr.io": {}}, "credsStore": "desktop"}"#;
        let error = RegistryLogin::parse(text, "ghcr.io/fluxcd").unwrap_err();
        assert_eq!(error, PullSecretError::Elsewhere { program: "desktop".into() });
        assert_eq!(RegistryLogin::parse("{\n\"auths\"", REGISTRY), Err(PullSecretError::NotJson { line: 2 }));
    }

    #[test]
    fn the_secret_holds_the_login_three_times() {
        let content = login("u", "p:q").content(REGISTRY);
        let found: Value = serde_json::from_slice(content[KEY].expose()).unwrap();
        assert_eq!(
            found["auths"][REGISTRY],
            json!({"username": "u", "password": "p:q", "auth": STANDARD.encode("u:p:q")})
        );
        let spaced = serde_json::to_vec_pretty(&found).unwrap();
        assert!(login("u", "p:q").is_in(&spaced, REGISTRY) && !login("u", "other").is_in(&spaced, REGISTRY));
        assert!(!redacted_object(&Namespace::default(), "x").to_string().contains("p:q"));
    }
}
