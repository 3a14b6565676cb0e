//! Git's protocol over an SSH channel: one channel bears one conversation.

use std::io::{Read, Write as _};

use super::advertisement::Advertisement;
use super::failure::from_io;
use super::service::GitService;
use super::ssh::{SshChannel, SshConnection};
use super::watched::Watched;
use crate::git::auth::{Connection, SshAuth};
use crate::git::error::GitError;

/// One repository over SSH.
pub(crate) struct OverSsh {
    connection: SshConnection,
    url: String,
    channel: Option<SshChannel>,
    /// The conversation that was opened and waits for its request.
    waiting: Option<GitService>,
    /// How many bytes one answer may have.
    most: u64,
}

impl OverSsh {
    pub(super) fn new(remote: &Connection, auth: &SshAuth) -> Self {
        let url = &remote.url;
        let connection = SshConnection {
            url: url.clone(),
            host: auth.host.clone(),
            username: auth.username.clone(),
            identity: auth.identity.clone(),
            host_keys: auth.host_keys.clone(),
            host_key_algorithms: auth.host_key_algorithms.clone(),
            limits: remote.limits.clone(),
        };
        Self { connection, url: url.redacted(), channel: None, waiting: None, most: remote.max_download }
    }

    pub(super) fn advertise(&mut self, service: GitService, wanted: &str) -> Result<Advertisement, GitError> {
        self.finish();
        tracing::debug!(url = self.url, service = service.command(), "opening a channel");
        let mut channel = self.connection.open(service)?;
        let (limits, url, most) = (&self.connection.limits, &self.url, self.most);
        let mut watched = Watched { inner: &mut channel, limits, url, room: most, most };
        let offer = Advertisement::read(&mut watched, None, wanted).map_err(|error| from_io(url, error))?;
        self.channel = Some(channel);
        self.waiting = Some(service);
        Ok(offer)
    }

    pub(super) fn request(&mut self, service: GitService, body: &[u8]) -> Result<Box<dyn Read + '_>, GitError> {
        if self.waiting != Some(service) {
            self.advertise(service, "")?;
        }
        self.waiting = None;
        let url = &self.url;
        let broken = |error| from_io(url, error);
        let channel = self.channel.as_mut().ok_or(GitError::Cancelled)?;
        channel.write_all(body).map_err(broken)?;
        channel.flush().map_err(broken)?;
        Ok(Box::new(channel))
    }

    /// Takes leave, politely where nothing was asked for, and returns what the server said beside the conversation.
    pub(super) fn finish(&mut self) -> Vec<String> {
        let Some(mut channel) = self.channel.take() else { return Vec::new() };
        if self.waiting.take().is_some() {
            // The server may have gone already; there is nothing left to lose.
            let _ = channel.write_all(b"0000");
        }
        channel.server_words()
    }
}
