//! `CONNECT` (RFC 9110, section 9.3.6): what a proxy is asked for, and what its answer means. HTTP clients' own code keeps
//! neither the status nor the ways to sign in that a proxy offers.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use zeroize::Zeroizing;

use super::refusal::Refusal;
use crate::domain::server_text::printable;

/// A head of an answer may be this long, in bytes.
pub(super) const HEAD_LIMIT: usize = 8 * 1024;

/// Asks a proxy for a tunnel to `target`, `host:port`; afterwards the stream is that tunnel.
pub(crate) async fn open_tunnel(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    target: &str,
    login: Option<(&str, &str)>,
) -> Result<(), Refusal> {
    stream.write_all(request(target, login).as_bytes()).await?;
    stream.flush().await?;
    let mut head = Vec::new();
    // One byte after the other: what comes behind the head belongs to the tunnel.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > HEAD_LIMIT {
            return Err(no_proxy());
        }
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            let reason = if head.is_empty() { "closed the connection at `CONNECT`" } else { NO_PROXY };
            return Err(Refusal::new(reason, None));
        }
        head.extend_from_slice(&byte);
    }
    refusal(&String::from_utf8_lossy(&head)).map_or(Ok(()), Err)
}

/// The request for a tunnel.
pub(super) fn request(target: &str, login: Option<(&str, &str)>) -> Zeroizing<String> {
    let mut request = Zeroizing::new(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"));
    if let Some((user, password)) = login {
        let pair = Zeroizing::new(format!("{user}:{password}"));
        // Writing to a text cannot fail.
        let _ = write!(request, "Proxy-Authorization: Basic {}\r\n", BASE64_STANDARD.encode(pair.as_bytes()));
    }
    request.push_str("\r\n");
    request
}

const NO_PROXY: &str = "did not answer `CONNECT` as a proxy does";

/// Whoever answered is none that knows `CONNECT`.
pub(super) fn no_proxy() -> Refusal {
    Refusal::new(NO_PROXY, None)
}

/// Why there is no tunnel, by the head of the proxy's answer.
pub(super) fn refusal(head: &str) -> Option<Refusal> {
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split_ascii_whitespace();
    let is_http = words.next().is_some_and(|version| version.starts_with("HTTP/1."));
    let status: Option<u16> = words.next().and_then(|status| status.parse().ok()).filter(|_| is_http);
    let status = match status {
        Some(200..=299) => return None,
        None => return Some(no_proxy()),
        Some(status) => status,
    };
    let answered = format!("answered `CONNECT` with status {status}");
    let offered: Vec<String> = lines.filter(|_| status == 407).flat_map(offered).collect();
    let reason = match offered.iter().any(|scheme| scheme.eq_ignore_ascii_case("Basic")) {
        _ if offered.is_empty() => answered,
        true => format!("{answered} and asks for {}", offered.join(" or ")),
        false => {
            format!("{answered} and offers {} alone, of which none is spoken: only Basic is", offered.join(" and "))
        }
    };
    Some(Refusal::new(reason, Some(status)))
}

/// The ways to sign in that a line of the head offers: one or more challenges, each with parameters (RFC 9110, section 11.6.1).
fn offered(line: &str) -> Vec<String> {
    let Some((_, challenges)) =
        line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authenticate"))
    else {
        return Vec::new();
    };
    let mut quoted = false;
    let elements = challenges.split(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    let schemes = elements.filter_map(|element| element.split_ascii_whitespace().next());
    schemes.filter(|word| !word.contains('=')).map(printable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSPOKEN: &str = "alone, of which none is spoken: only Basic is";

    #[test]
    fn a_refusal_names_the_status_and_what_is_offered() {
        for (head, words, status) in [
            ("HTTP/1.1 403 Forbidden", "answered `CONNECT` with status 403".to_owned(), Some(403)),
            ("HTTP/1.1 407 x", "answered `CONNECT` with status 407".to_owned(), Some(407)),
            (
                "HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"a, Digest\"",
                "answered `CONNECT` with status 407 and asks for Basic".to_owned(),
                Some(407),
            ),
            (
                "HTTP/1.1 407 x\r\nproxy-authenticate: Negotiate\r\nProxy-Authenticate: NTLM abc==",
                format!("answered `CONNECT` with status 407 and offers Negotiate and NTLM {UNSPOKEN}"),
                Some(407),
            ),
            (
                "HTTP/1.0 407 x\r\nProxy-Authenticate: Negotiate, Digest realm=\"x, y\", nonce=\"1\"\r\nVia: a",
                format!("answered `CONNECT` with status 407 and offers Negotiate and Digest {UNSPOKEN}"),
                Some(407),
            ),
            (
                "HTTP/1.1 407 x\r\nProxy-Authenticate: Kerberos\r\nPROXY-AUTHENTICATE: basic",
                "answered `CONNECT` with status 407 and asks for Kerberos or basic".to_owned(),
                Some(407),
            ),
            ("SSH-2.0-x", NO_PROXY.to_owned(), None),
        ] {
            assert_eq!(refusal(head), Some(Refusal::new(words, status)), "{head}");
        }
        assert_eq!(refusal("HTTP/1.0 200 Connection established"), None);
    }

    #[tokio::test]
    async fn a_tunnel_begins_right_behind_the_head() {
        let (mut near, mut far) = tokio::io::duplex(4096);
        far.write_all(b"HTTP/1.1 200 OK\r\nVia: a\r\n\r\nfirst words").await.unwrap();
        open_tunnel(&mut near, "k8s:6443", Some(("u", "p"))).await.unwrap();
        drop(far);
        let mut rest = String::new();
        near.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "first words");
        for (answer, reason) in [
            (&b""[..], "closed the connection at `CONNECT`"),
            (b"HTTP/1.1 200 OK\r\n", NO_PROXY),
            (&[b'a'; HEAD_LIMIT + 9], NO_PROXY),
        ] {
            let (mut near, mut far) = tokio::io::duplex(16 * 1024);
            far.write_all(answer).await.unwrap();
            far.shutdown().await.unwrap();
            assert_eq!(open_tunnel(&mut near, "a:1", None).await.unwrap_err().reason, reason);
        }
    }
}
