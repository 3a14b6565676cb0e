//! Fronts of servers: they pass on what a program sends, count it, and stop the program at a chosen place.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use super::{Running, process};

/// Counts the packets that a program sends through its fronts.
#[derive(Default)]
pub(crate) struct Tap {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    seen: usize,
    stop: Option<Stop>,
    process: Option<u32>,
}

#[derive(Clone, Copy)]
struct Stop {
    at: usize,
    signal: &'static str,
    delivers: bool,
}

impl Tap {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Listens on a free port in front of `127.0.0.1:<port of url>`; returns the URL with that port instead.
    pub(crate) fn front(self: &Arc<Self>, url: &str) -> String {
        let (base, port) = url.trim_end_matches('/').rsplit_once(':').unwrap();
        let upstream: SocketAddr = format!("127.0.0.1:{port}").parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        let tap = Arc::clone(self);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let tap = Arc::clone(&tap);
                thread::spawn(move || tap.pass_on(client, upstream));
            }
        });
        format!("{base}:{own}")
    }

    /// Starts counting anew. The program gets `signal` (a name without `SIG`) with its packet number `at` (from 0), which
    /// reaches the server if it `delivers`.
    pub(crate) fn stop_at(&self, at: usize, signal: &'static str, delivers: bool) {
        *self.state.lock().unwrap() = State { seen: 0, stop: Some(Stop { at, signal, delivers }), process: None };
    }

    /// Starts counting anew; nothing is stopped.
    pub(crate) fn count_only(&self) {
        *self.state.lock().unwrap() = State::default();
    }

    /// Says which program is to be stopped.
    pub(crate) fn watch(&self, running: &Running) {
        self.state.lock().unwrap().process = Some(running.id());
        self.changed.notify_all();
    }

    /// How many packets came.
    pub(crate) fn seen(&self) -> usize {
        self.state.lock().unwrap().seen
    }

    fn pass_on(&self, client: TcpStream, upstream: SocketAddr) {
        let Ok(server) = TcpStream::connect(upstream) else { return };
        let (mut to_client, mut from_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || {
            let _ = std::io::copy(&mut from_server, &mut to_client);
            let _ = to_client.shutdown(Shutdown::Both);
        });
        let (mut client, mut server) = (client, server);
        let mut buffer = [0; 64 << 10];
        while let Ok(count @ 1..) = client.read(&mut buffer) {
            let stop = self.count();
            if stop.is_none_or(|stop| stop.delivers) && server.write_all(&buffer[..count]).is_err() {
                break;
            }
            if let Some(stop) = stop {
                self.signal(stop.signal);
                if !stop.delivers {
                    // A program that lives on for a farewell sees a connection that went away.
                    let _ = client.shutdown(Shutdown::Both);
                    break;
                }
            }
        }
        let _ = server.shutdown(Shutdown::Write);
    }

    fn count(&self) -> Option<Stop> {
        let mut state = self.state.lock().unwrap();
        let number = state.seen;
        state.seen += 1;
        state.stop.filter(|stop| stop.at == number)
    }

    fn signal(&self, signal: &str) {
        let mut state = self.state.lock().unwrap();
        while state.process.is_none() {
            state = self.changed.wait(state).unwrap();
        }
        let process = state.process.unwrap().to_string();
        drop(state);
        let mut kill = process::command("kill");
        kill.args(["-s", signal, &process]);
        let _ = process::spawn(kill).wait();
    }
}
