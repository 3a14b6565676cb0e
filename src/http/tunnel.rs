//! ureq's way through a proxy by `CONNECT`. Its own connector does not say which ways to sign in a proxy offers, and goes in
//! circles while an answer comes in pieces.

use std::io::Write as _;
use std::sync::Arc;

use ureq::unversioned::transport::{ConnectionDetails, Connector, Either, NextTimeout, Transport, TransportAdapter};
use ureq::{Agent, Error, Proxy, ProxyProtocol};

use super::connect;
use super::proxies::proxy_address;
use super::socket::SocketError;

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
        let refused = |refusal| SocketError::Proxy { proxy: proxy_address(proxy), refusal };
        let transport = to_proxy(proxy, details).map_err(|error| SocketError::of_proxy(proxy, error))?;
        let mut adapter = TransportAdapter::new(transport, Arc::clone(&details.current_time));
        adapter.set_timeout(details.timeout);
        adapter.write_all(connect::request(&target(details), login(proxy)).as_bytes())?;
        adapter.flush()?;
        let mut transport = adapter.into_inner();
        let head = head(&mut *transport, details.timeout)?;
        match head.map_or_else(|| Some(connect::no_proxy()), |head| connect::refusal(&head)) {
            None => Ok(Some(Either::B(Tunnel(transport)))),
            Some(refusal) => Err(refused(refusal).into()),
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

/// What the proxy is shown, where its address names somebody.
fn login(proxy: &Proxy) -> Option<(&str, &str)> {
    let (user, password) = (proxy.username(), proxy.password());
    (user.is_some() || password.is_some()).then(|| (user.unwrap_or_default(), password.unwrap_or_default()))
}

/// Whom the tunnel shall lead to, as `host:port`.
fn target(details: &ConnectionDetails<'_>) -> String {
    let (uri, default_port) = (details.uri, if details.needs_tls() { 443 } else { 80 });
    format!("{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(default_port))
}

/// The head of the proxy's answer, however small the pieces it comes in; what follows stays for the tunnel.
fn head(transport: &mut dyn Transport, timeout: NextTimeout) -> Result<Option<String>, Error> {
    loop {
        let more = transport.await_input(timeout)?;
        let input = transport.buffers().input();
        if let Some(end) = input.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&input[..end]).into_owned();
            transport.buffers().input_consume(end + 4);
            return Ok(Some(head));
        }
        if !more || input.len() > connect::HEAD_LIMIT {
            return Ok(None);
        }
    }
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
    use std::io::Write as _;

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
