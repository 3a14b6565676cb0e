//! A proxy that knows `CONNECT`, SOCKS 5, and requests without TLS to whom it is told of. The cloud's host names lead to the stand-in, addresses of this machine
//! where they say, and everything else nowhere: the bed never leaves the machine.

use std::collections::BTreeMap;
use std::io::{BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{CLOUD_HOSTS, Shared, canary, http};

/// The version, with which a SOCKS client begins.
const SOCKS: u8 = 5;

/// Whom the proxy serves, and where else it leads.
#[derive(Default)]
pub(super) struct Rules {
    /// The `Proxy-Authorization` without which nothing goes through.
    demanded: Option<String>,
    /// The status and the ways to sign in with which it refuses everybody.
    refused: Option<(u16, &'static [&'static str])>,
    servers: BTreeMap<String, SocketAddr>,
}

impl Rules {
    /// Demands a user and a password, and returns them as they stand in a URL.
    pub(super) fn guard(&mut self) -> &'static str {
        canary::declare("pr0xy-p:w@4f1c9b07");
        canary::declare("pr0xy-p%3Aw%404f1c9b07");
        self.demanded = Some(format!("Basic {}", STANDARD.encode("us@r:pr0xy-p:w@4f1c9b07")));
        "us%40r:pr0xy-p%3Aw%404f1c9b07"
    }

    pub(super) fn refuse(&mut self, status: u16, offered: &'static [&'static str]) {
        self.refused = Some((status, offered));
    }

    pub(super) fn lead(&mut self, host: &str, server: SocketAddr) {
        self.servers.insert(host.to_owned(), server);
    }
}

pub(super) fn listen(listener: TcpListener, shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let shared = Arc::clone(&shared);
            thread::spawn(move || serve(connection, &shared));
        }
    });
}

fn serve(mut client: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut first = [0];
    client.peek(&mut first)?;
    let upstream = if first == [SOCKS] { socks_upstream(&mut client, shared)? } else { tunnel(&mut client, shared)? };
    let Some(mut upstream) = upstream else { return Ok(()) };
    let (mut to_server, mut from_client) = (upstream.try_clone()?, client.try_clone()?);
    let forward = thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let _ = std::io::copy(&mut upstream, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    let _ = forward.join();
    Ok(())
}

/// Answers `CONNECT`; none where it was refused.
fn tunnel(client: &mut TcpStream, shared: &Shared) -> std::io::Result<Option<TcpStream>> {
    let mut reader = BufReader::new(client.try_clone()?);
    let Some(request) = http::read_request(&mut reader)? else { return Ok(None) };
    shared.tunnels.lock().unwrap().push(request.target.clone());
    let refused = shared.proxy.lock().unwrap().refused;
    if let Some((status, offered)) = refused {
        let refusal = http::Response::new(status, "text/plain", "not through here\n");
        let refusal = offered.iter().fold(refusal, |refusal, scheme| refusal.with("Proxy-Authenticate", scheme));
        http::write_response(client, &refusal, None)?;
        return Ok(None);
    }
    let demanded = shared.proxy.lock().unwrap().demanded.clone();
    if demanded.is_some_and(|demanded| request.header("Proxy-Authorization") != demanded) {
        let refusal = http::Response::new(407, "text/plain", "who are you?\n");
        http::write_response(client, &refusal.with("Proxy-Authenticate", "Basic realm=\"bed\""), None)?;
        return Ok(None);
    }
    let is_tunnel = request.method == "CONNECT";
    let upstream = if is_tunnel { upstream(&request.target, shared) } else { plain_upstream(&request, shared)? };
    if upstream.is_some() && is_tunnel {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    } else if upstream.is_none() {
        let refusal = http::Response::new(502, "text/plain", "the test bed's proxy leads nowhere else\n");
        http::write_response(client, &refusal, None)?;
    }
    Ok(upstream)
}

/// The server that a request without TLS is led to, which has heard it already; what follows on the connection goes there too.
fn plain_upstream(request: &http::Request, shared: &Shared) -> std::io::Result<Option<TcpStream>> {
    let host = request.target.strip_prefix("http://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let led = shared.proxy.lock().unwrap().servers.get(host).copied();
    let Some(server) = led else { return Ok(None) };
    let mut upstream = TcpStream::connect(server)?;
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    request.headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    upstream.write_all(format!("{head}\r\n").as_bytes())?;
    upstream.write_all(&request.body)?;
    Ok(Some(upstream))
}

/// Answers a SOCKS client (RFC 1928, RFC 1929); none where it was refused.
fn socks_upstream(client: &mut TcpStream, shared: &Shared) -> std::io::Result<Option<TcpStream>> {
    let greeting = read::<2>(client)?;
    let methods = read_some(client, greeting[1])?;
    let demanded = shared.proxy.lock().unwrap().demanded.clone();
    if let Some(demanded) = demanded {
        if !methods.contains(&2) {
            client.write_all(&[SOCKS, 0xff])?;
            return Ok(None);
        }
        client.write_all(&[SOCKS, 2])?;
        let [_, length] = read::<2>(client)?;
        let mut login = read_some(client, length)?;
        let [length] = read::<1>(client)?;
        login.push(b':');
        login.extend(read_some(client, length)?);
        let is_known = demanded == format!("Basic {}", STANDARD.encode(login));
        client.write_all(&[1, u8::from(!is_known)])?;
        if !is_known {
            return Ok(None);
        }
    } else {
        client.write_all(&[SOCKS, 0])?;
    }
    let host = match read::<4>(client)? {
        [SOCKS, 1, 0, 1] => std::net::Ipv4Addr::from(read::<4>(client)?).to_string(),
        [SOCKS, 1, 0, 3] => {
            let [length] = read::<1>(client)?;
            String::from_utf8_lossy(&read_some(client, length)?).into_owned()
        }
        other => return Err(std::io::Error::other(format!("no request for a connection: {other:?}"))),
    };
    let target = format!("{host}:{}", u16::from_be_bytes(read(client)?));
    shared.tunnels.lock().unwrap().push(target.clone());
    let upstream = upstream(&target, shared);
    // The reply names the address that the proxy connects from.
    client.write_all(&[SOCKS, if upstream.is_some() { 0 } else { 4 }, 0, 1, 127, 0, 0, 1, 0, 0])?;
    Ok(upstream)
}

fn read<const LENGTH: usize>(client: &mut TcpStream) -> std::io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    client.read_exact(&mut bytes).map(|()| bytes)
}

fn read_some(client: &mut TcpStream, length: u8) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; length.into()];
    client.read_exact(&mut bytes).map(|()| bytes)
}

/// The server that a name and port lead to.
fn upstream(target: &str, shared: &Shared) -> Option<TcpStream> {
    let host = target.rsplit_once(':').map_or("", |(host, _)| host).to_ascii_lowercase();
    let led = shared.proxy.lock().unwrap().servers.get(&host).copied();
    if let Some(server) = led {
        TcpStream::connect(server).ok()
    } else if host != "localhost" && (CLOUD_HOSTS.contains(&host.as_str()) || host.ends_with(".visualstudio.com")) {
        TcpStream::connect(shared.tls_address).ok()
    } else if host == "localhost" || host.starts_with("127.") {
        TcpStream::connect(target).ok()
    } else {
        None
    }
}
