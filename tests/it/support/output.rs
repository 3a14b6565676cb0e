//! What came of a run, and assertions about it.

use std::process::ExitStatus;
use std::time::Duration;

/// What a run gave.
#[must_use = "assert something about the run"]
pub(crate) struct Output {
    pub(crate) line: String,
    pub(crate) status: Option<ExitStatus>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) elapsed: Duration,
    pub(crate) usage: Usage,
}

/// What a run took of the machine; children are left out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// User and system time, in steps of 10 ms.
    pub(crate) cpu: Duration,
    /// The most memory that was resident at once.
    pub(crate) peak_kib: u64,
}

impl Usage {
    /// Reads the kernel's account of a process. Times can still be read when it has ended and was not waited for;
    /// memory cannot, so the last look before counts.
    pub(super) fn look(&mut self, process: u32) {
        let read = |file: &str| fs_err::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
        let stat = read("stat");
        // The fields after the name, which is in parentheses: utime and stime are the 14th and 15th of all.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        self.cpu = self.cpu.max(Duration::from_millis(ticks * 10));
        let status = read("status");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok());
        self.peak_kib = self.peak_kib.max(peak.unwrap_or_default());
    }
}

impl Output {
    /// The exit code, or -1 after a signal.
    pub(crate) fn code(&self) -> i32 {
        self.status.and_then(|status| status.code()).unwrap_or(-1)
    }

    /// Fails, showing everything about the run.
    #[track_caller]
    pub(crate) fn fail(&self, why: &str) -> ! {
        panic!(
            "{why}\n---- command\n{}\n---- exit code {} after {:?}\n---- stdout\n{}---- stderr\n{}----",
            self.line,
            self.code(),
            self.elapsed,
            self.stdout,
            self.stderr
        );
    }

    /// Exit code 0.
    #[track_caller]
    pub(crate) fn assert_success(&self) -> &Self {
        self.assert_code(0)
    }

    /// This exit code.
    #[track_caller]
    pub(crate) fn assert_code(&self, code: i32) -> &Self {
        if self.code() != code {
            self.fail(&format!("exit code {} instead of {code}", self.code()));
        }
        self
    }

    /// Standard error holds `text`.
    #[track_caller]
    pub(crate) fn assert_stderr_contains(&self, text: &str) -> &Self {
        if !self.stderr.contains(text) {
            self.fail(&format!("stderr lacks {text:?}"));
        }
        self
    }

    /// Standard error does not hold `text`.
    #[track_caller]
    pub(crate) fn assert_stderr_lacks(&self, text: &str) -> &Self {
        if self.stderr.contains(text) {
            self.fail(&format!("stderr holds {text:?}"));
        }
        self
    }

    /// Standard error is exactly `text`.
    #[track_caller]
    pub(crate) fn assert_stderr(&self, text: &str) -> &Self {
        if self.stderr != text {
            self.fail(&format!("stderr is not\n{text}"));
        }
        self
    }

    /// Standard output holds `text`.
    #[track_caller]
    pub(crate) fn assert_stdout_contains(&self, text: &str) -> &Self {
        if !self.stdout.contains(text) {
            self.fail(&format!("stdout lacks {text:?}"));
        }
        self
    }

    /// Standard output is exactly `text`.
    #[track_caller]
    pub(crate) fn assert_stdout(&self, text: &str) -> &Self {
        if self.stdout != text {
            self.fail(&format!("stdout is not\n{text}"));
        }
        self
    }
}
