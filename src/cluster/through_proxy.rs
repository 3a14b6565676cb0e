//! Connections to the API server through a proxy. hyper-util's own say neither what a proxy answers nor how it wants to be
//! signed in to, and its SOCKS does not sign in at all.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tower::{BoxError, Service};

use super::network::unreached;
use super::proxy::{Language, ProxyFailure, ServerProxy};
use crate::http::{Destination, Refusal, open_socks, open_tunnel};

/// Connects to the proxy by `inner`, and by the proxy to the server.
#[derive(Clone)]
pub(super) struct ThroughProxy<C> {
    pub(super) proxy: Arc<ServerProxy>,
    pub(super) inner: C,
}

impl<C> Service<Uri> for ThroughProxy<C>
where
    C: Service<Uri>,
    C::Response: Read + Write + Unpin + Send + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    type Response = C::Response;
    type Error = ProxyFailure;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, ProxyFailure>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ProxyFailure>> {
        let proxy = Arc::clone(&self.proxy);
        self.inner.poll_ready(context).map_err(|error| failure(&proxy, unreached(&*error.into())))
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let proxy = Arc::clone(&self.proxy);
        let reached = self.inner.call(proxy.url.clone());
        Box::pin(async move {
            let stream = reached.await.map_err(|error| failure(&proxy, unreached(&*error.into())))?;
            let mut stream = TokioIo::new(stream);
            open(&mut stream, &proxy, &server).await.map_err(|refusal| failure(&proxy, refusal))?;
            Ok(stream.into_inner())
        })
    }
}

fn failure(proxy: &ServerProxy, refusal: Refusal) -> ProxyFailure {
    let shown = proxy.url.to_string().trim_end_matches('/').to_owned();
    ProxyFailure { proxy: shown, setting: proxy.setting.clone(), refusal }
}

async fn open(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    proxy: &ServerProxy,
    server: &Uri,
) -> Result<(), Refusal> {
    let host = server.host().unwrap_or_default();
    let port = server.port_u16().unwrap_or(if server.scheme_str() == Some("http") { 80 } else { 443 });
    let login = proxy.login.as_ref().map(|(user, password)| (user.as_str(), password.expose().as_str()));
    match proxy.language {
        Language::Http => open_tunnel(stream, &format!("{host}:{port}"), login).await,
        // The proxy resolves names, as for kubectl.
        Language::Socks => {
            let host = host.trim_matches(['[', ']']);
            let name = || Destination::Name(host.to_owned(), port);
            let address = |ip: IpAddr| Destination::Address((ip, port).into());
            let destination = host.parse().map_or_else(|_| name(), address);
            open_socks(stream, login, &destination).await
        }
    }
}
