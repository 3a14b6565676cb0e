//! TLS for the HTTP client, with our own say in which servers are believed: ureq's own connector takes no verifier.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::Error;
use ureq::tls::RootCerts;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use super::trust::{provider, verifier};

/// What the clients of a run keep of TLS with servers: a session that a server can go on with, so that a later connection takes
/// no whole handshake. A session is as good as the roots by which its server was believed, so each set of roots has its own.
/// Clones share it.
#[derive(Clone, Debug, Default)]
pub struct TlsSessions(Arc<Mutex<Vec<Believing>>>);

/// The given roots; none where the system's are believed.
type Roots = Option<Vec<CertificateDer<'static>>>;

/// What is set up for a set of roots, with the sessions of those who were believed by it.
#[derive(Debug)]
struct Believing {
    roots: Roots,
    config: Arc<ClientConfig>,
}

impl TlsSessions {
    fn config(&self, roots: &RootCerts) -> Result<Arc<ClientConfig>, Error> {
        let roots: Roots = match roots {
            RootCerts::Specific(given) => {
                Some(given.iter().map(|root| CertificateDer::from(root.der().to_vec())).collect())
            }
            _ => None,
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(believing) = kept.iter().find(|believing| believing.roots == roots) {
            return Ok(Arc::clone(&believing.config));
        }
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier(roots.clone())?)
            .with_no_client_auth();
        let config = Arc::new(config);
        kept.push(Believing { roots, config: Arc::clone(&config) });
        Ok(config)
    }
}

/// Puts TLS around a connection to an https address; believes the roots that the client's configuration names.
#[derive(Debug)]
pub(crate) struct TlsConnector(pub(super) TlsSessions);

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, TlsTransport>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let host = details.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let name = ServerName::try_from(host.to_owned()).map_err(|_| Error::Tls("the host is no name for TLS"))?;
        let mut connection = ClientConnection::new(self.0.config(details.config.tls_config().root_certs())?, name)?;
        let mut socket = TransportAdapter::new(transport.boxed(), Arc::clone(&details.current_time));
        socket.set_timeout(details.timeout);
        connection.complete_io(&mut socket)?;
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(TlsTransport { buffers, stream: StreamOwned::new(connection, socket) })))
    }
}

/// A connection with TLS around it.
pub(crate) struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TlsTransport")
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.get_mut().set_timeout(timeout);
        Ok(self.stream.write_all(&self.buffers.output()[..amount])?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.get_mut().set_timeout(timeout);
        let count = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener};
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use rcgen::{CertificateParams, KeyPair};
    use rustls::pki_types::PrivateKeyDer;
    use rustls::{HandshakeKind, ServerConfig, ServerConnection, SupportedProtocolVersion};

    use super::*;
    use crate::domain::limits::Limits;
    use crate::http::{Network, client, connected};

    /// A server that answers one request a connection, and tells what kind of handshake each of them took.
    fn server(version: &'static SupportedProtocolVersion) -> (SocketAddr, String, Receiver<HandshakeKind>) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap());
        let (listener, config) = (TcpListener::bind("localhost:0").unwrap(), Arc::new(config.unwrap()));
        let (address, (sender, kinds)) = (listener.local_addr().unwrap(), channel());
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), socket);
                // A client that believes nothing of this ends here.
                let Ok(1..) = stream.read(&mut [0; 4096]) else { continue };
                sender.send(stream.conn.handshake_kind().unwrap()).unwrap();
                let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
                stream.write_all(answer).unwrap();
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        });
        (address, certificate.pem(), kinds)
    }

    fn ask(address: SocketAddr, ca: &str, sessions: &TlsSessions) {
        let network = Network::new(&Limits::after(Duration::from_secs(60))).unwrap();
        let agent = connected(client(None, Some(ca.as_bytes())).unwrap().build(), &network, sessions);
        let answer = agent.get(format!("https://localhost:{}/", address.port())).call().unwrap();
        assert_eq!(answer.status(), 204);
    }

    /// Each is a client of its own with a connection of its own.
    fn handshakes(version: &'static SupportedProtocolVersion) -> Vec<HandshakeKind> {
        let (address, ca, kinds) = server(version);
        let sessions = TlsSessions::default();
        (0..3).for_each(|_| ask(address, &ca, &sessions));
        // Who believes something more has not seen this server's certificate yet.
        let other = rcgen::generate_simple_self_signed(["a".to_owned()]).unwrap().cert.pem();
        ask(address, &format!("{ca}{other}"), &sessions);
        kinds.try_iter().collect()
    }

    #[test]
    fn one_whole_handshake_serves_all_clients_of_the_same_roots() {
        use HandshakeKind::{Full, Resumed};
        for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
            assert_eq!(handshakes(version), [Full, Resumed, Resumed, Full], "{version:?}");
        }
    }
}
