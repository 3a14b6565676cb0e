//! The components, their version and the registry.

use std::path::PathBuf;

use super::reading::{FileArgument, Reading, given, object_name};
use crate::cli::bootstrap_args::ComponentArgs;
use crate::cli::go_values::split_list;
use crate::domain::config::{InstallConfig, RegistryCredentials, Secret, VersionChoice};
use crate::domain::environment::Environment;
use crate::domain::error::Error;
use crate::domain::flux::{Component, Components, FluxVersion};
use crate::domain::sha256_digest::Sha256Digest;

/// Where the Flux project publishes its releases.
const RELEASE_URL: &str = "https://github.com/fluxcd/flux2/releases";

/// Whether a release would be downloaded without TLS.
pub(super) fn downloads_in_the_clear(args: &ComponentArgs, environment: &Environment) -> bool {
    let version = given(args.version.as_ref()).filter(|text| text.parse().ok() != Some(FluxVersion::embedded()));
    let downloads = version.is_some() && args.manifests.as_ref().is_none_or(|path| path.is_empty());
    downloads && release_url(args, environment).starts_with("http://")
}

fn release_url<'a>(args: &'a ComponentArgs, environment: &'a Environment) -> &'a str {
    given(args.release_url.as_ref()).or_else(|| environment.variable("FLUX_RELEASE_URL")).unwrap_or(RELEASE_URL)
}

/// Returns the configuration, and whether `--version` was given.
pub(super) fn resolve(
    args: &ComponentArgs,
    allow_insecure_http: bool,
    findings: &mut Reading<'_>,
) -> (Option<InstallConfig>, bool) {
    let origin = origin(args, allow_insecure_http, findings);
    let images = images(args, findings);
    let components = all_components(&args.components, &args.components_extra, findings);
    let log_level = findings.value("--log-level", args.log_level.parse());
    let cluster_domain = findings.value("--cluster-domain", object_name(args.cluster_domain.trim_end_matches('.')));
    let toleration_keys = toleration_keys_of(&args.toleration_keys, findings);
    let config = (|| {
        let (origin, images) = (origin?, images?);
        Some(InstallConfig {
            version: origin.version,
            components: components?,
            registry: images.registry,
            image_pull_secret: images.pull_secret,
            watch_all_namespaces: args.watch_all_namespaces,
            network_policy: args.network_policy,
            log_level: log_level?,
            cluster_domain: cluster_domain?,
            toleration_keys,
            manifests: origin.manifests,
            registry_credentials: images.credentials,
            release_url: origin.release_url,
            release_digest: origin.release_digest,
        })
    })();
    (config, given(args.version.as_ref()).is_some())
}

/// Where the manifests come from.
struct Origin {
    version: VersionChoice,
    manifests: Option<PathBuf>,
    release_url: String,
    release_digest: Option<Sha256Digest>,
}

fn origin(args: &ComponentArgs, allow_insecure_http: bool, findings: &mut Reading<'_>) -> Option<Origin> {
    let version = version_choice(given(args.version.as_ref()), findings);
    let manifests = findings.file(args.manifests.as_ref());
    let use_of = UseOfOrigin {
        release_url: given(args.release_url.as_ref()).is_some(),
        release_digest: given(args.release_digest.as_ref()).is_some(),
    };
    check_origin(version.as_ref(), manifests.is_some(), use_of, findings);
    let release_url = findings.value_or_hint(
        "--release-url",
        checked_release_url(release_url(args, findings.environment)),
        "Give the address that stands before `/download/<version>/manifests.tar.gz`.",
    );
    if !allow_insecure_http && downloads_in_the_clear(args, findings.environment) {
        let error =
            Error::usage("`--release-url` starts with `http://`, so anyone on the way could replace the download");
        findings.error(error.hint("Use `https://`, or add `--allow-insecure-http` where the network is trusted."));
    }
    let release_digest = release_digest_choice(given(args.release_digest.as_ref()), findings);
    Some(Origin { version: version?, manifests, release_url: release_url?, release_digest: release_digest? })
}

/// Where the images come from, and by which Secret they are pulled.
struct Images {
    registry: String,
    pull_secret: Option<String>,
    credentials: Option<RegistryCredentials>,
}

fn images(args: &ComponentArgs, findings: &mut Reading<'_>) -> Option<Images> {
    let pull_secret = match given(args.image_pull_secret.as_ref()) {
        None => Some(None),
        Some(name) => findings.value("--image-pull-secret", object_name(name)).map(Some),
    };
    let credentials = args.registry_creds.as_ref().filter(|credentials| !credentials.expose().is_empty());
    let file = findings.file_or_stdin(args.registry_creds_file.as_ref());
    let credentials = registry_credentials(credentials, file, pull_secret == Some(None), findings);
    let registry = findings.value_or_hint(
        "--registry",
        checked_registry(&args.registry),
        "Give host and path without a scheme, such as `registry.example.com/fluxcd`.",
    );
    Some(Images { registry: registry?, pull_secret: pull_secret?, credentials })
}

/// The digest that is wanted, or none; nothing at all after noting that it is wrong.
fn release_digest_choice(flag: Option<&str>, findings: &mut Reading<'_>) -> Option<Option<Sha256Digest>> {
    let hint = "Give the digest of `manifests.tar.gz`, as its release's checksum file or `sha256sum` shows it.";
    match flag.filter(|text| !text.is_empty()) {
        None => Some(None),
        Some(text) => findings.value_or_hint("--release-digest", text.parse().map(Some), hint),
    }
}

fn version_choice(text: Option<&str>, findings: &mut Reading<'_>) -> Option<VersionChoice> {
    let embedded = FluxVersion::embedded();
    let text = match text {
        None => return Some(VersionChoice::Embedded),
        Some("latest") => return Some(VersionChoice::Latest),
        Some(text) => text,
    };
    let version: FluxVersion = findings.value("--version", text.parse())?;
    if version == embedded {
        return Some(VersionChoice::Embedded);
    }
    if !version.same_minor(&embedded) {
        let minor = format!("v{}.{}", embedded.major, embedded.minor);
        let error = Error::usage(format!("`--version={version}` is not of `{minor}`, which this program installs"));
        findings.error(error.hint(format!("Use a `{minor}` release, or the program that belongs to `{version}`.")));
        return None;
    }
    Some(VersionChoice::Tag(version))
}

/// Which flags about a download were given.
#[derive(Clone, Copy)]
struct UseOfOrigin {
    release_url: bool,
    release_digest: bool,
}

/// The manifests come from one place: this program, a folder, or a download.
fn check_origin(version: Option<&VersionChoice>, from_folder: bool, given: UseOfOrigin, findings: &mut Reading<'_>) {
    if from_folder && version == Some(&VersionChoice::Latest) {
        let error = Error::usage("`--version=latest` does not go with `--manifests`, which decides the version");
        findings.error(error.hint("Leave out `--version`, or give the version of those manifests as `vX.Y.Z`."));
    }
    let downloads = !from_folder && version != Some(&VersionChoice::Embedded);
    findings.useless(
        &[("--release-url", given.release_url && !downloads), ("--release-digest", given.release_digest && !downloads)],
        "unless `--version` asks for another release",
    );
}

fn toleration_keys_of(values: &[String], findings: &mut Reading<'_>) -> Vec<String> {
    let keys = split_list(values);
    if keys.iter().any(String::is_empty) {
        findings
            .error(Error::usage("`--toleration-keys` holds an empty key").hint("Remove the comma that stands alone."));
    }
    keys
}

fn all_components(standard: &[String], extra: &[String], findings: &mut Reading<'_>) -> Option<Components> {
    let components = named_components(&[("--components", standard), ("--components-extra", extra)], findings)?;
    findings.value_or_hint("--components", Components::new(components), "Add it to `--components`.")
}

/// The components that flags name, each once; nothing after noting that one is unknown.
pub(super) fn named_components(flags: &[(&str, &[String])], findings: &mut Reading<'_>) -> Option<Vec<Component>> {
    let mut components: Vec<Component> = Vec::new();
    let mut sound = true;
    for (flag, values) in flags {
        for name in split_list(*values) {
            match findings.value(flag, name.parse::<Component>()) {
                None => sound = false,
                Some(component) if components.contains(&component) => {
                    findings.warn(format!("`{flag}` names `{component}` again"));
                }
                Some(component) => components.push(component),
            }
        }
    }
    sound.then_some(components)
}

fn registry_credentials(
    flag: Option<&Secret<String>>,
    file: Option<FileArgument>,
    without_secret_name: bool,
    findings: &mut Reading<'_>,
) -> Option<RegistryCredentials> {
    let name = if flag.is_some() { "--registry-creds" } else { "--registry-creds-file" };
    if flag.is_some() && file.is_some() {
        let error = Error::usage("`--registry-creds` and `--registry-creds-file` exclude each other");
        findings.error(error.hint("Leave out `--registry-creds`, which other users of this machine can see."));
    }
    if without_secret_name && (flag.is_some() || file.is_some()) {
        let error = Error::usage(format!("`{name}` needs `--image-pull-secret`"));
        findings.error(error.hint("Name the secret to write them to, such as `--image-pull-secret=registry`."));
    }
    let Some(flag) = flag else {
        return file.map(|file| match file {
            FileArgument::Stdin => RegistryCredentials::Stdin,
            FileArgument::File(path) => RegistryCredentials::File(path),
        });
    };
    findings.secret_in_argv(name, "`--registry-creds-file`");
    // Only the first colon separates: passwords may hold more.
    match flag.expose().split_once(':') {
        Some((user, password)) if !user.is_empty() && !password.is_empty() => {
            Some(RegistryCredentials::Flag { user: user.to_owned(), password: Secret::from(password) })
        }
        _ => {
            let error = Error::usage("`--registry-creds` is not of the form `user:password`");
            findings.error(
                error.hint("Write the user and the password, neither of them empty, with a colon between them."),
            );
            None
        }
    }
}

fn checked_registry(text: &str) -> Result<String, String> {
    let registry = text.trim_end_matches('/');
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-._/:[]".contains(character);
    if registry.is_empty() {
        Err("the registry is empty".to_owned())
    } else if registry.contains("://") {
        Err(format!("`{registry}` holds a scheme"))
    } else if !registry.chars().all(allowed) || registry.starts_with('/') {
        Err(format!("`{registry}` is not a registry"))
    } else {
        Ok(registry.to_owned())
    }
}

/// Checks the address without repeating it where it holds a password.
fn checked_release_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split('/').next().unwrap_or_default());
    match host {
        Some(host) if host.contains('@') => Err("the URL holds a user or password".to_owned()),
        Some(host)
            if !host.is_empty() && !url.contains(|c: char| c.is_whitespace() || c.is_control() || "?#".contains(c)) =>
        {
            Ok(url.to_owned())
        }
        _ => Err(format!("`{url}` is not an https or http URL")),
    }
}
