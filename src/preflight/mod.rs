//! Everything that must be read before the world is looked at: token, keys, certificates, logins. Asks only on a terminal.

mod asking;
mod option_files;
pub(crate) mod rotation;
mod signing;
mod source_proxy;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use self::asking::{Asking, asking, read_file};
pub(crate) use self::option_files::OptionFiles;
use self::signing::{Signer, signer};
use crate::domain::config::token_text::{TokenTextError, passphrase_from_bytes, token_from_bytes};
use crate::domain::config::{
    BootstrapConfig, CloneSignIn, ClusterSignIn, OwnCredential, RegistryCredentials, Secret, SecretSource,
    SigningConfig, SshSigningKey, TokenForm,
};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::findings::Findings;
use crate::domain::prompter::Prompter;
use crate::domain::unreadable::why_unreadable;
use crate::git::host_key::HostKeySources;
use crate::git::transport::ssh::HostKeyAlgorithms;
use crate::http::{CredentialProvider, HttpCredential};
use crate::manifests::pull_secret::RegistryLogin;
use crate::manifests::source_proxy::SourceProxy;
use crate::ssh_key::{DeployKey, SshKeyError};

/// What was read, unlocked and checked.
pub(crate) struct Credentials {
    /// What this run shows over http or https.
    pub shown: Arc<dyn CredentialProvider>,
    /// What this run shows to the service's API, where git shows an SSH key.
    pub api: Option<Arc<dyn CredentialProvider>>,
    /// The token that the cluster gets, where it signs in with one.
    pub cluster_token: Option<Secret<String>>,
    /// The key of `--private-key-file`.
    pub private_key: Option<Arc<DeployKey>>,
    /// The certificates of `--ca-file`, PEM.
    pub ca: Option<Vec<u8>>,
    /// Where host keys are recorded.
    pub host_keys: HostKeySources,
    /// `--ssh-hostkey-algos`
    pub host_key_algorithms: HostKeyAlgorithms,
    /// Patches and certificates that go into the options of the cluster.
    pub option_files: OptionFiles,
    /// The login for the image pull secret.
    pub registry_login: Option<RegistryLogin>,
    /// The proxy of `--source-proxy-file`.
    pub source_proxy: Option<SourceProxy>,
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
        Ok(Self {
            shown: Arc::new(HttpCredential::Anonymous),
            api: None,
            cluster_token: None,
            private_key: None,
            ca: None,
            host_keys: HostKeySources::default(),
            host_key_algorithms,
            option_files: OptionFiles::default(),
            registry_login: None,
            source_proxy: None,
            signer: None,
        })
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
    let option_files = found.keep(option_files::read(&config.options)).unwrap_or_default();
    let token = found.keep(token(config, &mut asking(&found, prompter)));
    let own_token = found.keep(own_token(config, &mut asking(&found, prompter)));
    let (private_key, beside_key) = private_key(config, &mut found, prompter);
    let registry_login = found.keep(registry_login(config, &mut asking(&found, prompter)));
    let source_proxy = found.keep(source_proxy::read(config, &mut asking(&found, prompter))).flatten();
    let key_is_told = credentials.private_key.is_some() && private_key.is_none();
    let signer = if signs_with_private_key(config) && key_is_told {
        None
    } else {
        let (signing, now) = (&config.commit.signing, environment.now());
        found.keep(signer(signing, private_key.as_ref(), now, &mut asking(&found, prompter)))
    };
    let tokens = token.zip(own_token);
    match (host_keys, host_key_algorithms, ca, tokens, registry_login, signer) {
        (
            Some(host_keys),
            Some(host_key_algorithms),
            Some(ca),
            Some((token, own)),
            Some(registry_login),
            Some(signer),
        ) if found.is_empty() => {
            let shown = Arc::new(shown(config, token.as_ref()));
            let api = api(config, token.as_ref().or(beside_key.as_ref()));
            let cluster_token = match credentials.own {
                OwnCredential::NotGiven => token.filter(|_| matches!(credentials.cluster, ClusterSignIn::Token(_))),
                OwnCredential::Token(_) | OwnCredential::KeptSecret => own,
            };
            Ok(Credentials {
                shown,
                api,
                cluster_token,
                private_key,
                ca,
                host_keys,
                host_key_algorithms,
                option_files,
                registry_login,
                source_proxy,
                signer,
            })
        }
        _ => found.end().and_then(|()| Err(Error::new(Kind::Other, "a secret was not read"))),
    }
}

/// What this run shows over http or https.
fn shown(config: &BootstrapConfig, token: Option<&Secret<String>>) -> HttpCredential {
    match (config.credentials.clone, token.cloned()) {
        (CloneSignIn::Ssh | CloneSignIn::Login(_), _) | (_, None) => HttpCredential::Anonymous,
        (CloneSignIn::Token(TokenForm::Bearer), Some(token)) => HttpCredential::Bearer(token),
        (CloneSignIn::Token(TokenForm::Basic), Some(password)) => {
            HttpCredential::Basic { username: config.credentials.username.clone(), password }
        }
    }
}

/// What this run shows to the service's API, where git shows an SSH key and pull requests are worked with.
fn api(config: &BootstrapConfig, token: Option<&Secret<String>>) -> Option<Arc<dyn CredentialProvider>> {
    let asked = config.credentials.clone == CloneSignIn::Ssh && config.pull_request.is_some();
    let password = token_from_bytes(token.filter(|_| asked)?.expose().as_bytes()).ok()?;
    Some(Arc::new(HttpCredential::Basic { username: config.credentials.username.clone(), password }))
}

/// `--ssh-signing-reuse-private-key`
const fn signs_with_private_key(config: &BootstrapConfig) -> bool {
    matches!(config.commit.signing, SigningConfig::Ssh { key: SshSigningKey::PrivateKeyFile })
}

/// The key of `--private-key-file`, where it is of use, and the secret that was given beside it where it needs none.
fn private_key(
    config: &BootstrapConfig,
    found: &mut Findings,
    prompter: &mut dyn Prompter,
) -> (Option<Arc<DeployKey>>, Option<Secret<String>>) {
    let key = config.credentials.private_key.as_ref().filter(|_| uses_key(config) || signs_with_private_key(config));
    let Some(key) = key else { return (None, None) };
    let Some(passphrase) = found.keep(passphrase(config, &key.passphrase, &mut asking(found, prompter))) else {
        // Without the passphrase it would be said to be missing, which is not what is wrong.
        let key = match DeployKey::load(&key.file, None) {
            Ok(_) | Err(SshKeyError::PassphraseMissing { .. }) => None,
            Err(error) => found.keep(Err(error.into())),
        };
        return (key, None);
    };
    let file = &key.file;
    let key = unlock(file, passphrase.clone(), &mut asking(found, prompter));
    let key = found.keep(key.and_then(|key| refuse_wrong_kind(&key, file, config).map(|()| key)));
    let spare = passphrase.filter(|_| key.as_ref().is_some_and(|key| key.passphrase().is_none()));
    (key, spare)
}

/// Whether a key opens the repository, for this run or for the cluster.
fn uses_key(config: &BootstrapConfig) -> bool {
    let credentials = &config.credentials;
    credentials.clone == CloneSignIn::Ssh || credentials.cluster == ClusterSignIn::Ssh
}

fn host_keys(config: &BootstrapConfig, environment: &Environment) -> Result<HostKeySources, Error> {
    // Where nothing goes over SSH the file is not used, which was said when the flags were read.
    read_host_keys(config.credentials.known_hosts_file.as_deref().filter(|_| uses_key(config)), environment)
}

/// Where host keys are recorded, with the file of `--known-hosts-file`.
fn read_host_keys(file: Option<&Path>, environment: &Environment) -> Result<HostKeySources, Error> {
    HostKeySources::load(file, environment).map_err(|error| {
        let file = file.unwrap_or(Path::new("")).display();
        Error::usage(format!("cannot read `{file}`, named by --known-hosts-file"))
            .caused_by(why_unreadable(error.kind()))
    })
}

fn token(config: &BootstrapConfig, prompter: &mut Asking<'_>) -> Result<Option<Secret<String>>, Error> {
    let source = &config.credentials.token;
    read_secret(config, source, token_from_bytes, "Please enter your Git repository password:", prompter)
}

/// The token of the cluster's own.
fn own_token(config: &BootstrapConfig, prompter: &mut Asking<'_>) -> Result<Option<Secret<String>>, Error> {
    let OwnCredential::Token(own) = &config.credentials.own else { return Ok(None) };
    read_secret(config, &own.source, token_from_bytes, "Please enter the token of the cluster:", prompter)
}

fn passphrase(
    config: &BootstrapConfig,
    source: &SecretSource,
    prompter: &mut Asking<'_>,
) -> Result<Option<Secret<String>>, Error> {
    read_secret(config, source, passphrase_from_bytes, "Please enter the passphrase of the private key:", prompter)
}

/// A secret from wherever `--password` and its like say that it comes from.
fn read_secret(
    config: &BootstrapConfig,
    source: &SecretSource,
    clean: fn(&[u8]) -> Result<Secret<String>, TokenTextError>,
    question: &str,
    prompter: &mut Asking<'_>,
) -> Result<Option<Secret<String>>, Error> {
    match source {
        SecretSource::None => Ok(None),
        // What is exported shows asterisks in its place.
        SecretSource::Stdin if prompter.can_ask() && !config.run.mode.needs_secrets() => Ok(Some(Secret::from("****"))),
        SecretSource::Flag(value) | SecretSource::Environment(value) => Ok(Some(value.clone())),
        SecretSource::File(file) => {
            let bytes = read_file("--password-file", file)?;
            clean(&bytes)
                .map(Some)
                .map_err(|error| empty_token(error).caused_by(format!("read from `{}`", file.display())))
        }
        SecretSource::Stdin if prompter.can_ask() => {
            let typed = prompter.secret(question)?;
            clean(typed.expose().as_bytes()).map(Some).map_err(|error| match error {
                TokenTextError::Empty | TokenTextError::EmptyPassphrase => {
                    Error::usage("nothing was typed at the question")
                        .hint("Run the command again; what is typed or pasted there is not shown.")
                }
                error => empty_token(error),
            })
        }
        SecretSource::Stdin => clean(&prompter.standard_input()?).map(Some).map_err(empty_token),
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
    if key.is_rsa() || !uses_key(config) || !config.source.host.takes_rsa_keys_alone() {
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
