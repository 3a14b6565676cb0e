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
    /// The proxy's address has no usable port or host.
    #[error("`{variable}` names a proxy {problem}")]
    ProxyAddress {
        /// The environment variable.
        variable: &'static str,
        /// What is wrong with the address.
        problem: ProxyFault,
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

/// What is wrong with the address of a proxy. Does not repeat it: what looks like a port may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProxyFault {
    /// Nothing stands where the host belongs.
    #[error("without a host")]
    NoHost,
    /// Behind the colon stands no number from 1 to 65535.
    #[error("whose port is not a number from 1 to 65535")]
    Port,
}
