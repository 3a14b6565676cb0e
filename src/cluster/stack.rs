//! kube's client on our own TLS: kube's own stack takes neither a verifier nor a key of our making.

use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::{Body, ClientBuilder, ConfigExt as _, RustlsTlsError};
use rustls::ClientConfig;
use tower::{BoxError, ServiceBuilder, ServiceExt as _};
use tower_http::decompression::DecompressionLayer;

use super::answer::Lines;
use super::proxy::ServerProxy;
use super::through_proxy::ThroughProxy;

/// How long a connection that all requests share is silent before the server is asked whether it is there, and how long that
/// may take: a connection that died silently must not hold up every request until the deadline. As client-go has it.
const PING: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(15);
/// How many bytes may be under way unread, in HTTP/2: what memory they take at most, and enough for 100 ms of distance.
const WINDOW: u32 = 2 << 20;

/// A client of these settings, whose connections to the server have this TLS.
///
/// # Errors
/// A token or header that cannot be sent, or a name that is none for TLS.
pub(super) fn client(
    config: &kube::Config,
    proxy: Option<&Arc<ServerProxy>>,
    tls: &ClientConfig,
) -> Result<kube::Client, kube::Error> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let Some(proxy) = proxy else { return over(tcp, config, tls) };
    let proxy = Arc::clone(proxy);
    match proxy.url.scheme_str() {
        // The proxy's name is its own, whatever the server is called.
        Some("https") => over(ThroughProxy { proxy, inner: https(None, tls, tcp, Versions::One)? }, config, tls),
        _ => over(ThroughProxy { proxy, inner: tcp }, config, tls),
    }
}

/// What of HTTP is offered in the TLS handshake (ALPN).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Versions {
    /// HTTP/1.1 alone: a tunnel is asked for in it.
    One,
    /// HTTP/2, by which all requests share one connection, and HTTP/1.1 for servers that know no other.
    Two,
}

fn https<C>(
    name: Option<&String>,
    tls: &ClientConfig,
    inner: C,
    versions: Versions,
) -> Result<HttpsConnector<C>, kube::Error> {
    let mut builder = HttpsConnectorBuilder::new().with_tls_config(tls.clone()).https_or_http();
    if let Some(name) = name {
        let name =
            name.clone().try_into().map_err(RustlsTlsError::InvalidServerName).map_err(kube::Error::RustlsTls)?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    Ok(match versions {
        Versions::One => builder.enable_http1().wrap_connector(inner),
        Versions::Two => builder.enable_all_versions().wrap_connector(inner),
    })
}

fn over<C>(inner: C, config: &kube::Config, tls: &ClientConfig) -> Result<kube::Client, kube::Error>
where
    C: tower::Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: std::error::Error + Send + Sync + 'static,
{
    let mut connector = TimeoutConnector::new(https(config.tls_server_name.as_ref(), tls, inner, Versions::Two)?);
    connector.set_connect_timeout(config.connect_timeout);
    let http = Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(PATIENCE)
        .http2_initial_stream_window_size(WINDOW)
        .http2_initial_connection_window_size(WINDOW)
        .build::<_, Body>(connector);
    let service = ServiceBuilder::new()
        .map_response(|response: http::Response<_>| response.map(Lines::new))
        .layer(config.base_uri_layer())
        .layer(DecompressionLayer::new().gzip(!config.disable_compression))
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(http);
    Ok(ClientBuilder::new(service.boxed(), config.default_namespace.clone()).build())
}
