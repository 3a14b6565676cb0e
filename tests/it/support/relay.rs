//! A way to a server that is as long as wanted, and counted.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Default)]
struct Shared {
    /// Each way, in microseconds.
    delay: AtomicU64,
    connections: AtomicUsize,
    up: AtomicU64,
    down: AtomicU64,
}

/// Passes connections on to a server. Every byte takes the delay, and making a connection takes a round trip.
pub(crate) struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What went through since it was last asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) connections: usize,
    /// Bytes to the server.
    pub(crate) up: u64,
    /// Bytes from the server.
    pub(crate) down: u64,
}

impl Relay {
    /// Without a delay at first.
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, shared) = (listener.local_addr().unwrap(), Arc::<Shared>::default());
        let passing = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&passing);
                thread::spawn(move || pass(client, server, &shared));
            }
        });
        Self { address, shared }
    }

    /// Where clients connect to.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long a byte takes from now on, each way.
    pub(crate) fn delay(&self, each_way: Duration) {
        self.shared.delay.store(each_way.as_micros() as u64, Ordering::Relaxed);
    }

    /// What went through since this was last asked.
    pub(crate) fn take(&self) -> Passed {
        let Shared { connections, up, down, .. } = &*self.shared;
        Passed {
            connections: connections.swap(0, Ordering::Relaxed),
            up: up.swap(0, Ordering::Relaxed),
            down: down.swap(0, Ordering::Relaxed),
        }
    }
}

fn pass(client: TcpStream, server: SocketAddr, shared: &Arc<Shared>) -> std::io::Result<()> {
    shared.connections.fetch_add(1, Ordering::Relaxed);
    let delay = Duration::from_micros(shared.delay.load(Ordering::Relaxed));
    let upstream = TcpStream::connect(server)?;
    for socket in [&client, &upstream] {
        socket.set_nodelay(true)?;
    }
    // The client believes at once to be connected; from afar it would have waited for the answer.
    let connected = Instant::now() + 2 * delay;
    let (from, to, counted) = (client.try_clone()?, upstream.try_clone()?, Arc::clone(shared));
    let up = thread::spawn(move || carry(from, to, delay, connected, &counted.up));
    carry(upstream, client, delay, connected, &shared.down);
    let _ = up.join();
    Ok(())
}

/// Carries bytes one way, each for as long as the delay, in order and side by side.
fn carry(mut from: TcpStream, mut to: TcpStream, delay: Duration, connected: Instant, count: &AtomicU64) {
    let (sender, under_way) = mpsc::sync_channel::<(Instant, Vec<u8>)>(4096);
    let arriving = thread::spawn(move || {
        for (at, bytes) in under_way {
            thread::sleep(at.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        count.fetch_add(read as u64, Ordering::Relaxed);
        if sender.send((Instant::now().max(connected) + delay, buffer[..read].to_vec())).is_err() {
            break;
        }
    }
    drop(sender);
    let _ = arriving.join();
}
