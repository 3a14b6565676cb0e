//! The program's own log: one line a record, whatever stands in it.

use std::fmt;
use std::io::Write as _;

use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{Format, FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::outlet::{Outlet, Stream};
use crate::domain::environment::Environment;
use crate::domain::server_text::{is_unseen, printable};

/// Sends the program's own log to standard error where `RUST_LOG` asks for it.
pub(crate) fn start_log(environment: &Environment, outlet: &Outlet) {
    let Some(directives) = environment.variable("RUST_LOG") else { return };
    let filter = match EnvFilter::try_new(directives) {
        Ok(filter) => filter,
        // The library's own complaint would go past the outlet, with whatever stands in the variable.
        Err(_) => {
            let words = format!("warning: `RUST_LOG` holds a directive that is not valid: {}\n", printable(directives));
            let _ = outlet.pipe(Stream::Err).write_all(words.as_bytes());
            let valid = directives.split(',').filter(|directive| EnvFilter::try_new(directive).is_ok());
            EnvFilter::try_new(valid.collect::<Vec<_>>().join(",")).unwrap_or_default()
        }
    };
    let outlet = outlet.clone();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || outlet.pipe(Stream::Err))
        .with_ansi(false)
        // A log that cannot be written is no reason to stop; a complaint about it could not be written either.
        .log_internal_errors(false)
        .event_format(OneLine(Format::default().with_ansi(false)));
    // Only the first subscriber of a process counts.
    let _ = log.try_init();
}

/// `2026-01-31T12:00:00.000000Z DEBUG flux_bootstrap::git: text field=value`, unseen characters escaped.
struct OneLine(Format);

impl<S, N> FormatEvent<S, N> for OneLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut record = String::new();
        self.0.format_event(context, Writer::new(&mut record), event)?;
        writeln!(to, "{}", one_line(&record))
    }
}

fn one_line(record: &str) -> String {
    let mut line = String::with_capacity(record.len());
    for character in record.trim_end().chars() {
        if is_unseen(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_record_is_one_line_that_starts_with_time_and_level() {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .event_format(OneLine(Format::default().with_ansi(false)))
            .finish();
        tracing::subscriber::with_default(log, || {
            tracing::info_span!("outer", of = "a\nb").in_scope(|| {
                tracing::warn!(body = "x\ny\u{1b}[2J", "two\nlines");
            });
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text:?}");
        let (time, rest) = text.split_once("  ").unwrap();
        assert!(time.len() == 27 && time.ends_with('Z'), "{time:?}");
        assert!(
            rest.starts_with("WARN outer{") && rest.contains("flux_bootstrap::ui::log::tests: two\\nlines"),
            "{rest}"
        );
        assert!(text.ends_with('\n') && !text.trim_end().contains(char::is_control), "{text:?}");
    }
}
