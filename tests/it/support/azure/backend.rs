//! `git http-backend`, and what the service shows instead of what it says.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Stdio;

use super::Behaviour;
use super::http::{Request, Response};
use super::identity::Identity;
use super::pkt_line::{self, Packet};
use super::route::Route;
use crate::support::process;

/// Runs the CGI program on the bare repository `folder`.
pub(super) fn run(folder: &Path, route: Route, user: &Identity, request: &Request) -> Response {
    let (rest, query) = match route {
        Route::AdvertiseFetch => ("info/refs", "service=git-upload-pack"),
        Route::AdvertisePush => ("info/refs", "service=git-receive-pack"),
        Route::Fetch => ("git-upload-pack", ""),
        Route::Push => ("git-receive-pack", ""),
        Route::Rest(_) => return Response::new(404, "text/plain", "no call of git's"),
    };
    let mut command = process::command("git");
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", format!("/{rest}"))
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", &request.method)
        .env("REMOTE_USER", &user.name)
        .env("AZURE_POLICY_EXEMPT", if user.may("PolicyExempt") { "1" } else { "" })
        .env("AZURE_CREATE_BRANCH", if user.may("CreateBranch") { "1" } else { "" })
        .env("CONTENT_TYPE", request.header("Content-Type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        // The owner of a test's folder need not be the user who runs the test.
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = process::spawn(command);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let body = request.body.clone();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&body)));
    let mut output = Vec::new();
    stdout.read_to_end(&mut output).unwrap();
    let _ = writer.join();
    let _ = child.wait();
    parse_cgi(&output)
}

fn parse_cgi(output: &[u8]) -> Response {
    let end = output.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(output.len());
    let mut response =
        Response { status: 200, headers: Vec::new(), body: output.get(end + 4..).unwrap_or_default().to_owned() };
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        match line.split_once(": ") {
            Some(("Status", status)) => {
                response.status = status.get(..3).and_then(|code| code.parse().ok()).unwrap_or(500)
            }
            Some((name, value)) => response.headers.push((name.to_owned(), value.to_owned())),
            None => {}
        }
    }
    response
}

/// Reduces the advertised capabilities to those of the service.
pub(super) fn rewrite_advertisement(body: &[u8], route: Route, behaviour: &Behaviour) -> Vec<u8> {
    let (mut packets, _) = pkt_line::read(body, false);
    for packet in &mut packets {
        let Packet::Line(line) = packet else { continue };
        let Some(zero) = line.iter().position(|byte| *byte == 0) else { continue };
        let offered = String::from_utf8_lossy(&line[zero + 1..]).into_owned();
        let kept: Vec<&str> = offered.split_whitespace().filter(|name| is_offered(name, route, behaviour)).collect();
        line.truncate(zero + 1);
        line.extend_from_slice(kept.join(" ").as_bytes());
        line.push(b'\n');
    }
    pkt_line::write(&packets)
}

fn is_offered(capability: &str, route: Route, behaviour: &Behaviour) -> bool {
    let name = capability.split('=').next().unwrap_or_default();
    match (route, name) {
        (Route::AdvertisePush, _) => matches!(name, "report-status" | "delete-refs" | "side-band-64k" | "quiet"),
        (_, "filter") => behaviour.filter,
        (_, "shallow") => behaviour.shallow,
        _ => matches!(
            name,
            "multi_ack"
                | "thin-pack"
                | "side-band"
                | "side-band-64k"
                | "no-progress"
                | "multi_ack_detailed"
                | "no-done"
                | "allow-tip-sha1-in-want"
                | "allow-reachable-sha1-in-want"
                | "symref"
        ),
    }
}

/// Whether the first line of a fetch asks for one of the multi_ack capabilities, or for none at all.
pub(super) fn speaks_multi_ack(body: &[u8]) -> bool {
    let (packets, _) = pkt_line::read(body, true);
    match packets.first() {
        Some(Packet::Line(line)) => {
            let line = String::from_utf8_lossy(line);
            let mut words = line.split_whitespace().skip(2).peekable();
            words.peek().is_none() || words.any(|word| word.starts_with("multi_ack"))
        }
        _ => true,
    }
}

/// Puts the service's progress texts before the first packet of a sideband.
pub(super) fn with_fetch_chatter(body: &[u8]) -> Vec<u8> {
    let (mut packets, rest) = pkt_line::read(body, false);
    let is_band = |packet: &Packet| matches!(packet, Packet::Line(line) if matches!(line.first(), Some(1..=3)));
    if let Some(at) = packets.iter().position(is_band) {
        for text in ["\u{2}Azure Repos\n", "\u{2}\n", "\u{2}Found 127 objects to send. (50 ms)\n"].iter().rev() {
            packets.insert(at, Packet::Line(text.as_bytes().to_owned()));
        }
    }
    let mut body = pkt_line::write(&packets);
    body.extend_from_slice(rest);
    body
}

/// The answer to a push whose pack was refused as a whole.
pub(super) fn unpack_error(request: &[u8], reason: &str) -> Vec<u8> {
    let (packets, _) = pkt_line::read(request, true);
    let mut report = pkt_line::line(format!("unpack {reason}\n").as_bytes());
    for packet in &packets {
        let Packet::Line(line) = packet else { continue };
        let command = String::from_utf8_lossy(line.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned();
        if let Some(name) = command.split_whitespace().nth(2) {
            report.extend(pkt_line::line(format!("ng {name} unpacker error\n").as_bytes()));
        }
    }
    report.extend_from_slice(b"0000");
    let banded =
        matches!(packets.first(), Some(Packet::Line(line)) if String::from_utf8_lossy(line).contains("side-band-64k"));
    if !banded {
        return report;
    }
    let mut body = Vec::new();
    for chunk in report.chunks(60_000) {
        body.extend(pkt_line::line(&[&[1], chunk].concat()));
    }
    body.extend_from_slice(b"0000");
    body
}
