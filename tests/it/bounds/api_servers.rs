//! API servers.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::{answer_json, kubeconfig, version};
use crate::safety::found::WITHOUT_BOUNDS;
use crate::support::{Output, SOON, TestEnv, head, hostile_server};

type Answer = dyn Fn(&mut dyn Write) -> io::Result<()> + Send + Sync;

/// `flux check` against a server that answers all requests so but that for its version.
fn check(what: &'static str, answer: Box<Answer>, flags: &[&str]) -> (Output, String) {
    let server = hostile_server(move |request, writer| match request {
        "GET /version" if what != "/version" => answer_json(writer, "200 OK", &version()),
        request if request.contains(what) => answer(writer),
        _ => answer_json(
            writer,
            "404 Not Found",
            &json!({"kind": "Status", "code": 404, "reason": "NotFound"}).to_string(),
        ),
    });
    let env = TestEnv::new().with_kubeconfig(&kubeconfig(&server));
    let run = env.flux(["check", "--pre"].iter().chain(flags)).env("RUST_LOG", "error").run();
    (run, server)
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let endless = |piece: &'static [u8]| -> Box<Answer> {
        Box::new(move |writer| {
            writer.write_all(head("application/json").as_bytes())?;
            writer.write_all(b"{\"items\": [")?;
            loop {
                writer.write_all(piece)?;
            }
        })
    };
    for (what, row) in
        [("/version", "an API server's version without end"), ("/deployments", "an API server's list without end")]
    {
        for piece in [&b"        "[..], b"[],", b"\"x\",\n"] {
            let (run, server) = check(what, endless(piece), &[]);
            run.assert_code(5).stayed_small();
            let words = format!("`{server}` answers with more than is taken of any API server");
            assert!(run.stdout.contains(&words) || run.stderr.contains(&words), "{}{}", run.stdout, run.stderr);
            WITHOUT_BOUNDS.record(row, &run, "the kubeconfig's `server`");
        }
    }
}

#[test]
fn an_answer_that_unpacks_to_more_than_any_is_cut_off() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..200 {
        encoder.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let answer: Box<Answer> = Box::new(move |writer| {
        let head = head("application/json").replace("\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n");
        writer.write_all(head.as_bytes())?;
        writer.write_all(&bomb)
    });
    let (run, server) = check("/version", answer, &[]);
    run.assert_code(5).stayed_small();
    assert!(run.stdout.contains(&server) || run.stderr.contains(&server), "{}{}", run.stdout, run.stderr);
    WITHOUT_BOUNDS.record(
        "an API server's answer that unpacks to more than is taken",
        &run,
        "the kubeconfig's `server`",
    );
}

#[test]
fn lists_without_end_and_slow_answers_end() {
    let item = json!({"metadata": {"name": "x", "namespace": "y", "annotations": {"a": "z".repeat(60_000)}}});
    let page = json!({"metadata": {"continue": "more"}, "items": vec![item; 100]}).to_string();
    let pages: Box<Answer> = Box::new(move |writer| answer_json(writer, "200 OK", &page));
    let (run, _) = check("/deployments", pages, &["--timeout=2m"]);
    run.assert_code(5).stayed_small();
    let words = "answers with more than is taken of any API server";
    assert!(run.stdout.contains(words) || run.stderr.contains(words), "{}{}", run.stdout, run.stderr);

    let slow: Box<Answer> = Box::new(|writer| {
        writer.write_all(head("application/json").as_bytes())?;
        loop {
            writer.write_all(b" ")?;
            writer.flush()?;
            thread::sleep(Duration::from_secs(1));
        }
    });
    // Ends within the first try, which may take ten seconds: one that is repeated says more.
    let (run, _) = check("/version", slow, &["--timeout=5s"]);
    run.assert_code(5).stayed_small();
    assert!(run.elapsed < SOON, "{:?}", run.elapsed);
    WITHOUT_BOUNDS.record("an API server that sends a byte a second", &run, "`--timeout`, the kubeconfig's `server`");
}
