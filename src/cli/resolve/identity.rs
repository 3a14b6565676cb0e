//! The cluster's identity.

use super::reading::{Reading, given};
use crate::cli::git_args::ClusterCredentialArgs;
use crate::cli::identity_args::IdentityArgs;
use crate::domain::azure_devops::AzureRepo;
use crate::domain::cluster_options::{OptionChange, OptionName, Provider};
use crate::domain::config::SourceConfig;
use crate::domain::error::Error;
use crate::domain::git_host::GitHost;
use crate::domain::git_url::Scheme;

/// `--provider`; none leaves it to the repository.
pub(super) fn provider(args: &IdentityArgs) -> Option<Provider> {
    given(args.provider.as_ref())?.parse().ok()
}

/// What the flags change of the options.
pub(super) fn changes(args: &IdentityArgs, findings: &mut Reading<'_>) -> Vec<OptionChange> {
    let IdentityArgs {
        provider: _,
        cluster_identity_client_id,
        cluster_identity_tenant_id,
        cluster_identity_mode,
        cluster_identity_service_account,
    } = args;
    let mut changes = match provider(args) {
        Some(Provider::Azure) => vec![OptionChange::AzureProvider],
        Some(Provider::Generic) => vec![OptionChange::Remove(OptionName::Provider)],
        None => Vec::new(),
    };
    for (name, value) in [
        (OptionName::ClusterIdentityClientId, cluster_identity_client_id),
        (OptionName::ClusterIdentityMode, cluster_identity_mode),
        (OptionName::ClusterIdentityServiceAccount, cluster_identity_service_account),
        (OptionName::ClusterIdentityTenantId, cluster_identity_tenant_id),
    ] {
        let Some(value) = value else { continue };
        let parsed = OptionChange::parse(name, std::slice::from_ref(value));
        changes.extend(findings.value_or_hint(&format!("--{name}"), parsed, name.advice()).into_iter().flatten());
    }
    changes
}

/// Refuses what contradicts `--provider=azure`.
pub(super) fn check(
    provider: Option<Provider>,
    source: Option<&SourceConfig>,
    own: &ClusterCredentialArgs,
    findings: &mut Reading<'_>,
) {
    if provider != Some(Provider::Azure) {
        return;
    }
    let file = |file: &Option<std::ffi::OsString>| file.as_ref().is_some_and(|file| !file.is_empty());
    for (flag, is_given) in [
        ("--cluster-password-file", file(&own.cluster_password_file)),
        ("--cluster-bearer-token-file", file(&own.cluster_bearer_token_file)),
        ("--keep-secret", own.keep_secret),
    ] {
        if is_given {
            let error = Error::usage(format!("`{flag}` and `--provider=azure` exclude each other"));
            findings.error(error.hint(
                "With `--provider=azure` the cluster signs in by its own identity, and needs no other credential.",
            ));
        }
    }
    let Some(source) = source else { return };
    if !matches!(source.host, GitHost::AzureDevOps(AzureRepo::Cloud(_))) {
        let error = Error::usage(
            "`--provider=azure` needs a repository in Azure DevOps' cloud: no other host knows identities of Microsoft Entra",
        );
        findings.error(error.hint("Leave it out, and give the cluster a token (`--token-auth`) or a key."));
    } else if source.clone_url.scheme == Scheme::Http {
        findings.error(Error::usage("`--provider=azure` does not go with a `--url` that starts with `http://`"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::resolve::tests::resolve_in;
    use crate::domain::config::{BootstrapConfig, CloneSignIn, ClusterSignIn, GitLogin, SecretSource};
    use crate::domain::environment::Environment;

    const URL: &str = "--url=https://dev.azure.com/o/p/_git/r";
    const AZURE: &str = "--provider=azure";

    fn resolved(flags: &[&str]) -> Result<(BootstrapConfig, Vec<String>), String> {
        resolve_in(&Environment::default(), flags).map_err(|error| {
            let all = std::iter::once(&error).chain(&error.related);
            all.map(|error| format!("{} {:?} {:?}", error.message, error.causes, error.hints))
                .collect::<Vec<_>>()
                .join("\n")
        })
    }

    #[test]
    fn every_spelling_of_the_address_becomes_the_documented_one() {
        for url in [
            "https://o@dev.azure.com/o/p/_git/r",
            "https://o.visualstudio.com/p/_git/r",
            "ssh://git@ssh.dev.azure.com/v3/o/p/r",
            "git@ssh.dev.azure.com:v3/o/p/r",
        ] {
            let (config, _) = resolved(&[&format!("--url={url}"), AZURE]).unwrap();
            assert_eq!(config.source.sync_url.to_string(), "https://dev.azure.com/o/p/_git/r", "{url}");
            assert_eq!(config.credentials.cluster, ClusterSignIn::Identity);
        }
    }

    #[test]
    fn a_run_without_a_credential_signs_in_and_a_given_one_serves_the_run_alone() {
        let (config, warnings) = resolved(&[URL, AZURE]).unwrap();
        assert_eq!(config.credentials.clone, CloneSignIn::Login(GitLogin::Auto));
        assert_eq!((config.credentials.token, warnings), (SecretSource::None, Vec::new()));
        let (config, warnings) = resolved(&[URL, AZURE, "--token-auth"]).unwrap();
        assert!(matches!(config.credentials.clone, CloneSignIn::Token(_)), "{warnings:?}");
        assert_eq!(
            (config.credentials.token, config.credentials.cluster),
            (SecretSource::Stdin, ClusterSignIn::Identity)
        );
        let (config, _) = resolved(&[URL, AZURE, "--token-auth", "--git-login=azurecli"]).unwrap();
        assert!(matches!(config.credentials.clone, CloneSignIn::Login(_)));
    }

    #[test]
    fn what_contradicts_an_identity_is_told_by_its_flag() {
        let told = [
            &["--url=https://tfs.example.com/c/p/_git/r", AZURE][..],
            &["--url=https://github.com/o/r", AZURE],
            &["--url=http://dev.azure.com/o/p/_git/r", AZURE, "--allow-insecure-http"],
            &[URL, AZURE, "--cluster-password-file=/t"],
            &[URL, AZURE, "--keep-secret"],
            &[URL, AZURE, "--cluster-identity-client-id=flux", "--cluster-identity-service-account=Flux"],
        ]
        .map(|flags| resolved(flags).unwrap_err());
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn flags_become_changes() {
        let changes = |flags: &[&str]| {
            let all: Vec<&str> = std::iter::once(URL).chain(flags.iter().copied()).collect();
            resolved(&all).unwrap().0.options.changes
        };
        assert_eq!(changes(&["--provider=generic"]), [OptionChange::Remove(OptionName::Provider)]);
        assert_eq!(changes(&[]), []);
        let id = "11111111-2222-4333-8444-555555555555";
        let given = changes(&[AZURE, &format!("--cluster-identity-client-id={id}")]);
        assert_eq!(given, [OptionChange::AzureProvider, OptionChange::IdentityClientId(id.parse().unwrap())]);
    }
}
