//! The rows of the fault matrix about the download of another Flux version.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::bootstrap;
use super::faults::{PATIENCE, Row, outcome, record};
use crate::release::{archive, checksums, response};
use crate::support::{SOON, Scene, TestEnv, wait_for};

const LATEST: &str = "/latest";
const ARCHIVE: &str = "/download/v2.9.6/manifests.tar.gz";
const CHECKSUMS: &str = "/download/v2.9.6/flux_2.9.6_checksums.txt";

#[derive(Clone, Copy)]
enum Fault {
    Reset,
    Status(&'static str),
    /// 429 with this `Retry-After` in seconds.
    Throttled(u32),
    Truncated,
    Late,
    Stalled,
}

/// A mirror whose answers to one path fail so many times. It ends with the test's process.
struct Mirror {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Mirror {
    fn start(path: &'static str, times: usize, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let archive = archive("tests/golden/release");
        let answers = Arc::new(HashMap::from([
            (LATEST, response("200 OK", "", b"v2.9.6\n")),
            (CHECKSUMS, response("200 OK", "", checksums(&archive).as_bytes())),
            (ARCHIVE, response("200 OK", "", &archive)),
        ]));
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for mut socket in listener.incoming().flatten() {
                let (answers, log) = (Arc::clone(&answers), Arc::clone(&log));
                thread::spawn(move || {
                    let Ok(wanted) = request(&socket) else { return };
                    let met = {
                        let mut log = log.lock().unwrap();
                        log.push(wanted.clone());
                        log.iter().filter(|asked| **asked == path).count()
                    };
                    let fault = (wanted == path && met <= times).then_some(fault);
                    // A client that has read enough closes early.
                    let _ = answer(&mut socket, &answers[wanted.as_str()], fault);
                });
            }
        });
        Self { url, asked }
    }

    fn count(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == path).count()
    }
}

/// Reads a request to its end; gives the path.
fn request(socket: &TcpStream) -> std::io::Result<String> {
    let mut lines = BufReader::new(socket).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    Ok(first.split(' ').nth(1).unwrap_or_default().to_owned())
}

fn answer(socket: &mut TcpStream, right: &[u8], fault: Option<Fault>) -> std::io::Result<()> {
    match fault {
        Some(Fault::Reset) => return socket.shutdown(Shutdown::Both),
        Some(Fault::Status(status)) => socket.write_all(&response(status, "", b"no"))?,
        Some(Fault::Throttled(seconds)) => {
            let header = format!("Retry-After: {seconds}\r\n");
            socket.write_all(&response("429 Too Many Requests", &header, b"slow down"))?;
        }
        Some(Fault::Truncated) => socket.write_all(&right[..right.len() - 4])?,
        Some(Fault::Late) => {
            thread::sleep(Duration::from_secs(1));
            socket.write_all(right)?;
        }
        // Until the client goes away.
        Some(Fault::Stalled) => drop(socket.read_to_end(&mut Vec::new())),
        None => socket.write_all(right)?,
    }
    socket.shutdown(Shutdown::Both)
}

#[test]
fn faults_of_the_release_download() {
    let scene = Scene::new();
    let faults = [
        ("connection reset", Fault::Reset),
        ("500", Fault::Status("500 Internal Server Error")),
        ("503", Fault::Status("503 Service Unavailable")),
        ("429 with `Retry-After: 1`", Fault::Throttled(1)),
        ("answer broken off", Fault::Truncated),
        ("answer a second late", Fault::Late),
        ("no answer", Fault::Stalled),
        ("403", Fault::Status("403 Forbidden")),
        ("404", Fault::Status("404 Not Found")),
    ];
    let run = |path: &'static str, fault: Fault, times: usize| {
        let mirror = Mirror::start(path, times, fault);
        let env = TestEnv::new().with_azure(&scene.azure).with_cluster(&scene.plane);
        let url = format!("--release-url={}", mirror.url);
        let mut flags = vec!["--dry-run", "--version=latest", "--allow-insecure-http", url.as_str()];
        // With the others there is an end without it.
        if times > 1 && matches!(fault, Fault::Throttled(_) | Fault::Stalled) {
            flags.push(PATIENCE);
        }
        let run = bootstrap(&env, &scene.azure, &scene.fleet, &flags).run();
        outcome(&run, mirror.count(path), 1, &mirror.url)
    };
    let mut rows: Vec<Row> = Vec::new();
    // One step after the other: all runs at once would wait for the machine longer than for the faults.
    for (step, path) in
        [("ask for the newest version", LATEST), ("download", ARCHIVE), ("check the download", CHECKSUMS)]
    {
        thread::scope(|scope| {
            let started = faults.map(|(name, fault)| {
                let once = scope.spawn(move || run(path, fault, 1));
                (name, once, scope.spawn(move || run(path, fault, 1000)))
            });
            rows.extend(started.map(|(name, once, lasts)| Row::of(step, name, once, lasts)));
        });
    }
    record("Release download", &rows);
}

const TOLD: &str =
    "/download/v2.9.6/manifests.tar.gz` answered with status 429; trying again in 1.0 s\n✗ interrupted by Ctrl-C";

#[test]
fn an_interruption_ends_the_pause_between_downloads_and_the_wait_for_a_silent_mirror() {
    let scene = Scene::new();
    for (fault, requests, told) in [(Fault::Throttled(1), 2, TOLD), (Fault::Stalled, 1, "")] {
        let mirror = Mirror::start(ARCHIVE, 1000, fault);
        let env = TestEnv::new().with_azure(&scene.azure).with_cluster(&scene.plane);
        let url = format!("--release-url={}", mirror.url);
        let flags = ["--version=v2.9.6", &url, "--allow-insecure-http", "--timeout=2h"];
        let running = bootstrap(&env, &scene.azure, &scene.fleet, &flags).spawn();
        wait_for("the request", Duration::from_secs(30), || (mirror.count(ARCHIVE) == requests).then_some(()));
        let asked = Instant::now();
        running.signal("INT");
        let run = running.wait();
        run.assert_code(130).assert_stderr_contains("✗ interrupted by Ctrl-C").assert_stderr_contains(told);
        assert!(asked.elapsed() < SOON, "it took {:?}", asked.elapsed());
    }
}
