//! TCP for the HTTP client, with a deadline and an interruption that hold at every moment: while resolving,
//! connecting, in the TLS handshake, while a body trickles in.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
};

use crate::domain::patience::{Impatience, Patience};

/// An attempt to connect to one address is given up after this time, and tried again.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);

/// The patience of the operation in progress, shared with the sockets that outlive one operation.
pub(crate) type SharedPatience = Arc<Mutex<Patience>>;

pub(crate) fn current(patience: &SharedPatience) -> Patience {
    patience.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
}

/// What went wrong below HTTP, carried through the client's own error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    #[error(transparent)]
    Impatient(#[from] Impatience),
    #[error("cannot resolve `{host}`")]
    Dns { host: String, source: io::Error },
    #[error("cannot connect to `{address}`")]
    Connect { address: String, source: io::Error },
}

impl From<SocketError> for Error {
    fn from(error: SocketError) -> Self {
        Self::Other(Box::new(error))
    }
}

fn impatient(impatience: Impatience) -> Error {
    SocketError::from(impatience).into()
}

/// Resolves names with the system's resolver.
pub(crate) struct Names(pub(crate) SharedPatience);

impl fmt::Debug for Names {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Names")
    }
}

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = port(uri);
        let lookup = host.clone();
        let found = current(&self.0)
            .wait_for(move || (lookup.as_str(), port).to_socket_addrs().map(|found| found.take(16).collect::<Vec<_>>()))
            .map_err(impatient)?
            .and_then(
                |found| {
                    if found.is_empty() { Err(io::Error::other("the name has no address")) } else { Ok(found) }
                },
            )
            .map_err(|source| SocketError::Dns { host, source })?;
        let mut addresses = self.empty();
        found.into_iter().for_each(|address| addresses.push(address));
        Ok(addresses)
    }
}

fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 })
}

/// Opens TCP connections, unless a proxy's tunnel is already there.
pub(crate) struct Sockets(pub(crate) SharedPatience);

impl fmt::Debug for Sockets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sockets")
    }
}

impl<In: Transport> Connector<In> for Sockets {
    type Out = Either<In, Socket>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if let Some(tunnel) = chained {
            return Ok(Some(Either::A(tunnel)));
        }
        let addresses: Vec<SocketAddr> = details.addrs.iter().copied().collect();
        let stream =
            current(&self.0).wait_for(move || first_reachable(&addresses)).map_err(impatient)?.map_err(|source| {
                let host = details.uri.host().unwrap_or_default();
                SocketError::Connect { address: format!("{host}:{}", port(details.uri)), source }
            })?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Either::B(Socket { stream, buffers, patience: self.0.clone() })))
    }
}

fn first_reachable(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut last = io::Error::other("the name has no address");
    for address in addresses {
        match TcpStream::connect_timeout(address, CONNECT_LIMIT) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// A TCP connection that looks at its patience while it waits.
pub(crate) struct Socket {
    stream: TcpStream,
    buffers: LazyBuffers,
    patience: SharedPatience,
}

impl fmt::Debug for Socket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Socket").field(&self.stream.peer_addr().ok()).finish()
    }
}

fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        let mut sent = 0;
        while sent < amount {
            let slice = current(&self.patience).slice().map_err(impatient)?;
            self.stream.set_write_timeout(Some(slice))?;
            match self.stream.write(&self.buffers.output()[sent..amount]) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                Ok(count) => sent += count,
                Err(error) if is_wait(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        loop {
            let slice = current(&self.patience).slice().map_err(impatient)?;
            self.stream.set_read_timeout(Some(slice))?;
            match self.stream.read(self.buffers.input_append_buf()) {
                Ok(count) => {
                    self.buffers.input_appended(count);
                    return Ok(count > 0);
                }
                Err(error) if is_wait(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        // A connection that was kept has nothing to say; bytes or an end mean that it is of no use.
        let silent = self.stream.set_nonblocking(true).is_ok()
            && matches!(self.stream.peek(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        self.stream.set_nonblocking(false).is_ok() && silent
    }
}
