//! Releases downloaded from a server that answers as told.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use flux_bootstrap::for_tests::{
    Base, BaseError, Environment, FluxVersion, InstallOptions, Limits, ReleaseError, ReleaseSource, Timeouts, Witness,
    render,
};
use sha2::{Digest as _, Sha256};
use tokio_rustls::rustls;

use crate::support::TestCa;

/// Serves whole HTTP responses by path, and keeps the paths it was asked for. It ends with the test's process.
pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
    limits: Limits,
}

impl Server {
    pub(crate) fn start(responses: HashMap<&'static str, Vec<u8>>) -> Self {
        Self::start_with(None, responses)
    }

    pub(crate) fn start_with(
        tls: Option<Arc<rustls::ServerConfig>>,
        responses: HashMap<&'static str, Vec<u8>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                // A client that does not trust the server, or has read enough, closes early.
                let _ = match &tls {
                    Some(tls) => {
                        let session = rustls::ServerConnection::new(Arc::clone(tls)).unwrap();
                        answer(rustls::StreamOwned::new(session, stream), &responses, &log)
                    }
                    None => answer(stream, &responses, &log),
                };
            }
        });
        let limits = Limits::after(Duration::from_secs(180));
        Self { url, asked, limits }
    }

    fn fetch(&self, version: &str) -> Result<(Base, u64), ReleaseError> {
        let mut received = 0;
        let (base, _) =
            self.source(&Environment::default()).fetch(&version.parse().unwrap(), &mut |bytes, _| received = bytes)?;
        Ok((base, received))
    }

    fn latest(&self) -> Result<FluxVersion, ReleaseError> {
        self.source(&Environment::default()).latest()
    }

    fn source<'a>(&'a self, environment: &'a Environment) -> ReleaseSource<'a> {
        let short = Duration::from_secs(10);
        let timeouts = Timeouts { connect: short, response: short, idle: short, overall: Some(short) };
        let (limits, on_retry) = (&self.limits, &|_: &ReleaseError, _| ());
        ReleaseSource { environment, base_url: &self.url, ca: None, digest: None, timeouts, limits, on_retry }
    }
}

fn answer(
    stream: impl Read + Write,
    responses: &HashMap<&'static str, Vec<u8>>,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut request, mut line) = (String::new(), String::new());
    while line != "\r\n" {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Ok(());
        }
        request.push_str(&line);
    }
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let missing = response("404 Not Found", "", b"no");
    let bytes = responses.get(path.as_str()).unwrap_or(&missing);
    log.lock().unwrap().push(path);
    stream.get_mut().write_all(bytes)?;
    stream.get_mut().flush()
}

pub(crate) fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(crate) fn archive(folder: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    tar.append_dir_all(".", format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    tar.into_inner().unwrap().finish().unwrap()
}

/// A checksum file as goreleaser writes it, with the archive between others.
pub(crate) fn checksums(archive: &[u8]) -> String {
    let digits: String = Sha256::digest(archive).iter().map(|byte| format!("{byte:02x}")).collect();
    let other = "0".repeat(64);
    format!("{digits}  manifests.tar.gz\n{other}  flux_2.9.6_linux_amd64.tar.gz\n{other}  x_manifests.tar.gz\n")
}

const ARCHIVE: &str = "/download/v2.9.6/manifests.tar.gz";
const CHECKSUMS: &str = "/download/v2.9.6/flux_2.9.6_checksums.txt";

#[test]
fn a_download_is_held_against_its_digest() {
    let bytes = archive("tests/golden/release");
    let environment = Environment::default();
    let version: FluxVersion = "v2.9.6".parse().unwrap();
    let served = |checksums: Option<String>| {
        let mut responses = HashMap::from([(ARCHIVE, response("200 OK", "", &bytes))]);
        responses.extend(checksums.map(|text| (CHECKSUMS, response("200 OK", "", text.as_bytes()))));
        Server::start(responses)
    };
    let witness = |server: &Server, digest: Option<&str>| {
        let digest = digest.map(|digest| digest.parse().unwrap());
        let source = ReleaseSource { digest, ..server.source(&environment) };
        source.fetch(&version, &mut |_, _| ()).map(|(_, checked)| checked.unwrap().witness)
    };
    let right = format!("sha256:{}", checksums(&bytes).split(' ').next().unwrap());
    let wrong = format!("sha256:{}", "0".repeat(64));
    assert!(matches!(witness(&served(Some(checksums(&bytes))), None), Ok(Witness::ChecksumFile(_))));
    assert!(matches!(witness(&served(Some(checksums(b""))), None), Err(ReleaseError::Digest { .. })));
    assert!(matches!(witness(&served(None), None), Ok(Witness::Nobody(_))));
    assert!(matches!(witness(&served(Some("no line".into())), None), Ok(Witness::Nobody(_))));
    // What the user gives decides, whatever lies beside the archive.
    let server = served(Some(checksums(b"")));
    assert!(matches!(witness(&server, Some(&right)), Ok(Witness::User)));
    assert!(matches!(witness(&served(Some(checksums(&bytes))), Some(&wrong)), Err(ReleaseError::Digest { .. })));
    assert_eq!(*server.asked.lock().unwrap(), [ARCHIVE]);
}

#[test]
fn a_release_is_downloaded_through_redirects_and_rendered() {
    let bytes = archive("tests/golden/release");
    let server = Server::start(HashMap::from([
        (ARCHIVE, response("302 Found", "Location: /objects/1?sig=x\r\n", b"")),
        ("/objects/1?sig=x", response("200 OK", "", &bytes)),
    ]));
    let (base, received) = server.fetch("v2.9.6").unwrap();
    assert_eq!(received, bytes.len() as u64);
    let options = InstallOptions { version: "v2.9.6".parse().unwrap(), ..InstallOptions::default() };
    let text = render(&base, &options).unwrap().to_yaml();
    assert!(text.contains("# Flux Version: v2.9.6\n") && text.contains("app.kubernetes.io/version: v2.9.6\n"));
    assert_eq!(*server.asked.lock().unwrap(), [ARCHIVE, "/objects/1?sig=x", CHECKSUMS]);
}

#[test]
fn the_newest_version_is_what_the_server_redirects_to() {
    let redirect = |to: &str| response("302 Found", &format!("Location: {to}\r\n"), b"");
    let server = Server::start(HashMap::from([("/latest", redirect("/tag/v2.9.7"))]));
    assert_eq!(server.latest().unwrap().to_string(), "v2.9.7");
    let server = Server::start(HashMap::from([("/latest", response("200 OK", "", b"v2.9.8\n"))]));
    assert_eq!(server.latest().unwrap().to_string(), "v2.9.8");
    let server = Server::start(HashMap::from([("/latest", redirect("/tag/v2.10.0"))]));
    assert!(matches!(server.latest(), Err(ReleaseError::OtherMinor { .. })));
    let server = Server::start(HashMap::from([("/latest", redirect("/latest"))]));
    assert!(matches!(server.latest(), Err(ReleaseError::Redirects { .. })));
    assert!(matches!(Server::start(HashMap::new()).latest(), Err(ReleaseError::NoLatest { .. })));
}

#[test]
fn broken_downloads_are_told_apart() {
    let whole = archive("tests/golden/release");
    let cut = [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".as_slice(), &whole[..1000]].concat();
    let large = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n".to_vec();
    let endless = [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".as_slice(), &vec![0; 17 << 20]].concat();
    let page = response("200 OK", "", b"<html>sign in</html>");
    for (given, expected) in [
        (response("404 Not Found", "", b""), "Flux `v2.9.6` does not exist at `"),
        (response("503 Service Unavailable", "", b""), "answered with status 503"),
        (response("302 Found", "", b""), "answered with status 302"),
        (response("200 OK", "", &whole[..whole.len() - 20]), "it is truncated"),
        (response("200 OK", "", &archive("tests/golden/sync")), "does not hold a release of Flux: `rbac.yaml`"),
        (page, "it is not a `.tar.gz`"),
        (cut, "cannot download `"),
        (large, "is larger than any release"),
        (endless, "is larger than any release"),
    ] {
        let server = Server::start(HashMap::from([(ARCHIVE, given)]));
        let error = server.fetch("v2.9.6").unwrap_err();
        let mut chain = error.to_string();
        let mut next = std::error::Error::source(&error);
        while let Some(source) = next {
            chain.push_str(&format!(": {source}"));
            next = source.source();
        }
        assert!(chain.contains(expected), "{chain}\n{expected}");
        assert!(chain.contains("v2.9.6"), "{chain}");
    }
}

#[test]
fn the_signature_of_a_download_address_is_never_shown() {
    let whole = archive("tests/golden/release");
    let to = |target: &str| response("302 Found", &format!("Location: {target}\r\n"), b"");
    let signed = "/objects/1?sig=s3cr3t-signature";
    for given in [
        response("403 Forbidden", "", b""),
        response("200 OK", "", b"no archive"),
        response("200 OK", "", &archive("tests/golden/sync")),
        response("302 Found", "Location: x\\y z\r\n", b""),
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".as_slice(), &whole[..1000]].concat(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n".to_vec(),
        to(signed),
        b"nonsense".to_vec(),
    ] {
        let server = Server::start(HashMap::from([(ARCHIVE, to(signed)), ("/latest", to(signed)), (signed, given)]));
        for error in [server.fetch("v2.9.6").map(drop).unwrap_err(), server.latest().map(drop).unwrap_err()] {
            assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
        }
    }
    let server = Server::start(HashMap::from([(ARCHIVE, to("http://me:s3cr3t@127.0.0.1:1/x"))]));
    let error = server.fetch("v2.9.6").map(drop).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
}

#[test]
fn an_archive_without_the_component_says_which() {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for name in ["rbac.yaml", "policies.yaml", "source-controller.yaml", "kustomize-controller.yaml"] {
        let path = format!("{}/tests/golden/release/{name}", env!("CARGO_MANIFEST_DIR"));
        tar.append_path_with_name(path, name).unwrap();
    }
    let bytes = tar.into_inner().unwrap().finish().unwrap();
    let server = Server::start(HashMap::from([(ARCHIVE, response("200 OK", "", &bytes))]));
    let (base, _) = server.fetch("v2.9.6").unwrap();
    let error = render(&base, &InstallOptions::default()).unwrap_err();
    assert!(matches!(error, BaseError::WithoutComponent(name) if name == "helm-controller.yaml"));
}

#[test]
fn a_mirror_is_trusted_by_its_own_ca_and_never_left_for_plain_http() {
    let ca = TestCa::shared();
    let responses = HashMap::from([
        ("/latest", response("200 OK", "", b"v2.9.6")),
        (ARCHIVE, response("302 Found", "Location: http://127.0.0.1:1/x\r\n", b"")),
    ]);
    let server = Server::start_with(Some(ca.tls_server(&["127.0.0.1"])), responses);
    let environment = Environment::default();
    // None of this is tried again.
    let never = |error: &ReleaseError, _| panic!("tried again after {error}");
    let untrusting = ReleaseSource { on_retry: &never, ..server.source(&environment) };
    assert!(matches!(untrusting.latest(), Err(ReleaseError::Tls { .. })));
    let trusting = ReleaseSource { ca: Some(ca.pem().as_bytes()), ..untrusting };
    let version = trusting.latest().unwrap();
    assert_eq!(version.to_string(), "v2.9.6");
    assert!(matches!(trusting.fetch(&version, &mut |_, _| ()), Err(ReleaseError::Downgrade { .. })));
}

#[test]
fn the_environments_proxy_is_used() {
    // The proxy answers itself: what counts is that it is asked, for a host that exists nowhere else.
    let proxy = Server::start(HashMap::from([("mirror.invalid:80", b"HTTP/1.1 403 Forbidden\r\n\r\n".to_vec())]));
    let environment = Environment::of_variables([("HTTP_PROXY", &proxy.url)]);
    let never = |error: &ReleaseError, _| panic!("tried again after {error}");
    let source = ReleaseSource { base_url: "http://mirror.invalid", on_retry: &never, ..proxy.source(&environment) };
    assert!(source.latest().is_err());
    assert_eq!(*proxy.asked.lock().unwrap(), ["mirror.invalid:80"]);
}
