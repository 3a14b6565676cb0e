//! Repositories of any size, for measurements.

use std::fmt::Write as _;

use super::{AzureDevOps, Repository};

/// What a generated repository is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Files, spread over up to 400 folders.
    pub(crate) files: u32,
    /// Commits on `main`.
    pub(crate) commits: u32,
    /// Bytes a file, which do not compress.
    pub(crate) file_size: usize,
}

/// Makes a repository of that size, with these files besides, in one pack.
pub(crate) fn generate(azure: &AzureDevOps, name: &str, size: Size, besides: &[(String, String)]) -> Repository {
    let fleet = azure.repository("acme", "platform", name);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut stream = commit(0).into_bytes();
    for number in 0..size.files {
        let content: Vec<u8> = (0..size.file_size / 8).flat_map(|_| noise().to_le_bytes()).collect();
        let path = format!("apps/team-{:02}/app-{:02}/file-{number:05}", number % 20, number / 20 % 20);
        file(&mut stream, &path, &content);
    }
    for (path, text) in besides {
        file(&mut stream, path, text.as_bytes());
    }
    for number in 1..size.commits {
        stream.extend(commit(number).as_bytes());
        let path = format!("apps/team-{:02}/app-00/file-{:05}", number % 20, number % 20);
        file(&mut stream, &path, format!("change {number}\n").as_bytes());
    }
    fleet.fast_import(&stream);
    fleet.repack();
    fleet
}

fn commit(number: u32) -> String {
    let time = 1_700_000_000 + number;
    format!("commit refs/heads/main\ncommitter A <a@example.com> {time} +0000\ndata 6\nCommit\n")
}

fn file(stream: &mut Vec<u8>, path: &str, content: &[u8]) {
    let mut head = String::new();
    writeln!(head, "M 100644 inline {path}\ndata {}", content.len()).unwrap();
    stream.extend(head.as_bytes());
    stream.extend_from_slice(content);
    stream.push(b'\n');
}
