//! What speaks against a rotation, and what is to be said besides: one function each.

pub(crate) mod credential;
pub(crate) mod method;
pub(crate) mod secret;
pub(crate) mod source;
