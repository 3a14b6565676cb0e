//! Everything that must be read before the world is looked at: token, keys, certificates, logins. Asks only on a terminal.

mod asking;
mod signing;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use self::asking::{Asking, asking, read_file};
use self::signing::{Signer, signer};
use crate::domain::azure_devops::AzureRepo;
use crate::domain::config::token_text::{TokenTextError, passphrase_from_bytes, token_from_bytes};
use crate::domain::config::{BootstrapConfig, RegistryCredentials, Secret, SigningConfig, SshSigningKey, TokenSource};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::findings::Findings;
use crate::domain::git_url::Scheme;
use crate::domain::prompter::Prompter;
use crate::domain::unreadable::why_unreadable;
use crate::git::host_key::HostKeySources;
use crate::git::transport::ssh::HostKeyAlgorithms;
use crate::manifests::pull_secret::RegistryLogin;
use crate::ssh_key::{DeployKey, SshKeyError};

/// What was read, unlocked and checked.
pub(crate) struct Credentials {
    /// The token for https.
    pub token: Option<Secret<String>>,
    /// The key of `--private-key-file`.
    pub private_key: Option<Arc<DeployKey>>,
    /// The certificates of `--ca-file`, PEM.
    pub ca: Option<Vec<u8>>,
    /// Where host keys are recorded.
    pub host_keys: HostKeySources,
    /// `--ssh-hostkey-algos`
    pub host_key_algorithms: HostKeyAlgorithms,
    /// The login for the image pull secret.
    pub registry_login: Option<RegistryLogin>,
    /// Signs the commit.
    pub signer: Option<Signer>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Credentials {
    /// Those of a run that speaks to no Git server.
    ///
    /// # Errors
    /// Never in practice: an empty list of algorithms is none that is unknown.
    pub(crate) fn none() -> Result<Self, Error> {
        let host_key_algorithms = HostKeyAlgorithms::parse(&[])
            .map_err(|error| Error::new(Kind::Other, "the host key algorithms are unknown").caused_by(error))?;
        let host_keys = HostKeySources::default();
        let (token, private_key, ca, registry_login, signer) = (None, None, None, None, None);
        Ok(Self { token, private_key, ca, host_keys, host_key_algorithms, registry_login, signer })
    }
}

/// Reads everything a run needs.
///
/// # Errors
/// Everything that cannot be read, unlocked or asked for, together, each naming file or flag.
pub(crate) fn read(
    config: &BootstrapConfig,
    environment: &Environment,
    prompter: &mut dyn Prompter,
) -> Result<Credentials, Error> {
    let credentials = &config.credentials;
    let mut found = Findings::default();
    let host_keys = found.keep(host_keys(config, environment));
    let host_key_algorithms = found.keep(
        HostKeyAlgorithms::parse(&credentials.host_key_algorithms)
            .map_err(|error| Error::usage("`--ssh-hostkey-algos` holds an unknown name").caused_by(error)),
    );
    let ca = found.keep(credentials.ca_file.as_deref().map(read_certificates).transpose());
    let secret = found.keep(token(config, &mut asking(&found, prompter)));
    let private_key = private_key(config, secret.as_ref(), &mut found, prompter);
    let registry_login = found.keep(registry_login(config, &mut asking(&found, prompter)));
    let key_is_told = credentials.private_key_file.is_some() && private_key.is_none();
    let signer = if signs_with_private_key(config) && key_is_told {
        None
    } else {
        let (signing, now) = (&config.commit.signing, environment.now());
        found.keep(signer(signing, private_key.as_ref(), now, &mut asking(&found, prompter)))
    };
    match (host_keys, host_key_algorithms, ca, secret, registry_login, signer) {
        (Some(host_keys), Some(host_key_algorithms), Some(ca), Some(secret), Some(registry_login), Some(signer))
            if found.is_empty() =>
        {
            // Over SSH it was the key's passphrase.
            let token = secret.filter(|_| !clones_over_ssh(config) || private_key.is_none());
            Ok(Credentials { token, private_key, ca, host_keys, host_key_algorithms, registry_login, signer })
        }
        _ => found.end().and_then(|()| Err(Error::new(Kind::Other, "a secret was not read"))),
    }
}

fn clones_over_ssh(config: &BootstrapConfig) -> bool {
    config.source.clone_url.scheme == Scheme::Ssh
}

/// `--ssh-signing-reuse-private-key`
const fn signs_with_private_key(config: &BootstrapConfig) -> bool {
    matches!(config.commit.signing, SigningConfig::Ssh { key: SshSigningKey::PrivateKeyFile })
}

/// The key of `--private-key-file`, where it is of use. `secret` is the key's passphrase over SSH and the token over
/// https; `None` where it could not be read, which is among the findings already.
fn private_key(
    config: &BootstrapConfig,
    secret: Option<&Option<Secret<String>>>,
    found: &mut Findings,
    prompter: &mut dyn Prompter,
) -> Option<Arc<DeployKey>> {
    let is_ssh = clones_over_ssh(config);
    // Over https with a token a key opens nothing.
    let opens = is_ssh || !config.credentials.token_auth || signs_with_private_key(config);
    let file = config.credentials.private_key_file.as_ref().filter(|_| opens)?;
    if secret.is_none() && is_ssh {
        // Without the passphrase it would be said to be missing, which is not what is wrong.
        return match DeployKey::load(file, None) {
            Ok(_) | Err(SshKeyError::PassphraseMissing { .. }) => None,
            Err(error) => found.keep(Err(error.into())),
        };
    }
    let passphrase = secret.cloned().flatten().filter(|_| is_ssh);
    let key = unlock(file, passphrase, &mut asking(found, prompter));
    found.keep(key.and_then(|key| refuse_wrong_kind(&key, file, config).map(|()| key)))
}

fn host_keys(config: &BootstrapConfig, environment: &Environment) -> Result<HostKeySources, Error> {
    // Where nothing goes over SSH the file is not used, which was said when the flags were read.
    let uses_ssh = [&config.source.clone_url, &config.source.sync_url].iter().any(|url| url.scheme == Scheme::Ssh);
    let file = config.credentials.known_hosts_file.as_deref().filter(|_| uses_ssh);
    HostKeySources::load(file, environment).map_err(|error| {
        let file = file.unwrap_or(Path::new("")).display();
        Error::usage(format!("cannot read `{file}`, named by --known-hosts-file"))
            .caused_by(why_unreadable(error.kind()))
    })
}

fn token(config: &BootstrapConfig, prompter: &mut Asking<'_>) -> Result<Option<Secret<String>>, Error> {
    let is_passphrase = config.source.clone_url.scheme == Scheme::Ssh;
    let clean = if is_passphrase { passphrase_from_bytes } else { token_from_bytes };
    match &config.credentials.token {
        TokenSource::None => Ok(None),
        // What is exported shows asterisks in its place.
        TokenSource::Stdin if prompter.can_ask() && !config.run.mode.needs_secrets() => Ok(Some(Secret::from("****"))),
        TokenSource::Flag(value) | TokenSource::Environment(value) => Ok(Some(value.clone())),
        TokenSource::File(file) => {
            let bytes = read_file("--password-file", file)?;
            clean(&bytes)
                .map(Some)
                .map_err(|error| empty_token(error).caused_by(format!("read from `{}`", file.display())))
        }
        TokenSource::Stdin if prompter.can_ask() => {
            let question = if is_passphrase {
                "Please enter the passphrase of the private key:"
            } else {
                "Please enter your Git repository password:"
            };
            let typed = prompter.secret(question)?;
            clean(typed.expose().as_bytes()).map(Some).map_err(|error| match error {
                TokenTextError::Empty | TokenTextError::EmptyPassphrase => {
                    Error::usage("nothing was typed at the question")
                        .hint("Run the command again; what is typed or pasted there is not shown.")
                }
                error => empty_token(error),
            })
        }
        TokenSource::Stdin => clean(&prompter.standard_input()?).map(Some).map_err(empty_token),
    }
}

fn empty_token(error: TokenTextError) -> Error {
    Error::usage(error.to_string())
}

fn unlock(file: &Path, passphrase: Option<Secret<String>>, prompter: &mut Asking<'_>) -> Result<Arc<DeployKey>, Error> {
    let key = match DeployKey::load(file, passphrase.as_ref()) {
        Err(SshKeyError::PassphraseMissing { .. }) if prompter.can_ask() => {
            let question = format!("Please enter the passphrase of `{}`:", file.display());
            DeployKey::load(file, Some(&prompter.secret(&question)?))
        }
        other => other,
    };
    key.map(Arc::new).map_err(Error::from)
}

/// Azure DevOps never looks at keys of other kinds, nor would it say so.
fn refuse_wrong_kind(key: &DeployKey, file: &Path, config: &BootstrapConfig) -> Result<(), Error> {
    let used = config.source.clone_url.scheme == Scheme::Ssh || !config.credentials.token_auth;
    if key.is_rsa() || !used || AzureRepo::of(&config.source.clone_url).is_none() {
        return Ok(());
    }
    Err(Error::usage(format!(
        "the key in `{}` is of kind `{}`, and Azure DevOps accepts RSA keys alone",
        file.display(),
        key.kind()
    ))
    .hint("Make one with `ssh-keygen -t rsa -b 4096`, add its public half there, and name it with --private-key-file."))
}

fn registry_login(config: &BootstrapConfig, prompter: &mut Asking<'_>) -> Result<Option<RegistryLogin>, Error> {
    let registry = &config.install.registry;
    let text = match &config.install.registry_credentials {
        None => return Ok(None),
        Some(RegistryCredentials::Flag { user, password }) => {
            return Ok(Some(RegistryLogin { username: user.clone(), password: password.clone() }));
        }
        Some(RegistryCredentials::File(file)) => read_file("--registry-creds-file", file)?,
        Some(RegistryCredentials::Stdin) if prompter.can_ask() => {
            let typed = prompter.secret("Please enter `user:password` of the image registry:")?;
            Zeroizing::new(typed.expose().as_bytes().to_vec())
        }
        Some(RegistryCredentials::Stdin) => prompter.standard_input()?,
    };
    let text = std::str::from_utf8(&text).map_err(|_| Error::usage("the registry's login is not text"))?;
    RegistryLogin::parse(text, registry)
        .map(Some)
        .map_err(|error| Error::usage(format!("cannot use the login for registry `{registry}`")).caused_by(error))
}

fn read_certificates(file: &Path) -> Result<Vec<u8>, Error> {
    let bytes = read_file("--ca-file", file)?;
    if !bytes.windows(27).any(|window| window == b"-----BEGIN CERTIFICATE-----") {
        return Err(Error::usage(format!("`{}` holds no PEM certificate", file.display()))
            .hint("Convert it with `openssl x509 -inform der -in <file> -out <file>.pem`."));
    }
    Ok(bytes.to_vec())
}
