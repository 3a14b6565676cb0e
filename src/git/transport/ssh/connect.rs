//! The TCP connection, the key exchange, and the judgement on the server's host key.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::client::{Config, DisconnectReason, GexParams, Handle, Handler};
use russh::keys::PublicKeyOrCertificate;
use russh::{AlgorithmKind, SshId};
use ssh_key::PublicKey;
use tokio::net::TcpStream;

use super::limits::within;
use super::words::ServerWords;
use super::{HostKeyAlgorithms, SshError};
use crate::domain::limits::Limits;
use crate::git::host_key::{HostKey, HostKeySources, HostKeyVerdict};
use crate::git::known_hosts;

/// How long one address may take to answer, and the server to finish the key exchange: a server that is silent for
/// that long will not speak before the run's own deadline either.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);

/// A session whose server has proven that it is the right one.
pub(super) type Session = Handle<Client>;

/// The server to talk to, and how to know it.
pub(super) struct Server<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) sources: &'a Arc<HostKeySources>,
    pub(super) algorithms: &'a HostKeyAlgorithms,
}

impl Server<'_> {
    /// The name for messages.
    pub(super) fn name(&self) -> String {
        known_hosts::host_name(self.host, self.port)
    }

    /// Connects and verifies the host key.
    pub(super) async fn connect(&self, words: &ServerWords) -> Result<Session, SshError> {
        let scanned = Arc::new(Mutex::new(None));
        self.handshake(false, words, &scanned).await
    }

    async fn handshake(
        &self,
        scanning: bool,
        words: &ServerWords,
        scanned: &Arc<Mutex<Option<ScannedHostKey>>>,
    ) -> Result<Session, SshError> {
        let stream = self.tcp_stream().await?;
        let client = Client {
            host: self.host.to_owned(),
            port: self.port,
            sources: Arc::clone(self.sources),
            words: words.clone(),
            scanning,
            scanned: Arc::clone(scanned),
        };
        let connecting = russh::client::connect_stream(Arc::new(self.config()), stream, client);
        match tokio::time::timeout(CONNECT_LIMIT, connecting).await {
            Ok(Ok(session)) => Ok(session),
            Ok(Err(HandshakeError::Verdict(error))) => Err(error),
            Ok(Err(HandshakeError::Protocol(error))) => Err(self.protocol_error(error, words)),
            Err(_) => Err(SshError::Broken {
                host: self.name(),
                reason: format!("no SSH key exchange within {} seconds", CONNECT_LIMIT.as_secs()),
            }),
        }
    }

    async fn tcp_stream(&self) -> Result<TcpStream, SshError> {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let dns = |reason: String| SshError::Dns { host: bare.to_owned(), reason };
        let addresses = tokio::net::lookup_host((bare, self.port)).await.map_err(|error| dns(error.to_string()))?;
        let mut failure = dns("it has no address".to_owned());
        for address in addresses {
            let reason = match tokio::time::timeout(CONNECT_LIMIT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // A request waits for its answer most of the time; holding back small packets only adds delay.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {} seconds", CONNECT_LIMIT.as_secs()),
            };
            failure = SshError::Unreachable { host: self.name(), reason };
        }
        Err(failure)
    }

    fn config(&self) -> Config {
        let on_record = self.sources.kinds_on_record(self.host, self.port);
        let certificates = self.sources.has_authority(self.host, self.port);
        Config {
            client_id: SshId::Standard(concat!("SSH-2.0-flux_", env!("CARGO_PKG_VERSION")).into()),
            preferred: self.algorithms.preferred(&on_record, certificates),
            // Azure DevOps and other older servers have no larger groups than 2048 bits.
            gex: GexParams::new(2048, 3072, 8192).unwrap_or_default(),
            keepalive_interval: Some(Duration::from_secs(15)),
            keepalive_max: 4,
            ..Config::default()
        }
    }

    /// Words a failure of the protocol.
    pub(super) fn protocol_error(&self, error: russh::Error, words: &ServerWords) -> SshError {
        let host = self.name();
        let reason = match error {
            russh::Error::NoCommonAlgo { kind, ours, theirs } => {
                let kind = match kind {
                    AlgorithmKind::Kex => "key exchange",
                    AlgorithmKind::Key => "host key algorithm",
                    AlgorithmKind::Cipher => "cipher",
                    AlgorithmKind::Compression => "compression",
                    AlgorithmKind::Mac => "MAC",
                };
                return SshError::NoCommonAlgorithm { host, kind, ours, theirs };
            }
            russh::Error::Version => "this is not an SSH server".to_owned(),
            russh::Error::HUP | russh::Error::Disconnect | russh::Error::SendError | russh::Error::RecvError => {
                "the server closed the connection".to_owned()
            }
            russh::Error::IO(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                "the server closed the connection".to_owned()
            }
            russh::Error::KeepaliveTimeout => "the server stopped answering".to_owned(),
            russh::Error::WrongServerSig => "the server does not own the host key it presents".to_owned(),
            other => other.to_string(),
        };
        let said = words.lines();
        let reason = if said.is_empty() { reason } else { format!("{reason}: {}", said.join(" / ")) };
        SshError::Broken { host, reason }
    }
}

/// Fetches the key that a server presents, without trusting it and without authenticating.
///
/// `sources` decides which kind of key is asked for first: a server shows only one, and the kind on record is the one to
/// compare.
///
/// # Errors
/// See [`SshError`].
pub fn scan_host_key(
    host: &str,
    port: u16,
    sources: &Arc<HostKeySources>,
    algorithms: &HostKeyAlgorithms,
    limits: &Limits,
) -> Result<ScannedHostKey, SshError> {
    let server = Server { host, port, sources, algorithms };
    let scanned = Arc::new(Mutex::new(None));
    let runtime = runtime()?;
    let outcome = runtime.block_on(within(limits, &server.name(), "reading the host key of", async {
        server.handshake(true, &ServerWords::default(), &scanned).await.map(drop)
    }));
    // A name that is still being resolved must not hold up the run.
    runtime.shutdown_background();
    let found = scanned.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (found, outcome) {
        (Some(found), _) => Ok(found),
        (None, Err(error)) => Err(error),
        (None, Ok(())) => {
            Err(SshError::Broken { host: server.name(), reason: "the server presented no host key".to_owned() })
        }
    }
}

/// What a server presented to [`scan_host_key`], and what is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedHostKey {
    /// The key; that of the certificate, where the server presented one.
    pub key: HostKey,
    /// Whether it is trusted, and why.
    pub verdict: HostKeyVerdict,
}

/// A runtime that turns only while its owner waits for it.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, SshError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| SshError::Broken {
        host: "localhost".to_owned(),
        reason: format!("cannot start the event loop: {error}"),
    })
}

/// Answers what the server asks of the client.
pub(super) struct Client {
    host: String,
    port: u16,
    sources: Arc<HostKeySources>,
    words: ServerWords,
    scanning: bool,
    scanned: Arc<Mutex<Option<ScannedHostKey>>>,
}

/// Why a handshake ended early.
#[derive(Debug)]
pub(super) enum HandshakeError {
    Verdict(SshError),
    Protocol(russh::Error),
}

impl From<russh::Error> for HandshakeError {
    fn from(error: russh::Error) -> Self {
        Self::Protocol(error)
    }
}

impl Client {
    fn verdict(&self, presented: &PublicKeyOrCertificate) -> ScannedHostKey {
        let key_verdict = |key: &PublicKey| {
            let key = HostKey::new(key);
            let verdict = self.sources.verdict(&self.host, self.port, &key);
            ScannedHostKey { key, verdict }
        };
        match presented {
            PublicKeyOrCertificate::PublicKey { key, .. } => key_verdict(key),
            PublicKeyOrCertificate::Certificate(certificate) => {
                let key = PublicKey::from(certificate.public_key().clone());
                let vouched = self.sources.certificate_verdict(&self.host, self.port, certificate);
                vouched.map_or_else(|| key_verdict(&key), |verdict| ScannedHostKey { key: HostKey::new(&key), verdict })
            }
        }
    }
}

impl Handler for Client {
    type Error = HandshakeError;

    async fn auth_banner(&mut self, banner: &str, _: &mut russh::client::Session) -> Result<(), Self::Error> {
        self.words.add(banner.as_bytes());
        self.words.add(b"\n");
        Ok(())
    }

    async fn check_server_key(&mut self, presented: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let scanned = self.verdict(presented);
        if self.scanning {
            *self.scanned.lock().unwrap_or_else(PoisonError::into_inner) = Some(scanned);
            return Ok(false);
        }
        let (host, key) = (known_hosts::host_name(&self.host, self.port), scanned.key);
        Err(HandshakeError::Verdict(match scanned.verdict {
            HostKeyVerdict::Trusted(_) => return Ok(true),
            HostKeyVerdict::Unknown => SshError::HostKeyUnknown { host, key },
            HostKeyVerdict::Changed { expected } => SshError::HostKeyChanged { host, presented: key, expected },
            HostKeyVerdict::Revoked { place } => SshError::HostKeyRevoked { host, key, place },
        }))
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Self::Error>) -> Result<(), Self::Error> {
        match reason {
            DisconnectReason::ReceivedDisconnect(farewell) => {
                self.words.add(farewell.message.as_bytes());
                self.words.add(b"\n");
                Ok(())
            }
            DisconnectReason::Error(error) => Err(error),
        }
    }
}
