//! The command line of `flux uninstall`.

use super::reading::Reading;
use super::{cluster, run};
use crate::cli::UninstallArgs;
use crate::cli::uninstall_args::{RemovalArgs, UninstallOutputArgs};
use crate::cli::uninstall_git_args::UninstallGitArgs;
use crate::domain::config::{RunConfig, UninstallConfig};
use crate::domain::environment::Environment;
use crate::domain::error::Error;

/// Resolves a command line of `flux uninstall` into a configuration and the warnings about it.
///
/// # Errors
/// A usage error; further ones are in its `related`. No secret is part of it.
pub(crate) fn resolve_uninstall(
    args: &UninstallArgs,
    environment: &Environment,
) -> Result<(UninstallConfig, Vec<String>), Error> {
    let UninstallArgs { removal, git, output, cluster } = args;
    let RemovalArgs { keep_namespace, keep_crds, silent, expect_context, force } = removal;
    let mut findings = Reading::new(environment);
    let expect_context = run::expected_context(expect_context.as_ref(), &mut findings);
    let run = resolve_run(output, &mut findings);
    warn_of_useless(git, &mut findings);
    let cluster = cluster::resolve(cluster, expect_context, &mut findings);
    let warnings = findings.finish()?;
    let (Some(run), Some(cluster)) = (run, cluster) else {
        return Err(Error::usage("the command line cannot be resolved"));
    };
    let config = UninstallConfig {
        cluster,
        run,
        keep_namespace: *keep_namespace,
        keep_definitions: *keep_crds,
        silent: *silent,
        force: *force,
        git: git.git,
    };
    Ok((config, warnings))
}

/// What belongs to the repository is of no use where it is left alone; the rest is resolved once the cluster tells it.
fn warn_of_useless(args: &UninstallGitArgs, findings: &mut Reading<'_>) {
    let flags = [
        ("--url", args.url.is_some()),
        ("--branch", args.branch.is_some()),
        ("--path", args.path.is_some()),
        ("--password", args.token.password.is_some()),
        ("--password-file", args.token.password_file.is_some()),
        ("--private-key-file", args.private_key_file.is_some()),
        ("--pull-request", args.pull_request),
    ];
    findings.useless(&flags.map(|(name, given)| (name, given && !args.git)), "without `--git`");
}

fn resolve_run(args: &UninstallOutputArgs, findings: &mut Reading<'_>) -> Option<RunConfig> {
    let UninstallOutputArgs { dry_run, output, timeout, verbose } = args;
    run::of_a_change((*dry_run, *verbose), output, timeout, findings)
}
