//! A front of the API server that answers chosen requests with faults. One request per connection.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};

use super::{ControlPlane, TestCa};

/// A way for the API server to fail.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ApiFault {
    /// The connection ends without an answer.
    Reset,
    /// A Status object with this code.
    Status(u16),
    /// 429 with `Retry-After: 1`.
    Throttled,
    /// No answer, for as long as the client waits.
    Silent,
    /// The same, but the server hears of the request and does what it says.
    Unanswered,
    /// The answer, after this time.
    Delayed(Duration),
}

type Client = rustls::StreamOwned<rustls::ServerConnection, TcpStream>;
type Server = rustls::StreamOwned<rustls::ClientConnection, TcpStream>;

/// Chooses requests by their line: method, path and query.
pub(crate) type Choice = fn(&str) -> bool;

struct Planned {
    choice: Choice,
    /// So many are let pass first.
    skip: usize,
    times: usize,
    fault: ApiFault,
}

/// The front.
pub(crate) struct ApiFront {
    url: String,
    plan: Arc<Mutex<Vec<Planned>>>,
    lines: Arc<Mutex<Vec<String>>>,
    faulted: Arc<AtomicBool>,
}

impl ApiFront {
    pub(crate) fn start(plane: &ControlPlane) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let upstream = plane.url().trim_start_matches("https://").to_owned();
        let (plan, lines) = (Arc::<Mutex<Vec<Planned>>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let tls = client_config();
        let identity = TestCa::shared().tls_server(&["127.0.0.1"]);
        let faulted = Arc::<AtomicBool>::default();
        let shared = (Arc::clone(&plan), Arc::clone(&lines), Arc::clone(&faulted));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (shared, upstream, tls) = (shared.clone(), upstream.clone(), Arc::clone(&tls));
                let session = rustls::ServerConnection::new(Arc::clone(&identity)).unwrap();
                thread::spawn(move || {
                    let client = rustls::StreamOwned::new(session, client);
                    let _ = serve(client, &shared.0, &shared.1, &shared.2, &upstream, tls);
                });
            }
        });
        Self { url, plan, lines, faulted }
    }

    /// The administrator's kubeconfig, by way of this front.
    pub(crate) fn kubeconfig(&self, plane: &ControlPlane) -> String {
        plane.kubeconfig().replace(&plane.url(), &self.url)
    }

    /// The next `times` requests that are chosen fail so.
    pub(crate) fn fault(&self, choice: Choice, times: usize, fault: ApiFault) {
        self.plan.lock().unwrap().push(Planned { choice, skip: 0, times, fault });
    }

    /// After `skip` requests that are chosen, the next one fails so.
    pub(crate) fn fault_after(&self, choice: Choice, skip: usize, fault: ApiFault) {
        self.plan.lock().unwrap().push(Planned { choice, skip, times: 1, fault });
    }

    /// Whether a request failed as planned.
    pub(crate) fn has_faulted(&self) -> bool {
        self.faulted.load(Ordering::Relaxed)
    }

    /// `https://127.0.0.1:<port>`
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether a request of this choice came.
    pub(crate) fn has_seen(&self, choice: Choice) -> bool {
        self.lines.lock().unwrap().iter().any(|line| choice(line))
    }

    /// Whether a request of this choice came more than once.
    pub(crate) fn repeats(&self, choice: Choice) -> bool {
        let lines = self.lines.lock().unwrap();
        let mut chosen: Vec<&String> = lines.iter().filter(|line| choice(line)).collect();
        let count = chosen.len();
        chosen.sort();
        chosen.dedup();
        chosen.len() < count
    }

    /// Forgets faults and requests.
    pub(crate) fn clear(&self) {
        self.plan.lock().unwrap().clear();
        self.faulted.store(false, Ordering::Relaxed);
        self.lines.lock().unwrap().clear();
    }
}

fn client_config() -> Arc<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(TestCa::shared().pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
}

fn serve(
    mut client: Client,
    plan: &Mutex<Vec<Planned>>,
    lines: &Mutex<Vec<String>>,
    faulted: &AtomicBool,
    upstream: &str,
    tls: Arc<rustls::ClientConfig>,
) -> std::io::Result<()> {
    let Some((head, body)) = read_request(&mut client)? else { return Ok(()) };
    let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    lines.lock().unwrap().push(line.clone());
    let fault = {
        let mut plan = plan.lock().unwrap();
        let chosen = plan.iter_mut().find(|planned| planned.times > 0 && (planned.choice)(&line));
        chosen.and_then(|planned| {
            let waits = planned.skip > 0;
            planned.skip = planned.skip.saturating_sub(1);
            planned.times -= usize::from(!waits);
            (!waits).then_some(planned.fault)
        })
    };
    if fault.is_some_and(|fault| !matches!(fault, ApiFault::Unanswered)) {
        faulted.store(true, Ordering::Relaxed);
    }
    let answer = |status: u16, header: &str, reason: &str| {
        let body = format!(
            r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"the test bed says {status}","reason":"{reason}","code":{status}}}"#
        );
        format!(
            "HTTP/1.1 {status} Fault\r\nContent-Type: application/json\r\n{header}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    match fault {
        Some(ApiFault::Reset) => client.sock.shutdown(Shutdown::Both),
        Some(ApiFault::Status(status)) => end(client, &answer(status, "", "InternalError")),
        Some(ApiFault::Throttled) => end(client, &answer(429, "Retry-After: 1\r\n", "TooManyRequests")),
        Some(ApiFault::Silent) => {
            while client.read(&mut [0; 64])? > 0 {}
            Ok(())
        }
        Some(ApiFault::Unanswered) => {
            let mut server = ask(&head, &body, upstream, tls)?;
            let _ = server.read_to_end(&mut Vec::new());
            faulted.store(true, Ordering::Relaxed);
            while client.read(&mut [0; 64])? > 0 {}
            Ok(())
        }
        Some(ApiFault::Delayed(time)) => {
            thread::sleep(time);
            pass_on(client, &head, &body, upstream, tls)
        }
        None => pass_on(client, &head, &body, upstream, tls),
    }
}

fn read_request(client: &mut Client) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 << 10]);
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if bytes.len() - end - 4 >= length.unwrap_or(0) {
                return Ok(Some((head, bytes.split_off(end + 4))));
            }
        }
        match client.read(&mut buffer)? {
            0 => return Ok(None),
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Sends a request to the server itself; the connection then holds the answer.
fn ask(head: &str, body: &[u8], upstream: &str, tls: Arc<rustls::ClientConfig>) -> std::io::Result<Server> {
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = rustls::ClientConnection::new(tls, name).map_err(std::io::Error::other)?;
    let mut server = rustls::StreamOwned::new(connection, TcpStream::connect(upstream)?);
    let kept: Vec<&str> = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:")).collect();
    server.write_all(format!("{}\r\nConnection: close\r\n\r\n", kept.join("\r\n")).as_bytes())?;
    server.write_all(body)?;
    Ok(server)
}

fn pass_on(
    mut client: Client,
    head: &str,
    body: &[u8],
    upstream: &str,
    tls: Arc<rustls::ClientConfig>,
) -> std::io::Result<()> {
    let mut server = ask(head, body, upstream, tls)?;
    let mut buffer = [0; 16 << 10];
    while let Ok(count @ 1..) = server.read(&mut buffer) {
        client.write_all(&buffer[..count])?;
        client.flush()?;
    }
    end(client, "")
}

/// Writes the rest of an answer, and ends the connection in good order.
fn end(mut client: Client, rest: &str) -> std::io::Result<()> {
    client.write_all(rest.as_bytes())?;
    client.conn.send_close_notify();
    client.flush()?;
    client.sock.shutdown(Shutdown::Both)
}
