//! Advice for proxies, whomever they lead to.

/// How to sign in to a proxy that wants it; a sentence without its full stop. `setting` names the proxy.
pub(super) fn proxy_sign_in(setting: &str) -> String {
    format!(
        "Put the user and password for the proxy into {setting}, as in `http://user:password@host:port`; for Negotiate or NTLM, \
         run a local proxy that signs in (such as cntlm or px) and name that one"
    )
}
