//! The commands that only look at a cluster: `check`, `get`, `version`.

use crate::cli::{self, CheckArgs, GetArgs, VersionArgs, VersionFormat};
use crate::cluster::Notices;
use crate::domain::config::OutputFormat;
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, SharedReporter};
use crate::domain::flux::FluxKind;
use crate::ui::{Output, check_view, listing_view, version_view};
use crate::{check, get};

/// Runs `flux check` and prints its report.
pub(super) fn check(args: &CheckArgs, environment: &Environment, output: &Output) -> Option<Kind> {
    let format = cli::wanted_check_output(args);
    let report = look(cli::resolve_check(args, environment), output, async |config, notices| {
        check::run(&config, environment, notices).await
    });
    match report {
        Ok(report) => {
            print(output, format, || check_view::text(&report), || check_view::json(&report));
            report.failure().map(|error| error.kind)
        }
        Err(error) => fail(&error, format, output, check_view::failure_json),
    }
}

/// Runs `flux get` and prints what it found.
pub(super) fn get(kind: FluxKind, args: &GetArgs, environment: &Environment, output: &Output) -> Option<Kind> {
    let format = cli::wanted_get_output(args);
    let listed = look(cli::resolve_get(kind, args, environment), output, async |config, notices| {
        Ok((get::run(&config, environment, notices).await?, config.without_header))
    });
    match listed {
        Ok((listing, without_header)) => {
            let text = || listing_view::text(&listing, without_header);
            print(output, format, text, || listing_view::json(&listing));
            None
        }
        Err(error) => fail(&error, format, output, listing_view::failure_json),
    }
}

/// Runs `flux version`. Our own version is printed whatever becomes of the cluster.
pub(super) fn version(args: &VersionArgs, environment: &Environment, output: &Output) -> Option<Kind> {
    let (format, client) = cli::version_output(args);
    let running = (!client).then(|| {
        look(cli::resolve_version(args, environment), output, async |config, notices| {
            get::versions(&config, environment, notices).await
        })
    });
    let (running, error) = match running.transpose() {
        Ok(running) => (running, None),
        Err(error) if error.kind == Kind::Usage => return fail(&error, OutputFormat::Text, output, |_| String::new()),
        Err(error) => (None, Some(error.hint("`flux version --client` asks no cluster."))),
    };
    output.data(&match format {
        VersionFormat::Json => version_view::json(running.as_ref(), error.as_ref()),
        VersionFormat::Yaml => version_view::yaml(running.as_ref()),
        VersionFormat::Text => version_view::text(running.as_ref()),
    });
    let error = error?;
    if format != VersionFormat::Json {
        output.reporter(OutputFormat::Text, false, true).finish(Some(&error));
    }
    Some(error.kind)
}

/// Tells the warnings about the command line, and looks; what the connection has to say is told meanwhile.
fn look<C, T>(
    resolved: Result<(C, Vec<String>), Error>,
    output: &Output,
    look: impl AsyncFnOnce(C, Notices) -> Result<T, Error>,
) -> Result<T, Error> {
    let (config, warnings) = resolved?;
    let mut reporter = output.reporter(OutputFormat::Text, false, true);
    for message in warnings {
        reporter.report(&Event::Warning { message });
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::new(Kind::Other, "cannot start").caused_by(error))?;
    let (notices, mut listener) = Notices::heard();
    let telling = SharedReporter::new(&mut *reporter);
    runtime.block_on(listener.while_telling(look(config, notices), |event| telling.tell(event)))
}

fn print(output: &Output, format: OutputFormat, text: impl FnOnce() -> String, json: impl FnOnce() -> String) {
    output.data(&match format {
        OutputFormat::Text => text(),
        OutputFormat::Json => json() + "\n",
    });
}

fn fail(error: &Error, format: OutputFormat, output: &Output, json: fn(&Error) -> String) -> Option<Kind> {
    match format {
        OutputFormat::Text => output.reporter(OutputFormat::Text, false, true).finish(Some(error)),
        OutputFormat::Json => output.data(&(json(error) + "\n")),
    }
    Some(error.kind)
}
