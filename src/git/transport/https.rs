//! Git's smart HTTP protocol (gitprotocol-http) on ureq and rustls.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use percent_encoding::utf8_percent_encode;
use ureq::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use ureq::{Agent, Body};

use super::advertisement::Advertisement;
use super::response;
use super::service::GitService;
use super::watched::Watched;
use crate::domain::git_url::{GitUrl, NOT_IN_A_PATH};
use crate::domain::limits::Ended;
use crate::domain::server_text::escaped;
use crate::git::auth::Connection;
use crate::git::error::GitError;
use crate::http::{self, CredentialProvider, HttpError, Network, SocketError, TlsProblem, proxy_address};

/// Azure DevOps sends clients that it does not take for git to a sign-in page, and has been seen to do so when
/// more than git's own words followed.
const USER_AGENT: &str = "git/2.47.1";

/// How often the first request may be redirected within its host.
const REDIRECTS: usize = 5;

/// How long to wait for the end of an answer that has been understood.
const FAREWELL: Duration = Duration::from_millis(200);

/// The way to a server, with the connections to it that are open.
#[derive(Clone)]
pub(crate) struct Way {
    /// Scheme, host and port, as addresses begin.
    pub(crate) origin: String,
    /// Makes connections, and keeps them to be used again.
    pub(crate) agent: Agent,
    /// The proxy in use, without its userinfo.
    pub(crate) proxy: Option<String>,
    /// What its sockets wait on, and the limits within which they do.
    pub(crate) network: Arc<Network>,
}

/// One repository over HTTP.
pub(crate) struct Https {
    way: Way,
    /// The repository's address; follows a redirect of the first request.
    base: GitUrl,
    credentials: Arc<dyn CredentialProvider>,
    /// How many bytes one answer may have.
    most: u64,
}

impl Https {
    pub(super) fn new(connection: &Connection, credentials: Arc<dyn CredentialProvider>) -> Result<Self, GitError> {
        let (url, proxies) = (&connection.url, &connection.proxies);
        let proxy = proxies.for_host(url.scheme.as_str(), &url.host, url.port_or_default());
        let proxy = proxy.map(|variable| variable.proxy()).transpose()?;
        let network = Network::new(&connection.limits).map_err(|error| HttpError::NoRuntime(error.to_string()))?;
        let config = http::client(proxy.clone(), connection.ca.as_deref())?.user_agent(USER_AGENT).build();
        let agent = http::connected(config, &network, &connection.tls);
        let proxy = proxy.map(|proxy| proxy_address(&proxy));
        let (base, most) = (url.without_user(), connection.max_download);
        let origin = format!("{}://{}", base.scheme.as_str(), base.authority());
        Ok(Self { way: Way { origin, agent, proxy, network }, base, credentials, most })
    }

    /// The way to the server, for others who speak to it.
    pub(crate) const fn way(&self) -> &Way {
        &self.way
    }

    pub(super) fn advertise(&mut self, service: GitService, wanted: &str) -> Result<Advertisement, GitError> {
        for _ in 0..=REDIRECTS {
            let url = self.address(&format!("info/refs?service={}", service.command()));
            let mut request = self.way.agent.get(&url).header(header::ACCEPT, "*/*").header(header::PRAGMA, "no-cache");
            if let Some(authorization) = self.authorization()? {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            self.check()?;
            let answer = self.exchange("GET", &url, 0, || request.call())?;
            if answer.status().is_redirection() {
                self.follow(answer)?;
                continue;
            }
            let accepted = self.accept(answer, &format!("application/x-{}-advertisement", service.command()));
            match &accepted {
                Ok(_) => self.credentials.told(true),
                Err(GitError::Unauthorized { .. }) => self.credentials.told(false),
                Err(_) => {}
            }
            let inner = accepted?;
            let (url, limits, most) = (self.shown(), self.way.network.limits(), self.most);
            let mut body = Watched { inner, limits: &limits, url: &url, room: most, most };
            return Advertisement::read(&mut body, Some(service), wanted)
                .map_err(|error| super::failure::from_io(&url, error));
        }
        Err(GitError::Redirected { from: self.shown(), to: "itself, without end".into() })
    }

    pub(super) fn request(&mut self, service: GitService, body: &[u8]) -> Result<Box<dyn Read + '_>, GitError> {
        let url = self.address(service.command());
        let mut request = self
            .way
            .agent
            .post(&url)
            .header(header::CONTENT_TYPE, format!("application/x-{}-request", service.command()))
            .header(header::ACCEPT, format!("application/x-{}-result", service.command()));
        if let Some(authorization) = self.authorization()? {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.check()?;
        let answer = self.exchange("POST", &url, body.len(), || request.send(body))?;
        let body = self.accept(answer, &format!("application/x-{}-result", service.command()))?;
        Ok(Box::new(body))
    }

    /// Sends a request, and logs it with what came of it.
    fn exchange(
        &self,
        method: &str,
        url: &str,
        bytes: usize,
        send: impl FnOnce() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>, GitError> {
        let started = Instant::now();
        let result = send();
        let (elapsed, proxy) = (started.elapsed(), self.way.proxy.as_deref());
        match result {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
                tracing::debug!(method, url, status, ?elapsed, bytes, proxy, content_type = kind, "request");
                Ok(answer)
            }
            Err(error) => {
                let error = self.failure(error);
                tracing::debug!(method, url, ?elapsed, bytes, proxy, %error, "request failed");
                Err(error)
            }
        }
    }

    fn authorization(&self) -> Result<Option<HeaderValue>, GitError> {
        authorization(&*self.credentials)
    }

    fn check(&self) -> Result<(), GitError> {
        self.way.network.limits().left().map(drop).map_err(|ended| GitError::ended(ended, &self.shown()))
    }

    /// The address of a part of the repository.
    fn address(&self, rest: &str) -> String {
        let path = utf8_percent_encode(self.base.path.trim_end_matches('/'), NOT_IN_A_PATH);
        format!("{}://{}{path}/{rest}", self.base.scheme.as_str(), self.base.authority())
    }

    /// The repository's address for people.
    fn shown(&self) -> String {
        self.base.redacted()
    }

    /// Follows a redirect of the first request within host and scheme: the repository's address changes, and the
    /// credentials stay where they were.
    fn follow(&mut self, answer: Response<Body>) -> Result<(), GitError> {
        let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let absolute = if location.starts_with('/') && !location.starts_with("//") {
            format!("{}://{}{location}", self.base.scheme.as_str(), self.base.authority())
        } else {
            location.to_owned()
        };
        let target: Option<GitUrl> = absolute.parse().ok();
        let same_place = |target: &GitUrl| {
            target.scheme == self.base.scheme
                && target.host == self.base.host
                && target.port_or_default() == self.base.port_or_default()
        };
        let path = target
            .filter(same_place)
            .and_then(|target| target.path.strip_suffix("/info/refs").map(str::to_owned))
            .filter(|path| path != self.base.path.trim_end_matches('/'));
        if let Some(path) = path {
            tracing::debug!(%path, "following a redirect");
            self.base.path = path;
            return Ok(());
        }
        Err(self.explain(answer))
    }

    /// The body of an answer that is what was asked for.
    fn accept(&self, answer: Response<Body>, content_type: &str) -> Result<ResponseBody, GitError> {
        let fits =
            answer.headers().get(header::CONTENT_TYPE).is_some_and(|found| found.as_bytes() == content_type.as_bytes());
        if answer.status() != StatusCode::OK || !fits {
            return Err(self.explain(answer));
        }
        Ok(ResponseBody {
            body: answer.into_body().into_reader(),
            url: self.shown(),
            host: self.base.host.clone(),
            network: Arc::clone(&self.way.network),
            broken: false,
        })
    }

    fn explain(&self, answer: Response<Body>) -> GitError {
        let (parts, body): (_, Body) = answer.into_parts();
        let headers: HeaderMap = parts.headers;
        let explained = response::explain(parts.status, &headers, body.into_reader());
        tracing::debug!(status = explained.status, excerpt = %explained.excerpt, "refused");
        response::failure(self.shown(), explained)
    }

    fn failure(&self, error: ureq::Error) -> GitError {
        classify(error, &self.shown(), &self.base.host)
    }
}

/// A response's body whose errors are already explained.
struct ResponseBody {
    body: ureq::BodyReader<'static>,
    url: String,
    host: String,
    network: Arc<Network>,
    broken: bool,
}

impl Read for ResponseBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.body.read(buffer).map_err(|error| {
            self.broken = true;
            io::Error::other(classify(ureq::Error::from(error), &self.url, &self.host))
        })
    }
}

/// Git's answers end before HTTP's do. The rest, an end mark mostly, is read so that the connection can be used again.
impl Drop for ResponseBody {
    fn drop(&mut self) {
        if self.broken {
            return;
        }
        let limits = self.network.limits().within(FAREWELL);
        // Whatever goes wrong now only costs the connection.
        let _ = self.network.within(limits, || self.body.read(&mut [0]));
    }
}

/// The one `Authorization` header of the next request.
pub(crate) fn authorization(credentials: &dyn CredentialProvider) -> Result<Option<HeaderValue>, GitError> {
    let credential = credentials.credential().map_err(|error| GitError::SignIn(Box::new(error)))?;
    Ok(credential.authorization()?)
}

/// What a failure below HTTP means.
pub(crate) fn classify(error: ureq::Error, url: &str, host: &str) -> GitError {
    match error {
        ureq::Error::Other(inner) => match inner.downcast::<SocketError>().map(|inner| *inner) {
            Ok(SocketError::Ended(ended)) => GitError::ended(ended, url),
            Ok(SocketError::Proxy { proxy, refusal }) => {
                GitError::Proxy { proxy, reason: escaped(&refusal.reason), status: refusal.status }
            }
            Ok(SocketError::Dns { host, source }) => GitError::Dns { host, source },
            Ok(SocketError::Connect { address, source }) => GitError::Connect { address, source },
            Err(other) => match other.downcast::<GitError>() {
                Ok(error) => *error,
                Err(other) => GitError::Disconnected { url: url.to_owned(), source: io::Error::other(other) },
            },
        },
        ureq::Error::Rustls(error) => tls(&error, host),
        ureq::Error::Tls(reason) => GitError::Tls { host: host.to_owned(), problem: TlsProblem::Other(reason.into()) },
        ureq::Error::Timeout(_) => GitError::ended(Ended::DeadlinePassed, url),
        ureq::Error::Io(error) => io_failure(error, url, host),
        ureq::Error::BadUri(reason) => GitError::Protocol { url: url.to_owned(), reason: escaped(&reason) },
        other => GitError::Protocol { url: url.to_owned(), reason: escaped(&other.to_string()) },
    }
}

fn io_failure(error: io::Error, url: &str, host: &str) -> GitError {
    if let Some(problem) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls(problem, host);
    }
    if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<SocketError>())
        && let SocketError::Ended(ended) = inner
    {
        return GitError::ended(*ended, url);
    }
    GitError::Disconnected { url: url.to_owned(), source: error }
}

fn tls(error: &rustls::Error, host: &str) -> GitError {
    GitError::Tls { host: host.to_owned(), problem: TlsProblem::of(error) }
}
