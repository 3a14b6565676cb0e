//! The run's deadline and output, and the overrides of refusals.

use super::reading::{Reading, given};
use crate::cli::bootstrap_args::SafetyArgs;
use crate::cli::kube_args::OutputArgs;
use crate::cli::output_format;
use crate::domain::config::{DurationError, GoDuration, OutputFormat, RunConfig, RunMode, SafetyConfig};
use crate::domain::error::Error;

pub(super) fn resolve(args: &OutputArgs, findings: &mut Reading<'_>) -> Option<RunConfig> {
    let OutputArgs { dry_run, export, export_dir, show_secrets, output, timeout, verbose } = args;
    let output = output_format(output);
    if *dry_run && *export {
        let error = Error::usage("`--dry-run` and `--export` exclude each other");
        findings.error(
            error.hint("Neither writes anything: `--dry-run` shows what would change, `--export` prints all objects."),
        );
    }
    if *export && output == OutputFormat::Json {
        let error = Error::usage("`--export` writes YAML, not JSON");
        findings.error(error.hint("Leave out `--output=json`."));
    }
    let export_dir = findings.file(export_dir.as_ref());
    if let (Some(_), Some(other)) =
        (&export_dir, [("--export", *export), ("--dry-run", *dry_run)].iter().find(|(_, given)| *given))
    {
        let error = Error::usage(format!("`{}` and `--export-dir` exclude each other", other.0));
        findings.error(error.hint(format!("Leave out `{}`.", other.0)));
    }
    findings.useless(&[("--show-secrets", *show_secrets && !export)], "without `--export`");
    let timeout = findings.value("--timeout", checked_timeout(timeout))?;
    let mode = match (export_dir, export, dry_run) {
        (Some(directory), _, _) => RunMode::ExportFiles(directory),
        (None, true, _) => RunMode::Export { show_secrets: *show_secrets },
        (None, false, true) => RunMode::DryRun,
        (None, false, false) => RunMode::Execute,
    };
    Some(RunConfig { timeout: timeout.into(), verbose: *verbose, mode, output })
}

/// The run of a command that changes something and exports nothing.
pub(super) fn of_a_change(
    (dry_run, verbose): (bool, bool),
    output: &str,
    timeout: &str,
    findings: &mut Reading<'_>,
) -> Option<RunConfig> {
    let timeout = findings.value("--timeout", checked_timeout(timeout))?;
    let mode = if dry_run { RunMode::DryRun } else { RunMode::Execute };
    Some(RunConfig { timeout: timeout.into(), verbose, mode, output: output_format(output) })
}

pub(super) fn checked_timeout(text: &str) -> Result<GoDuration, String> {
    let timeout: GoDuration = text.parse().map_err(|error: DurationError| error.to_string())?;
    if timeout.as_nanos() == 0 { Err("a run needs some time".to_owned()) } else { Ok(timeout) }
}

/// Returns the overrides, and the context that `--expect-context` names.
pub(super) fn resolve_safety(
    args: &SafetyArgs,
    version_given: bool,
    findings: &mut Reading<'_>,
) -> (SafetyConfig, Option<String>) {
    let SafetyArgs {
        expect_context,
        force,
        allow_source_change,
        allow_path_change,
        allow_component_removal,
        allow_source_override,
        allow_nested_path,
        allow_second_flux,
        allow_second_sync,
        overwrite_secret,
    } = args;
    let expect_context = expected_context(expect_context.as_ref(), findings);
    let safety = SafetyConfig {
        force: *force,
        allow_source_change: *allow_source_change,
        allow_path_change: *allow_path_change,
        allow_component_removal: *allow_component_removal,
        allow_source_override: *allow_source_override,
        allow_nested_path: *allow_nested_path,
        allow_second_flux: *allow_second_flux,
        allow_second_sync: *allow_second_sync,
        overwrite_secret: *overwrite_secret,
        version_given,
    };
    (safety, expect_context)
}

/// The context that `--expect-context` names.
pub(super) fn expected_context(flag: Option<&String>, findings: &mut Reading<'_>) -> Option<String> {
    if flag.is_some() && given(flag).is_none() {
        // An unset variable of a pipeline must not switch the guard off.
        let error = Error::usage("`--expect-context` is empty");
        findings.error(error.hint("Name the context, or leave out the flag."));
    }
    flag.cloned()
}
