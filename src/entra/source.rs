//! What all sources have in common.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::claims::Claims;
use super::error::EntraError;
use super::way::Way;
use crate::domain::config::Secret;
use crate::domain::environment::Environment;
use crate::domain::git_host::GitHost;
use crate::domain::git_url::GitUrl;
use crate::http::HttpCredential;

/// What a source is asked for.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// The repository.
    pub(super) url: &'a GitUrl,
    /// The service that it is at.
    pub(super) host: &'a GitHost,
    /// The surroundings of the run.
    pub(super) environment: &'a Environment,
    /// How servers and programs are reached.
    pub(super) way: &'a Way,
    /// The tenant of the organisation, where it is known.
    pub(super) tenant: Option<&'a str>,
    /// The challenges with which the server answers who shows nothing.
    pub(super) challenges: &'a [String],
}

/// What a source gave.
#[derive(Debug)]
pub(super) struct Grant {
    /// What is shown.
    pub(super) credential: HttpCredential,
    /// Who it is, where that can be read.
    pub(super) identity: Option<String>,
    /// The tenant that issued it, where it is a token of Entra.
    pub(super) tenant: Option<String>,
    /// When it dies, where that is known.
    pub(super) expires: Option<SystemTime>,
    /// Whether asking again gives another.
    pub(super) renewable: bool,
    /// What a credential helper said, to be told whether it was right.
    pub(super) helper: Option<Secret<Vec<u8>>>,
}

impl Grant {
    /// A token of Entra; what it says of itself is read, not verified.
    pub(super) fn of_entra(token: Secret<String>, expires: Option<SystemTime>) -> Self {
        let claims = Claims::read(token.expose()).unwrap_or_default();
        let dies = claims.expires.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        Self {
            credential: HttpCredential::Bearer(token),
            identity: claims.identity,
            tenant: claims.tenant,
            expires: dies.or(expires),
            renewable: true,
            helper: None,
        }
    }
}

/// Why a source gives nothing.
#[derive(Debug)]
pub(super) enum Without {
    /// It is not there, or nobody is signed in: the next one may be.
    NotConfigured(String),
    /// It is there and fails, which ends the run: another identity must not act unnoticed.
    Failed(EntraError),
}

impl From<EntraError> for Without {
    fn from(error: EntraError) -> Self {
        Self::Failed(error)
    }
}

/// What a source finds.
pub(super) type Granted = Result<Grant, Without>;

/// Not there, for this reason.
pub(super) fn not_configured<T>(reason: impl Into<String>) -> Result<T, Without> {
    Err(Without::NotConfigured(reason.into()))
}

/// The values of variables that must all be set.
///
/// # Errors
/// Names those that are not.
pub(super) fn variables<'a, const N: usize>(
    environment: &'a Environment,
    names: [&'static str; N],
) -> Result<[&'a str; N], Without> {
    let missing: Vec<String> =
        names.iter().filter(|name| value(environment, name).is_none()).map(|name| format!("`{name}`")).collect();
    match missing.as_slice() {
        [] => Ok(names.map(|name| value(environment, name).unwrap_or_default())),
        [one] => not_configured(format!("{one} is not set")),
        [all @ .., last] => not_configured(format!("{} and {last} are not set", all.join(", "))),
    }
}

/// A variable, unless a pipeline left its own macro in it.
pub(super) fn value<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
    environment.variable(name).filter(|value| !crate::domain::unexpanded::is_variable(value))
}
