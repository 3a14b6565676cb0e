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
use crate::ui::{Prompter, interruptible};

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
/// Everything that cannot be read, unlocked or asked for, together, each naming file or flag.
pub fn read(
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
    let secret = found.keep(token(config, &mut found.asking(prompter)));
    let is_ssh = config.source.clone_url.scheme == Scheme::Ssh;
    let private_key = match (&credentials.private_key_file, &secret) {
        // Without the passphrase it would be said to be missing, which is not what is wrong.
        (Some(_), None) if is_ssh => None,
        (Some(file), secret) => {
            let passphrase = secret.clone().flatten().filter(|_| is_ssh);
            let key = unlock(file, passphrase, &mut found.asking(prompter));
            found.keep(key.and_then(|key| refuse_wrong_kind(&key, file, config).map(|()| key)))
        }
        (None, _) => None,
    };
    let registry_login = found.keep(registry_login(config, &mut found.asking(prompter)));
    let signing = &config.commit.signing;
    let key_is_told = credentials.private_key_file.is_some() && private_key.is_none();
    let reuses = matches!(signing, SigningConfig::Ssh { key: SshSigningKey::PrivateKeyFile });
    let signer = if reuses && key_is_told {
        None
    } else {
        found.keep(signer(signing, private_key.as_ref(), environment.now(), &mut found.asking(prompter)))
    };
    match (host_keys, host_key_algorithms, ca, secret, registry_login, signer) {
        (Some(host_keys), Some(host_key_algorithms), Some(ca), Some(secret), Some(registry_login), Some(signer))
            if found.0.is_empty() =>
        {
            // Over SSH it was the key's passphrase.
            let token = secret.filter(|_| !is_ssh || private_key.is_none());
            Ok(Credentials { token, private_key, ca, host_keys, host_key_algorithms, registry_login, signer })
        }
        _ => Err(Error::together(found.0)),
    }
}

/// What is wrong so far.
#[derive(Default)]
struct Findings(Vec<Error>);

impl Findings {
    /// The result, or none and one more finding. What was not asked because of other findings is none.
    fn keep<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        result
            .map_err(|error| {
                let is_cancelled = self.0.iter().chain([&error]).any(|error| error.kind == Kind::Cancelled);
                if self.0.is_empty() || !is_cancelled {
                    self.0.push(error);
                }
            })
            .ok()
    }

    /// Nobody is asked anything, nor is standard input waited for, when the run ends anyway.
    fn asking<'a>(&self, prompter: &'a mut dyn Prompter) -> Asking<'a> {
        Asking { prompter, is_worth_it: self.0.is_empty() }
    }
}

/// Where secrets are asked for: a person, or standard input.
struct Asking<'a> {
    prompter: &'a mut dyn Prompter,
    is_worth_it: bool,
}

impl Asking<'_> {
    fn can_ask(&self) -> bool {
        self.prompter.can_ask()
    }

    fn secret(&mut self, question: &str) -> std::io::Result<Secret<String>> {
        if self.is_worth_it { self.prompter.secret(question) } else { Err(not_asked()) }
    }

    fn standard_input(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        if !self.is_worth_it {
            return Err(interrupted(not_asked()));
        }
        interruptible(read_input).map_err(|error| match error.kind() {
            std::io::ErrorKind::Interrupted => interrupted(error),
            _ => Error::new(Kind::Other, "cannot read standard input").caused_by(error),
        })
    }
}

/// One line, or one JSON document: whoever holds the pipe open must not hold up the run.
fn read_input() -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let mut byte = [0];
    let mut input = std::io::stdin().lock();
    while bytes.len() < usize::try_from(LONGEST_INPUT).unwrap_or(usize::MAX) {
        match input.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => bytes.push(byte[0]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if byte[0] == b'\n' && !is_json(&bytes) {
            break;
        }
    }
    Ok(bytes)
}

fn not_asked() -> std::io::Error {
    std::io::Error::other("it was not asked, since the run ends anyway")
}

fn host_keys(config: &BootstrapConfig, environment: &Environment) -> Result<HostKeySources, Error> {
    let file = config.credentials.known_hosts_file.as_deref();
    HostKeySources::load(file, environment).map_err(|error| {
        let file = file.unwrap_or(Path::new("")).display();
        Error::usage(format!("cannot read `{file}`, named by --known-hosts-file")).caused_by(error_kind(&error))
    })
}

fn token(config: &BootstrapConfig, prompter: &mut Asking<'_>) -> Result<Option<Secret<String>>, Error> {
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
        TokenSource::Stdin => clean(&prompter.standard_input()?).map(Some).map_err(empty_token),
    }
}

fn empty_token(error: TokenTextError) -> Error {
    Error::usage(error.to_string())
}

fn interrupted(error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::Interrupted {
        return Error::new(Kind::Cancelled, format!("interrupted by {error}"));
    }
    Error::new(Kind::Cancelled, "the question was not answered").caused_by(error)
}

fn unlock(file: &Path, passphrase: Option<Secret<String>>, prompter: &mut Asking<'_>) -> Result<Arc<DeployKey>, Error> {
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
    prompter: &mut Asking<'_>,
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
fn signing_key(file: &Path, source: &PassphraseSource, prompter: &mut Asking<'_>) -> Result<Arc<DeployKey>, Error> {
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

fn registry_login(config: &BootstrapConfig, prompter: &mut Asking<'_>) -> Result<Option<RegistryLogin>, Error> {
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
        Some(RegistryCredentials::Stdin) => prompter.standard_input()?,
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
    prompter: &mut Asking<'_>,
) -> Result<Option<Secret<String>>, Error> {
    match source {
        PassphraseSource::Flag(value) => Ok(Some(value.clone())),
        PassphraseSource::File(file) => {
            let bytes = read_file("the passphrase file", file)?;
            passphrase_from_bytes(&bytes)
                .map(Some)
                .map_err(|error| Error::usage(error.to_string()).caused_by(format!("read from `{}`", file.display())))
        }
        PassphraseSource::Stdin if !prompter.can_ask() => passphrase_from_bytes(&prompter.standard_input()?)
            .map(Some)
            .map_err(|error| Error::usage(error.to_string())),
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

/// A docker configuration spans several lines.
fn is_json(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}
