//! The one way to the API: signs in as git does, keeps within the run's limits, and asks again where that may help.

use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request, StatusCode, Uri, header};

use super::answer;
use super::call::Call;
use super::error::ApiError;
use super::version::{self, Version};
use crate::domain::backoff::retrying;
use crate::domain::limits::Limits;
use crate::git::transport::https::{Way, authorization, classify};
use crate::git::{Auth, Connection, GitError};
use crate::http::{self, HttpError, Network, proxy_address};

/// The most that an answer may measure, in MiB: a repository of a list takes less than one KiB.
const LONGEST: u64 = 24;

/// Who asks. The API serves whoever signs in, whatever it is called.
const USER_AGENT: &str = concat!("flux-bootstrap/", env!("CARGO_PKG_VERSION"));

/// The API of one organisation, as one identity sees it.
pub(crate) struct Client {
    connection: Connection,
    network: Arc<Network>,
    /// The ways to the hosts that were spoken to, which may go through different proxies.
    ways: Vec<Way>,
    version: Version,
    /// The service asked for no request before this moment.
    quiet_until: Option<Instant>,
    /// How many requests may still be made; none where only the time is limited.
    left: Option<u32>,
}

/// An answer that was understood as far as HTTP goes.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Client {
    /// Prepares calls with the sign-in, proxies, certificates and limits of git's connection; nothing is sent yet.
    ///
    /// # Errors
    /// The credentials cannot be sent, or the system gives no event loop.
    pub(crate) fn open(connection: Connection) -> Result<Self, ApiError> {
        let network = Network::new(&connection.limits);
        let network = network.map_err(|error| GitError::from(HttpError::NoRuntime(error.to_string())))?;
        Ok(Self { connection, network, ways: Vec::new(), version: Version::default(), quiet_until: None, left: None })
    }

    /// The same over git's own way to the host, whose connection is open, and within the limits that are set there.
    pub(crate) fn over(way: Way, connection: Connection) -> Self {
        let network = Arc::clone(&way.network);
        Self { connection, network, ways: vec![way], version: Version::default(), quiet_until: None, left: None }
    }

    /// Allows so many requests and no repetition, however they end.
    #[must_use]
    pub(crate) fn with_at_most(mut self, requests: u32) -> Self {
        self.left = Some(requests);
        self
    }

    /// Reads. Repeated like git's reads where the failure may pass.
    ///
    /// # Errors
    /// The service's refusal, or no answer.
    pub(crate) fn get<T: DeserializeOwned>(&mut self, call: &Call) -> Result<T, ApiError> {
        if self.left.is_some() {
            return self.negotiate(&Method::GET, call, None);
        }
        let limits = self.limits();
        retrying(&limits, &|_, _| (), || self.negotiate(&Method::GET, call, None))
    }

    /// Makes something. Sent once: what became of a request without an answer is for the caller to find out.
    ///
    /// # Errors
    /// The service's refusal, or no answer.
    pub(crate) fn post<T: DeserializeOwned>(&mut self, call: &Call, body: &impl Serialize) -> Result<T, ApiError> {
        self.negotiate(&Method::POST, call, Some(&json(body)))
    }

    /// Changes something. Sent once.
    ///
    /// # Errors
    /// The service's refusal, or no answer.
    pub(crate) fn patch<T: DeserializeOwned>(&mut self, call: &Call, body: &impl Serialize) -> Result<T, ApiError> {
        self.negotiate(&Method::PATCH, call, Some(&json(body)))
    }

    /// When everything here gives up.
    pub(crate) fn limits(&self) -> Limits {
        self.network.limits()
    }

    /// Asks, and asks again where the server only knows another version; nothing was done then.
    fn negotiate<T: DeserializeOwned>(
        &mut self,
        method: &Method,
        call: &Call,
        body: Option<&Value>,
    ) -> Result<T, ApiError> {
        let mut named = None;
        loop {
            let version = named.clone().unwrap_or_else(|| self.version.of(call.preview));
            let error = match self.ask(method, call, &version, body) {
                Err(error) => error,
                done => return done,
            };
            let refusal = error.refusal();
            let is = |key| refusal.is_some_and(|refusal| refusal.is(key));
            if is("VssVersionOutOfRangeException")
                && let Some(older) = self.version.older()
            {
                (self.version, named) = (older, None);
            } else if is("VssInvalidPreviewVersionException")
                && named.is_none()
                && let Some(found) = refusal.and_then(|it| version::named(it.message.as_deref()?))
            {
                named = Some(found);
            } else {
                return Err(error);
            }
            tracing::debug!(url = shown(&call.url), %error, "asking for another version");
        }
    }

    fn ask<T: DeserializeOwned>(
        &mut self,
        method: &Method,
        call: &Call,
        version: &str,
        body: Option<&Value>,
    ) -> Result<T, ApiError> {
        let url = shown(&call.url);
        let answer = self.exchange(method, &call.url, version, body)?;
        // A service that slows an identity down says so with good answers, too.
        self.quiet_until =
            http::retry_after(&answer.headers).map(|pause| Instant::now() + pause.min(Duration::from_secs(3600)));
        answer::read(url, answer.status, &answer.headers, &answer.body)
    }

    fn exchange(
        &mut self,
        method: &Method,
        url: &str,
        version: &str,
        body: Option<&Value>,
    ) -> Result<Answer, ApiError> {
        self.permit(url)?;
        let Way { agent, proxy, .. } = self.way(url)?;
        let mut request = Request::builder()
            .method(method)
            .uri(url)
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::ACCEPT, format!("application/json;api-version={version}"))
            .header("X-TFS-FedAuthRedirect", "Suppress");
        let identity = match &self.connection.auth {
            Auth::Http(credentials) => authorization(&**credentials)?,
            Auth::Ssh(_) => None,
        };
        if let Some(authorization) = identity {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let unusable =
            |error: ureq::http::Error| ApiError::Unreadable { url: shown(url).to_owned(), reason: error.to_string() };
        let started = Instant::now();
        let sent = match body {
            Some(body) => {
                let request = request.header(header::CONTENT_TYPE, "application/json; charset=utf-8");
                agent.run(request.body(body.to_string()).map_err(unusable)?)
            }
            None => agent.run(request.body(()).map_err(unusable)?),
        };
        let (url, elapsed) = (shown(url), started.elapsed());
        let (status, proxy) = (sent.as_ref().ok().map(|answer| answer.status().as_u16()), proxy.as_deref());
        tracing::debug!(%method, url, status, ?elapsed, proxy, version, "request");
        let (head, body) = sent.map_err(|error| failure(url, error))?.into_parts();
        let mut bytes = Vec::new();
        let read = body.into_reader().take((LONGEST << 20) + 1).read_to_end(&mut bytes);
        read.map_err(|error| failure(url, error.into()))?;
        if bytes.len() as u64 > LONGEST << 20 {
            return Err(ApiError::TooLong { url: url.to_owned(), most: LONGEST });
        }
        Ok(Answer { status: head.status, headers: head.headers, body: bytes })
    }

    /// Waits as long as the service asked to, and counts the request.
    fn permit(&mut self, url: &str) -> Result<(), ApiError> {
        let limits = self.limits();
        let ended = |ended| ApiError::ended(ended, shown(url));
        if let Some(until) = self.quiet_until {
            limits.sleep_blocking(until.saturating_duration_since(Instant::now())).map_err(ended)?;
            self.quiet_until = None;
        }
        limits.left().map_err(ended)?;
        match &mut self.left {
            Some(0) => Err(ApiError::Spent),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The way to the host of an address.
    fn way(&mut self, url: &str) -> Result<Way, ApiError> {
        if let Some(way) = self.ways.iter().find(|way| begins_with(url, &way.origin)) {
            return Ok(way.clone());
        }
        let uri: Uri = url.parse().map_err(|_| GitError::from(HttpError::Url))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(GitError::from(HttpError::Url).into());
        };
        let port = authority.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        let proxy = self.connection.proxies.for_host(scheme, authority.host(), port);
        let proxy = proxy.map(|variable| variable.proxy()).transpose().map_err(GitError::from)?;
        let config = http::client(proxy.clone(), self.connection.ca.as_deref()).map_err(GitError::from)?;
        let agent = http::connected(config.build(), &self.network, &self.connection.tls);
        let proxy = proxy.map(|proxy| proxy_address(&proxy));
        let network = Arc::clone(&self.network);
        let way = Way { origin: format!("{scheme}://{authority}"), agent, proxy, network };
        self.ways.push(way.clone());
        Ok(way)
    }
}

/// What a failure below HTTP means.
fn failure(url: &str, error: ureq::Error) -> ApiError {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', ':']).next().unwrap_or_default();
    classify(error, url, host).into()
}

/// Whether an address is one of this host.
fn begins_with(url: &str, origin: &str) -> bool {
    url.strip_prefix(origin).is_some_and(|rest| rest.starts_with('/'))
}

/// An address without its query, for people and logs.
fn shown(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

/// What is sent is made of text and numbers alone, which always can be written.
fn json(body: &impl Serialize) -> Value {
    serde_json::to_value(body).unwrap_or_default()
}
