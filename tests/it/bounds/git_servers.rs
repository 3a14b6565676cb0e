//! Git servers.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use flux_bootstrap::for_tests::pkt_line::{push_flush, push_line};
use sha1::{Digest as _, Sha1};

use super::dry_run;
use crate::safety::found::WITHOUT_BOUNDS;
use crate::support::{SOON, head, hostile_server, timeout};

const OFFER: &str = "application/x-git-upload-pack-advertisement";
const RESULT: &str = "application/x-git-upload-pack-result";

/// The beginning of an offer.
fn announcement() -> Vec<u8> {
    let mut bytes = Vec::new();
    push_line(&mut bytes, b"# service=git-upload-pack\n");
    push_flush(&mut bytes);
    bytes
}

/// A server that offers `main` at this commit, and answers the request for it so.
fn serving(id: String, answer: impl Fn(&mut dyn Write) -> io::Result<()> + Send + Sync + 'static) -> String {
    hostile_server(move |request, writer| {
        if request.starts_with("GET") {
            let mut bytes = announcement();
            push_line(&mut bytes, format!("{id} refs/heads/main\0shallow\n").as_bytes());
            push_flush(&mut bytes);
            writer.write_all(head(OFFER).as_bytes())?;
            return writer.write_all(&bytes);
        }
        let mut bytes = Vec::new();
        push_line(&mut bytes, format!("shallow {id}").as_bytes());
        push_flush(&mut bytes);
        push_line(&mut bytes, b"NAK\n");
        writer.write_all(head(RESULT).as_bytes())?;
        writer.write_all(&bytes)?;
        answer(writer)
    })
}

/// A pack: each entry is its kind, the size that it announces, what stands before its content, and its content.
fn pack(entries: &[(u8, usize, &[u8], &[u8])]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
    for (kind, size, base, content) in entries {
        let mut byte = (kind << 4) | (size & 15) as u8;
        let mut rest = size >> 4;
        while rest > 0 {
            pack.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        pack.push(byte);
        pack.extend_from_slice(base);
        let mut encoder = ZlibEncoder::new(pack, Compression::fast());
        encoder.write_all(content).unwrap();
        pack = encoder.finish().unwrap();
    }
    let checksum = Sha1::digest(&pack);
    pack.extend_from_slice(&checksum);
    pack
}

fn id(kind: &str, content: &[u8]) -> [u8; 20] {
    let mut hash = Sha1::new();
    hash.update(format!("{kind} {}\0", content.len()));
    hash.update(content);
    hash.finalize().into()
}

fn hex(id: [u8; 20]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn of_millions_of_references_none_but_the_branch_is_kept() {
    let id = "8d5c6d1b1b2f1ffb3b4a9b7b4d7e1a2e0c8fbd2f";
    let server = hostile_server(move |_, writer| {
        writer.write_all(head(OFFER).as_bytes())?;
        writer.write_all(&announcement())?;
        for number in 0..3_000_000 {
            let mut line = Vec::new();
            let folder = if number % 2 == 0 { "heads" } else { "pull" };
            push_line(&mut line, format!("{id} refs/{folder}/some/name/of/a/branch-{number}\n").as_bytes());
            writer.write_all(&line)?;
        }
        writer.write_all(b"0000")
    });
    let run = dry_run(&server, &["--timeout=10m"]);
    run.assert_stderr_contains("branch `main` does not exist in the repository").stayed_small();
    WITHOUT_BOUNDS.record("three million references", &run, "`--branch`, `--create-branch`");
}

#[test]
fn answers_without_end_end_at_the_timeout() {
    let endless = |_: &str, writer: &mut dyn Write| {
        writer.write_all(head(OFFER).as_bytes())?;
        writer.write_all(&announcement())?;
        loop {
            writer.write_all(b"003d8d5c6d1b1b2f1ffb3b4a9b7b4d7e1a2e0c8fbd2f refs/heads/name\n")?;
        }
    };
    let slow = |_: &str, writer: &mut dyn Write| {
        writer.write_all(head(OFFER).as_bytes())?;
        for byte in announcement().into_iter().cycle() {
            writer.write_all(&[byte])?;
            writer.flush()?;
            thread::sleep(Duration::from_secs(1));
        }
        Ok(())
    };
    for (what, server) in [("endless", hostile_server(endless)), ("slow", hostile_server(slow))] {
        let run = dry_run(&server, &[&timeout(3)]);
        run.assert_stderr_contains(&format!("`{server}/fleet` did not answer in time")).stayed_small();
        assert!(run.elapsed < SOON, "{:?}", run.elapsed);
        if what == "endless" {
            WITHOUT_BOUNDS.record("an advertisement that does not end", &run, "`--timeout`, `--url`");
        }
    }
}

#[test]
fn an_offer_that_unpacks_to_more_than_any_is_cut_off() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&announcement()).unwrap();
    for _ in 0..200_000 {
        encoder.write_all(b"003d8d5c6d1b1b2f1ffb3b4a9b7b4d7e1a2e0c8fbd2f refs/heads/name\n").unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let server = hostile_server(move |_, writer| {
        let head = head(OFFER).replace("\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n");
        writer.write_all(head.as_bytes())?;
        writer.write_all(&bomb)
    });
    let run = dry_run(&server, &["--max-download=4MiB"]);
    run.assert_stderr_contains(&format!("`{server}/fleet` sends more than 4 MiB, which is what may be received"))
        .assert_stderr_contains("--max-download")
        .stayed_small();
    WITHOUT_BOUNDS.record("an advertisement that unpacks to more than `--max-download`", &run, "`--max-download`");
}

#[test]
fn a_pack_is_received_as_far_as_max_download_allows() {
    let content = vec![0; 1 << 20];
    let server = serving(hex(id("blob", b"x")), move |writer| {
        writer.write_all(b"PACK\0\0\0\x02\0\x0f\0\0")?;
        loop {
            // Stored, not compressed.
            let mut encoder = ZlibEncoder::new(vec![0xb0, 0x80, 0x80, 0x04], Compression::none());
            encoder.write_all(&content)?;
            writer.write_all(&encoder.finish()?)?;
        }
    });
    let run = dry_run(&server, &["--max-download=300MiB"]);
    run.assert_stderr_contains(&format!("`{server}/fleet` sends more than 300 MiB")).stayed_small();
    WITHOUT_BOUNDS.record("a pack larger than `--max-download`", &run, "`--max-download`");
    let run = dry_run(&server, &[&timeout(3)]);
    run.assert_stderr_contains(&format!("`{server}/fleet` did not answer in time")).stayed_small();
}

#[test]
fn what_a_pack_announces_is_not_believed() {
    let zeros = vec![0; 20 << 20];
    for (what, bytes, words) in [
        (
            "a pack that announces four thousand million objects",
            b"PACK\0\0\0\x02\xff\xff\xff\xff".to_vec(),
            "a pack that is not taken: it announces 4294967295 objects",
        ),
        (
            "an object larger than announced",
            pack(&[(3, 10, b"", &zeros)]),
            "a pack that cannot be read: an object is larger than announced",
        ),
        (
            "an object smaller than announced",
            pack(&[(3, 21 << 20, b"", &zeros)]),
            "a pack that cannot be read: an object is smaller than announced",
        ),
        ("a commit of 20 MiB", pack(&[(1, 20 << 20, b"", &zeros)]), "is larger than 1 MiB"),
    ] {
        let commit = id("commit", &zeros);
        let server = serving(hex(commit), move |writer| writer.write_all(&bytes));
        let run = dry_run(&server, &[]);
        run.assert_stderr_contains(words).assert_stderr_contains(&server).stayed_small();
        WITHOUT_BOUNDS.record(what, &run, "`git fsck` at the server");
    }
}

#[test]
fn deltas_that_make_much_of_little_are_passed_over() {
    // The tree is a delta that copies the same 16 MiB again and again, 4 GiB in all; the blob before it is its base.
    let base = vec![0; 7 << 20];
    let size = |mut number: usize| {
        let mut bytes = Vec::new();
        while number > 0x7f {
            bytes.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    };
    let mut delta = [size(base.len()), size(4 << 30)].concat();
    delta.extend([0xf0, 0xff, 0xff, 0x6f].repeat(600));
    let commit = format!("tree {}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx", "1".repeat(40));
    let reference = id("blob", &base);
    let entries: [(u8, usize, &[u8], &[u8]); 3] =
        [(1, commit.len(), b"", commit.as_bytes()), (3, base.len(), b"", &base), (7, delta.len(), &reference, &delta)];
    let bytes = pack(&entries);
    let server = serving(hex(id("commit", commit.as_bytes())), move |writer| writer.write_all(&bytes));
    let run = dry_run(&server, &[]);
    run.assert_stderr_contains("is missing").assert_stderr_contains(&server).stayed_small();
    WITHOUT_BOUNDS.record("a delta that makes 4 GiB of 7 MiB", &run, "`git fsck` at the server");
}
