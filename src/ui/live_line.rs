//! One line at the bottom of a terminal that shows what is being waited for, for how long, and how much time is left.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::wrap::{columns, wrapped};

/// What turns at the line's start.
const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/// How often the line is drawn.
const TICK: Duration = Duration::from_millis(120);
/// What passes sooner needs no line.
const SOON: Duration = Duration::from_millis(700);
/// Back to the line's start, and clear it.
const CLEAR: &str = "\r\u{1b}[K";

/// A writer whose other lines are never mixed up with the live one.
#[derive(Debug)]
pub(crate) struct LiveLine<W: Write + Send + 'static> {
    shared: Arc<Mutex<Shared<W>>>,
    ticker: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared<W> {
    writer: W,
    waiting: Option<(String, Instant)>,
    /// When the run gives up; none where that is not known.
    end: Option<Instant>,
    drawn: bool,
    frame: usize,
    ended: bool,
}

impl<W: Write + Send + 'static> LiveLine<W> {
    /// Writes to `writer`; the line is drawn only where `live` says that it can be rewritten.
    pub(crate) fn new(writer: W, live: bool) -> Self {
        let shared = Shared { writer, waiting: None, end: None, drawn: false, frame: 0, ended: false };
        let shared = Arc::new(Mutex::new(shared));
        let ticker = live.then(|| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || {
                while !lock(&shared).tick() {
                    std::thread::park_timeout(TICK);
                }
            })
        });
        Self { shared, ticker }
    }

    /// Writes whole lines above the live one, broken where the terminal ends.
    pub(crate) fn write(&self, text: &str) {
        let columns = self.ticker.as_ref().and_then(|_| columns());
        let broken = columns.map(|columns| wrapped(text, columns));
        let text = broken.as_deref().unwrap_or(text);
        let mut shared = lock(&self.shared);
        shared.clear();
        // A closed standard error must not fail a run.
        let _ = shared.writer.write_all(text.as_bytes()).and_then(|()| shared.writer.flush());
    }

    /// Shows from now on how much time is left until this moment.
    pub(crate) fn until(&self, end: Instant) {
        lock(&self.shared).end = Some(end);
    }

    /// Shows what is being waited for from now on; nothing for nothing.
    pub(crate) fn show(&self, waiting: Option<String>) {
        let mut shared = lock(&self.shared);
        shared.clear();
        shared.waiting = waiting.map(|what| (what, Instant::now()));
    }
}

impl<W: Write + Send + 'static> Drop for LiveLine<W> {
    fn drop(&mut self) {
        {
            let mut shared = lock(&self.shared);
            shared.clear();
            shared.ended = true;
        }
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
            // A ticker that panicked leaves nothing behind that matters.
            let _ = ticker.join();
        }
    }
}

impl<W: Write> Shared<W> {
    /// Draws the line; true when there will be none any more.
    fn tick(&mut self) -> bool {
        if let Some((what, since)) = self.waiting.as_ref().filter(|(_, since)| since.elapsed() >= SOON) {
            let frame = FRAMES[self.frame % FRAMES.len()];
            let left = self.end.map(|end| format!(", {} left", rounded(end.saturating_duration_since(Instant::now()))));
            let line = format!("{CLEAR}{frame} {what} ({}{})", rounded(since.elapsed()), left.unwrap_or_default());
            self.frame += 1;
            self.drawn = true;
            let _ = self.writer.write_all(line.as_bytes()).and_then(|()| self.writer.flush());
        }
        self.ended
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let _ = self.writer.write_all(CLEAR.as_bytes()).and_then(|()| self.writer.flush());
        }
    }
}

/// `8 s`, `4 min 52 s`.
fn rounded(time: Duration) -> String {
    match (time.as_secs() / 60, time.as_secs() % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn lock<W>(shared: &Mutex<Shared<W>>) -> MutexGuard<'_, Shared<W>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_alone_and_nothing_is_left() {
        let mut shared = Shared { writer: Vec::new(), waiting: None, end: None, drawn: false, frame: 0, ended: false };
        assert!(!shared.tick());
        shared.waiting = Some(("waiting".into(), Instant::now() - Duration::from_secs(3)));
        shared.tick();
        shared.clear();
        shared.clear();
        assert_eq!(String::from_utf8(shared.writer).unwrap(), "\r\u{1b}[K⠋ waiting (3 s)\r\u{1b}[K");
    }

    #[test]
    fn the_time_left_is_shown_where_it_is_known() {
        let mut shared = Shared { writer: Vec::new(), waiting: None, end: None, drawn: false, frame: 0, ended: false };
        shared.waiting = Some(("waiting".into(), Instant::now() - Duration::from_secs(83)));
        // Far from a full second, so that a slow machine shows the same.
        shared.end = Some(Instant::now() + Duration::from_secs(3600));
        shared.tick();
        let drawn = String::from_utf8(shared.writer).unwrap();
        assert!(drawn.contains("waiting (1 min 23 s, 59 min 5"), "{drawn}");
    }

    #[test]
    fn without_a_terminal_there_is_no_line() {
        let line = LiveLine::new(Vec::new(), false);
        line.show(Some("waiting".into()));
        line.write("a\n");
        assert_eq!(lock(&line.shared).writer, b"a\n");
        assert!(line.ticker.is_none());
    }
}
