//! How git's protocol reaches the server.

pub mod ssh;
