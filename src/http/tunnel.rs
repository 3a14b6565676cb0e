//! The way through a proxy by `CONNECT` (RFC 9110, section 9.3.6). ureq's own connector does not say which ways to sign in
//! a proxy offers, and goes in circles while an answer comes in pieces.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ureq::unversioned::transport::{ConnectionDetails, Connector, Either, NextTimeout, Transport, TransportAdapter};
use ureq::{Agent, Error, Proxy, ProxyProtocol};
use zeroize::Zeroizing;

use crate::domain::server_text::printable;

/// A head of an answer may be this long, in bytes.
const HEAD_LIMIT: usize = 8 * 1024;

/// Opens tunnels through the HTTP proxy that the client's configuration names.
#[derive(Debug, Default)]
pub(crate) struct Tunnels;

impl<In: Transport> Connector<In> for Tunnels {
    type Out = Either<In, Tunnel>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if let Some(transport) = chained {
            return Ok(Some(Either::A(transport)));
        }
        let is_http = |proxy: &&Proxy| matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https);
        let Some(proxy) = details.config.proxy().filter(is_http) else { return Ok(None) };
        let transport = to_proxy(proxy, details)?;
        let mut adapter = TransportAdapter::new(transport, Arc::clone(&details.current_time));
        adapter.set_timeout(details.timeout);
        adapter.write_all(request(proxy, details).as_bytes())?;
        adapter.flush()?;
        let mut transport = adapter.into_inner();
        let head = head(&mut *transport, details.timeout)?;
        match refusal(&head) {
            None => Ok(Some(Either::B(Tunnel(transport)))),
            Some(reason) => Err(Error::ConnectProxyFailed(reason)),
        }
    }
}

/// A connection to the proxy itself.
fn to_proxy(proxy: &Proxy, details: &ConnectionDetails<'_>) -> Result<Box<dyn Transport>, Error> {
    let config = Agent::config_builder().tls_config(details.config.tls_config().clone()).proxy(None).build();
    let addrs = details.resolver.resolve(proxy.uri(), &config, details.timeout)?;
    (details.run_connector)(&ConnectionDetails {
        uri: proxy.uri(),
        addrs,
        config: &config,
        request_level: details.request_level,
        resolver: details.resolver,
        now: details.now,
        timeout: details.timeout,
        current_time: Arc::clone(&details.current_time),
        run_connector: Arc::clone(&details.run_connector),
        register_shutdown: Arc::clone(&details.register_shutdown),
    })
}

fn request(proxy: &Proxy, details: &ConnectionDetails<'_>) -> Zeroizing<String> {
    let (uri, default_port) = (details.uri, if details.needs_tls() { 443 } else { 80 });
    let target = format!("{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(default_port));
    let mut request = Zeroizing::new(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"));
    if proxy.username().is_some() || proxy.password().is_some() {
        let (user, password) = (proxy.username().unwrap_or_default(), proxy.password().unwrap_or_default());
        let pair = Zeroizing::new(format!("{user}:{password}"));
        // Writing to a text cannot fail.
        let _ = write!(request, "Proxy-Authorization: Basic {}\r\n", BASE64_STANDARD.encode(pair.as_bytes()));
    }
    request.push_str("\r\n");
    request
}

/// The head of the proxy's answer, however small the pieces it comes in; what follows stays for the tunnel.
fn head(transport: &mut dyn Transport, timeout: NextTimeout) -> Result<String, Error> {
    loop {
        let more = transport.await_input(timeout)?;
        let input = transport.buffers().input();
        if let Some(end) = input.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&input[..end]).into_owned();
            transport.buffers().input_consume(end + 4);
            return Ok(head);
        }
        if !more || input.len() > HEAD_LIMIT {
            return Err(Error::ConnectProxyFailed("did not answer `CONNECT` as a proxy does".to_owned()));
        }
    }
}

/// Why there is no tunnel, as [`super::refused_tunnel`] takes it apart: words, a slash, the status.
fn refusal(head: &str) -> Option<String> {
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split_ascii_whitespace();
    let is_http = words.next().is_some_and(|version| version.starts_with("HTTP/1."));
    let status: Option<u16> = words.next().and_then(|status| status.parse().ok()).filter(|_| is_http);
    match status {
        Some(200..=299) => None,
        None => Some("did not answer `CONNECT` as a proxy does".to_owned()),
        Some(407) => {
            let offered: Vec<String> = lines.filter_map(offered).collect();
            let is_basic = |scheme: &String| scheme.eq_ignore_ascii_case("Basic");
            Some(match offered.is_empty() || offered.iter().any(is_basic) {
                true => "/407".to_owned(),
                false => format!("offers {} alone, of which none is spoken: only Basic is/407", offered.join(" and ")),
            })
        }
        Some(status) => Some(format!("/{status}")),
    }
}

/// The way to sign in that a line of the head offers.
fn offered(line: &str) -> Option<String> {
    let (name, value) = line.split_once(':')?;
    let scheme = value.split_ascii_whitespace().next().filter(|_| name.eq_ignore_ascii_case("proxy-authenticate"))?;
    Some(printable(scheme.trim_end_matches(',')))
}

/// A connection through the proxy; TLS with the server is yet to come.
#[derive(Debug)]
pub(crate) struct Tunnel(Box<dyn Transport>);

impl Transport for Tunnel {
    fn buffers(&mut self) -> &mut dyn ureq::unversioned::transport::Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::refused_tunnel;

    #[test]
    fn a_refusal_names_the_status_and_what_is_offered() {
        for (head, words, status) in [
            ("HTTP/1.1 403 Forbidden", "answered `CONNECT` with status 403", Some(403)),
            (
                "HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"a\"",
                "answered `CONNECT` with status 407",
                Some(407),
            ),
            (
                "HTTP/1.1 407 x\r\nproxy-authenticate: Negotiate\r\nProxy-Authenticate: NTLM abc",
                "answered `CONNECT` with status 407 and offers Negotiate and NTLM alone, of which none is spoken: only Basic is",
                Some(407),
            ),
            ("SSH-2.0-x", "did not answer `CONNECT` as a proxy does", None),
        ] {
            assert_eq!(refused_tunnel(&refusal(head).unwrap()), (words.to_owned(), status), "{head}");
        }
        assert_eq!(refusal("HTTP/1.0 200 Connection established"), None);
    }

    #[test]
    fn an_answer_in_small_pieces_opens_the_tunnel() {
        use std::io::Read as _;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_nodelay(true).unwrap();
            let mut request = [0; 1024];
            assert!(stream.read(&mut request).unwrap() > 0);
            for byte in b"HTTP/1.1 200 OK\r\nVia: a\r\n\r\n" {
                stream.write_all(&[*byte]).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            let count = stream.read(&mut request).unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            String::from_utf8_lossy(&request[..count]).into_owned()
        });
        let environment = crate::domain::environment::Environment::of_variables([("HTTP_PROXY", proxy.as_str())]);
        let limits = crate::domain::limits::Limits::after(std::time::Duration::from_secs(60));
        let timeouts = crate::http::Timeouts::default();
        let agent = crate::http::agent(&environment, "http://example.test/x", None, timeouts, &limits);
        let answer = agent.unwrap().get("http://example.test/x").call().unwrap();
        assert_eq!(answer.status(), 204);
        assert!(server.join().unwrap().starts_with("GET /x HTTP/1.1"));
    }
}
