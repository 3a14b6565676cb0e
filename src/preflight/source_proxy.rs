//! The proxy through which the cluster reads the repository, from its file.

use zeroize::Zeroizing;

use super::asking::{Asking, read_file};
use crate::domain::config::{BootstrapConfig, ProxyChange, SecretSource};
use crate::domain::error::Error;
use crate::domain::git_url::Scheme;
use crate::manifests::source_proxy::SourceProxy;

/// Reads it where it was given.
pub(super) fn read(config: &BootstrapConfig, prompter: &mut Asking<'_>) -> Result<Option<SourceProxy>, Error> {
    let bytes = match &config.source.proxy {
        ProxyChange::Given(SecretSource::File(file)) => read_file("--source-proxy-file", file)?,
        ProxyChange::Given(_) if prompter.can_ask() => {
            let typed = prompter.secret("Please enter the address of the cluster's proxy:")?;
            Zeroizing::new(typed.expose().as_bytes().to_vec())
        }
        ProxyChange::Given(_) => prompter.standard_input()?,
        ProxyChange::Kept | ProxyChange::Removed => return Ok(None),
    };
    let text =
        std::str::from_utf8(&bytes).map_err(|_| Error::usage("what `--source-proxy-file` gives is not UTF-8 text"))?;
    let proxy = SourceProxy::parse(text).map_err(|error| {
        Error::usage("what `--source-proxy-file` gives is no proxy")
            .caused_by(error)
            .hint("Write one line, such as `http://user:password@proxy.example.com:3128`.")
    })?;
    if config.source.sync_url.scheme == Scheme::Ssh && !proxy.takes_ssh() {
        let error = Error::usage("the cluster reads the repository over SSH, which an http proxy does not carry");
        return Err(error.hint("Name a proxy that begins with `socks5://`, or let the cluster read over https."));
    }
    Ok(Some(proxy))
}
