//! What every part of a run shares: the clock, the people, the environment and the secrets; no command's configuration.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::cluster::{NoticeListener, Notices};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Reporter, SharedReporter};
use crate::domain::git_url::GitUrl;
use crate::domain::limits::Limits;
use crate::domain::prompter::Prompter;
use crate::domain::signed_in::SignedIn;
use crate::entra::{Login, Way};
use crate::git::host_key::{HostKey, HostKeySources};
use crate::http::TlsSessions;
use crate::preflight::Credentials;

/// A run's surroundings. It does not change, but for what its handles share.
pub(crate) struct Session<'a> {
    /// Environment variables, folders, wall clock.
    pub environment: &'a Environment,
    /// Keys, tokens and logins, read and unlocked by `preflight`.
    pub credentials: &'a Credentials,
    /// Hears what happens.
    pub reporter: SharedReporter<'a>,
    /// TLS sessions with servers that were spoken to.
    pub tls: TlsSessions,
    /// When to give up, and the user's interruption.
    pub limits: Limits,
    prompter: Mutex<&'a mut dyn Prompter>,
    can_ask: bool,
    host_keys: Mutex<HostKeySources>,
    notices: Notices,
    notice_listener: tokio::sync::Mutex<NoticeListener>,
    login: OnceLock<Arc<Login>>,
    signed_in: OnceLock<SignedIn>,
}

impl<'a> Session<'a> {
    /// A session that gives up after `timeout`.
    pub(crate) fn new(
        environment: &'a Environment,
        credentials: &'a Credentials,
        reporter: &'a mut dyn Reporter,
        prompter: &'a mut dyn Prompter,
        timeout: Duration,
    ) -> Self {
        let (notices, notice_listener) = Notices::heard();
        Self {
            environment,
            credentials,
            reporter: SharedReporter::new(reporter),
            tls: TlsSessions::default(),
            limits: Limits::after(timeout),
            can_ask: prompter.can_ask(),
            prompter: Mutex::new(prompter),
            host_keys: Mutex::new(credentials.host_keys.clone()),
            notices,
            notice_listener: tokio::sync::Mutex::new(notice_listener),
            login: OnceLock::new(),
            signed_in: OnceLock::new(),
        }
    }

    /// Tells an event.
    pub(crate) fn report(&self, event: Event) {
        self.reporter.tell(&event);
    }

    /// Who hears what a connection tells at any time, such as a credential plugin's words.
    pub(crate) fn notices(&self) -> Notices {
        self.notices.clone()
    }

    /// Works, and tells meanwhile what connections have to say.
    pub(crate) async fn while_telling<T>(&self, work: impl Future<Output = T>) -> T {
        let mut listener = self.notice_listener.lock().await;
        listener.while_telling(work, |event| self.reporter.tell(event)).await
    }

    /// Whether anybody can be asked.
    pub(crate) const fn can_ask(&self) -> bool {
        self.can_ask
    }

    /// Asks a question; none where nobody can be asked. The time it takes counts for nobody.
    pub(crate) fn ask(&self, question: &str) -> Option<std::io::Result<bool>> {
        let ask = || self.prompter.lock().unwrap_or_else(PoisonError::into_inner).confirm(question);
        self.can_ask.then(|| self.limits.pausing(ask))
    }

    /// Whether the user still wants this run to go on.
    ///
    /// # Errors
    /// The interruption.
    pub(crate) fn go_on(&self) -> Result<(), Error> {
        if self.limits.is_cancelled() { Err(Error::new(Kind::Cancelled, "interrupted")) } else { Ok(()) }
    }

    /// How this run reaches Entra and the other services of a sign-in, within these limits.
    pub(crate) fn way(&self, limits: Limits) -> Way {
        Way { environment: self.environment.clone(), ca: self.credentials.ca.clone(), limits }
    }

    /// The one sign-in of this run, made where there is none yet.
    pub(super) fn login(&self, make: impl FnOnce() -> Login) -> Arc<Login> {
        Arc::clone(self.login.get_or_init(|| Arc::new(make())))
    }

    /// Keeps who was signed in as; false where that is known already.
    pub(super) fn note_sign_in(&self, who: SignedIn) -> bool {
        self.signed_in.set(who).is_ok()
    }

    /// Who this run signed in as; none where it did not have to.
    pub(crate) fn signed_in(&self) -> Option<&SignedIn> {
        self.signed_in.get()
    }

    /// Where host keys are recorded, with those trusted in this run.
    pub(crate) fn host_keys(&self) -> HostKeySources {
        self.lock_host_keys().clone()
    }

    /// Counts the lines of a Secret of the cluster among the records; `origin` names it for people.
    pub(crate) fn trust_recorded(&self, known_hosts: &str, origin: String) {
        let mut host_keys = self.lock_host_keys();
        *host_keys = host_keys.clone().with_secret(known_hosts, origin);
    }

    /// Trusts the key of a server for this run.
    pub(crate) fn trust(&self, url: &GitUrl, key: &HostKey) {
        self.lock_host_keys().accept(&url.host, url.port_or_default(), key.clone());
    }

    fn lock_host_keys(&self) -> MutexGuard<'_, HostKeySources> {
        self.host_keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
