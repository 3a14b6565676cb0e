//! kubectl's connection flags, and the namespace.

use super::reading::{Reading, given};
use crate::cli::go_values::parse_bool;
use crate::cli::kube_args::ClusterArgs;
use crate::domain::config::KubeOptions;
use crate::domain::config::{ClusterConfig, Namespace, NamespaceChoice};
use crate::domain::error::Error;

pub(super) fn resolve(
    args: &ClusterArgs,
    expect_context: Option<String>,
    findings: &mut Reading<'_>,
) -> Option<ClusterConfig> {
    let namespace = namespace_choice(given(args.namespace.as_ref()), args.ns_follows_kube_context, findings);
    check_impersonation(args, findings);
    check_authority(args, findings);
    let kube = kube_options(args, findings);
    Some(ClusterConfig { kube: kube?, namespace: namespace?, expect_context })
}

/// Groups, uid and extra fields are attributes of the user to impersonate.
fn check_impersonation(args: &ClusterArgs, findings: &mut Reading<'_>) {
    let attributes = [
        ("--as-group", !args.as_group.is_empty()),
        ("--as-uid", given(args.as_uid.as_ref()).is_some()),
        ("--as-user-extra", !args.as_user_extra.is_empty()),
    ];
    if given(args.impersonate.as_ref()).is_none()
        && let Some((flag, _)) = attributes.iter().find(|(_, given)| *given)
    {
        let error = Error::usage(format!("`{flag}` needs `--as`"));
        findings.error(error.hint("Name the user to impersonate with `--as`."));
    }
}

/// An authority says how the server is verified; the other flag, that it is not.
fn check_authority(args: &ClusterArgs, findings: &mut Reading<'_>) {
    let names_authority = findings.file(args.certificate_authority.as_ref()).is_some();
    if names_authority && args.insecure_skip_tls_verify == Some(true) {
        let error = Error::usage("`--certificate-authority` and `--insecure-skip-tls-verify` exclude each other");
        findings.error(error.hint("Leave out `--insecure-skip-tls-verify`."));
    }
}

fn kube_options(args: &ClusterArgs, findings: &mut Reading<'_>) -> Option<KubeOptions> {
    let ClusterArgs {
        // Read for the choice of the namespace.
        namespace: _,
        ns_follows_kube_context: _,
        kubeconfig,
        context,
        cluster,
        user,
        impersonate,
        as_group,
        as_uid,
        as_user_extra,
        token,
        server,
        certificate_authority,
        client_certificate,
        client_key,
        tls_server_name,
        insecure_skip_tls_verify,
        cache_dir,
        disable_compression,
        kube_api_qps,
        kube_api_burst,
    } = args;
    let text = |argument: &Option<String>| given(argument.as_ref()).map(str::to_owned);
    let extra: Option<Vec<_>> =
        as_user_extra.iter().map(|pair| findings.value("--as-user-extra", extra_pair(pair))).collect();
    let qps = findings.value("--kube-api-qps", checked_qps(kube_api_qps));
    let burst = findings.value(
        "--kube-api-burst",
        kube_api_burst.parse::<u32>().map_err(|_| format!("`{kube_api_burst}` is not a number of requests")),
    );
    let token = token.as_ref().filter(|token| !token.expose().is_empty());
    if token.is_some() {
        findings.secret_in_argv("--token", "a kubeconfig");
    }
    Some(KubeOptions {
        kubeconfig: findings.file(kubeconfig.as_ref()),
        context: text(context),
        cluster: text(cluster),
        user: text(user),
        impersonate: text(impersonate),
        impersonate_groups: as_group.clone(),
        impersonate_uid: text(as_uid),
        impersonate_extra: extra?,
        token: token.cloned(),
        server: text(server),
        certificate_authority: findings.file(certificate_authority.as_ref()),
        client_certificate: findings.file(client_certificate.as_ref()),
        client_key: findings.file(client_key.as_ref()),
        tls_server_name: text(tls_server_name),
        insecure_skip_tls_verify: *insecure_skip_tls_verify,
        cache_dir: findings.file(cache_dir.as_ref()),
        disable_compression: *disable_compression,
        qps: qps?,
        burst: burst?,
    })
}

/// `--namespace`, else the context's namespace if that is wanted, else a valid `FLUX_SYSTEM_NAMESPACE`, else the default.
/// That order is the reference's, by its own test of the option.
fn namespace_choice(
    flag: Option<&str>,
    follows_flag: Option<bool>,
    findings: &mut Reading<'_>,
) -> Option<NamespaceChoice> {
    let environment = findings.environment;
    let follows = follows_flag.unwrap_or_else(|| match environment.variable("FLUX_NS_FOLLOWS_KUBE_CONTEXT") {
        None => false,
        Some(text) => parse_bool(text).unwrap_or_else(|error| {
            findings.warn(format!("`FLUX_NS_FOLLOWS_KUBE_CONTEXT` is ignored: {error}"));
            false
        }),
    });
    if let Some(name) = flag {
        findings.useless(&[("--ns-follows-kube-context", follows_flag == Some(true))], "beside `--namespace`");
        return findings.value("--namespace", name.parse()).map(NamespaceChoice::Fixed);
    }
    let named = match environment.variable("FLUX_SYSTEM_NAMESPACE").map(str::parse::<Namespace>) {
        Some(Ok(namespace)) => namespace,
        Some(Err(error)) => {
            findings.warn(format!("`FLUX_SYSTEM_NAMESPACE` is ignored: {error}"));
            Namespace::default()
        }
        None => Namespace::default(),
    };
    Some(if follows { NamespaceChoice::FollowsContext(named) } else { NamespaceChoice::Fixed(named) })
}

fn extra_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` is not of the form `key=value`")),
    }
}

fn checked_qps(text: &str) -> Result<f32, String> {
    let qps = text.parse::<f32>().ok().filter(|qps| !qps.is_nan());
    qps.ok_or_else(|| format!("`{text}` is not a number of requests a second"))
}
