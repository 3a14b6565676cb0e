//! Programs that end with their owner, free ports, folders, and waiting on conditions.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A background program; killed when dropped, and by the kernel when the test process ends however it ends.
pub(crate) struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

type Request = (Command, Sender<std::io::Result<Child>>);

/// The kernel's parent-death signal follows the thread that forked, and tests are threads that end; so one
/// thread, which lives as long as the process, starts everything.
static SPAWNER: LazyLock<Mutex<Sender<Request>>> = LazyLock::new(|| {
    let (sender, requests) = channel::<Request>();
    thread::spawn(move || {
        for (mut command, answer) in requests {
            let _ = answer.send(command.spawn());
        }
    });
    Mutex::new(sender)
});

/// A command with an empty environment but for PATH, which dies with this process.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program).env_clear().env("PATH", search_path());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// Starts a command from the thread that never ends. See [`command`].
pub(crate) fn spawn(command: Command) -> Child {
    let text = format!("{command:?}");
    let (sender, answer) = channel();
    SPAWNER.lock().unwrap().send((command, sender)).unwrap();
    answer.recv().unwrap().unwrap_or_else(|error| panic!("cannot start {text}: {error}"))
}

#[expect(clippy::disallowed_methods, reason = "tests read the environment themselves")]
pub(crate) fn search_path() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_else(|_| "/usr/bin:/bin".to_owned()))
}

impl Process {
    /// Starts `command`, its output going to `log`.
    pub(crate) fn start(name: &str, log: &Path, mut command: Command) -> Self {
        let out = fs_err::File::create(log).unwrap().into_parts().0;
        command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(out);
        Self { child: spawn(command), name: name.to_owned(), log: log.to_owned() }
    }

    /// What the program wrote so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs_err::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Its environment, as the system has it.
    pub(crate) fn environment(&self) -> Vec<u8> {
        fs_err::read(format!("/proc/{}/environ", self.child.id())).unwrap_or_default()
    }

    /// Whether the program is still running.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success(), "cannot signal {}", self.name);
    }

    /// Whether it has ended because another program took its port first. The caller chooses another.
    pub(crate) fn lost_its_port(&mut self) -> bool {
        !self.is_running() && self.log().to_lowercase().contains("address already in use")
    }

    /// Fails with the program's log if it has ended.
    pub(crate) fn assert_running(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            let log = self.log();
            let tail = log.len().saturating_sub(4000);
            panic!("{} ended: {status}\n{}", self.name, log.get(tail..).unwrap_or(&log));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port on 127.0.0.1 that nobody listens on, outside the kernel's own range, so that no outgoing connection takes it
/// before the program it is for does. Another program may: see [`Process::lost_its_port`].
pub(crate) fn free_port() -> u16 {
    static NEXT: LazyLock<AtomicU32> = LazyLock::new(|| AtomicU32::new(std::process::id().wrapping_mul(97)));
    for _ in 0..2000 {
        let port = 12_000 + u16::try_from(NEXT.fetch_add(1, Ordering::Relaxed) % 18_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port");
}

/// What ends within this time ended by itself and not at a limit of minutes, however busy the machine is: the bound for
/// what shall end soon.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// `--timeout` for a run that needs so many seconds to come as far as its scenario wants it, and then waits in vain: longer
/// on a machine that has more to do than its processors can.
pub(crate) fn timeout(seconds: u64) -> String {
    format!("--timeout={}s", Duration::from_secs(seconds).mul_f64(slowness()).as_secs())
}

/// How many times as long as on an idle machine a step may take now: 1 to 16, by the load of the last minute.
fn slowness() -> f64 {
    let load = fs_err::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0);
    let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (load / 2.0 / f64::from(u32::try_from(processors).unwrap())).clamp(1.0, 16.0)
}

/// Waits until `probe` gives a value; fails after `limit`, later on a busy machine, naming what was waited for.
pub(crate) fn wait_for<T>(what: &str, limit: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    let mut pause = Duration::from_millis(5);
    loop {
        if let Some(value) = probe() {
            return value;
        }
        let passed = start.elapsed();
        assert!(passed < limit || passed < limit.mul_f64(slowness()), "waited {passed:?} in vain for {what}");
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// A folder of this test process for what outlives a single test; those of processes that have ended are removed.
pub(crate) fn process_folder() -> &'static Path {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let parent = std::env::temp_dir().join("flux-testbed");
        fs_err::create_dir_all(&parent).unwrap();
        for entry in fs_err::read_dir(&parent).unwrap().flatten() {
            if !Path::new("/proc").join(entry.file_name()).exists() {
                let _ = fs_err::remove_dir_all(entry.path());
            }
        }
        let folder = parent.join(std::process::id().to_string());
        fs_err::create_dir_all(&folder).unwrap();
        folder
    });
    &FOLDER
}

/// Removes it, once nothing in it is in use any more.
pub(crate) fn remove_process_folder() {
    let _ = fs_err::remove_dir_all(process_folder());
}

/// A new empty folder inside [`process_folder`].
pub(crate) fn new_folder(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let folder = process_folder().join(format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    fs_err::create_dir_all(&folder).unwrap();
    folder
}

/// A program of tests/testbed, built on first use.
pub(crate) fn testbed_program(name: &str) -> PathBuf {
    static BIN: LazyLock<PathBuf> = LazyLock::new(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testbed/build.sh");
        let mut command = Command::new(&script);
        if env!("CARGO_CRATE_NAME") == "demo" {
            command.arg("demo");
        }
        let output = command.stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "{} failed", script.display());
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
    });
    #[expect(clippy::disallowed_methods, reason = "tests read the environment themselves")]
    let assets = std::env::var_os("KUBEBUILDER_ASSETS").map(|folder| Path::new(&folder).join(name));
    assets.filter(|program| program.exists()).unwrap_or_else(|| BIN.join(name))
}
