//! The identity of a run, kept and renewed.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::error::EntraError;
use super::source::{Grant, Wanted, Without};
use super::way::Way;
use super::{chain, credential_helper, organization};
use crate::domain::azure_devops::AzureRepo;
use crate::domain::config::{GitLogin, LoginMode};
use crate::domain::git_host::GitHost;
use crate::domain::git_url::GitUrl;
use crate::domain::signed_in::SignedIn;
use crate::http::HttpCredential;

/// A token that lives no longer than this is renewed before it is shown again.
const SOON: Duration = Duration::from_secs(5 * 60);

/// What to sign in to.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The repository.
    pub(crate) url: GitUrl,
    /// The service that it is at.
    pub(crate) host: GitHost,
    /// `--git-login`
    pub(crate) login: GitLogin,
    /// What `AZURE_TOKEN_CREDENTIALS` leaves to `auto`.
    pub(crate) narrowed: Option<Vec<LoginMode>>,
}

/// Signs in when a credential is first asked for, and again before it dies.
pub(crate) struct Login {
    target: Target,
    way: Way,
    held: Mutex<Option<Held>>,
}

/// A credential, where it is from, and what it is renewed with.
struct Held {
    mode: LoginMode,
    grant: Grant,
    tenant: Option<String>,
    challenges: Vec<String>,
    /// Whether the helper was told already what became of it.
    told: bool,
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Login").field("login", &self.target.login).finish_non_exhaustive()
    }
}

impl Login {
    /// Nothing is asked yet.
    pub(crate) const fn new(target: Target, way: Way) -> Self {
        Self { target, way, held: Mutex::new(None) }
    }

    /// What the next request shows, and who that is.
    ///
    /// # Errors
    /// Nobody is signed in on this machine, or who is was refused.
    pub(crate) fn credential(&self) -> Result<(HttpCredential, SignedIn), EntraError> {
        let mut held = self.lock();
        let now = self.way.environment.now();
        let current = match held.take() {
            None => self.sign_in()?,
            Some(old) if is_dying(&old.grant, now) => self.renewed(old, now)?,
            Some(current) => current,
        };
        let current = held.insert(current);
        Ok((current.grant.credential.clone(), signed_in(current)))
    }

    /// The server took the credential, or refused it.
    pub(crate) fn told(&self, accepted: bool) {
        let mut held = self.lock();
        let Some(held) = held.as_mut().filter(|held| !held.told) else { return };
        if let Some(said) = &held.grant.helper {
            held.told = true;
            credential_helper::told(&self.way, &self.target.url, said, accepted);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign_in(&self) -> Result<Held, EntraError> {
        let target = &self.target;
        let modes = chain::modes(target.login, &target.host, target.narrowed.as_deref());
        // The token of a job needs no tenant, so nothing is asked for it.
        let challenges = match target.login {
            GitLogin::Only(LoginMode::JobToken) => Vec::new(),
            _ => organization::challenges(&self.way, &target.url)?,
        };
        let is_cloud = matches!(target.host, GitHost::AzureDevOps(AzureRepo::Cloud(_)));
        let tenant = organization::tenant(&challenges).filter(|_| is_cloud);
        let wanted = self.wanted(tenant.as_deref(), &challenges);
        let (mode, grant) = chain::first(&modes, &wanted, |mode, grant| same_tenant(mode, grant, tenant.as_deref()))?;
        Ok(Held { mode, grant, tenant, challenges, told: false })
    }

    /// Another credential of the same source; the old one, as long as it lives, where there is none.
    fn renewed(&self, old: Held, now: SystemTime) -> Result<Held, EntraError> {
        let wanted = self.wanted(old.tenant.as_deref(), &old.challenges);
        let lives = old.grant.expires.is_none_or(|expires| expires > now);
        match chain::sign_in(old.mode, &wanted) {
            Ok(grant) => {
                same_tenant(old.mode, &grant, old.tenant.as_deref()).map(|()| Held { grant, told: false, ..old })
            }
            Err(Without::Failed(error)) if lives && !matches!(error, EntraError::Ended(_)) => {
                tracing::debug!(%error, "the credential was not renewed");
                Ok(old)
            }
            Err(Without::Failed(error)) => Err(error),
            Err(Without::NotConfigured(_)) if lives => Ok(old),
            Err(Without::NotConfigured(reason)) => Err(EntraError::NoSource { passed_over: vec![(old.mode, reason)] }),
        }
    }

    fn wanted<'a>(&'a self, tenant: Option<&'a str>, challenges: &'a [String]) -> Wanted<'a> {
        let Target { url, host, .. } = &self.target;
        Wanted { url, host, environment: &self.way.environment, way: &self.way, tenant, challenges }
    }
}

/// Refuses the token of another tenant before it is shown to anybody.
fn same_tenant(mode: LoginMode, grant: &Grant, wanted: Option<&str>) -> Result<(), EntraError> {
    match (&grant.tenant, wanted) {
        (Some(found), Some(wanted)) if !found.eq_ignore_ascii_case(wanted) => {
            Err(EntraError::OtherTenant { mode, found: found.clone(), wanted: wanted.to_owned() })
        }
        _ => Ok(()),
    }
}

fn is_dying(grant: &Grant, now: SystemTime) -> bool {
    grant.renewable && grant.expires.is_some_and(|expires| expires <= now + SOON)
}

fn signed_in(held: &Held) -> SignedIn {
    let Grant { identity, tenant, expires, .. } = &held.grant;
    SignedIn { mode: held.mode, identity: identity.clone(), tenant: tenant.clone(), expires: *expires }
}
