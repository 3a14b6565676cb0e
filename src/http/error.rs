//! Why no client can be made.

/// Why no client can be made. Never holds a proxy's address, which may carry a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Not an address with a host.
    #[error("not a URL with a host")]
    Url,
    /// The proxy's address cannot be parsed.
    #[error("`{variable}` is not the URL of a proxy")]
    Proxy {
        /// The environment variable.
        variable: &'static str,
    },
    /// A kind of proxy that is not spoken.
    #[error("`{variable}` names a SOCKS proxy: only `http://` and `https://` proxies are supported")]
    ProxyScheme {
        /// The environment variable.
        variable: &'static str,
    },
    /// The CA is not a list of certificates.
    #[error("the certificates to trust hold none in PEM form")]
    Ca,
}
