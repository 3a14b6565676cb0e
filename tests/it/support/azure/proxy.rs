//! An HTTP proxy that knows CONNECT alone. The cloud's host names lead to the stand-in, addresses of this machine
//! where they say, and everything else nowhere: the bed never leaves the machine.

use std::io::{BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use super::{CLOUD_HOSTS, Shared, http};

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
    let upstream = if request.method != "CONNECT" {
        None
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
