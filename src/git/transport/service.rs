//! The two sides of Git's protocol.

/// The git commands a server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitService {
    /// Fetching.
    UploadPack,
    /// Pushing.
    ReceivePack,
}

impl GitService {
    /// The command's name on the server.
    pub const fn command(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        }
    }
}
