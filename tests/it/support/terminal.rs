//! A run in a pseudo-terminal: wait for text, type an answer.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::output::Usage;
use super::temporary::TemporaryFolder;
use super::{Output, process, wait_for};

/// How long a prompt may let wait for itself.
const LONGEST_PROMPT: Duration = Duration::from_secs(60);

/// A program whose standard streams are one terminal, through util-linux's `script`.
#[must_use = "finish it"]
pub(crate) struct Terminal {
    child: Child,
    stdin: Option<ChildStdin>,
    screen: Arc<Mutex<Vec<u8>>>,
    seen: usize,
    line: String,
    longest: Duration,
    start: Instant,
    temporary: TemporaryFolder,
}

impl Terminal {
    pub(super) fn start(mut command: Command, line: String, longest: Duration, temporary: TemporaryFolder) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = process::spawn(command);
        temporary.enter();
        let mut stdout = child.stdout.take().unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&screen);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                sink.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        let stdin = child.stdin.take();
        Self { child, stdin, screen, seen: 0, line, longest, start: Instant::now(), temporary }
    }

    /// All that was shown so far, with line ends as `\n`.
    pub(crate) fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).replace("\r\n", "\n")
    }

    /// Waits until `text` is shown, after what earlier calls found.
    #[track_caller]
    pub(crate) fn expect(&mut self, text: &str) -> &mut Self {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if let Some(at) = screen.get(self.seen..).and_then(|rest| rest.find(text)) {
                self.seen += at + text.len();
                return self;
            }
            assert!(start.elapsed() < LONGEST_PROMPT, "{text:?} was not shown by {}; the screen:\n{screen}", self.line);
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Types `text`; end it with `\n` to press return, `\x03` is Ctrl-C.
    pub(crate) fn type_text(&mut self, text: &str) -> &mut Self {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
        self
    }

    /// Waits for the end. Everything shown is in the output's `stdout`.
    pub(crate) fn finish(mut self) -> Output {
        let status = wait_for(&format!("the end of {}", self.line), self.longest, || self.child.try_wait().unwrap());
        drop(self.stdin.take());
        let output = Output {
            line: self.line.clone(),
            status: Some(status),
            stdout: self.screen(),
            stderr: String::new(),
            log: String::new(),
            elapsed: self.start.elapsed(),
            usage: Usage::default(),
        };
        if let Some(left) = self.temporary.leave(output.status) {
            output.fail(&format!("it left temporary files: {left}"));
        }
        output.assert_shows_no_secret();
        output.assert_commands_no_agent(false);
        output
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
