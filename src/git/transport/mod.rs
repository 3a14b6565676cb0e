//! The conversation with a server: Git's protocol version 0 (all that Azure DevOps speaks), over HTTPS or SSH.
//!
//! Git itself is not used: this tool asks for one commit with few folders, then for a few folders and blobs, and
//! pushes objects that it knows one by one. That is little protocol, and failures stay
//! typed.

pub(crate) mod advertisement;
pub(crate) mod failure;
pub(crate) mod fetch;
pub(crate) mod https;
mod over_ssh;
pub(crate) mod pkt_line;
pub(crate) mod push;
pub(crate) mod response;
pub(crate) mod service;
pub(crate) mod sideband;
pub(crate) mod ssh;
pub(crate) mod watched;

use std::io::Read;
use std::sync::Arc;

use super::auth::{Auth, Connection};
use super::error::GitError;
use advertisement::Advertisement;
use service::GitService;

/// The way to one repository.
pub(crate) enum Transport {
    Https(Box<https::Https>),
    Ssh(Box<over_ssh::OverSsh>),
}

impl Transport {
    pub(crate) fn open(connection: &Connection) -> Result<Self, GitError> {
        match &connection.auth {
            Auth::Ssh(auth) => Ok(Self::Ssh(Box::new(over_ssh::OverSsh::new(connection, auth)))),
            Auth::Http(provider) => https::Https::new(connection, Arc::clone(provider)).map(Box::new).map(Self::Https),
        }
    }

    /// The way to the server, where it is one that others can go too.
    pub(crate) fn way(&self) -> Option<&https::Way> {
        match self {
            Self::Https(https) => Some(https.way()),
            Self::Ssh(_) => None,
        }
    }

    /// Starts a conversation: asks what the server offers, and where the branch `wanted` is.
    pub(crate) fn advertise(&mut self, service: GitService, wanted: &str) -> Result<Advertisement, GitError> {
        match self {
            Self::Https(https) => https.advertise(service, wanted),
            Self::Ssh(ssh) => ssh.advertise(service, wanted),
        }
    }

    /// Sends the one request of a conversation and returns the answer. Where a conversation bears only one request,
    /// the next one starts a new one.
    pub(crate) fn request(&mut self, service: GitService, body: &[u8]) -> Result<Box<dyn Read + '_>, GitError> {
        match self {
            Self::Https(https) => https.request(service, body),
            Self::Ssh(ssh) => ssh.request(service, body),
        }
    }

    /// Ends the conversation, and returns what the server said beside it.
    pub(crate) fn finish(&mut self) -> Vec<String> {
        match self {
            Self::Https(_) => Vec::new(),
            Self::Ssh(ssh) => ssh.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fetch::{Filter, Want};
    use super::push::Update;
    use super::sideband::Messages;
    use super::*;
    use crate::domain::object_id::ObjectId;

    /// Bytes that look enough like frames to get past the first checks.
    fn frames() -> impl Strategy<Value = Vec<u8>> {
        let texts =
            ["NAK\n", "ERR no", "shallow ", "unpack ok\n", "ok refs/heads/main\n", "ng refs/heads/main", "\u{1}PACK"];
        let line = prop_oneof![
            prop::sample::select(texts.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..60),
        ];
        let frame = line.prop_map(|line| {
            let mut frame = Vec::new();
            pkt_line::push_line(&mut frame, &line);
            frame
        });
        let piece = prop_oneof![4 => frame, 1 => Just(b"0000".to_vec()), 1 => prop::collection::vec(any::<u8>(), 0..8)];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_answer_can_make_the_client_panic(bytes in frames()) {
            let mut offer = Vec::new();
            let id = "8d5c6d1b1b2f1ffb3b4a9b7b4d7e1a2e0c8fbd2f";
            let line = format!("{id} HEAD\0report-status side-band-64k shallow filter");
            pkt_line::push_line(&mut offer, line.as_bytes());
            pkt_line::push_flush(&mut offer);
            let offer = Advertisement::read(&mut offer.as_slice(), None, "main").unwrap();
            let _ = Advertisement::read(&mut bytes.as_slice(), Some(GitService::UploadPack), "main");
            let _ = Advertisement::read(&mut bytes.as_slice(), None, "main");
            let ids: [ObjectId; 1] = [id.parse().unwrap()];
            let want = Want { ids: &ids, shallow: true, filter: Some(Filter::BlobNone) };
            let mut messages = Messages::default();
            if let Ok(mut pack) = want.pack(&offer, Box::new(bytes.as_slice()), &mut messages) {
                let _ = pack.read_to_end(&mut Vec::new());
            }
            let update = Update { branch: "main", old: None, new: ids[0] };
            let _ = update.report(&offer, Box::new(bytes.as_slice()), &mut messages);
            prop_assert!(messages.take().iter().all(|line| !line.contains(char::is_control)));
        }
    }
}
