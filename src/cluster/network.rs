//! Where a connection to the API server failed, told from the client library's error chain. Pure.

use std::error::Error;
use std::io;

use super::error::{ClusterError, NoAnswer};
use super::proxy::ProxyFailure;
use super::refusal::Retry;
use crate::domain::server_text::printable;
use crate::http::{Refusal, TlsProblem};

/// Sorts a failure without an answer.
pub(crate) fn no_answer(error: &(dyn Error + 'static), server: &str) -> (ClusterError, Retry) {
    let chain = chain(error);
    if let Some(failure) = chain.iter().find_map(|error| error.downcast_ref::<ProxyFailure>()) {
        return by_proxy(failure, server);
    }
    if let Some(problem) = TlsProblem::within(error) {
        let detail = problem.to_string();
        return (
            ClusterError::Unreachable { server: server.to_owned(), cause: NoAnswer::Tls(problem), detail },
            Retry::Never,
        );
    }
    let texts: Vec<String> = chain.iter().map(ToString::to_string).collect();
    let all = texts.join(": ").to_lowercase();
    let io = chain.iter().rev().find_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind);
    let cause = classify(&all, io);
    let detail = printable(&reason(&texts, &cause));
    let (cause, retry) = match cause {
        NoAnswer::Tls(_) => (NoAnswer::Tls(TlsProblem::Other(detail.clone())), Retry::Never),
        cause => (cause, Retry::Backoff),
    };
    (ClusterError::Unreachable { server: server.to_owned(), cause, detail }, retry)
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut chain = vec![error];
    let mut next = error.source();
    while let Some(source) = next {
        chain.push(source);
        next = source.source();
    }
    chain
}

fn by_proxy(failure: &ProxyFailure, server: &str) -> (ClusterError, Retry) {
    let ProxyFailure { proxy, setting, refusal } = failure;
    let cause = NoAnswer::Proxy { setting: setting.clone(), status: refusal.status };
    let detail = printable(&format!("`{proxy}` {refusal}"));
    // As for Git servers: what a proxy does not allow it does not allow the next time either.
    let retry = if matches!(refusal.status, None | Some(500..)) { Retry::Backoff } else { Retry::Never };
    (ClusterError::Unreachable { server: server.to_owned(), cause, detail }, retry)
}

/// Why a proxy itself was not reached.
pub(super) fn unreached(error: &(dyn Error + 'static)) -> Refusal {
    let reason = match no_answer(error, "").0 {
        ClusterError::Unreachable { cause: NoAnswer::Tls(problem), .. } => {
            format!("speaks no TLS that is trusted: {problem}")
        }
        ClusterError::Unreachable { cause: NoAnswer::Dns, detail, .. } => format!("has no address: {detail}"),
        ClusterError::Unreachable { detail, .. } => format!("cannot be reached: {detail}"),
        other => other.to_string(),
    };
    Refusal::new(reason, None)
}

fn classify(all: &str, io: Option<io::ErrorKind>) -> NoAnswer {
    let any = |words: &[&str]| words.iter().any(|word| all.contains(word));
    // A server that stops in the middle of a TLS session sends no farewell; that says nothing about certificates. HTTP/2
    // keeps what the socket said to itself, but for the words.
    if any(&["close_notify", "handshake eof"])
        || matches!(
            io,
            Some(
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
            )
        )
    {
        return NoAnswer::Reset;
    }
    if any(&["certificate", "handshake", "invalid peer", "tls", "corrupt message", "fatal alert", "invalidcontenttype"])
    {
        NoAnswer::Tls(TlsProblem::Other(String::new()))
    } else if any(&["dns error", "failed to lookup", "name or service not known", "name resolution", "nodename"]) {
        NoAnswer::Dns
    } else if any(&["timed out", "deadline"]) || io == Some(io::ErrorKind::TimedOut) {
        NoAnswer::Timeout
    } else if matches!(
        io,
        Some(
            io::ErrorKind::ConnectionRefused
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::AddrNotAvailable
        )
    ) || any(&["connection refused", "no route", "unreachable"])
    {
        NoAnswer::Tcp
    } else {
        NoAnswer::Reset
    }
}

/// The innermost text, which names the fact; the outer ones only say which layer noticed.
fn reason(texts: &[String], cause: &NoAnswer) -> String {
    let innermost = texts.last().map_or("", String::as_str);
    let text = match cause {
        NoAnswer::Dns => innermost.trim_start_matches("failed to lookup address information: "),
        _ => innermost,
    };
    // The standard library adds the number: `Connection refused (os error 111)`.
    let text = text.split(" (os error ").next().unwrap_or(text);
    if *cause == NoAnswer::Reset && (text.contains("close_notify") || text == "tls handshake eof") {
        return "the server closed it".to_owned();
    }
    match text {
        "connection error" | "" => "the server closed it".to_owned(),
        text => {
            let mut letters = text.chars();
            letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        #[source]
        inner: Option<io::Error>,
    }

    fn sort(text: &'static str, inner: Option<io::Error>) -> (NoAnswer, String, Retry) {
        match no_answer(&Layer { text, inner }, "https://k8s") {
            (ClusterError::Unreachable { cause, detail, .. }, retry) => (cause, detail, retry),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn failures_are_told_apart() {
        let refused = io::Error::from_raw_os_error(111);
        assert_eq!(
            sort("client error (Connect)", Some(refused)),
            (NoAnswer::Tcp, "connection refused".into(), Retry::Backoff)
        );
        let lookup = io::Error::other("failed to lookup address information: Name or service not known");
        assert_eq!(
            sort("dns error", Some(lookup)),
            (NoAnswer::Dns, "name or service not known".into(), Retry::Backoff)
        );
        let unknown = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let (cause, detail, retry) = sort("client error (Connect)", Some(io::Error::other(unknown)));
        assert_eq!((cause, retry), (NoAnswer::Tls(TlsProblem::UnknownAuthority), Retry::Never));
        assert_eq!(detail, "its certificate is signed by an unknown authority");
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(sort("client error (SendRequest)", Some(reset)).0, NoAnswer::Reset);
        for text in ["peer closed connection without sending TLS close_notify: https://docs.rs", "tls handshake eof"] {
            let ended = io::Error::new(io::ErrorKind::UnexpectedEof, text);
            let closed = (NoAnswer::Reset, "the server closed it".into(), Retry::Backoff);
            assert_eq!(sort("client error (SendRequest)", Some(ended)), closed);
            assert_eq!(sort(text, None), closed);
        }
    }
}
