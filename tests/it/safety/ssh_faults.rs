//! The rows of the fault matrix about Git over SSH: a real server behind a wire that breaks.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use regex::Regex;

use super::faults::{PATIENCE, Row, lasting, outcome, record};
use crate::support::{KeyStanding, Output, Scene, SshServer, TestEnv, new_key};

#[derive(Clone, Copy)]
enum Fault {
    /// The connection ends once the client has begun to speak, or after so many bytes of the server's.
    Reset(u64),
    Late,
    Silent,
}

/// The way to an SSH server, on which some connections fail. It ends with the test's process.
struct Wire {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Wire {
    fn start(server: u16, skip: usize, times: usize, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, connections) = (listener.local_addr().unwrap().port(), Arc::<AtomicUsize>::default());
        let count = Arc::clone(&connections);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let fault = (skip..skip + times).contains(&count.fetch_add(1, Ordering::SeqCst)).then_some(fault);
                // Whoever ends the connection ends the thread.
                thread::spawn(move || serve(client, server, fault));
            }
        });
        Self { port, connections }
    }
}

fn serve(mut client: TcpStream, server: u16, fault: Option<Fault>) -> std::io::Result<()> {
    let mut first = [0; 1024];
    let length = client.read(&mut first)?;
    let most = match fault {
        Some(Fault::Reset(bytes)) => bytes,
        Some(Fault::Silent) => {
            return std::io::copy(&mut client, &mut std::io::sink()).map(drop);
        }
        Some(Fault::Late) => {
            thread::sleep(Duration::from_secs(1));
            u64::MAX
        }
        None => u64::MAX,
    };
    if most > 0 {
        let mut upstream = TcpStream::connect(("127.0.0.1", server))?;
        upstream.write_all(&first[..length])?;
        let (mut asked, mut asking) = (client.try_clone()?, upstream.try_clone()?);
        thread::spawn(move || {
            let _ = std::io::copy(&mut asked, &mut asking);
            asking.shutdown(Shutdown::Write)
        });
        std::io::copy(&mut upstream.take(most), &mut client)?;
    }
    client.shutdown(Shutdown::Both)
}

const NO_FAULT: (usize, usize, Fault) = (0, 0, Fault::Late);

#[test]
fn faults_of_git_over_ssh() {
    let scene = Scene::new();
    let ssh = SshServer::start_plain(&scene.azure);
    let keys = scene.env.path("");
    let [good, unknown, expired, reader] =
        ["good", "unknown", "expired", "reader"].map(|name| new_key(&keys, name, "ed25519", ""));
    let other = new_key(&keys, "other-host", "ed25519", "");
    let public = |file: &Path| fs_err::read_to_string(file.with_extension("pub")).unwrap();
    for (file, standing) in
        [(&good, KeyStanding::Contributor), (&expired, KeyStanding::Expired), (&reader, KeyStanding::Reader)]
    {
        ssh.admit(&public(file), standing);
    }
    scene.fleet.commit("main", "Begin", &[("README.md", "x")]);
    let run = |key: &Path, host_key: &str, (skip, times, fault): (usize, usize, Fault)| -> (Output, usize, u16) {
        let wire = Wire::start(ssh.port(), skip, times, fault);
        let env = TestEnv::new().with_cluster(&scene.plane);
        let known = env.write("known", format!("[127.0.0.1]:{} {host_key}\n", wire.port));
        let flags = [
            format!("--url=ssh://git@127.0.0.1:{}/{}", wire.port, scene.fleet.ssh_path()),
            format!("--private-key-file={}", key.display()),
            format!("--known-hosts-file={}", known.display()),
        ];
        let common = ["bootstrap", "git", "--path=clusters/a", "--dry-run"];
        let patience = matches!(fault, Fault::Silent).then_some(PATIENCE);
        let run = env.flux(common.into_iter().chain(flags.iter().map(String::as_str)).chain(patience)).run();
        (run, wire.connections.load(Ordering::SeqCst), wire.port)
    };
    let (clean, usually, _) = run(&good, ssh.host_key(), NO_FAULT);
    clean.assert_success();
    let keys_and_places = Regex::new(r"SHA256:[A-Za-z0-9+/]+|\(\S+ line 1\)").unwrap();
    let told = |key: &Path, host_key: &str, faults: (usize, usize, Fault)| {
        let (run, connections, port) = run(key, host_key, faults);
        let text = outcome(&run, connections, usually, &format!("[127.0.0.1]:{port}"));
        keys_and_places.replace_all(&text, "…").replace(&format!("127.0.0.1:{port}"), "<server>")
    };
    // Before anything else the server's key is asked for, on a connection of its own; what keeps it from being told
    // is the next one's to report.
    let (host_key_step, branch_step) = (("read the host key", 0), ("read the branch", 1));
    let broken = [
        (host_key_step, "connection reset", Fault::Reset(0)),
        (host_key_step, "answer a second late", Fault::Late),
        (host_key_step, "no answer", Fault::Silent),
        (branch_step, "connection reset", Fault::Reset(0)),
        (branch_step, "answer broken off", Fault::Reset(500)),
        (branch_step, "answer a second late", Fault::Late),
        (branch_step, "no answer", Fault::Silent),
    ];
    let mut rows: Vec<Row> = thread::scope(|scope| {
        let (told, good, host_key) = (&told, &good, ssh.host_key());
        let run = |skip, times, fault| scope.spawn(move || told(good, host_key, (skip, times, fault)));
        let runs: Vec<_> = broken
            .into_iter()
            .map(|((step, skip), name, fault)| (step, name, run(skip, 1, fault), run(skip, 1000, fault)))
            .collect();
        runs.into_iter().map(|(step, name, once, lasts)| Row::of(step, name, once, lasts)).collect()
    });
    for (step, name, key, host_key) in [
        ("read the host key", "another host key", &good, public(&other).as_str()),
        ("read the branch", "unknown key", &unknown, ssh.host_key()),
        ("read the branch", "expired key", &expired, ssh.host_key()),
        ("ask for the right to push", "key that may only read", &reader, ssh.host_key()),
    ] {
        let found = told(key, host_key, NO_FAULT);
        rows.push(Row { step, fault: name.to_owned(), once: found.clone(), lasting: lasting(&found) });
    }
    record("Git server over SSH", &rows);
}
