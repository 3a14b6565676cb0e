//! A server over plain HTTP that answers as its scenario wants, without end where it wants that.

use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// Answers one request, `GET /path`, by writing its headers and its body.
type Answer = dyn Fn(&str, &mut dyn Write) -> io::Result<()> + Send + Sync;

/// Starts the server and returns its address. Every connection bears one request. It ends with the test's process.
pub(crate) fn hostile_server(
    answer: impl Fn(&str, &mut dyn Write) -> io::Result<()> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer: Arc<Answer> = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // The client may leave at any time.
            thread::spawn(move || converse(&stream, &*answer));
        }
    });
    url
}

fn converse(stream: &TcpStream, answer: &Answer) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut first)?;
    while line != "\r\n" {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if let Some(text) = line.to_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap_or(0);
        }
    }
    io::copy(&mut reader.take(length), &mut io::sink())?;
    let request = first.rsplit_once(' ').map_or("", |(request, _)| request);
    let mut writer = BufWriter::with_capacity(64 << 10, stream);
    answer(request, &mut writer)?;
    writer.flush()
}

/// The head of an answer whose body lasts until the connection ends.
pub(crate) fn head(kind: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: {kind}\r\n\r\n")
}
