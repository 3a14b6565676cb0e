//! What came of a run, and assertions about it.

use std::process::ExitStatus;
use std::time::Duration;

use super::agent_commands::obeyed_line;
use super::canary;

/// What a run gave.
#[must_use = "assert something about the run"]
pub(crate) struct Output {
    pub(crate) line: String,
    pub(crate) status: Option<ExitStatus>,
    pub(crate) stdout: String,
    /// Without the lines of the program's log.
    pub(crate) stderr: String,
    /// The lines of the program's log.
    pub(crate) log: String,
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

/// Tells the lines of the program's log, `<time> <LEVEL> <spans and module>: <text>`, from what was said to people.
pub(super) fn without_log(stderr: &str) -> (String, String) {
    stderr.split_inclusive('\n').partition(|line| !is_log(line))
}

fn is_log(line: &str) -> bool {
    const LEVELS: [&str; 5] = ["TRACE ", "DEBUG ", " INFO ", " WARN ", "ERROR "];
    let Some((time, rest)) = line.split_at_checked(TIME.len()) else { return false };
    let digits = |(form, byte): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { form == byte };
    TIME.bytes().zip(time.bytes()).all(digits)
        && rest.strip_prefix(' ').is_some_and(|rest| LEVELS.iter().any(|level| rest.starts_with(level)))
}

/// When a record was made; every `0` is a digit.
const TIME: &str = "0000-00-00T00:00:00.000000Z";

impl Output {
    /// The exit code, or -1 after a signal.
    pub(crate) fn code(&self) -> i32 {
        self.status.and_then(|status| status.code()).unwrap_or(-1)
    }

    /// Fails, showing everything about the run.
    #[track_caller]
    pub(crate) fn fail(&self, why: &str) -> ! {
        panic!(
            "{why}\n---- command\n{}\n---- exit code {} after {:?}\n---- stdout\n{}---- stderr\n{}---- end of the log\n{}----",
            self.line,
            self.code(),
            self.elapsed,
            self.stdout,
            self.stderr,
            end_of(&self.log)
        );
    }

    /// Nothing that was printed shows a secret declared by now; every run is looked through once by itself, with the
    /// secrets known then.
    #[track_caller]
    pub(crate) fn assert_shows_no_secret(&self) -> &Self {
        if let Some(secret) = [&self.stdout, &self.stderr, &self.log].into_iter().find_map(canary::shown_in) {
            self.fail(&format!("it shows the secret {secret}"));
        }
        self
    }

    /// Nothing that was printed is a command to a CI agent; the program's own are allowed on Azure Pipelines.
    #[track_caller]
    pub(super) fn assert_commands_no_agent(&self, on_azure_pipelines: bool) -> &Self {
        let printed = [&self.stdout, &self.stderr, &self.log];
        if let Some(line) = printed.into_iter().find_map(|text| obeyed_line(text, on_azure_pipelines)) {
            self.fail(&format!("a CI agent would obey the line {line:?}"));
        }
        self
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

/// The last lines of a text.
fn end_of(text: &str) -> &str {
    const MOST: usize = 30;
    let cut = text.trim_end().rmatch_indices('\n').nth(MOST).map_or(0, |(at, _)| at + 1);
    &text[cut..]
}
