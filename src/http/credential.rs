//! What is shown to a server with a request.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ureq::http::HeaderValue;
use zeroize::Zeroizing;

use crate::domain::config::Secret;
use crate::domain::error::Error;

/// An identity as one request shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpCredential {
    /// No credentials are sent.
    Anonymous,
    /// User name and password or token, as HTTP basic authentication.
    Basic {
        /// The user name; Azure DevOps ignores it.
        username: String,
        /// The password or token.
        password: Secret<String>,
    },
    /// A token sent as `Authorization: Bearer`.
    Bearer(Secret<String>),
    /// Whatever a credential helper says that the header holds.
    Other {
        /// The scheme, such as `Negotiate`.
        scheme: String,
        /// What follows it.
        value: Secret<String>,
    },
}

/// Whoever has the identity of a run. It is asked before each request, so that a token can be renewed.
pub trait CredentialProvider: fmt::Debug + Send + Sync {
    /// What the next request shows.
    ///
    /// # Errors
    /// No identity can be had any more.
    fn credential(&self) -> Result<HttpCredential, Error>;

    /// Hears whether the server took what was shown; who keeps credentials for a user keeps or forgets it then.
    fn told(&self, accepted: bool) {
        let _ = accepted;
    }
}

impl CredentialProvider for HttpCredential {
    fn credential(&self) -> Result<HttpCredential, Error> {
        Ok(self.clone())
    }
}

impl HttpCredential {
    /// The value of the one `Authorization` header; none where nothing is shown.
    ///
    /// # Errors
    /// [`Unsendable`]
    pub(crate) fn authorization(&self) -> Result<Option<HeaderValue>, Unsendable> {
        let text = match self {
            Self::Anonymous => return Ok(None),
            Self::Basic { username, password } => {
                let pair = Zeroizing::new(format!("{username}:{}", password.expose()));
                Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())))
            }
            Self::Other { scheme, value } => Zeroizing::new(format!("{scheme} {}", value.expose())),
            Self::Bearer(token) => Zeroizing::new(format!("Bearer {}", token.expose())),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| Unsendable)?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

/// The token holds a line break or another character that no HTTP header can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the user name or token holds a character that cannot be sent")]
pub struct Unsendable;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_make_one_header_that_debug_does_not_show() {
        let basic = HttpCredential::Basic { username: "git".into(), password: "s3cret".into() };
        let header = basic.authorization().unwrap().unwrap();
        assert_eq!(header.as_bytes(), b"Basic Z2l0OnMzY3JldA==");
        assert!(!format!("{header:?} {basic:?}").contains("cret") && !format!("{header:?}").contains("Z2l0"));
        let bearer = |token: &str| HttpCredential::Bearer(token.into()).authorization();
        assert_eq!(bearer("t").unwrap().unwrap().as_bytes(), b"Bearer t");
        assert_eq!(bearer("a\nb"), Err(Unsendable));
        assert_eq!(HttpCredential::Anonymous.authorization(), Ok(None));
    }
}
