//! The token or password, and where it comes from.

use super::login::{self, Known};
use super::own_credential;
use super::reading::{FileArgument, Reading, given};
use crate::cli::git_args::{ClusterCredentialArgs, RepositoryArgs, SshArgs, TokenArgs};
use crate::cli::go_values::split_list;
use crate::cli::opening_args::{GivenTokenArgs, HostKeyArgs};
use crate::domain::cluster_options::Provider;
use crate::domain::config::{
    CloneSignIn, ClusterSignIn, CredentialsConfig, DEFAULT_USERNAME, EcdsaCurve, PrivateKeyFile, Secret, SecretSource,
    SourceConfig, SshKeyAlgorithm, SshKeyOptions, TokenForm,
};
use crate::domain::error::Error;
use crate::domain::git_url::Scheme;

/// The host key algorithms that the SSH transport knows.
const HOST_KEY_ALGORITHMS: [&str; 7] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
];
/// OpenSSH makes and reads no longer RSA keys.
const MOST_RSA_BITS: u32 = 16384;

/// What the cluster will show; a bearer token implies that it is a token.
pub(super) fn cluster_sign_in(
    args: &TokenArgs,
    own: &ClusterCredentialArgs,
    provider: Option<Provider>,
) -> ClusterSignIn {
    if provider == Some(Provider::Azure) {
        ClusterSignIn::Identity
    } else if let Some(form) = own_credential::form(own) {
        ClusterSignIn::Token(form)
    } else if args.given.with_bearer_token || args.token_auth.unwrap_or(false) {
        ClusterSignIn::Token(token_form(args))
    } else {
        ClusterSignIn::Ssh
    }
}

const fn token_form(args: &TokenArgs) -> TokenForm {
    if args.given.with_bearer_token { TokenForm::Bearer } else { TokenForm::Basic }
}

/// `api` says that the service's API is asked besides git, which takes a token.
pub(super) fn resolve(
    args: &TokenArgs,
    (own, cluster): (&ClusterCredentialArgs, ClusterSignIn),
    ssh: &SshArgs,
    repository: &RepositoryArgs,
    source: Option<&SourceConfig>,
    api: bool,
    findings: &mut Reading<'_>,
) -> CredentialsConfig {
    let TokenArgs { token_auth: _, given: shown, git_login } = args;
    let GivenTokenArgs { with_bearer_token: _, username, password, password_file } = shown;
    let SshArgs {
        private_key_file,
        // Read by the source.
        ssh_hostname: _,
        // Read for the key to make.
        ssh_key_algorithm: _,
        ssh_rsa_bits: _,
        ssh_ecdsa_curve: _,
        host_keys: HostKeyArgs { ssh_hostkey_algos, known_hosts_file, accept_new_host_key },
        silent,
    } = ssh;
    let private_key_file = findings.file(private_key_file.as_ref());
    let password = password.as_ref().filter(|password| !password.expose().is_empty());
    let password_file = findings.file_or_stdin(password_file.as_ref());
    let clone = match source.map(|source| source.clone_url.scheme) {
        Some(Scheme::Ssh) => CloneSignIn::Ssh,
        Some(Scheme::Https | Scheme::Http) | None => CloneSignIn::Token(token_form(args)),
    };
    // Where the cluster has an identity, `--token-auth` says that the run is given a token.
    let by_token = match cluster {
        ClusterSignIn::Ssh => false,
        ClusterSignIn::Token(_) => true,
        ClusterSignIn::Identity => args.given.with_bearer_token || args.token_auth.unwrap_or(false),
    };
    let used = by_token || api || private_key_file.is_some() || clone != CloneSignIn::Ssh;
    warn_of_useless(args, used, findings);
    let login = login::resolve(git_login.as_deref(), findings);
    // A prompt would ask for what the sign-in is there to give.
    let secret = secret_source(password, password_file, by_token && login.is_none(), findings);
    // Over SSH it unlocks the key, where one is given.
    let (token, passphrase) = match (clone, &private_key_file) {
        (CloneSignIn::Ssh, Some(_)) => (SecretSource::None, secret),
        _ if used => (secret, SecretSource::None),
        _ => (SecretSource::None, SecretSource::None),
    };
    let api_login = login.filter(|_| api && clone == CloneSignIn::Ssh);
    let clone = login::of_run(&Known { login, clone, cluster, token: &token, source, api }, findings);
    let login_sources = login::sources(clone, api_login, findings);
    CredentialsConfig {
        clone,
        cluster,
        login_sources,
        api_login,
        username: given(username.as_ref()).unwrap_or(DEFAULT_USERNAME).to_owned(),
        token,
        own: own_credential::resolve(own, cluster, findings),
        private_key: private_key_file.map(|file| PrivateKeyFile { file, passphrase }),
        known_hosts_file: findings.file(known_hosts_file.as_ref()),
        accept_new_host_key: *accept_new_host_key,
        host_key_algorithms: host_key_algorithms(ssh_hostkey_algos, findings),
        ssh_key: key_options(
            ssh.ssh_key_algorithm.as_ref(),
            ssh.ssh_rsa_bits.as_ref(),
            ssh.ssh_ecdsa_curve.as_ref(),
            findings,
        ),
        ca_file: findings.file(repository.ca_file.as_ref()),
        silent: *silent,
    }
}

/// Warns of flags that do nothing beside the others; `used` says whether a token or passphrase serves for anything.
fn warn_of_useless(args: &TokenArgs, used: bool, findings: &mut Reading<'_>) {
    let bearer = args.given.with_bearer_token;
    if bearer && args.token_auth == Some(false) {
        findings.useless(&[("--token-auth=false", true)], "beside `--with-bearer-token`, which implies `--token-auth`");
    }
    if !used {
        let password = args.given.password.as_ref().is_some_and(|password| !password.expose().is_empty());
        let file = findings.file_or_stdin(args.given.password_file.as_ref()).is_some();
        findings.useless(
            &[("--password", password), ("--password-file", file)],
            "without `--token-auth` or `--private-key-file`, since the SSH agent opens the repository",
        );
    }
    if bearer {
        findings
            .useless(&[("--username", given(args.given.username.as_ref()).is_some())], "with `--with-bearer-token`");
    }
}

/// What a key to be made shall be; what is not given is chosen later.
pub(super) fn key_options(
    algorithm: Option<&String>,
    bits: Option<&String>,
    curve: Option<&String>,
    findings: &mut Reading<'_>,
) -> SshKeyOptions {
    let bits = given(bits);
    SshKeyOptions {
        algorithm: given(algorithm).map(|name| match name {
            "rsa" => SshKeyAlgorithm::Rsa,
            "ed25519" => SshKeyAlgorithm::Ed25519,
            _ => SshKeyAlgorithm::Ecdsa,
        }),
        rsa_bits: bits.and_then(|bits| findings.value("--ssh-rsa-bits", rsa_bits(bits))),
        curve: given(curve).map(|name| match name {
            "p256" => EcdsaCurve::P256,
            "p521" => EcdsaCurve::P521,
            _ => EcdsaCurve::P384,
        }),
    }
}

/// What `--password` and its like name: the token, or the passphrase of a key.
fn secret_source(
    password: Option<&Secret<String>>,
    file: Option<FileArgument>,
    by_token: bool,
    findings: &mut Reading<'_>,
) -> SecretSource {
    if password.is_some() && file.is_some() {
        let error = Error::usage("`--password` and `--password-file` exclude each other");
        findings.error(error.hint("Leave out `--password`, which other users of this machine can see."));
    }
    match (password, file) {
        (Some(password), _) => {
            findings.secret_in_argv("--password", "`GIT_PASSWORD` or `--password-file`, where `-` is standard input");
            SecretSource::Flag(password.clone())
        }
        (None, Some(FileArgument::Stdin)) => SecretSource::Stdin,
        (None, Some(FileArgument::File(path))) => SecretSource::File(path),
        (None, None) => match findings.environment.variable("GIT_PASSWORD") {
            Some(password) => SecretSource::Environment(Secret::from(password)),
            None if by_token => SecretSource::Stdin,
            None => SecretSource::None,
        },
    }
}

fn host_key_algorithms(values: &[String], findings: &mut Reading<'_>) -> Vec<String> {
    let names = split_list(values);
    for name in names.iter().filter(|name| !HOST_KEY_ALGORITHMS.contains(&name.as_str())) {
        let error = Error::usage(format!("`--ssh-hostkey-algos` names an unknown algorithm: `{name}`"));
        let known = HOST_KEY_ALGORITHMS.map(|name| format!("`{name}`")).join(", ");
        findings.error(error.hint(format!("Known are {known}.")));
    }
    if names.iter().any(|name| name == "ssh-rsa") {
        findings.warn("`--ssh-hostkey-algos` allows `ssh-rsa`: the server proves itself by SHA-1, which can be forged");
    }
    names
}

fn rsa_bits(text: &str) -> Result<u32, String> {
    let bits: u32 = text.parse().map_err(|_| format!("`{text}` is not a number of bits"))?;
    match bits {
        0..2048 => Err(format!("RSA keys of {bits} bits are not safe: use 2048 or more")),
        bits if bits > MOST_RSA_BITS => Err(format!("{bits} bits are too many: use at most {MOST_RSA_BITS}")),
        bits if bits % 8 != 0 => Err(format!("{bits} is not a multiple of 8")),
        bits => Ok(bits),
    }
}
