//! What shall be in the repository: components of the chosen version, and the sync manifests.

use std::path::Path;
use std::time::Duration;

use crate::bootstrap::draft::Wanted;
use crate::domain::config::{BootstrapConfig, Namespace, VersionChoice};
use crate::domain::error::{Error, Kind};
use crate::domain::event::Event;
use crate::domain::flux::FluxVersion;
use crate::http::Timeouts;
use crate::manifests::release::{Checked, ReleaseError, ReleaseSource, Witness};
use crate::manifests::{self, Base};
use crate::open::Session;
use crate::open::threads::on_a_thread;

/// How long the server of a release may be silent before it is asked again.
const SILENCE: Duration = Duration::from_secs(20);

/// Renders the files, after a download where another version is wanted.
///
/// # Errors
/// The version or the folder cannot be had, or lacks a component.
pub(crate) async fn wanted(
    session: &Session<'_>,
    config: &BootstrapConfig,
    namespace: &Namespace,
) -> Result<Wanted, Error> {
    let (base, version) = base(session, config).await?;
    Wanted::of(config, namespace, &base, version)
        .map_err(|error| Error::new(Kind::Other, "cannot render the components").caused_by_chain(&error))
}

async fn base(session: &Session<'_>, config: &BootstrapConfig) -> Result<(Base, FluxVersion), Error> {
    if let Some(path) = &config.install.manifests {
        return local(session, &config.install.version, path);
    }
    if config.install.version == VersionChoice::Embedded {
        return Ok((Base::embedded(), FluxVersion::embedded()));
    }
    let (choice, url) = (config.install.version.clone(), config.install.release_url.clone());
    let digest = config.install.release_digest;
    let (ca, environment, limits) =
        (session.credentials.ca.clone(), session.environment.clone(), session.limits.clone());
    let timeouts = Timeouts { response: SILENCE, idle: SILENCE, ..Timeouts::default() };
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let download = on_a_thread(move || {
        // Nobody listens any more once the run was cancelled.
        let tell = |event: Event| drop(sender.send(event));
        let on_retry = |error: &ReleaseError, delay| {
            let action = "downloading Flux's manifests".to_owned();
            tell(Event::Retrying { action, reason: error.to_string(), delay });
        };
        let source = ReleaseSource {
            environment: &environment,
            base_url: &url,
            ca: ca.as_deref(),
            digest,
            timeouts,
            limits: &limits,
            on_retry: &on_retry,
        };
        let version = match choice {
            VersionChoice::Tag(version) => version,
            VersionChoice::Embedded => FluxVersion::embedded(),
            VersionChoice::Latest => source.latest()?,
        };
        let (base, checked) =
            source.fetch(&version, &mut |received, total| tell(Event::DownloadProgress { received, total }))?;
        checked.iter().for_each(|checked| tell_checked(checked, &tell));
        Ok((base, version))
    });
    let telling = async {
        while let Some(event) = receiver.recv().await {
            session.report(event);
        }
    };
    let (downloaded, ()): (Result<_, ReleaseError>, ()) = futures::join!(download, telling);
    downloaded.map_err(Error::from)
}

/// The base in the folder of `--manifests`, and the version that it is taken for.
fn local(session: &Session<'_>, choice: &VersionChoice, path: &Path) -> Result<(Base, FluxVersion), Error> {
    let base = manifests::local::read(path, Some(session.limits.deadline())).map_err(|error| {
        let kind = if error.is_out_of_time() { Kind::Other } else { Kind::Usage };
        let told = Error::new(kind, format!("cannot use `--manifests={}`", path.display())).caused_by_chain(&error);
        if kind == Kind::Other { told.hint("Give it more time with --timeout.") } else { told }
    })?;
    if let Base::Built { warnings, .. } = &base {
        let unused =
            "--manifests names a kustomization, which is used as it is: the options for components do not apply";
        for message in std::iter::once(unused.to_owned()).chain(warnings.iter().cloned()) {
            session.report(Event::Warning { message });
        }
    }
    let version = match choice {
        VersionChoice::Tag(version) => version.clone(),
        VersionChoice::Embedded | VersionChoice::Latest => FluxVersion::embedded(),
    };
    Ok((base, version))
}

/// Says what was downloaded, and warns where nobody says that it is right.
fn tell_checked(checked: &Checked, tell: &impl Fn(Event)) {
    let Checked { url, digest, witness } = checked;
    let checked_by = match witness {
        Witness::User => Some("--release-digest".to_owned()),
        Witness::ChecksumFile(file) => Some(file.clone()),
        Witness::Nobody(_) => None,
    };
    tell(Event::ReleaseDownloaded { url: url.clone(), digest: digest.to_string(), checked_by });
    if let Witness::Nobody(why) = witness {
        let message = format!(
            "nothing says that `{url}` is what was published: {why}; `--release-digest={digest}` would accept no other"
        );
        tell(Event::Warning { message });
    }
}
