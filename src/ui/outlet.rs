//! What is printed leaves by a thread of its own, in the order in which it was said: a reader that does not read, a
//! full pipe or a stopped terminal, holds up neither the run nor its deadline nor its answer to Ctrl-C.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::agent_command::{AgentCommand, AgentCommands};
use super::sink::{Sink, broken};

/// One of the process's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Both outputs of the process. What is waiting to be read is kept in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outlet {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<(Stream, Vec<u8>)>,
    /// What keeps text from commanding a CI agent: of standard output and of standard error.
    sinks: [Sink; 2],
    /// What the thread is writing now.
    writing: Option<Stream>,
    started: bool,
    /// Why standard output could not be written; a reader that went away is no failure.
    trouble: Option<String>,
}

/// A writer to one of the outputs, which never blocks.
#[derive(Clone, Debug)]
pub(crate) struct Pipe {
    outlet: Outlet,
    stream: Stream,
}

impl Outlet {
    /// A writer to this output.
    pub(crate) fn pipe(&self, stream: Stream) -> Pipe {
        Pipe { outlet: self.clone(), stream }
    }

    /// Waits until all is written, at most so long; says whether it is.
    pub(crate) fn drained(&self, within: Duration) -> bool {
        let start = Instant::now();
        let mut state = self.lock();
        while !state.is_empty() {
            let Some(left) = within.checked_sub(start.elapsed()) else { return false };
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Waits until all is written, as long as that takes.
    pub(crate) fn drain(&self) {
        while !self.drained(Duration::from_secs(60)) {}
    }

    /// Whether something for this output is not written yet.
    pub(crate) fn holds(&self, stream: Stream) -> bool {
        let state = self.lock();
        state.writing == Some(stream) || state.queue.iter().any(|(of, _)| *of == stream)
    }

    /// Why standard output could not be written, if it could not.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.lock().trouble.clone()
    }

    /// Writes to standard error past everything that waits, and gives up soon.
    pub(crate) fn write_at_once(&self, text: &str) {
        let (sender, done) = std::sync::mpsc::channel();
        let text = broken(text);
        std::thread::spawn(move || {
            // Nobody is left to be told that this failed, too.
            let _ = write(Stream::Err, text.as_bytes());
            sender.send(())
        });
        let _ = done.recv_timeout(Duration::from_secs(1));
    }

    fn say(&self, stream: Stream, bytes: &[u8]) {
        let mut state = self.lock();
        let safe = state.sinks[stream as usize].pass(bytes);
        self.queue(state, stream, &safe);
    }

    fn queue(&self, mut state: MutexGuard<'_, State>, stream: Stream, bytes: &[u8]) {
        match state.queue.back_mut() {
            Some((last, waiting)) if *last == stream => waiting.extend_from_slice(bytes),
            _ => state.queue.push_back((stream, bytes.to_vec())),
        }
        if !std::mem::replace(&mut state.started, true) {
            let outlet = self.clone();
            std::thread::spawn(move || outlet.write_queued());
        }
        drop(state);
        self.shared.changed.notify_all();
    }

    /// The thread: it ends with the process.
    fn write_queued(&self) {
        let mut state = self.lock();
        loop {
            let Some((stream, bytes)) = state.queue.pop_front() else {
                state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            state.writing = Some(stream);
            drop(state);
            let result = write(stream, &bytes);
            state = self.lock();
            state.writing = None;
            if let (Stream::Out, Err(error)) = (stream, result)
                && error.kind() != io::ErrorKind::BrokenPipe
            {
                state.trouble.get_or_insert_with(|| error.to_string());
            }
            self.shared.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.writing.is_none()
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outlet.say(self.stream, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AgentCommands for Pipe {
    fn command(&mut self, command: &AgentCommand<'_>) {
        let state = self.outlet.lock();
        self.outlet.queue(state, self.stream, format!("{command}\n").as_bytes());
    }
}

fn write(stream: Stream, bytes: &[u8]) -> io::Result<()> {
    match stream {
        Stream::Out => {
            let mut out = io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        }
        Stream::Err => io::stderr().lock().write_all(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_through_the_sink_and_commands_past_it() {
        let outlet = Outlet::default();
        outlet.lock().started = true;
        let mut pipes = [outlet.pipe(Stream::Err), outlet.pipe(Stream::Err), outlet.pipe(Stream::Out)];
        for (pipe, text) in [(0, "a ##v"), (2, "#"), (1, "so[b]\n"), (2, "#[c]\n"), (0, ":"), (1, ":d\n")] {
            pipes[pipe].write_all(text.as_bytes()).unwrap();
        }
        pipes[2].command(&AgentCommand::EndGroup);
        let of = |stream| {
            outlet.lock().queue.iter().filter(|(of, _)| *of == stream).flat_map(|(_, text)| text.clone()).collect()
        };
        let [out, err] = [Stream::Out, Stream::Err].map(|stream| String::from_utf8(of(stream)).unwrap());
        assert_eq!((out.as_str(), err.as_str()), ("## [c]\n##[endgroup]\n", "a ##vso [b]\n: :d\n"));
    }

    #[test]
    fn what_waits_is_kept_in_order() {
        let outlet = Outlet::default();
        // As if the thread were stuck.
        outlet.lock().started = true;
        for (stream, text) in [(Stream::Out, "a"), (Stream::Err, "b"), (Stream::Err, "c"), (Stream::Out, "d")] {
            outlet.pipe(stream).write_all(text.as_bytes()).unwrap();
        }
        let queue: Vec<(Stream, Vec<u8>)> = outlet.lock().queue.iter().cloned().collect();
        assert_eq!(queue, [(Stream::Out, b"a".to_vec()), (Stream::Err, b"bc".to_vec()), (Stream::Out, b"d".to_vec())]);
        assert!(outlet.holds(Stream::Out) && !outlet.drained(Duration::from_millis(5)));
        outlet.lock().queue.clear();
        assert!(outlet.drained(Duration::ZERO) && outlet.trouble().is_none());
    }
}
