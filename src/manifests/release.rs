//! Other Flux versions: `manifests.tar.gz` of a release, downloaded from GitHub or a mirror of it.
//!
//! A base URL is what stands before `/download/<version>/manifests.tar.gz`. The newest version is what
//! `<base>/latest` redirects to, as on GitHub; a plain mirror may serve the version itself there, as text or as JSON
//! with a `tag_name`. Nothing but the base URL, and where it redirects to, is asked. What fails in a way that may pass
//! is asked again from the base URL on, as signed addresses do not last.

mod digest;
mod error;

use std::io::Read as _;
use std::time::{Duration, Instant};

use ureq::http::Uri;
use ureq::http::header::{CONTENT_LENGTH, LOCATION};
use ureq::{Body, http::Response};

pub(crate) use digest::Checked;
pub use digest::Witness;
use digest::{checksum_file, compare, listed};
pub use error::ReleaseError;
use error::shown;

use super::base::{Base, Release};
use crate::domain::backoff::retrying;
use crate::domain::environment::Environment;
use crate::domain::flux::version::FluxVersion;
use crate::domain::limits::{Ended, Limits};
use crate::domain::sha256_digest::Sha256Digest;
use crate::http::{self, Timeouts};

/// The most that an archive may measure; a release's has about 150 kilobytes.
const MAX_ARCHIVE: u64 = 16 << 20;
/// The most that a text may measure: the answer to the question for the newest version, a checksum file. GitHub's page
/// is not read.
const MAX_ANSWER: u64 = 1 << 20;
const MAX_REDIRECTS: usize = 5;
/// The file of a release that holds its manifests.
const ARCHIVE: &str = "manifests.tar.gz";

/// Where releases come from, and how they are reached.
#[derive(Clone, Copy)]
pub struct ReleaseSource<'a> {
    /// Proxies.
    pub environment: &'a Environment,
    /// The base URL, without a final slash.
    pub base_url: &'a str,
    /// Certificates in PEM form that are trusted beside the system's; a mirror may need them.
    pub ca: Option<&'a [u8]>,
    /// What the archive's digest has to be; without it, the checksum file decides.
    pub digest: Option<Sha256Digest>,
    /// How long each request may take; never longer than `limits` allow.
    pub timeouts: Timeouts,
    /// How long to go on with requests that fail.
    pub limits: &'a Limits,
    /// Told about every failed attempt, with the pause before the next.
    pub on_retry: &'a dyn Fn(&ReleaseError, Duration),
}

impl ReleaseSource<'_> {
    /// The manifests of a version, and by what a download was checked. The embedded version needs no network. `progress`
    /// is told the bytes received, and how many there will be where the server says so.
    ///
    /// # Errors
    /// The version is of another minor than the embedded one or does not exist, the download fails, or is not what was
    /// published.
    pub fn fetch(
        &self,
        version: &FluxVersion,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<(Base, Option<Checked>), ReleaseError> {
        let embedded = FluxVersion::embedded();
        if *version == embedded {
            return Ok((Base::embedded(), None));
        }
        if !version.same_minor(&embedded) {
            return Err(ReleaseError::OtherMinor { version: version.clone(), embedded });
        }
        let (url, archive) = retrying(self.limits, self.on_retry, || self.archive(version, progress))?;
        let checked = self.check(version, &shown(&url), &archive)?;
        Ok((Base::Release(Release::from_archive(&shown(&url), archive.as_slice())?), Some(checked)))
    }

    /// Whether an archive is the one that was published.
    fn check(&self, version: &FluxVersion, url: &str, archive: &[u8]) -> Result<Checked, ReleaseError> {
        let digest = Sha256Digest::of(archive);
        if let Some(wanted) = self.digest {
            return compare(url, digest, wanted, Witness::User);
        }
        let file = checksum_file(self.base_url, version);
        let nobody = |why| Ok(Checked { url: url.to_owned(), digest, witness: Witness::Nobody(why) });
        match retrying(self.limits, self.on_retry, || self.checksums(&file))? {
            None => nobody(format!("`{}` does not exist", shown(&file))),
            Some(text) => match listed(&text, ARCHIVE) {
                None => nobody(format!("`{}` does not list `{ARCHIVE}`", shown(&file))),
                Some(wanted) => compare(url, digest, wanted, Witness::ChecksumFile(shown(&file))),
            },
        }
    }

    /// A checksum file; none where there is none.
    fn checksums(&self, file: &str) -> Result<Option<String>, ReleaseError> {
        let (url, response) = self.get(file.to_owned())?;
        match response.status().as_u16() {
            200 => text(&url, response).map(Some),
            404 | 410 => Ok(None),
            _ => Err(ReleaseError::status(&url, &response)),
        }
    }

    /// The archive of a version, and where it was found.
    fn archive(
        &self,
        version: &FluxVersion,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<(String, Vec<u8>), ReleaseError> {
        let (url, response) = self.get(format!("{}/download/{version}/{ARCHIVE}", self.base_url))?;
        match response.status().as_u16() {
            200 => {}
            404 | 410 => {
                let base = self.base_url.to_owned();
                return Err(ReleaseError::UnknownVersion { version: version.clone(), base });
            }
            _ => return Err(ReleaseError::status(&url, &response)),
        }
        let archive = download(&url, response, progress)?;
        Ok((url, archive))
    }

    /// The newest version there is.
    ///
    /// # Errors
    /// It cannot be found out, or is of another minor than the embedded one.
    pub fn latest(&self) -> Result<FluxVersion, ReleaseError> {
        retrying(self.limits, self.on_retry, || self.ask_latest())
    }

    fn ask_latest(&self) -> Result<FluxVersion, ReleaseError> {
        let mut url = format!("{}/latest", self.base_url);
        for _ in 0..=MAX_REDIRECTS {
            let response = self.get_once(&url)?;
            let status = response.status().as_u16();
            let found = match (redirect(&url, &response)?, status) {
                (Some(target), _) => {
                    let tag = target.rsplit('/').next().and_then(|tag| tag.parse().ok());
                    if tag.is_none() {
                        url = target;
                        continue;
                    }
                    tag
                }
                (None, 200) => version_in(&text(&url, response)?),
                (None, 404) => None,
                (None, _) => return Err(ReleaseError::status(&url, &response)),
            };
            let version = found.ok_or_else(|| ReleaseError::NoLatest { url: shown(&url) })?;
            let embedded = FluxVersion::embedded();
            return match version.same_minor(&embedded) {
                true => Ok(version),
                false => Err(ReleaseError::OtherMinor { version, embedded }),
            };
        }
        Err(ReleaseError::Redirects { url: shown(&url) })
    }

    /// Follows redirects; never from https to http.
    fn get(&self, mut url: String) -> Result<(String, Response<Body>), ReleaseError> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.get_once(&url)?;
            match redirect(&url, &response)? {
                Some(target) => url = target,
                None => return Ok((url, response)),
            }
        }
        Err(ReleaseError::Redirects { url: shown(&url) })
    }

    fn get_once(&self, url: &str) -> Result<Response<Body>, ReleaseError> {
        let left = self.limits.left().map_err(|ended| match ended {
            Ended::Cancelled => ReleaseError::Cancelled,
            Ended::DeadlinePassed => ReleaseError::Timeout { url: shown(url) },
        })?;
        let overall = Some(self.timeouts.overall.map_or(left, |overall| overall.min(left)));
        // A proxy, or none, is chosen for each address.
        let agent = http::agent(self.environment, url, self.ca, Timeouts { overall, ..self.timeouts }, self.limits)
            .map_err(|source| ReleaseError::Client { url: shown(url), source })?;
        let started = Instant::now();
        let result = agent.get(url).call();
        let (status, elapsed) = (result.as_ref().ok().map(|answer| answer.status().as_u16()), started.elapsed());
        tracing::debug!(method = "GET", url = shown(url), status, ?elapsed, "request");
        result.map_err(|error| ReleaseError::of(url, error))
    }
}

fn text(url: &str, response: Response<Body>) -> Result<String, ReleaseError> {
    let mut text = String::new();
    let read = response.into_body().into_reader().take(MAX_ANSWER).read_to_string(&mut text);
    read.map_err(|error| ReleaseError::of(url, error.into())).map(|_| text)
}

fn download(
    url: &str,
    response: Response<Body>,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Vec<u8>, ReleaseError> {
    let total = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let too_large = || ReleaseError::TooLarge { url: shown(url) };
    if total.is_some_and(|total| total > MAX_ARCHIVE) {
        return Err(too_large());
    }
    let mut reader = response.into_body().into_reader();
    let (mut archive, mut buffer) = (Vec::new(), [0; 16 << 10]);
    loop {
        let count = reader.read(&mut buffer).map_err(|error| ReleaseError::of(url, error.into()))?;
        if count == 0 {
            break;
        }
        archive.extend_from_slice(&buffer[..count]);
        let received = archive.len() as u64;
        if received > MAX_ARCHIVE {
            return Err(too_large());
        }
        progress(received, total);
    }
    Ok(archive)
}

/// Where a response sends the client on to.
fn redirect(url: &str, response: &Response<Body>) -> Result<Option<String>, ReleaseError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let target = join(url, location).ok_or_else(|| ReleaseError::status(url, response))?;
    if url.starts_with("https://") && !target.starts_with("https://") {
        return Err(ReleaseError::Downgrade { url: shown(url) });
    }
    Ok(Some(target))
}

/// Resolves a `Location`, absolute or relative.
fn join(url: &str, location: &str) -> Option<String> {
    let base: Uri = url.parse().ok()?;
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    if location.starts_with("http://") || location.starts_with("https://") {
        Some(location.to_owned())
    } else if let Some(rest) = location.strip_prefix("//") {
        Some(format!("{scheme}://{rest}"))
    } else if location.starts_with('/') {
        Some(format!("{scheme}://{authority}{location}"))
    } else if location.is_empty() {
        None
    } else {
        let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        Some(format!("{scheme}://{authority}{folder}/{location}"))
    }
}

/// The version that a mirror serves: as it is, or as GitHub's API describes a release.
fn version_in(text: &str) -> Option<FluxVersion> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let answer: serde_json::Value = serde_json::from_str(text).ok()?;
        answer["tag_name"].as_str()?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_resolve_against_the_address() {
        for (location, expected) in [
            ("https://o.example/x?y=1", Some("https://o.example/x?y=1")),
            ("//o.example/x", Some("https://o.example/x")),
            ("/tag/v2.9.6", Some("https://h.example:8443/tag/v2.9.6")),
            ("tag/v2.9.6", Some("https://h.example:8443/a/tag/v2.9.6")),
            ("", None),
        ] {
            assert_eq!(join("https://h.example:8443/a/latest", location).as_deref(), expected);
        }
        assert_eq!(shown("https://h/a?sig=secret"), "https://h/a");
        assert_eq!(shown("https://u:secret@h/a@b#c"), "https://h/a@b");
    }

    #[test]
    fn a_mirror_may_serve_the_version_itself() {
        assert_eq!(version_in("v2.9.6\n"), "v2.9.6".parse().ok());
        assert_eq!(version_in(r#"{"tag_name": "v2.9.7"}"#), "v2.9.7".parse().ok());
        assert_eq!(version_in("<html>v2.9.7</html>"), None);
    }

    #[test]
    fn the_embedded_version_needs_no_network_and_other_minors_are_refused() {
        let environment = Environment::default();
        let source = ReleaseSource {
            environment: &environment,
            base_url: "http://invalid.invalid",
            ca: None,
            digest: None,
            timeouts: Timeouts::default(),
            limits: &Limits::after(Duration::ZERO),
            on_retry: &|_, _| (),
        };
        assert!(source.fetch(&FluxVersion::embedded(), &mut |_, _| ()).is_ok());
        let other = source.fetch(&"v2.8.0".parse().unwrap(), &mut |_, _| ());
        assert!(matches!(other, Err(ReleaseError::OtherMinor { .. })));
    }
}
