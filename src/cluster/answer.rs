//! What an API server answers, as far as it is taken in: whoever answers chooses how much that is.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::Value;
use tower::BoxError;

/// How many bytes an answer may have, once unpacked. An object has 1.5 MiB at most (etcd's own limit), a page of a list
/// 100 of which few are as large.
const MOST_BYTES: usize = 8 << 20;

/// How many bytes a line of a watch may have; more than an answer may, so that its limit is the first to be reached.
const MOST_IN_A_LINE: usize = 2 * MOST_BYTES;

/// How many values one answer may hold: each takes some hundred bytes of memory, and two of the answer.
const MOST_VALUES: usize = 400_000;

/// Why an answer was not taken in.
pub(super) enum Unread {
    /// It is larger than any that is needed.
    TooLarge,
    /// It broke off.
    Lost(BoxError),
}

/// Reads an answer to its end.
pub(super) async fn read<B>(body: B) -> Result<Vec<u8>, Unread>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    match Limited::new(body, MOST_BYTES).collect().await {
        Ok(whole) => Ok(whole.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(Unread::TooLarge),
        Err(error) => Err(Unread::Lost(error)),
    }
}

/// Whether an answer holds no more values than are taken in. Those in texts are counted too, which no real answer has so
/// many of.
pub(super) fn is_modest(json: &[u8]) -> bool {
    json.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).take(MOST_VALUES + 1).count() <= MOST_VALUES
}

/// About how many bytes of memory a value takes.
pub(super) fn weight(value: &Value) -> usize {
    64 + match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(weight).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| 64 + key.len() + weight(value)).sum(),
        _ => 0,
    }
}

/// A body whose lines have an end. Watches last, and each of their lines is kept until it is complete.
pub(super) struct Lines<B> {
    inner: Pin<Box<B>>,
    /// How many bytes came since the last line break.
    since: usize,
}

impl<B> Lines<B> {
    pub(super) fn new(inner: B) -> Self {
        Self { inner: Box::pin(inner), since: 0 }
    }

    fn count(&mut self, bytes: &[u8]) -> bool {
        self.since = match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => bytes.len() - at,
            None => self.since + bytes.len(),
        };
        self.since <= MOST_IN_A_LINE
    }
}

impl<B> Body for Lines<B>
where
    B: Body,
    B::Data: AsRef<[u8]>,
    B::Error: Into<BoxError>,
{
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
        match self.inner.as_mut().poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                let modest = frame.data_ref().is_none_or(|data| self.count(data.as_ref()));
                Poll::Ready(Some(if modest { Ok(frame) } else { Err("a line without end".into()) }))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use kube::client::Body as Whole;

    use super::*;

    #[tokio::test]
    async fn an_answer_is_read_up_to_its_limit() {
        assert_eq!(read(Whole::from(b"{}".to_vec())).await.ok(), Some(b"{}".to_vec()));
        let large = Whole::from(vec![b' '; MOST_BYTES + 1]);
        assert!(matches!(read(large).await, Err(Unread::TooLarge)));
    }

    #[test]
    fn an_answer_of_many_small_values_is_too_much() {
        assert!(is_modest(b"{\"a\": [1, 2, 3]}"));
        assert!(!is_modest(&b"[]".repeat(MOST_VALUES + 1)));
    }

    #[tokio::test]
    async fn the_lines_of_a_watch_may_be_many_but_not_long() {
        let lines = Lines::new(Whole::from(b"{}\n".repeat(MOST_BYTES)));
        assert_eq!(lines.collect().await.map(|whole| whole.to_bytes().len()).ok(), Some(3 * MOST_BYTES));
        let long = Lines::new(Whole::from(vec![b' '; MOST_IN_A_LINE + 1]));
        assert_eq!(long.collect().await.err().map(|error| error.to_string()).as_deref(), Some("a line without end"));
    }
}
