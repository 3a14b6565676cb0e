//! The identity that this run shows over http(s): given, or had from what the machine is signed in with.

use std::sync::Arc;

use super::session::Session;
use super::threads::on_a_thread;
use crate::domain::azure_devops::AzureRepo;
use crate::domain::config::{BootstrapConfig, CloneSignIn, GitLogin};
use crate::domain::error::Error;
use crate::domain::event::Event;
use crate::entra::{Login, Target};
use crate::http::{CredentialProvider, HttpCredential};

/// What is shown by whoever is signed in on this machine.
#[derive(Debug)]
struct OfMachine(Arc<Login>);

impl CredentialProvider for OfMachine {
    fn credential(&self) -> Result<HttpCredential, Error> {
        Ok(self.0.credential()?.0)
    }

    fn told(&self, accepted: bool) {
        self.0.told(accepted);
    }
}

/// Whoever has this run's identity. With `--git-login` it signs in, at the first call, and says so.
///
/// # Errors
/// Nobody is signed in on this machine, or who is was refused.
pub(crate) async fn sign_in(
    session: &Session<'_>,
    config: &BootstrapConfig,
) -> Result<Arc<dyn CredentialProvider>, Error> {
    match config.credentials.clone {
        CloneSignIn::Login(login) => of_machine(session, config, login).await,
        CloneSignIn::Ssh | CloneSignIn::Token(_) => Ok(Arc::clone(&session.credentials.shown)),
    }
}

/// Who works with the service's API where git shows an SSH key; none where nobody can.
///
/// # Errors
/// As those of [`sign_in`].
pub(crate) async fn sign_in_for_api(
    session: &Session<'_>,
    config: &BootstrapConfig,
) -> Result<Option<Arc<dyn CredentialProvider>>, Error> {
    match config.credentials.api_login {
        Some(login) => of_machine(session, config, login).await.map(Some),
        None => Ok(session.credentials.api.clone()),
    }
}

async fn of_machine(
    session: &Session<'_>,
    config: &BootstrapConfig,
    login: GitLogin,
) -> Result<Arc<dyn CredentialProvider>, Error> {
    let login = session.login(|| machine(session, config, login));
    let asked = Arc::clone(&login);
    let (_, who) = on_a_thread(move || asked.credential()).await?;
    if session.note_sign_in(who.clone()) {
        let expires = who.expiry();
        session.report(Event::SignedIn {
            mode: who.mode.as_str().to_owned(),
            identity: who.identity,
            tenant: who.tenant,
            expires,
        });
    }
    Ok(Arc::new(OfMachine(login)))
}

fn machine(session: &Session<'_>, config: &BootstrapConfig, login: GitLogin) -> Login {
    // Tokens are asked for by the address over https, whatever git takes.
    let over_https = match config.credentials.clone {
        CloneSignIn::Ssh => match config.source.host.azure_repo() {
            Some(AzureRepo::Cloud(repo)) => Some(repo.https_url()),
            _ => None,
        },
        CloneSignIn::Token(_) | CloneSignIn::Login(_) => None,
    };
    let target = Target {
        url: over_https.unwrap_or_else(|| config.source.clone_url.clone()),
        host: config.source.host.clone(),
        login,
        narrowed: config.credentials.login_sources.clone(),
    };
    Login::new(target, session.way(session.limits.clone()))
}
