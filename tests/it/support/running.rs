//! A run of `flux` that is going on.

use std::io::{Read, Write as _};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::output::{self, Usage};
use super::process::{SOON, wait_for};
use super::test_env::Invocation;
use super::{Output, canary, plan_order};

/// What comes out of a pipe, read as it comes.
struct Printed {
    bytes: Arc<Mutex<Vec<u8>>>,
    end: thread::JoinHandle<()>,
}

impl Printed {
    fn of(mut pipe: impl Read + Send + 'static, echoes: bool) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let end = thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                kept.lock().unwrap().extend_from_slice(&buffer[..count]);
                if echoes {
                    let _ = std::io::stdout().write_all(&buffer[..count]);
                }
            }
        });
        Self { bytes, end }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    fn whole(self) -> String {
        self.end.join().unwrap();
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }
}

/// A run that is going on.
pub(crate) struct Running {
    invocation: Invocation,
    child: Child,
    stdout: Printed,
    stderr: Printed,
    start: Instant,
}

impl Running {
    pub(super) fn new(invocation: Invocation, mut child: Child) -> Self {
        let stdout = Printed::of(child.stdout.take().unwrap(), invocation.echoes);
        let stderr = Printed::of(child.stderr.take().unwrap(), invocation.echoes);
        Self { invocation, child, stdout, stderr, start: Instant::now() }
    }

    /// Waits until the run has printed this to its standard error.
    pub(crate) fn wait_to_print(&self, text: &str) {
        wait_for(&format!("`{text}` to be printed"), SOON, || {
            let printed = self.stderr.so_far();
            (printed.contains(text) && output::without_log(&printed).0.contains(text)).then_some(())
        });
    }

    /// Sends a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end.
    pub(crate) fn wait(mut self) -> Output {
        let mut usage = Usage::default();
        let status = loop {
            usage.look(self.child.id());
            if let Some(status) = self.child.try_wait().unwrap() {
                break Some(status);
            }
            if self.start.elapsed() > self.invocation.longest {
                let _ = self.child.kill();
                let _ = self.child.wait();
                break None;
            }
            thread::sleep(Duration::from_millis(5));
        };
        let elapsed = self.start.elapsed();
        let (stderr, log) = output::without_log(&self.stderr.whole());
        let output =
            Output { line: self.invocation.line(), status, stdout: self.stdout.whole(), stderr, log, elapsed, usage };
        if status.is_none() {
            output.fail("it took too long and was ended");
        }
        if let Some(complaint) = plan_order::complaint(&output.log) {
            output.fail(&complaint);
        }
        if let Some(left) = self.invocation.temporary.leave(status) {
            output.fail(&format!("it left temporary files: {left}"));
        }
        if self.invocation.may_show_secrets {
            return output;
        }
        output.assert_shows_no_secret();
        output.assert_commands_no_agent(self.invocation.variables.contains_key("TF_BUILD"));
        let expected = self.invocation.written.borrow();
        if let Some((file, secret)) = canary::file_showing_one(&self.invocation.root, &expected) {
            output.fail(&format!("it left the secret {secret} in {}", file.display()));
        }
        drop(expected);
        output
    }
}
