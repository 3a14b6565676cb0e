//! Everything that must be read before the world is looked at: token, keys, certificates, logins. Asks only on a terminal.

use std::fmt;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use zeroize::Zeroizing;

use crate::azure_devops::AzureRepo;
use crate::config::token_text::{TokenTextError, passphrase_from_bytes, token_from_bytes};
use crate::config::{
    BootstrapConfig, PassphraseSource, RegistryCredentials, Secret, SigningConfig, SshSigningKey, TokenSource,
};
use crate::environment::Environment;
use crate::error::{Error, Kind};
use crate::git::CommitSigner;
use crate::git::host_key::HostKeySources;
use crate::git::signing::{GpgKey, SigningError, SshSigner};
use crate::git::transport::ssh::HostKeyAlgorithms;
use crate::git::url::Scheme;
use crate::manifests::pull_secret::RegistryLogin;
use crate::ssh_key::{DeployKey, SshKeyError};
use crate::ui::Prompter;

/// No token, key or passphrase is longer.
const LONGEST_INPUT: u64 = 1 << 20;

type Signer = Arc<dyn CommitSigner + Send + Sync>;

/// What was read, unlocked and checked.
pub struct Credentials {
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

/// Reads everything a run needs.
///
/// # Errors
/// The first thing that cannot be read, unlocked or asked for, naming file or flag.
pub fn read(
    config: &BootstrapConfig,
    environment: &Environment,
    prompter: &mut dyn Prompter,
) -> Result<Credentials, Error> {
    let credentials = &config.credentials;
    let host_keys = HostKeySources::load(credentials.known_hosts_file.as_deref(), environment).map_err(|error| {
        let file = credentials.known_hosts_file.as_deref().unwrap_or(Path::new("")).display();
        Error::usage(format!("cannot read `{file}`, named by --known-hosts-file")).caused_by(error_kind(&error))
    })?;
    let host_key_algorithms = HostKeyAlgorithms::parse(&credentials.host_key_algorithms)
        .map_err(|error| Error::usage("`--ssh-hostkey-algos` holds an unknown name").caused_by(error))?;
    let ca = credentials.ca_file.as_deref().map(read_certificates).transpose()?;
    let secret = token(config, prompter)?;
    let (token, private_key) = match &credentials.private_key_file {
        Some(file) if config.source.clone_url.scheme == Scheme::Ssh => (None, Some(unlock(file, secret, prompter)?)),
        Some(file) => (secret, Some(unlock(file, None, prompter)?)),
        None => (secret, None),
    };
    if let (Some(key), Some(file)) = (&private_key, &credentials.private_key_file) {
        refuse_wrong_kind(key, file, config)?;
    }
    let registry_login = registry_login(config, prompter)?;
    let signer = signer(&config.commit.signing, private_key.as_ref(), environment.now(), prompter)?;
    Ok(Credentials { token, private_key, ca, host_keys, host_key_algorithms, registry_login, signer })
}

fn token(config: &BootstrapConfig, prompter: &mut dyn Prompter) -> Result<Option<Secret<String>>, Error> {
    let is_passphrase = config.source.clone_url.scheme == Scheme::Ssh;
    let clean = if is_passphrase { passphrase_from_bytes } else { token_from_bytes };
    match &config.credentials.token {
        TokenSource::None => Ok(None),
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
            let typed = prompter.secret(question).map_err(interrupted)?;
            clean(typed.expose().as_bytes()).map(Some).map_err(empty_token)
        }
        TokenSource::Stdin => clean(&standard_input()?).map(Some).map_err(empty_token),
    }
}

fn empty_token(error: TokenTextError) -> Error {
    Error::usage(error.to_string())
}

fn interrupted(error: std::io::Error) -> Error {
    Error::new(Kind::Cancelled, "the question was not answered").caused_by(error)
}

fn unlock(
    file: &Path,
    passphrase: Option<Secret<String>>,
    prompter: &mut dyn Prompter,
) -> Result<Arc<DeployKey>, Error> {
    let key = match DeployKey::load(file, passphrase.as_ref()) {
        Err(SshKeyError::PassphraseMissing { .. }) if prompter.can_ask() => {
            let question = format!("Please enter the passphrase of `{}`:", file.display());
            DeployKey::load(file, Some(&prompter.secret(&question).map_err(interrupted)?))
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

impl From<SshKeyError> for Error {
    fn from(error: SshKeyError) -> Self {
        let hint = match &error {
            SshKeyError::PassphraseMissing { .. } => {
                "Give the passphrase with --password-file, in GIT_PASSWORD, or with --password."
            }
            SshKeyError::WrongPassphrase { name } => {
                return Self::usage(error.to_string())
                    .hint(format!("Check the passphrase with `ssh-keygen -y -f {name}`."));
            }
            SshKeyError::PublicKey { .. } => "Name the file without `.pub`.",
            _ => return Self::usage(error.to_string()),
        };
        Self::usage(error.to_string()).hint(hint)
    }
}

/// Reads and unlocks the key that signs.
fn signer(
    signing: &SigningConfig,
    private_key: Option<&Arc<DeployKey>>,
    now: SystemTime,
    prompter: &mut dyn Prompter,
) -> Result<Option<Signer>, Error> {
    Ok(Some(match signing {
        SigningConfig::None => return Ok(None),
        SigningConfig::Gpg { key_ring, key_id, passphrase: source } => {
            let key = GpgKey::load(key_ring, key_id.as_deref(), now)?;
            let question = format!("Please enter the passphrase of GPG key `{}`:", key.name());
            let passphrase = if key.is_locked() { passphrase(source, Some(&question), prompter)? } else { None };
            Arc::new(key.unlock(passphrase.as_ref())?)
        }
        SigningConfig::Ssh { key: SshSigningKey::File { file, passphrase: source } } => {
            Arc::new(SshSigner::new(signing_key(file, source, prompter)?)?)
        }
        SigningConfig::Ssh { key: SshSigningKey::PrivateKeyFile } => {
            let key = private_key
                .ok_or_else(|| Error::usage("`--ssh-signing-reuse-private-key` needs `--private-key-file`"))?;
            Arc::new(SshSigner::new(Arc::clone(key))?)
        }
    }))
}

/// The key of `--ssh-signing-key-file`; its passphrase is asked for only where it is locked.
fn signing_key(file: &Path, source: &PassphraseSource, prompter: &mut dyn Prompter) -> Result<Arc<DeployKey>, Error> {
    let key = match DeployKey::load(file, None) {
        Err(SshKeyError::PassphraseMissing { .. }) => {
            let question = format!("Please enter the passphrase of SSH signing key `{}`:", file.display());
            DeployKey::load(file, passphrase(source, Some(&question), prompter)?.as_ref())
        }
        other => other,
    };
    key.map(Arc::new).map_err(|error| match &error {
        SshKeyError::PassphraseMissing { .. } => {
            Error::usage(error.to_string()).hint("Give the passphrase with --ssh-signing-password-file.")
        }
        _ => Error::from(error),
    })
}

impl From<SigningError> for Error {
    fn from(error: SigningError) -> Self {
        let hint = match &error {
            SigningError::NotAKeyRing { .. }
            | SigningError::Keybox { .. }
            | SigningError::Damaged { .. }
            | SigningError::PublicOnly { .. } => "Export the key with `gpg --export-secret-keys <key ID>`.",
            SigningError::UnknownId { .. } | SigningError::Unfit { .. } => {
                "Name another key with --gpg-key-id; `gpg --show-keys <file>` lists those of a key ring."
            }
            SigningError::AmbiguousId { .. } => "Give the whole fingerprint with --gpg-key-id.",
            SigningError::NothingFit { .. } => "Export a key that signs with `gpg --export-secret-keys <key ID>`.",
            SigningError::PassphraseMissing { .. } => "Give the passphrase with --gpg-passphrase-file.",
            SigningError::WrongPassphrase { .. } => {
                "Check the passphrase; if another key is meant, name it with --gpg-key-id."
            }
            SigningError::UnsupportedLock { .. } => "Give the key a new passphrase with `gpg --change-passphrase`.",
            SigningError::Read { .. } | SigningError::Failed { .. } => return Self::usage(error.to_string()),
        };
        Self::usage(error.to_string()).hint(hint)
    }
}

fn registry_login(config: &BootstrapConfig, prompter: &mut dyn Prompter) -> Result<Option<RegistryLogin>, Error> {
    let registry = &config.install.registry;
    let text = match &config.install.registry_credentials {
        None => return Ok(None),
        Some(RegistryCredentials::Flag { user, password }) => {
            return Ok(Some(RegistryLogin { username: user.clone(), password: password.clone() }));
        }
        Some(RegistryCredentials::File(file)) => read_file("--registry-creds-file", file)?,
        Some(RegistryCredentials::Stdin) if prompter.can_ask() => {
            let typed = prompter.secret("Please enter `user:password` of the image registry:").map_err(interrupted)?;
            Zeroizing::new(typed.expose().as_bytes().to_vec())
        }
        Some(RegistryCredentials::Stdin) => standard_input()?,
    };
    let text = std::str::from_utf8(&text).map_err(|_| Error::usage("the registry's login is not text"))?;
    RegistryLogin::parse(text, registry)
        .map(Some)
        .map_err(|error| Error::usage(format!("cannot use the login for registry `{registry}`")).caused_by(error))
}

/// A signing passphrase from wherever it comes; none where none was given and nobody can be asked.
fn passphrase(
    source: &PassphraseSource,
    question: Option<&str>,
    prompter: &mut dyn Prompter,
) -> Result<Option<Secret<String>>, Error> {
    match source {
        PassphraseSource::Flag(value) => Ok(Some(value.clone())),
        PassphraseSource::File(file) => {
            let bytes = read_file("the passphrase file", file)?;
            passphrase_from_bytes(&bytes)
                .map(Some)
                .map_err(|error| Error::usage(error.to_string()).caused_by(format!("read from `{}`", file.display())))
        }
        PassphraseSource::Stdin if !prompter.can_ask() => {
            passphrase_from_bytes(&standard_input()?).map(Some).map_err(|error| Error::usage(error.to_string()))
        }
        PassphraseSource::Stdin | PassphraseSource::None => match question {
            Some(question) if prompter.can_ask() => prompter.secret(question).map(Some).map_err(interrupted),
            _ => Ok(None),
        },
    }
}

fn read_certificates(file: &Path) -> Result<Vec<u8>, Error> {
    let bytes = read_file("--ca-file", file)?;
    if !bytes.windows(27).any(|window| window == b"-----BEGIN CERTIFICATE-----") {
        return Err(Error::usage(format!("`{}` holds no PEM certificate", file.display()))
            .hint("Convert it with `openssl x509 -inform der -in <file> -out <file>.pem`."));
    }
    Ok(bytes.to_vec())
}

/// A whole file; `flag` is what named it.
fn read_file(flag: &str, file: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let cannot = |error: std::io::Error| {
        Error::usage(format!("cannot read `{}`, named by {flag}", file.display())).caused_by(error_kind(&error))
    };
    let mut bytes = Zeroizing::new(Vec::new());
    let opened = fs_err::File::open(file).map_err(cannot)?;
    opened.take(LONGEST_INPUT).read_to_end(&mut bytes).map_err(cannot)?;
    Ok(bytes)
}

/// What went wrong without the path, which the message already names.
fn error_kind(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

fn standard_input() -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut bytes = Zeroizing::new(Vec::new());
    // One line is enough: whoever holds the pipe open must not hold up the run.
    let mut byte = [0];
    let mut input = std::io::stdin().lock();
    while bytes.len() < usize::try_from(LONGEST_INPUT).unwrap_or(usize::MAX) {
        match input.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => bytes.push(byte[0]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::new(Kind::Other, "cannot read standard input").caused_by(error)),
        }
        if byte[0] == b'\n' && !is_json(&bytes) {
            break;
        }
    }
    Ok(bytes)
}

/// A docker configuration spans several lines.
fn is_json(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}
