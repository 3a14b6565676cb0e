//! Just enough HTTP/1.1, read and written by hand.

use std::io::{BufRead, Read, Write};

/// A request, its body read and, where compressed, decompressed.
pub(in crate::support) struct Request {
    pub(in crate::support) method: String,
    pub(in crate::support) target: String,
    pub(in crate::support) headers: Vec<(String, String)>,
    pub(in crate::support) body: Vec<u8>,
    /// The request line was not three words, which a raw space in the URL makes it.
    pub(in crate::support) malformed: bool,
}

impl Request {
    pub(in crate::support) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    pub(in crate::support) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(in crate::support) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// An answer.
pub(in crate::support) struct Response {
    pub(in crate::support) status: u16,
    pub(in crate::support) headers: Vec<(String, String)>,
    pub(in crate::support) body: Vec<u8>,
}

impl Response {
    pub(in crate::support) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    pub(in crate::support) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

fn read_line(reader: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
}

/// Reads one request; `None` when the connection was closed before it.
pub(in crate::support) fn read_request<S: Read + Write>(
    reader: &mut std::io::BufReader<S>,
) -> std::io::Result<Option<Request>> {
    let start = read_line(reader)?;
    if start.is_empty() {
        return Ok(None);
    }
    let words: Vec<&str> = start.split(' ').collect();
    let headers = read_headers(reader)?;
    let mut request = Request {
        method: words[0].to_owned(),
        target: words.get(1).copied().unwrap_or_default().to_owned(),
        headers,
        body: Vec::new(),
        malformed: words.len() != 3,
    };
    if request.header("Expect").eq_ignore_ascii_case("100-continue") {
        let stream = reader.get_mut();
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        stream.flush()?;
    }
    let body = read_body(reader, &request)?;
    request.body = body;
    Ok(Some(request))
}

fn read_headers(reader: &mut impl BufRead) -> std::io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            return Ok(headers);
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
}

/// The body as it was before it was cut into chunks and packed.
fn read_body(reader: &mut impl BufRead, request: &Request) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if request.header("Transfer-Encoding").eq_ignore_ascii_case("chunked") {
        loop {
            let size = read_line(reader)?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16).unwrap_or(0);
            if size == 0 {
                read_line(reader)?;
                break;
            }
            reader.by_ref().take(size as u64).read_to_end(&mut body)?;
            read_line(reader)?;
        }
    } else if let Ok(length) = request.header("Content-Length").parse::<u64>() {
        reader.by_ref().take(length).read_to_end(&mut body)?;
    }
    if request.header("Content-Encoding").eq_ignore_ascii_case("gzip") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(body.as_slice()).read_to_end(&mut plain)?;
        body = plain;
    }
    Ok(body)
}

/// Writes an answer; with `cut`, its length is announced in full but only so much of the body is sent.
pub(in crate::support) fn write_response(
    stream: &mut impl Write,
    response: &Response,
    cut: Option<usize>,
) -> std::io::Result<()> {
    let reason = match response.status {
        200 => "OK",
        203 => "Non-Authoritative Information",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    };
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", response.status);
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", response.body.len()));
    stream.write_all(head.as_bytes())?;
    let body = &response.body[..cut.unwrap_or(response.body.len()).min(response.body.len())];
    stream.write_all(body)?;
    stream.flush()
}
