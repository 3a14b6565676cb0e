//! TCP for the HTTP client, within limits that hold at every moment: while resolving, connecting, in the TLS handshake,
//! while a body trickles in. Blocking calls are waits for futures, which end by being dropped.

use std::fmt;
use std::io;
use std::net::{self, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, lookup_host};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
};
use ureq::{Error, Proxy, ProxyProtocol};

use super::proxies::proxy_address;
use super::refusal::Refusal;
use super::socks::{self, Destination};
use super::tls::TlsProblem;
use super::turning::Turning;
use crate::domain::limits::{Ended, Limits};

/// An attempt to connect to one address is given up after this time, and tried again.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);

/// What the sockets of one client share: the runtime on which they wait, and the limits of what is under way.
#[derive(Debug)]
pub(crate) struct Network {
    turning: Turning,
    limits: Mutex<Limits>,
}

/// What went wrong below HTTP, carried through the client's own error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    #[error(transparent)]
    Ended(#[from] Ended),
    #[error("cannot resolve `{host}`")]
    Dns { host: String, source: io::Error },
    #[error("cannot connect to `{address}`")]
    Connect { address: String, source: io::Error },
    #[error("proxy `{proxy}` {refusal}")]
    Proxy { proxy: String, refusal: Refusal },
}

impl SocketError {
    /// What a failure on the way to a proxy means.
    pub(super) fn of_proxy(proxy: &Proxy, error: Error) -> Error {
        let reason = match error {
            Error::Other(inner) => match inner.downcast::<Self>().map(|inner| *inner) {
                Ok(Self::Dns { source, .. }) => format!("has no address: {source}"),
                Ok(Self::Connect { source, .. }) => format!("cannot be reached: {source}"),
                Ok(other) => return other.into(),
                Err(other) => return Error::Other(other),
            },
            other => match TlsProblem::within(&other) {
                Some(problem) => format!("speaks no TLS that is trusted: {problem}"),
                None => return other,
            },
        };
        Self::Proxy { proxy: proxy_address(proxy), refusal: Refusal::new(reason, None) }.into()
    }
}

impl From<SocketError> for Error {
    fn from(error: SocketError) -> Self {
        Self::Other(Box::new(error))
    }
}

impl Network {
    pub(crate) fn new(limits: &Limits) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self { turning: Turning::new()?, limits: Mutex::new(limits.clone()) }))
    }

    /// The limits of what is under way.
    pub(crate) fn limits(&self) -> Limits {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Works within other limits for a while.
    pub(crate) fn within<T>(&self, limits: Limits, work: impl FnOnce() -> T) -> T {
        let set = |limits| std::mem::replace(&mut *self.limits.lock().unwrap_or_else(PoisonError::into_inner), limits);
        let before = set(limits);
        let done = work();
        set(before);
        done
    }

    /// Waits for a future, no longer than the client itself would wait.
    fn wait<T>(&self, timeout: NextTimeout, work: impl Future<Output = T>) -> Result<T, Error> {
        let limits = self.limits();
        let Some(most) = timeout.not_zero() else { return self.in_limits(&limits, work) };
        let narrow = limits.within(*most);
        self.turning.wait(&narrow, work).map_err(|ended| match (ended, limits.left()) {
            (Ended::DeadlinePassed, Ok(_)) => Error::Timeout(timeout.reason),
            _ => SocketError::from(ended).into(),
        })
    }

    fn in_limits<T>(&self, limits: &Limits, work: impl Future<Output = T>) -> Result<T, Error> {
        self.turning.wait(limits, work).map_err(|ended| SocketError::from(ended).into())
    }

    fn lookup(&self, uri: &Uri, timeout: NextTimeout) -> Result<Vec<SocketAddr>, Error> {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let found = self.wait(timeout, lookup_host((host.as_str(), port(uri))))?;
        let found = found.map(|found| found.take(16).collect::<Vec<_>>()).and_then(|found| match found.is_empty() {
            true => Err(io::Error::other("the name has no address")),
            false => Ok(found),
        });
        found.map_err(|source| SocketError::Dns { host, source }.into())
    }

    fn connect(&self, uri: &Uri, addresses: &[SocketAddr], timeout: NextTimeout) -> Result<TcpStream, Error> {
        let connected = self.wait(timeout, first_reachable(addresses))?;
        connected.map_err(|source| {
            let address = format!("{}:{}", uri.host().unwrap_or_default(), port(uri));
            SocketError::Connect { address, source }.into()
        })
    }

    fn through_socks(&self, details: &ConnectionDetails<'_>, proxy: &Proxy) -> Result<TcpStream, Error> {
        let reach = || self.connect(proxy.uri(), &self.lookup(proxy.uri(), details.timeout)?, details.timeout);
        let mut stream = reach().map_err(|error| SocketError::of_proxy(proxy, error))?;
        let destination = match details.addrs.first() {
            Some(address) => Destination::Address(*address),
            None => {
                let host = details.uri.host().unwrap_or_default().trim_matches(['[', ']']);
                let port = port(details.uri);
                let name = || Destination::Name(host.to_owned(), port);
                host.parse().map_or_else(|_| name(), |ip| Destination::Address(SocketAddr::new(ip, port)))
            }
        };
        let login = proxy.username().map(|user| (user, proxy.password().unwrap_or_default()));
        let opened = self.wait(details.timeout, socks::connect(&mut stream, login, &destination))?;
        opened.map_err(|refusal| SocketError::Proxy { proxy: proxy_address(proxy), refusal })?;
        Ok(stream)
    }
}

/// Whether a proxy is spoken to by SOCKS.
pub(super) fn is_socks(proxy: &Proxy) -> bool {
    matches!(proxy.protocol(), ProxyProtocol::Socks5 | ProxyProtocol::Socks5h)
}

/// Resolves names with the system's resolver.
#[derive(Debug)]
pub(super) struct Names(pub(super) Arc<Network>);

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        self.0.lookup(uri, timeout)?.into_iter().for_each(|address| addresses.push(address));
        Ok(addresses)
    }
}

fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(match uri.scheme_str() {
        Some("https") => 443,
        Some("socks" | "socks5" | "socks5h") => 1080,
        _ => 80,
    })
}

/// Opens TCP connections, by a SOCKS proxy where one is set, unless an HTTP proxy's tunnel is already there.
#[derive(Debug)]
pub(super) struct Sockets(pub(super) Arc<Network>);

impl<In: Transport> Connector<In> for Sockets {
    type Out = Either<In, Socket>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if let Some(tunnel) = chained {
            return Ok(Some(Either::A(tunnel)));
        }
        let stream = match details.config.proxy().filter(|proxy| is_socks(proxy)) {
            Some(proxy) => self.0.through_socks(details, proxy)?,
            None => self.0.connect(details.uri, &details.addrs, details.timeout)?,
        };
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Either::B(Socket::new(stream, buffers, Arc::clone(&self.0))?)))
    }
}

async fn first_reachable(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut last = io::Error::other("the name has no address");
    for address in addresses {
        last = match tokio::time::timeout(CONNECT_LIMIT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Ok(Err(error)) => error,
            Err(_) => io::ErrorKind::TimedOut.into(),
        };
    }
    Err(last)
}

/// A TCP connection that looks at its limits while it waits.
pub(crate) struct Socket {
    stream: TcpStream,
    /// The same connection, for looks that need no waiting.
    glance: net::TcpStream,
    buffers: LazyBuffers,
    network: Arc<Network>,
}

impl Socket {
    fn new(stream: TcpStream, buffers: LazyBuffers, network: Arc<Network>) -> io::Result<Self> {
        let glance = stream.into_std()?;
        let stream = glance.try_clone()?;
        let stream = network.turning.enter(|| TcpStream::from_std(stream))?;
        Ok(Self { stream, glance, buffers, network })
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Socket").field(&self.stream.peer_addr().ok()).finish()
    }
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let bytes = &self.buffers.output()[..amount];
        Ok(self.network.wait(timeout.for_write(), self.stream.write_all(bytes))??)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let buffer = self.buffers.input_append_buf();
        let count = self.network.wait(timeout.for_read(), self.stream.read(buffer))??;
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        // A connection that was kept has nothing to say; bytes or an end mean that it is of no use. Both handles are of
        // one socket, which does not block.
        matches!(self.glance.peek(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}
