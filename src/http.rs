//! How HTTP servers are reached: trusted roots, proxies, deadlines. One construction for all who speak HTTP.

mod connect;
mod credential;
mod error;
mod proxies;
mod refusal;
mod roots;
mod socket;
mod socks;
mod tls;
mod tls_connector;
pub(crate) mod trust;
mod tunnel;
pub(crate) mod turning;

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use ureq::config::{Config, ConfigBuilder};
use ureq::http::header::RETRY_AFTER;
use ureq::http::{HeaderMap, Uri};
use ureq::tls::TlsConfig;
use ureq::typestate::AgentScope;
use ureq::unversioned::transport::Connector as _;
use ureq::{Agent, Proxy};

pub(crate) use connect::open_tunnel;
pub(crate) use credential::Unsendable;
pub use credential::{CredentialProvider, HttpCredential};
pub(crate) use error::HttpError;
pub use proxies::Proxies;
pub(crate) use proxies::{check_address, proxy_address};
pub(crate) use refusal::Refusal;
use socket::{Names, Sockets};
pub(crate) use socket::{Network, SocketError};
pub(crate) use socks::{Destination, connect as open_socks};
pub(crate) use tls::Dates;
pub use tls::TlsProblem;
pub(crate) use tls::moment;
use tls_connector::TlsConnector;
pub use tls_connector::TlsSessions;
pub(crate) use tunnel::Tunnels;

use crate::domain::environment::Environment;
use crate::domain::limits::Limits;

/// How long the parts of an exchange may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name resolution, and separately the connection with its TLS handshake.
    pub connect: Duration,
    /// From the request's end to the response's headers.
    pub response: Duration,
    /// Silence within a body, either way.
    pub idle: Duration,
    /// The whole exchange.
    pub overall: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            response: Duration::from_secs(60),
            idle: Duration::from_secs(60),
            overall: None,
        }
    }
}

/// A client for one address, which goes through the proxy that the environment names for it.
///
/// # Errors
/// A URL, proxy or CA that cannot be used.
pub(crate) fn agent(
    environment: &Environment,
    url: &str,
    ca: Option<&[u8]>,
    timeouts: Timeouts,
    limits: &Limits,
) -> Result<Agent, HttpError> {
    let uri = Uri::from_str(url).map_err(|_| HttpError::Url)?;
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else { return Err(HttpError::Url) };
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    let proxy = Proxies::of(environment).for_host(scheme, host, port).map(|setting| setting.proxy()).transpose()?;
    let config = client(proxy, ca)?
        .timeout_resolve(Some(timeouts.connect))
        .timeout_connect(Some(timeouts.connect))
        .timeout_recv_response(Some(timeouts.response))
        .timeout_per_read(Some(timeouts.idle))
        .timeout_per_write(Some(timeouts.idle))
        .timeout_global(timeouts.overall)
        .user_agent(concat!("flux-bootstrap/", env!("CARGO_PKG_VERSION")))
        .build();
    let network = Network::new(limits).map_err(|error| HttpError::NoRuntime(error.to_string()))?;
    Ok(connected(config, &network, &TlsSessions::default()))
}

/// A client whose connections stay within the limits of a network, and share sessions with those of other clients.
pub(crate) fn connected(config: Config, network: &Arc<Network>, sessions: &TlsSessions) -> Agent {
    let connector = ().chain(Tunnels).chain(Sockets(Arc::clone(network)));
    Agent::with_parts(config, connector.chain(TlsConnector(sessions.clone())), Names(Arc::clone(network)))
}

/// What all clients have in common: they trust the system's roots and those in `ca` (PEM), use this proxy and no
/// other, follow no redirect, and return every status as a response.
pub(crate) fn client(proxy: Option<Proxy>, ca: Option<&[u8]>) -> Result<ConfigBuilder<AgentScope>, HttpError> {
    Ok(Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots::roots(ca)?).build())
        .proxy(proxy)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false))
}

/// `Retry-After` in whole seconds from now. It is a number of seconds or a date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    pause(headers.get(RETRY_AFTER)?.to_str().ok()?, Timestamp::now())
}

fn pause(retry_after: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = retry_after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = rfc2822::DateTimeParser::new().parse_timestamp(retry_after).ok()?;
    let seconds = until.as_second().saturating_sub(now.as_second());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_as_a_date() {
        let now: Timestamp = "2026-03-01T12:00:00.9Z".parse().expect("a time");
        for (value, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            ("Sun, 01 Mar 2026 12:01:30 GMT", Some(90)),
            ("Sun, 01 Mar 2026 11:59:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(pause(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
