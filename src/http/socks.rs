//! SOCKS version 5 (RFC 1928), with user name and password (RFC 1929).

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::refusal::Refusal;

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const PASSWORD: u8 = 2;
const NO_METHOD: u8 = 0xff;

/// Where the proxy shall connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// An address that was resolved here (`socks5://`).
    Address(SocketAddr),
    /// A name that the proxy resolves (`socks5h://`).
    Name(String, u16),
}

/// Asks a proxy for a connection; afterwards the stream is that connection.
pub(crate) async fn connect(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    login: Option<(&str, &str)>,
    destination: &Destination,
) -> Result<(), Refusal> {
    let greeting: &[u8] = if login.is_some() { &[VERSION, 2, PASSWORD, NO_LOGIN] } else { &[VERSION, 1, NO_LOGIN] };
    stream.write_all(greeting).await?;
    match (answer(stream).await?, login) {
        (NO_LOGIN, _) => {}
        (PASSWORD, Some((user, password))) => log_in(stream, user, password).await?,
        (NO_METHOD, None) => return Err(Refusal::new("wants a user name and a password", Some(407))),
        _ => return Err(Refusal::new("takes neither a user name with a password nor none", Some(407))),
    }
    stream.write_all(&request(destination)?).await?;
    let reply = answer(stream).await?;
    if reply != 0 {
        return Err(refused(reply));
    }
    skip_bound_address(stream).await
}

async fn log_in(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), user: &str, password: &str) -> Result<(), Refusal> {
    let mut request = vec![1];
    for text in [user, password] {
        request.push(length(text)?);
        request.extend_from_slice(text.as_bytes());
    }
    stream.write_all(&request).await?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).await?;
    if answer[1] == 0 { Ok(()) } else { Err(Refusal::new("does not accept the user name and password", Some(407))) }
}

/// The second byte of an answer, whose first is the version.
async fn answer(stream: &mut (impl AsyncRead + Unpin)) -> Result<u8, Refusal> {
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).await?;
    if answer[0] == VERSION { Ok(answer[1]) } else { Err(Refusal::new("does not speak SOCKS 5", Some(400))) }
}

fn request(destination: &Destination) -> Result<Vec<u8>, Refusal> {
    const CONNECT: u8 = 1;
    let mut request = vec![VERSION, CONNECT, 0];
    let port = match destination {
        Destination::Address(SocketAddr::V4(address)) => {
            request.push(1);
            request.extend_from_slice(&address.ip().octets());
            address.port()
        }
        Destination::Address(SocketAddr::V6(address)) => {
            request.push(4);
            request.extend_from_slice(&address.ip().octets());
            address.port()
        }
        Destination::Name(name, port) => {
            request.extend_from_slice(&[3, length(name)?]);
            request.extend_from_slice(name.as_bytes());
            *port
        }
    };
    request.extend_from_slice(&port.to_be_bytes());
    Ok(request)
}

fn length(text: &str) -> Result<u8, Refusal> {
    u8::try_from(text.len()).map_err(|_| Refusal::new("takes no name longer than 255 bytes", Some(400)))
}

fn refused(reply: u8) -> Refusal {
    let (reason, status) = match reply {
        1 => ("reports a failure of its own", Some(500)),
        2 => ("does not allow the connection", Some(403)),
        3 => ("cannot reach the network", Some(502)),
        4 => ("cannot reach the host", Some(502)),
        5 => ("was refused the connection", Some(502)),
        6 => ("waited too long for the host", Some(504)),
        7 => ("opens no connections", Some(405)),
        8 => ("does not take addresses of this kind", Some(400)),
        other => return Refusal::new(format!("answered with the unknown SOCKS reply {other}"), Some(400)),
    };
    Refusal::new(reason, status)
}

/// Reads the rest of a reply: the address that the proxy connects from, which is of no use.
async fn skip_bound_address(stream: &mut (impl AsyncRead + Unpin)) -> Result<(), Refusal> {
    let mut kind = [0; 2];
    stream.read_exact(&mut kind).await?;
    let length = match kind[1] {
        1 => 4,
        4 => 16,
        3 => usize::from(stream.read_u8().await?),
        _ => return Err(Refusal::new("does not speak SOCKS 5", Some(400))),
    };
    let mut rest = [0; 255 + 2];
    stream.read_exact(&mut rest[..length + 2]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is sent to a proxy that gives these answers, and what comes of it.
    async fn talk(login: Option<(&str, &str)>, answers: &[u8]) -> (Vec<u8>, Result<(), String>) {
        let (mut ours, mut proxy) = tokio::io::duplex(1024);
        proxy.write_all(answers).await.unwrap();
        let destination = Destination::Name("git.corp".to_owned(), 443);
        let result = connect(&mut ours, login, &destination).await.map_err(|refusal| refusal.reason);
        drop(ours);
        let mut sent = Vec::new();
        proxy.read_to_end(&mut sent).await.unwrap();
        (sent, result)
    }

    #[tokio::test]
    async fn a_connection_is_asked_for_with_and_without_a_login() {
        let bound = [5, 0, 0, 1, 127, 0, 0, 1, 0, 80];
        let asked = b"\x05\x01\x00\x03\x08git.corp\x01\xbb";
        let (sent, result) = talk(None, &[&[5, 0][..], &bound].concat()).await;
        assert_eq!((sent, result), ([&[5, 1, 0][..], asked].concat(), Ok(())));
        let (sent, result) = talk(Some(("me", "pw")), &[&[5, 2, 1, 0][..], &bound].concat()).await;
        assert_eq!((sent, result), ([&[5, 2, 2, 0, 1, 2][..], b"me\x02pw", asked].concat(), Ok(())));
    }

    #[tokio::test]
    async fn refusals_say_why() {
        for (login, answers, reason) in [
            (None, &[5, 0xff][..], "wants a user name and a password"),
            (Some(("me", "pw")), &[5, 0xff], "takes neither a user name with a password nor none"),
            (None, &[5, 2], "takes neither a user name with a password nor none"),
            (Some(("me", "pw")), &[5, 2, 1, 1], "does not accept the user name and password"),
            (None, &[5, 0, 5, 2], "does not allow the connection"),
            (None, &[5, 0, 5, 4], "cannot reach the host"),
            (None, b"HTTP/1.1 400", "does not speak SOCKS 5"),
        ] {
            assert_eq!(talk(login, answers).await.1, Err(reason.to_owned()));
        }
    }
}
