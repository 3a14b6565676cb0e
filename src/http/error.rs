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
    #[error(
        "`{variable}` names a SOCKS proxy of version 4: only `http://`, `https://`, `socks5://` and `socks5h://` proxies are supported"
    )]
    ProxyScheme {
        /// The environment variable.
        variable: &'static str,
    },
    /// The system gives no event loop.
    #[error("cannot wait for the network: {0}")]
    NoRuntime(String),
    /// The CA is not a list of certificates.
    #[error("the certificates to trust hold none in PEM form")]
    Ca,
}
