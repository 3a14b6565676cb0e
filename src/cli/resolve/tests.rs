//! The rules between flags, each with its message.

use super::*;
use crate::cli::{Command, parse};
use crate::domain::config::{
    ClusterPath, ClusterSignIn, KeyKind, NamespaceChoice, OutputFormat, RunMode, Secret, SshSigningKey, TokenForm,
    VersionChoice,
};
use crate::domain::error::Kind;

const HTTPS: &str = "--url=https://git.example.com/fleet";
const SSH: &str = "--url=ssh://git@git.example.com/fleet";
const AZURE: &str = "--url=https://dev.azure.com/o/p/_git/r";

type Resolved = Result<(BootstrapConfig, Vec<String>), Error>;

pub(super) fn resolve_in(environment: &Environment, flags: &[&str]) -> Resolved {
    let line = ["flux", "bootstrap", "git"].iter().chain(flags).map(Into::into);
    match parse(line, environment) {
        Ok(Command::BootstrapGit(args)) => resolve(&args, environment),
        other => panic!("{flags:?}: {other:?}"),
    }
}

fn resolve_flags(flags: &[&str]) -> Resolved {
    let mut environment = Environment::of_variables([("HOME", "/home/me")]);
    environment.directory = "/cwd".into();
    resolve_in(&environment, flags)
}

fn config(flags: &[&str]) -> BootstrapConfig {
    resolve_flags(flags).unwrap_or_else(|error| panic!("{flags:?}: {error:?}")).0
}

fn warnings(flags: &[&str]) -> Vec<String> {
    resolve_flags(flags).unwrap_or_else(|error| panic!("{flags:?}: {error:?}")).1
}

#[test]
fn the_defaults_are_those_of_flux() {
    let (config, warnings) = resolve_flags(&[HTTPS, "--token-auth"]).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(config.source.branch, "main");
    assert_eq!(config.source.path, ClusterPath::default());
    assert_eq!(config.source.interval.to_string(), "1m0s");
    assert_eq!(config.source.secret_name, "flux-system");
    assert_eq!(config.credentials.username, "git");
    assert_eq!(config.credentials.token, SecretSource::Stdin);
    assert_eq!(config.install.version, VersionChoice::Embedded);
    assert_eq!(config.install.release_url, "https://github.com/fluxcd/flux2/releases");
    let namespace = crate::domain::config::Namespace::default();
    let options = config.install.options(namespace.clone(), crate::domain::flux::FluxVersion::embedded());
    assert_eq!(options, crate::domain::flux::InstallOptions::default());
    assert_eq!((config.commit.author_name.as_str(), config.commit.author_email.as_str()), ("Flux", ""));
    assert_eq!(config.commit.signing, SigningConfig::None);
    assert_eq!(config.cluster.namespace, NamespaceChoice::Fixed(namespace));
    assert!((config.cluster.kube.qps - 50.0).abs() < f32::EPSILON && config.cluster.kube.burst == 300);
    assert_eq!(config.run.timeout.as_secs(), 300);
    assert_eq!((config.run.mode, config.run.output), (RunMode::Execute, OutputFormat::Text));
}

#[test]
fn the_three_commands_of_the_azure_guide_resolve() {
    let token = config(&["--token-auth=true", AZURE, "--branch=main", "--path=clusters/my-cluster"]);
    assert_eq!(token.credentials.cluster, ClusterSignIn::Token(TokenForm::Basic));
    assert_eq!(token.source.path.to_string(), "./clusters/my-cluster");
    let flags =
        [AZURE, "--password=t", "--ssh-hostname=ssh.dev.azure.com", "--ssh-key-algorithm=rsa", "--ssh-rsa-bits=4096"];
    let made = config(&flags);
    assert_eq!(made.credentials.ssh_key.kind(&made.source.host), KeyKind::Rsa(4096));
    assert_eq!(made.source.ssh_hostname.unwrap().to_string(), "ssh.dev.azure.com");
    assert_eq!(made.source.sync_url.to_string(), "ssh://git@ssh.dev.azure.com/v3/o/p/r");
    let flags = ["--url=ssh://git@ssh.dev.azure.com/v3/o/p/r", "--private-key-file=~/key", "--password=p"];
    let key = config(&flags);
    let private_key = key.credentials.private_key.unwrap();
    assert_eq!(private_key.file.to_str(), Some("/home/me/key"));
    assert_eq!(
        (private_key.passphrase, key.credentials.token),
        (SecretSource::Flag(Secret::from("p")), SecretSource::None)
    );
}

#[test]
fn contradictions_are_refused_by_name() {
    for (flags, message) in [
        (&[][..], "`--url` is missing"),
        (&["--url="], "`--url` is missing"),
        (
            &["--url=https://u:canary@h/a"],
            "`--url` holds a password or token, which would be stored and shown with the URL",
        ),
        (&["--url=https://h/<org>/_git/<repo>"], "`--url` still holds the placeholder `<org>`"),
        (&["--url=ftp://h/a"], "`--url` cannot be used: scheme `ftp` is not supported: use https, ssh or http"),
        (&["--url=http://h/a"], "`--url` starts with `http://`, which would send the token in the clear"),
        (
            &["--url=https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/r"],
            "`--url` cannot be used: `https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/r` is an AWS CodeCommit repository over https: use `--token-auth`, or its ssh URL with `--private-key-file`",
        ),
        (
            &["--url=ssh://git-codecommit.eu-west-1.amazonaws.com/v1/repos/r", "--private-key-file=k"],
            "`--url` names an AWS CodeCommit repository over SSH without the key's user",
        ),
        (
            &["--url=ssh://APKA@git-codecommit.eu-west-1.amazonaws.com/v1/repos/r"],
            "`--url` names an AWS CodeCommit repository over SSH, which needs `--private-key-file`",
        ),
        (
            &["--url=https://dev.azure.com/o"],
            "`--url` cannot be used: `https://dev.azure.com/o` does not name an Azure DevOps repository: expected `https://dev.azure.com/<organisation>/<project>/_git/<repository>`",
        ),
        (&[HTTPS, "--branch="], "`--branch` cannot be used: the name is empty"),
        (
            &[HTTPS, "--branch=refs/heads/main"],
            "`--branch` cannot be used: `refs/heads/main` is a full reference: write `--branch=main`",
        ),
        (&[HTTPS, "--branch=a..b"], "`--branch` cannot be used: \"a..b\" is not a branch name"),
        (&[HTTPS, "--path=../x"], "`--path` cannot be used: path `../x` climbs above the root of the repository"),
        (&[HTTPS, "--interval=5"], "`--interval` cannot be used: duration `5` lacks a unit: write `5s` or `5m`"),
        (&[HTTPS, "--interval=0"], "`--interval` cannot be used: `0` is too short"),
        (&[HTTPS, "--timeout=0s"], "`--timeout` cannot be used: a run needs some time"),
        (
            &[HTTPS, "--secret-name=A"],
            "`--secret-name` cannot be used: `A` is not an object name: lower-case letters, digits, and `-` or `.` between them",
        ),
        (&[HTTPS, "--ssh-hostname=git@h"], "`--ssh-hostname` cannot be used: `git@h` is not a host name"),
        (
            &[HTTPS, "--private-key-file=k"],
            "`--private-key-file` does not go with an https `--url` unless `--ssh-hostname` names the SSH host",
        ),
        (&[HTTPS, "-p=a", "--password-file=f"], "`--password` and `--password-file` exclude each other"),
        (
            &[SSH, "--ssh-rsa-bits=1024"],
            "`--ssh-rsa-bits` cannot be used: RSA keys of 1024 bits are not safe: use 2048 or more",
        ),
        (&[SSH, "--ssh-rsa-bits=4097"], "`--ssh-rsa-bits` cannot be used: 4097 is not a multiple of 8"),
        (
            &[AZURE, "--ssh-key-algorithm=ecdsa"],
            "`--ssh-key-algorithm=ecdsa` does not work with Azure DevOps, which accepts RSA keys alone",
        ),
        (&[SSH, "--ssh-hostkey-algos=rsa,ssh-rsa"], "`--ssh-hostkey-algos` names an unknown algorithm: `rsa`"),
        (&[HTTPS, "--version=2.9.5"], "`--version` cannot be used: version `2.9.5` lacks its `v`: write `v2.9.5`"),
        (&[HTTPS, "--version=v2.8.0"], "`--version=v2.8.0` is not of `v2.9`, which this program installs"),
        (
            &[HTTPS, "--manifests=m", "--version=latest"],
            "`--version=latest` does not go with `--manifests`, which decides the version",
        ),
        (
            &[HTTPS, "--components=source-controller"],
            "`--components` cannot be used: component `kustomize-controller` is required",
        ),
        (&[HTTPS, "--registry=https://r"], "`--registry` cannot be used: `https://r` holds a scheme"),
        (&[HTTPS, "--registry-creds=u:canary"], "`--registry-creds` needs `--image-pull-secret`"),
        (
            &[HTTPS, "--registry-creds=canary", "--image-pull-secret=s"],
            "`--registry-creds` is not of the form `user:password`",
        ),
        (
            &[HTTPS, "--registry-creds=u:p", "--registry-creds-file=f", "--image-pull-secret=s"],
            "`--registry-creds` and `--registry-creds-file` exclude each other",
        ),
        (&[HTTPS, "--toleration-keys=a,,b"], "`--toleration-keys` holds an empty key"),
        (
            &[HTTPS, "--release-url=https://u:canary@h"],
            "`--release-url` cannot be used: the URL holds a user or password",
        ),
        (&[HTTPS, "--author-name="], "`--author-name` cannot be used: the name is empty"),
        (&[HTTPS, "--author-email=a<b"], "`--author-email` cannot be used: \"a<b\" contains '<'"),
        (
            &[HTTPS, "--gpg-key-ring=g", "--ssh-signing-key-file=k"],
            "`--gpg-key-ring` and `--ssh-signing-key-file` exclude each other",
        ),
        (
            &[SSH, "--private-key-file=k", "--ssh-signing-key-file=k", "--ssh-signing-reuse-private-key"],
            "`--ssh-signing-key-file` and `--ssh-signing-reuse-private-key` exclude each other",
        ),
        (&[SSH, "--ssh-signing-reuse-private-key"], "`--ssh-signing-reuse-private-key` needs `--private-key-file`"),
        (&[HTTPS, "--gpg-passphrase=canary"], "`--gpg-passphrase` needs `--gpg-key-ring`"),
        (&[HTTPS, "--gpg-key-id=ABCDEF01"], "`--gpg-key-id` needs `--gpg-key-ring`"),
        (&[HTTPS, "--ssh-signing-passphrase=canary"], "`--ssh-signing-password` needs `--ssh-signing-key-file`"),
        (&[HTTPS, "--dry-run", "--export"], "`--dry-run` and `--export` exclude each other"),
        (&[HTTPS, "--dry-run", "--export-dir=d"], "`--dry-run` and `--export-dir` exclude each other"),
        (&[HTTPS, "--export", "-ojson"], "`--export` writes YAML, not JSON"),
        (&[HTTPS, "--expect-context="], "`--expect-context` is empty"),
        (
            &[HTTPS, "-n=A"],
            "`--namespace` cannot be used: `A` is not a DNS label: 1 to 63 lower-case letters, digits and inner hyphens",
        ),
        (&[HTTPS, "--as-uid=1"], "`--as-uid` needs `--as`"),
        (
            &[HTTPS, "--as=me", "--as-user-extra=x"],
            "`--as-user-extra` cannot be used: `x` is not of the form `key=value`",
        ),
        (
            &[HTTPS, "--certificate-authority=c", "--insecure-skip-tls-verify"],
            "`--certificate-authority` and `--insecure-skip-tls-verify` exclude each other",
        ),
        (
            &[HTTPS, "--password-file=-", "--registry-creds-file=-", "--image-pull-secret=s"],
            "standard input cannot give the token and the registry's credentials",
        ),
    ] {
        let error = resolve_flags(flags).expect_err(message);
        assert_eq!(error.to_string(), message, "{flags:?}");
        assert_eq!(error.kind, Kind::Usage);
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[test]
fn a_token_as_the_user_of_the_url_is_not_repeated() {
    let url = format!("--url=https://{}@dev.azure.com/o/p/_git/r", "canary".repeat(9));
    let error = resolve_flags(&[&url]).unwrap_err();
    assert!(error.message.contains("holds a password or token") && !format!("{error:?}").contains("canary"));
}

#[test]
fn several_mistakes_are_reported_together() {
    let error = resolve_flags(&["--branch=", "--interval=x", "--as-uid=1"]).unwrap_err();
    assert_eq!(error.message, "`--url` is missing");
    let messages: Vec<&str> = error.related.iter().map(|error| error.message.as_str()).collect();
    assert_eq!(messages, ["`--branch` cannot be used", "`--interval` cannot be used", "`--as-uid` needs `--as`"]);
}

#[test]
fn what_has_no_effect_is_a_warning() {
    for (flags, warning) in [
        (
            &[HTTPS, "--token-auth", "--ssh-hostname=h", "--ssh-rsa-bits=4096", "--silent"][..],
            "`--ssh-hostname`, `--ssh-rsa-bits` and `--silent` have no effect with `--token-auth`",
        ),
        (&[HTTPS, "--token-auth", "--private-key-file=k"], "`--private-key-file` has no effect with `--token-auth`"),
        (
            &[SSH, "--private-key-file=k", "--ssh-key-algorithm=rsa"],
            "`--ssh-key-algorithm` has no effect with `--private-key-file`",
        ),
        (&[SSH, "--ssh-rsa-bits=2048"], "`--ssh-rsa-bits` has no effect on ECDSA keys"),
        (&[AZURE, "--ssh-ecdsa-curve=p256"], "`--ssh-ecdsa-curve` has no effect on RSA keys"),
        (&[SSH, "--ca-file=c"], "`--ca-file` has no effect over SSH"),
        (
            &[HTTPS, "--allow-insecure-http"],
            "`--allow-insecure-http` has no effect on a URL that starts with `https://`",
        ),
        (&[HTTPS, "--show-secrets"], "`--show-secrets` has no effect without `--export`"),
        (&[HTTPS, "--with-bearer-token", "-u=me"], "`--username` has no effect with `--with-bearer-token`"),
        (
            &[HTTPS, "--with-bearer-token", "--token-auth=false"],
            "`--token-auth=false` has no effect beside `--with-bearer-token`, which implies `--token-auth`",
        ),
        (
            &[HTTPS, "--password=x"],
            "the value of `--password` is visible to other users of this machine: prefer `GIT_PASSWORD` or `--password-file`, where `-` is standard input",
        ),
        (&[HTTPS, "--components-extra=helm-controller"], "`--components-extra` names `helm-controller` again"),
        (
            &[HTTPS, "-n=a", "--ns-follows-kube-context"],
            "`--ns-follows-kube-context` has no effect beside `--namespace`",
        ),
        (
            &[HTTPS, "--release-url=https://m.example.com"],
            "`--release-url` has no effect unless `--version` asks for another release",
        ),
        (
            &["--url=https://dev.azure.com/o/p/_git/r.git"],
            "Azure DevOps takes `.git` for a part of the repository's name: `--url=https://dev.azure.com/o/p/_git/r` is probably meant",
        ),
    ] {
        assert_eq!(warnings(flags), [warning], "{flags:?}");
    }
    assert!(warnings(&[HTTPS, "--token-auth", "--private-key-file=k", "--ssh-signing-reuse-private-key"]).is_empty());
}

#[test]
fn tokens_come_from_the_first_place_that_has_one() {
    let environment = Environment::of_variables([("GIT_PASSWORD", "env")]);
    let token = |flags: &[&str]| resolve_in(&environment, flags).unwrap().0.credentials.token;
    assert_eq!(token(&[HTTPS, "--password=flag"]), SecretSource::Flag(Secret::from("flag")));
    assert_eq!(token(&[HTTPS, "--password-file=/f"]), SecretSource::File("/f".into()));
    assert_eq!(token(&[HTTPS, "--password-file=-"]), SecretSource::Stdin);
    assert_eq!(token(&[HTTPS, "--password="]), SecretSource::Environment(Secret::from("env")));
    assert_eq!(token(&[SSH]), SecretSource::None);
    let key = resolve_in(&environment, &[SSH, "--private-key-file=/k"]).unwrap().0.credentials;
    assert_eq!(key.token, SecretSource::None);
    assert_eq!(key.private_key.unwrap().passphrase, SecretSource::Environment(Secret::from("env")));
    let empty = Environment::of_variables([("GIT_PASSWORD", "")]);
    assert_eq!(resolve_in(&empty, &[HTTPS, "--token-auth"]).unwrap().0.credentials.token, SecretSource::Stdin);
    assert_eq!(resolve_in(&empty, &[HTTPS]).unwrap().0.credentials.token, SecretSource::None);
}

#[test]
fn the_namespace_comes_from_flag_environment_context_or_default() {
    let fixed = |name: &str| NamespaceChoice::Fixed(name.parse().unwrap());
    let follows_or = |name: &str| NamespaceChoice::FollowsContext(name.parse().unwrap());
    let set = Environment::of_variables([("FLUX_SYSTEM_NAMESPACE", "env"), ("FLUX_NS_FOLLOWS_KUBE_CONTEXT", "true")]);
    let choice = |environment: &Environment, flags: &[&str]| {
        let (config, warnings) = resolve_in(environment, flags).unwrap();
        (config.cluster.namespace, warnings.len())
    };
    assert_eq!(choice(&set, &[HTTPS, "-nflag"]), (fixed("flag"), 0));
    // As for the reference, the context stands before FLUX_SYSTEM_NAMESPACE, which counts where the context names none.
    assert_eq!(choice(&set, &[HTTPS]), (follows_or("env"), 0));
    assert_eq!(choice(&set, &[HTTPS, "--ns-follows-kube-context=false"]), (fixed("env"), 0));
    let named = Environment::of_variables([("FLUX_SYSTEM_NAMESPACE", "env")]);
    assert_eq!(choice(&named, &[HTTPS]), (fixed("env"), 0));
    assert_eq!(choice(&named, &[HTTPS, "--ns-follows-kube-context"]), (follows_or("env"), 0));
    let wrong = Environment::of_variables([("FLUX_SYSTEM_NAMESPACE", "Not_A_Label")]);
    assert_eq!(choice(&wrong, &[HTTPS]), (fixed("flux-system"), 1));
    assert_eq!(choice(&wrong, &[HTTPS, "--ns-follows-kube-context"]), (follows_or("flux-system"), 1));
    let follows = Environment::of_variables([("FLUX_NS_FOLLOWS_KUBE_CONTEXT", "1")]);
    assert_eq!(choice(&follows, &[HTTPS]), (follows_or("flux-system"), 0));
    assert_eq!(choice(&follows, &[HTTPS, "--ns-follows-kube-context=false"]), (fixed("flux-system"), 0));
    let odd = Environment::of_variables([("FLUX_NS_FOLLOWS_KUBE_CONTEXT", "perhaps")]);
    assert_eq!(choice(&odd, &[HTTPS]), (fixed("flux-system"), 1));
}

#[test]
fn registry_passwords_may_hold_colons() {
    let flags = [HTTPS, "--registry-creds=user:pa:ss", "--image-pull-secret=s", "--registry=r.example.com/x/"];
    let install = config(&flags).install;
    let expected = RegistryCredentials::Flag { user: "user".into(), password: Secret::from("pa:ss") };
    assert_eq!(install.registry_credentials, Some(expected));
    assert_eq!(install.registry, "r.example.com/x");
}

#[test]
fn signing_keys_and_their_passphrases_resolve() {
    let signing = |flags: &[&str]| config(flags).commit.signing;
    assert_eq!(
        signing(&[HTTPS, "--gpg-key-ring=g", "--gpg-key-id=0xABCDEF0123456789", "--gpg-passphrase-file=-"]),
        SigningConfig::Gpg {
            key_ring: "/cwd/g".into(),
            key_id: Some("ABCDEF0123456789".into()),
            passphrase: SecretSource::Stdin
        }
    );
    let passphrase = SecretSource::Flag(Secret::from("x"));
    assert_eq!(
        signing(&[HTTPS, "--ssh-signing-key-file=k", "--ssh-signing-passphrase=x"]),
        SigningConfig::Ssh { key: SshSigningKey::File { file: "/cwd/k".into(), passphrase } }
    );
    assert_eq!(
        signing(&[SSH, "--private-key-file=k", "--ssh-signing-reuse-private-key"]),
        SigningConfig::Ssh { key: SshSigningKey::PrivateKeyFile }
    );
}

#[test]
fn versions_and_releases_resolve() {
    let (config, _) = resolve_flags(&[HTTPS, "--version=v2.9.1", "--release-url=https://m.example.com/flux/"]).unwrap();
    assert_eq!(config.install.version, VersionChoice::Tag("v2.9.1".parse().unwrap()));
    assert_eq!(config.install.release_url, "https://m.example.com/flux");
    assert!(config.safety.version_given);
    let embedded = self::config(&[HTTPS, "-v", crate::domain::flux::version::FLUX_VERSION]);
    assert_eq!((embedded.install.version, embedded.safety.version_given), (VersionChoice::Embedded, true));
    let mirror = Environment::of_variables([("FLUX_RELEASE_URL", "http://mirror/flux")]);
    let (config, _) = resolve_in(&mirror, &[HTTPS, "--version=latest", "--allow-insecure-http"]).unwrap();
    assert_eq!(config.install.release_url, "http://mirror/flux");
    assert_eq!(config.install.version, VersionChoice::Latest);
}

#[test]
fn releases_are_checked_by_digest_and_not_downloaded_in_the_clear() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let environment = Environment::of_variables([("FLUX_RELEASE_DIGEST", digest.as_str())]);
    let (config, warnings) = resolve_in(&environment, &[HTTPS, "--version=v2.9.1"]).unwrap();
    assert_eq!((config.install.release_digest.unwrap().to_string(), warnings.len()), (digest.clone(), 0));
    let given = format!("--release-digest={digest}");
    let (_, warnings) = resolve_flags(&[HTTPS, &given]).unwrap();
    assert_eq!(warnings, ["`--release-digest` has no effect unless `--version` asks for another release"]);
    let clear = "--release-url=http://m.example.com";
    for flags in
        [&[HTTPS, "--version=v2.9.1", clear][..], &[HTTPS, "--version=latest", clear], &[HTTPS, "--release-digest=ab"]]
    {
        assert_eq!(resolve_flags(flags).unwrap_err().kind.exit_code(), 2, "{flags:?}");
    }
    let (_, warnings) = resolve_flags(&[HTTPS, "--version=latest", clear, "--allow-insecure-http"]).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    let (_, warnings) = resolve_flags(&["--url=http://h/a", "--allow-insecure-http"]).unwrap();
    assert_eq!(
        warnings,
        ["`--url` starts with `http://`: the token is sent in the clear, by this run and by the cluster"]
    );
}
