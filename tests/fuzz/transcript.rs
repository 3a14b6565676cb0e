//! Reads what a server sent once more, from bytes and without the server: recorded answers, or invented ones.

use std::io::Read as _;

use flux_bootstrap::for_tests::pkt_line::{self, Packet};
use flux_bootstrap::for_tests::{
    Advertisement, Filter, GitError, GitService, Messages, ObjectId, Report, ServerWords, Update, Want, from_io,
    response,
};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// What errors call the server.
const SERVER: &str = "the transcript";

/// What a server offered.
#[derive(Debug)]
pub(crate) struct Offer(Advertisement);

/// What an answer gave, and what the server said to people beside it.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    /// The content, or why there is none.
    pub(crate) content: Result<T, GitError>,
    /// Lines for people.
    pub(crate) messages: Vec<String>,
}

impl Offer {
    /// Reads an advertisement; over HTTP it names its service.
    ///
    /// # Errors
    /// The bytes are none, or hold the server's refusal.
    pub(crate) fn read(mut bytes: &[u8], announced: Option<GitService>) -> Result<Self, GitError> {
        Advertisement::read(&mut bytes, announced, "main").map(Self).map_err(|error| from_io(SERVER, error))
    }

    /// The branches' names.
    pub(crate) fn branches(&self) -> Vec<String> {
        self.0.branches().to_vec()
    }

    /// The commit of the branch `main`.
    pub(crate) fn tip(&self) -> Option<ObjectId> {
        self.0.tip()
    }

    /// The request for commits of this offer.
    pub(crate) fn fetch_request(&self, ids: &[ObjectId]) -> Vec<u8> {
        Want { ids, shallow: true, filter: Some(Filter::BlobNone) }.request(&self.0)
    }

    /// Reads the answer to [`Self::fetch_request`] as far as to the end of its pack.
    pub(crate) fn fetched(&self, ids: &[ObjectId], bytes: &[u8]) -> Answer<Vec<u8>> {
        let mut messages = Messages::default();
        let want = Want { ids, shallow: true, filter: Some(Filter::BlobNone) };
        let content = want.pack(&self.0, Box::new(bytes), &mut messages).and_then(|mut pack| {
            let mut content = Vec::new();
            pack.read_to_end(&mut content).map(|_| content)
        });
        Answer { content: content.map_err(|error| from_io(SERVER, error)), messages: messages.take() }
    }

    /// Reads the answer to a push: whether the branch was updated, and the server's reason if not.
    pub(crate) fn pushed(&self, branch: &str, new: ObjectId, bytes: &[u8]) -> Answer<Option<String>> {
        let mut messages = Messages::default();
        let report = Update { branch, old: None, new }.report(&self.0, Box::new(bytes), &mut messages);
        let content = report.map(|report| match report {
            Report::Done => None,
            Report::Unpack(reason) | Report::Stale(reason) | Report::Rejected(reason) => Some(reason),
        });
        Answer { content: content.map_err(|error| from_io(SERVER, error)), messages: messages.take() }
    }
}

/// The frames of a stream: lines, and `None` for the end of a section.
///
/// # Errors
/// The bytes are no frames, or end inside one.
pub(crate) fn frames(mut bytes: &[u8]) -> Result<Vec<Option<Vec<u8>>>, GitError> {
    let mut frames = Vec::new();
    while let Some(packet) = pkt_line::read(&mut bytes).map_err(|error| from_io(SERVER, error))? {
        frames.push(match packet {
            Packet::Line(line) => Some(line),
            Packet::Flush => None,
        });
    }
    Ok(frames)
}

/// The bytes of [`frames`].
pub(crate) fn framed<'a>(frames: impl IntoIterator<Item = Option<&'a [u8]>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for frame in frames {
        match frame {
            Some(line) => pkt_line::push_line(&mut bytes, line),
            None => pkt_line::push_flush(&mut bytes),
        }
    }
    bytes
}

/// What an HTTP answer means that is not Git's. Headers that cannot be sent are left out.
pub(crate) fn refused_over_http(status: u16, headers: &[(&str, &[u8])], body: &[u8]) -> Option<GitError> {
    let headers: HeaderMap = headers
        .iter()
        .filter_map(|(name, value)| Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_bytes(value).ok()?)))
        .collect();
    let explained = response::explain(StatusCode::from_u16(status).ok()?, &headers, body);
    Some(response::failure(SERVER.to_owned(), explained))
}

/// What an SSH server said on its banner or standard error, line by line.
pub(crate) fn ssh_words<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let words = ServerWords::default();
    chunks.into_iter().for_each(|chunk| words.add(chunk));
    words.lines()
}
