//! What Git servers send: frames, offers, answers to fetches and pushes, pages of HTTP, words of SSH.

use flux_bootstrap::for_tests::{GitError, GitService, ObjectId};

use super::mutate::{joined, mutated_bytes};
use super::random::Random;
use super::transcript::{self, Offer};

const ID: &str = "8d5c6d1b1b2f1ffb3b4a9b7b4d7e1a2e0c8fbd2f";
const OTHER: &str = "2e7c1a0f5d3b9e8c4a6f7d1b0c9e8a7f6d5c4b3a";
/// What Azure DevOps, and git's own server, offer.
const AZURE: &str = "multi_ack thin-pack side-band side-band-64k no-progress multi_ack_detailed no-done shallow \
                     allow-tip-sha1-in-want filter symref=HEAD:refs/heads/main";
const GIT: &str = "report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta push-options \
                   object-format=sha1 agent=git/2.47.1";

const TOKENS: &[&str] = &[
    "0000",
    "0001",
    "0002",
    "0004",
    "0005\u{1}",
    "fff0",
    "fff1",
    "ffff",
    "\0",
    "\u{1}",
    "\u{2}",
    "\u{3}",
    "\r",
    "\n",
    "\u{1b}[2J",
    "\u{202e}",
    " ",
    ID,
    "# service=git-upload-pack\n",
    "version 1",
    "shallow ",
    "unshallow ",
    "ACK ",
    "NAK\n",
    "ERR ",
    "PACK",
    "unpack ok\n",
    "unpack ",
    "ok refs/heads/main\n",
    "ng refs/heads/main fetch first\n",
    "ng refs/heads/main",
    "refs/heads/",
    " capabilities^{}\0",
    "object-format=sha256",
    "side-band-64k",
    "report-status",
    "remote: ",
    "TF401027: You need the Git 'GenericContribute' permission",
    "VS403654: The push was rejected because it contains one or more secrets",
    "<html>",
];

/// What is told to people is one line of what a terminal may show.
fn presentable(text: &str) {
    let odd = |character: char| character.is_control() || matches!(character, '\u{202a}'..='\u{202e}');
    assert!(!text.contains(odd), "{text:?} reaches a terminal");
}

fn presentable_error(error: &GitError) {
    error.to_string().lines().for_each(presentable);
    error.server_text().into_iter().flat_map(str::lines).for_each(presentable);
}

/// Lines in their frames, each now and then changed within its frame, and then the bytes of all.
fn stream(random: &mut Random, lines: &[Option<&[u8]>]) -> Vec<u8> {
    let mut frames: Vec<Option<Vec<u8>>> = Vec::new();
    for line in lines {
        match random.below(12) {
            0 => {}
            1 => frames.extend([line.map(<[u8]>::to_vec), line.map(<[u8]>::to_vec)]),
            2 => frames.push(Some(random.pick(TOKENS).as_bytes().to_vec())),
            3 => frames.push(line.map(|line| mutated_bytes(random, line, TOKENS))),
            4 => frames.push(None),
            _ => frames.push(line.map(<[u8]>::to_vec)),
        }
    }
    // No frame can be longer.
    frames.iter_mut().flatten().for_each(|line| line.truncate(65_516));
    let bytes = transcript::framed(frames.iter().map(Option::as_deref));
    if random.below(3) == 0 { mutated_bytes(random, &bytes, TOKENS) } else { bytes }
}

/// Frames: what is read can be written, and reads the same.
pub(super) fn frames(random: &mut Random) {
    let long = vec![b'x'; random.below(65_517)];
    let bytes = stream(random, &[Some(b"a"), None, Some(b""), Some(&long), Some(b"\xff\n"), None]);
    match transcript::frames(&bytes) {
        Ok(read) => {
            let written = transcript::framed(read.iter().map(Option::as_deref));
            assert_eq!(transcript::frames(&written).ok().as_ref(), Some(&read));
            assert!(written.eq_ignore_ascii_case(&bytes), "{} bytes became {}", bytes.len(), written.len());
        }
        Err(error) => presentable_error(&error),
    }
}

/// An offer: what is known of it is what its lines say.
fn offer(random: &mut Random, capabilities: &str, announced: Option<GitService>) -> Result<Offer, GitError> {
    let service = announced.map(|service| format!("# service={}\n", service.command()));
    let head = format!("{ID} HEAD\0{capabilities}\n");
    let (main, deep) = (format!("{ID} refs/heads/main\n"), format!("{OTHER} refs/heads/a/b\n"));
    let mut lines: Vec<Option<&[u8]>> = Vec::new();
    if let Some(service) = &service {
        lines.extend([Some(service.as_bytes()), None]);
    }
    lines.extend([Some(head.as_bytes()), Some(main.as_bytes()), Some(deep.as_bytes()), None]);
    let bytes = stream(random, &lines);
    Offer::read(&bytes, announced)
}

/// Advertisements of references.
pub(super) fn advertisements(random: &mut Random) {
    let service = *random.pick(&[None, Some(GitService::UploadPack), Some(GitService::ReceivePack)]);
    let capabilities = *random.pick(&[AZURE, GIT, ""]);
    match offer(random, capabilities, service) {
        Ok(offer) => {
            assert_eq!(offer.tip().is_some(), offer.branches().iter().any(|branch| branch == "main"));
            let ids: [ObjectId; 1] = [ID.parse().unwrap()];
            let request = offer.fetch_request(&ids);
            assert!(transcript::frames(&request).is_ok(), "{request:?}");
        }
        Err(error) => presentable_error(&error),
    }
}

/// An offer that nothing has been done to.
fn sound_offer(random: &mut Random) -> Offer {
    let capabilities = *random.pick(&[AZURE, GIT, "side-band-64k report-status shallow filter", "report-status", ""]);
    let head = format!("{ID} HEAD\0{capabilities}\n");
    Offer::read(&transcript::framed([Some(head.as_bytes()), None]), None).unwrap()
}

/// Answers to fetches, with their sideband.
pub(super) fn fetches(random: &mut Random) {
    let offer = sound_offer(random);
    let shallow = format!("shallow {ID}");
    let progress = joined(random, &["\u{2}", "Azure Repos", "50%\r", "\n", "100%, done.\n", "\u{1b}[1m"], 6);
    let lines: [Option<&[u8]>; 7] = [
        Some(shallow.as_bytes()),
        None,
        Some(b"NAK\n"),
        Some(progress.as_bytes()),
        Some(b"\x01PACK\0\0\0\x02\0\0\0\x01"),
        Some(b"\x01more"),
        None,
    ];
    let bytes = stream(random, &lines);
    let answer = offer.fetched(&[ID.parse().unwrap()], &bytes);
    match &answer.content {
        Ok(pack) => assert!(pack.len() <= bytes.len(), "{} bytes of {}", pack.len(), bytes.len()),
        Err(error) => presentable_error(error),
    }
    answer.messages.iter().for_each(|line| presentable(line));
}

/// Answers to pushes: done only where the server says so for this branch, if it says anything.
pub(super) fn pushes(random: &mut Random) {
    let offer = sound_offer(random);
    let verdict = *random.pick(&[
        "ok refs/heads/main\n",
        "ng refs/heads/main TF402455: Pushes to this branch are not permitted\n",
        "ng refs/heads/main failed to update ref\n",
    ]);
    let report = stream(random, &[Some(b"unpack ok\n"), Some(verdict.as_bytes()), None]);
    let mut wrapped = vec![1];
    wrapped.extend_from_slice(&report);
    wrapped.truncate(65_000);
    let words = format!("\u{2}remote: {}\n", joined(random, TOKENS, 3));
    let bytes = match random.below(3) {
        0 => report,
        _ => stream(random, &[Some(words.as_bytes()), Some(&wrapped), None]),
    };
    let answer = offer.pushed("main", ID.parse().unwrap(), &bytes);
    match &answer.content {
        Ok(reason) => reason.iter().for_each(|reason| presentable(reason)),
        Err(error) => presentable_error(error),
    }
    answer.messages.iter().for_each(|line| presentable(line));
}

/// Refusals over HTTP: pages, JSON and headers of Azure DevOps and of what stands before it.
pub(super) fn pages(random: &mut Random) {
    const BODIES: &[&str] = &[
        "<html><head><title>Azure DevOps Services | Sign In</title></head></html>",
        "{\"$id\":\"1\",\"message\":\"TF401019: The Git repository with name or identifier r does not exist\",\
         \"typeKey\":\"GitRepositoryNotFoundException\",\"errorCode\":0}",
        "001f# service=git-receive-pack\n0000000000aaTF401027: You need the Git 'GenericContribute' permission",
        "VS800075: The project with id does not exist, or you do not have permission to access it.",
        "",
    ];
    const HEADERS: &[(&str, &str)] = &[
        ("content-type", "text/html; charset=utf-8"),
        ("content-type", "text/plain"),
        ("x-tfs-serviceerror", "TF400813%3a+Resource+not+available+%ff%00%1b"),
        ("location", "https://spsprodcus1.vssps.visualstudio.com/_signin?realm=dev.azure.com&token=CANARY"),
        ("location", "https://user:CANARY@elsewhere/p/info/refs?x=CANARY#CANARY"),
        ("www-authenticate", "Bearer authorization_uri=https://login.microsoftonline.com/x"),
        ("www-authenticate", "Basic realm=\"https://tfsprodcus1.visualstudio.com/\""),
        ("retry-after", "18446744073709551615"),
        ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"),
    ];
    let status = *random.pick(&[200, 203, 301, 302, 400, 401, 403, 404, 407, 413, 429, 500, 503, 999]);
    let plain = random.pick(BODIES).as_bytes();
    let body = mutated_bytes(random, plain, TOKENS);
    let mut headers = Vec::new();
    for _ in 0..random.below(4) {
        let (name, value) = *random.pick(HEADERS);
        let value = if value.contains("CANARY") {
            value.as_bytes().to_vec()
        } else {
            mutated_bytes(random, value.as_bytes(), TOKENS)
        };
        headers.push((name, value));
    }
    let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    if let Some(error) = transcript::refused_over_http(status, &headers, &body) {
        presentable_error(&error);
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{headers:?}: {error:?}");
    }
}

/// Words of SSH servers, which come in chunks that end anywhere.
pub(super) fn ssh_words(random: &mut Random) {
    const WORDS: &[&str] = &[
        "remote: Public key authentication failed.\r\n",
        "remote: TF401019: The Git repository with name or identifier r does not exist\n",
        "Your public key has expired\n",
        "remote:",
        "\u{1b}]0;x\u{7}",
        "\u{202e}",
        "\n\n",
        "fatal: ",
    ];
    let text = joined(random, WORDS, 8);
    let bytes = mutated_bytes(random, text.as_bytes(), TOKENS);
    let at = random.below(bytes.len() + 1);
    let whole = transcript::ssh_words([bytes.as_slice()]);
    assert_eq!(transcript::ssh_words([&bytes[..at], &bytes[at..]]), whole);
    whole.iter().for_each(|line| presentable(line));
}
