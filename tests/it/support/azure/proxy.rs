//! An HTTP proxy that knows CONNECT alone. The cloud's host names lead to the stand-in, addresses of this machine
//! where they say, and everything else nowhere: the bed never leaves the machine.

use std::collections::BTreeMap;
use std::io::{BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{CLOUD_HOSTS, Shared, canary, http};

/// Whom the proxy serves, and where else it leads.
#[derive(Default)]
pub(super) struct Rules {
    /// The `Proxy-Authorization` without which nothing goes through.
    demanded: Option<String>,
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

fn serve(client: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let Some(request) = http::read_request(&mut reader)? else { return Ok(()) };
    let mut client = client;
    shared.tunnels.lock().unwrap().push(request.target.clone());
    let host = request.target.rsplit_once(':').map_or("", |(host, _)| host).to_ascii_lowercase();
    let led = {
        let rules = shared.proxy.lock().unwrap();
        if rules.demanded.as_ref().is_some_and(|demanded| request.header("Proxy-Authorization") != demanded) {
            let refusal = http::Response::new(407, "text/plain", "who are you?\n");
            return http::write_response(&mut client, &refusal.with("Proxy-Authenticate", "Basic realm=\"bed\""), None);
        }
        rules.servers.get(&host).copied()
    };
    let upstream = if request.method != "CONNECT" {
        None
    } else if let Some(server) = led {
        TcpStream::connect(server).ok()
    } else if host != "localhost" && (CLOUD_HOSTS.contains(&host.as_str()) || host.ends_with(".visualstudio.com")) {
        TcpStream::connect(shared.tls_address).ok()
    } else if host == "localhost" || host.starts_with("127.") {
        TcpStream::connect(&request.target).ok()
    } else {
        None
    };
    let Some(upstream) = upstream else {
        let refusal = http::Response::new(502, "text/plain", "the test bed's proxy leads nowhere else\n");
        return http::write_response(&mut client, &refusal, None);
    };
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut to_server, mut from_client) = (upstream.try_clone()?, client.try_clone()?);
    let forward = thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let mut upstream = upstream;
    let _ = std::io::copy(&mut upstream, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    let _ = forward.join();
    Ok(())
}
