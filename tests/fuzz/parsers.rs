//! What comes from people, repositories and servers as text: no parser may panic, forget what it read, or echo a secret.

use std::ffi::OsString;
use std::fmt::Debug;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use flux_bootstrap::azure_devops::{AzureRepo, host_keys};
use flux_bootstrap::cli::{self, Command, ParseOutcome};
use flux_bootstrap::config::token_text::{passphrase_from_bytes, token_from_bytes};
use flux_bootstrap::config::{Namespace, Secret};
use flux_bootstrap::environment::Environment;
use flux_bootstrap::git::host_key::{HostKey, HostKeySources};
use flux_bootstrap::git::known_hosts::KnownHosts;
use flux_bootstrap::git::sync_url::{SyncUrlOptions, same_repository, sync_url};
use flux_bootstrap::git::url::GitUrl;
use flux_bootstrap::manifests::churn::ExistingHeader;
use flux_bootstrap::manifests::{Release, SyncOptions, kustomization_file, yaml};
use flux_bootstrap::ssh_key::DeployKey;

use super::random::Random;

/// A target: its name, and what one seed does.
pub(super) type Target = (&'static str, fn(&mut Random));

/// All targets of this file; each gets the same number of seeds.
pub(super) const TARGETS: [Target; 8] = [
    ("urls", urls),
    ("command lines", command_lines),
    ("YAML and sync files", sync_files),
    ("kustomization files", kustomization_files),
    ("known hosts", known_hosts),
    ("SSH keys", ssh_keys),
    ("tokens and headers", tokens),
    ("release archives", archives),
];

/// Stands for every secret of a command line.
const CANARY: &str = "ghp-CANARY0123456789";
const SYNC: &str = "# a comment\n---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: \
flux-system\n  namespace: flux-system\nspec:\n  interval: 5m # mine\n  ref: {branch: old}\n  secretRef:\n    name: \
flux-system\n  url: ssh://git@host/a\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  \
name: flux-system\n  namespace: flux-system\nspec:\n  path: ./a\n  prune: false\n  sourceRef: &a\n    kind: \
GitRepository\n    name: flux-system\n  patches: |\n    - x\n";

/// Parts of `list` one after another, with now and then one character from elsewhere.
fn joined(random: &mut Random, list: &[&str], most: usize) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(most) {
        text.push_str(random.pick::<&str>(list));
        if random.below(8) == 0 {
            text.push(*random.pick(&['\0', '\n', '\u{feff}', 'İ', 'ß', '😀', '%', '#', '\\', '\'', '"', '\u{2028}']));
        }
    }
    text
}

/// A few changes to a text, byte by byte or line by line; what is no longer UTF-8 is replaced.
fn mutated(random: &mut Random, text: &str, tokens: &[&str]) -> String {
    String::from_utf8_lossy(&mutated_bytes(random, text.as_bytes(), tokens)).into_owned()
}

fn mutated_bytes(random: &mut Random, bytes: &[u8], tokens: &[&str]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.below(5) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(24)).min(bytes.len());
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            3 => drop(bytes.splice(at..at, random.pick(tokens).bytes())),
            _ if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            _ => {}
        }
    }
    bytes
}

fn url_text(random: &mut Random) -> String {
    const PARTS: &[&str] = &[
        "https://",
        "http://",
        "ssh://",
        "git+ssh://",
        "HTTPS://",
        "git@",
        "o@",
        "u:p@",
        "@",
        "dev.azure.com",
        "ssh.dev.azure.com",
        "vs-ssh.visualstudio.com",
        "o.visualstudio.com",
        "git-codecommit.x.amazonaws.com",
        "host",
        "[::1]",
        "[",
        "]",
        ":",
        ":22",
        ":0",
        ":65536",
        "/",
        "//",
        "v3",
        "/v3/o/p/r",
        "/o/p/_git/r",
        "_git",
        "_ssh",
        "DefaultCollection",
        "_optimized",
        "_full",
        ".git",
        "%20",
        "%2F",
        "%",
        "%ff",
        "?",
        "#",
        "?version=GBmain",
        ".",
        "..",
        " ",
        "a",
        "\t",
    ];
    joined(random, PARTS, 8)
}

fn urls(random: &mut Random) {
    let (text, other) = (url_text(random), url_text(random));
    let host = url_text(random).parse();
    let Ok(url) = text.parse::<GitUrl>() else { return };
    reprinted(&text, &url);
    assert!(same_repository(&url, &url), "{text:?} is not itself");
    if let Ok(other) = other.parse::<GitUrl>() {
        assert_eq!(same_repository(&url, &other), same_repository(&other, &url), "{text:?} {other}");
    }
    if let Ok(Some(AzureRepo::Cloud(repo))) = AzureRepo::parse(&url) {
        for printed in [repo.https_url(), repo.ssh_url()] {
            reprinted(&text, &printed);
            assert!(same_repository(&printed, &url), "{text:?} became {printed}");
        }
    }
    for token_auth in [false, true] {
        let ssh_hostname = host.as_ref().ok();
        let options = SyncUrlOptions { token_auth, ssh_hostname, username: "git", allow_insecure_http: true };
        if let Ok(sync) = sync_url(&url, &options) {
            reprinted(&text, &sync);
        }
    }
}

fn reprinted(text: &str, url: &GitUrl) {
    assert_eq!(url.to_string().parse().as_ref(), Ok(url), "{text:?} prints as {url}");
}

fn no_canary(arguments: &[OsString], found: &impl Debug) {
    assert!(!format!("{found:?}").contains("CANARY"), "{arguments:?}: {found:?}");
}

fn command_lines(random: &mut Random) {
    const WORDS: &[&str] = &[
        "--url",
        "--url=https://dev.azure.com/o/p/_git/r",
        "--branch=main",
        "--branch",
        "--path",
        "--path=./a",
        "-p",
        "--token-auth",
        "--token-auth=x",
        "--silent",
        "-s=false",
        "--private-key-file=k",
        "--ssh-hostname=h:1",
        "--ssh-key-algorithm=rsa",
        "--ssh-rsa-bits=7",
        "--interval=1m",
        "--interval=9999999999h",
        "--timeout=-1s",
        "--components=source-controller",
        "--components-extra=a,b",
        "--version=v2.8.0",
        "--version=latest",
        "--help",
        "--registry=ghcr.io/x",
        "--toleration-keys=a,,b",
        "--cluster-domain=..",
        "--output=json",
        "-o",
        "-n",
        "-nx",
        "--username=",
        "--password-file=-",
        "--ca-file",
        "--context=c",
        "--kubeconfig",
        "--",
        "-",
        "",
        "=",
        "--=",
        "-xyz",
        "--log-level=warn",
        "bootstrap",
        "git",
        "check",
        "help",
        "version",
        "completion",
        "bash",
        "ä😀",
        "--registry-creds=-",
        "--image-pull-secret=s",
        "--gpg-key-ring=g",
        "--gpg-passphrase",
        "--namespace=A",
    ];
    const SECRETS: &[&str] = &[
        "--password=ghp-CANARY0123456789",
        "-p=ghp-CANARY0123456789",
        "--pasword=ghp-CANARY0123456789",
        "--url=https://u:ghp-CANARY0123456789@host/a",
        "--url=u:ghp-CANARY0123456789@host/a",
        "--registry-creds=u:ghp-CANARY0123456789",
        "--gpg-passphrase=ghp-CANARY0123456789",
        CANARY,
    ];
    let mut arguments: Vec<OsString> = vec!["flux".into(), "bootstrap".into(), "git".into()];
    for _ in 0..random.below(9) {
        let at = 1 + random.below(arguments.len());
        // A flag that wants a value would take the secret for its own, and may then name it.
        if random.below(4) == 0 && arguments[at - 1].to_str().is_some_and(|word| !word.starts_with('-')) {
            arguments.insert(at, (*random.pick(SECRETS)).into());
        } else {
            let after_secret = arguments.get(at).and_then(|word| word.to_str());
            let word = *random.pick(WORDS);
            if !after_secret.is_some_and(|word| word.contains("CANARY")) || word.contains('=') {
                arguments.insert(at, word.into());
            }
        }
    }
    if random.below(8) == 0 {
        let at = random.below(arguments.len());
        arguments.remove(at);
    }
    let environment = Environment::of_variables([("GIT_PASSWORD", CANARY), ("HOME", "/nowhere")]);
    match cli::parse(arguments.clone()) {
        Ok(Command::BootstrapGit(parsed)) => match cli::resolve(&parsed, &environment) {
            Ok((config, warnings)) => no_canary(&arguments, &(config, warnings)),
            Err(error) => no_canary(&arguments, &error),
        },
        Ok(Command::Check(parsed)) => no_canary(&arguments, &cli::resolve_check(&parsed, &environment).err()),
        Err(ParseOutcome::Wrong { error, .. }) => no_canary(&arguments, &error),
        Ok(_) | Err(ParseOutcome::Help { .. }) => {}
    }
}

const YAML: &[&str] = &[
    "---\n",
    "--- ",
    "...\n",
    "&a ",
    "*a",
    "<<: *a\n",
    "null",
    "{",
    "}",
    "[",
    "]",
    "|\n",
    ">-\n",
    "# x\n",
    "\t",
    "\r\n",
    "'",
    "\"",
    "? ",
    ": ",
    "- ",
    "!!binary ",
    "1e999",
    "\u{feff}",
    "%YAML 1.1\n",
    "spec: ~\n",
    "  ",
    "\n\n",
    "metadata:",
];

fn sync_files(random: &mut Random) {
    let text = mutated(random, SYNC, YAML);
    let _ = yaml::parse(&text);
    let options = SyncOptions {
        namespace: Namespace::default(),
        url: "ssh://git@host/b".parse().unwrap(),
        branch: "main".into(),
        interval: "1m".parse().unwrap(),
        path: "clusters/x".parse().unwrap(),
        secret_name: "flux-system".into(),
        recurse_submodules: random.below(2) == 0,
        sparse_checkout: Vec::new(),
    };
    if let Ok(merged) = options.merge_into(Some(&text)) {
        let read =
            yaml::parse(&merged.text).unwrap_or_else(|error| panic!("{text:?} became {:?}: {error}", merged.text));
        let objects: Vec<_> = read.into_iter().map(|part| part.value).filter(|value| !value.is_null()).collect();
        assert_eq!(objects, merged.objects, "{text:?}");
        let again = options.merge_into(Some(&merged.text)).unwrap();
        assert_eq!(again.text, merged.text, "the second run changes the file of {text:?}");
    }
}

fn kustomization_files(random: &mut Random) {
    const NAMES: &[&str] =
        &["a", "b.yaml", "c.yml", "/", "kustomization.yaml", "Kustomization", "gotk-sync.yaml", ".", "..", "ä", "- "];
    let paths: Vec<String> = (0..random.below(7)).map(|_| joined(random, NAMES, 5)).collect();
    let text = mutated(random, SYNC, YAML);
    if let Some(written) = kustomization_file::generate(paths.iter().map(String::as_str), |_| Some(text.clone())) {
        let read = yaml::parse_one(&written).unwrap_or_else(|error| panic!("{paths:?}: {error}"));
        assert!(read["resources"].is_array(), "{paths:?}");
    }
}

fn known_hosts(random: &mut Random) {
    let key = host_keys::PUBLIC_KEY;
    let line = format!("@revoked *.a,!b.a,[h]:2222 {key}\n|1|AAAA|AAAA= {key}\nhost {key} c\n");
    let tokens = ["@cert-authority ", "*", "?", "!", ",", "|1|", "=", "[", "]:", " ", "\n", "ssh-ed25519 ", key];
    let text = mutated(random, &line, &tokens);
    let host = joined(random, &["host", "a", ".", "[", "]", ":", "*", "b", "::1"], 4);
    let port = u16::try_from(random.below(65536)).unwrap();
    let known = KnownHosts::parse(&text, "f");
    let _ = known.about(&host, port).count();
    let presented = HostKey::new(&key.parse().unwrap());
    let _ = presented.known_hosts_line(&host, port);
    let sources = HostKeySources::default().with_given(known).with_secret(&text, "g");
    let _ = sources.judge(&host, port, &presented);
    let _ = sources.recorded(&host, port);
}

fn ssh_keys(random: &mut Random) {
    let label = *random.pick(&["OPENSSH ", "RSA ", "EC ", "ENCRYPTED ", "DSA ", ""]);
    let header =
        *random.pick(&["", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"]);
    let body = *random.pick(&[
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACDjKqp5Fc65tEnRulDqKii7Gm4B\
         +QvaJFotHYdpfRiiZQ==",
        "MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu",
        "MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ]);
    let pem = format!("-----BEGIN {label}PRIVATE KEY-----\n{header}{body}\n-----END {label}PRIVATE KEY-----\n");
    let text = mutated(random, &pem, &["=", "\n", "-----", "DEK-Info: ", "AAAA", "////", "PuTTY-User-Key-File-3: "]);
    let passphrase = Secret::from("x");
    let _ = DeployKey::parse(&text, "id", (random.below(2) == 0).then_some(&passphrase));
}

fn tokens(random: &mut Random) {
    let parts =
        ["abc", " ", "\n", "\r\n", "\u{feff}", "\t", "\u{85}", "# Flux Version: v2.9.5\n", "# Components: a,,b\n"];
    let text = joined(random, &parts, 6);
    let bytes = mutated_bytes(random, text.as_bytes(), &parts);
    if let Ok(token) = token_from_bytes(&bytes) {
        let token = token.expose();
        assert!(!token.is_empty() && token.trim() == token && !token.contains(char::is_control), "{bytes:?}");
    }
    let _ = passphrase_from_bytes(&bytes);
    let _ = ExistingHeader::read(&String::from_utf8_lossy(&bytes));
}

fn archives(random: &mut Random) {
    let mut tar = tar::Builder::new(Vec::new());
    for _ in 0..random.below(4) {
        let mut header = tar::Header::new_gnu();
        let path = joined(random, &["a", "/", "..", "x.yaml", "source-controller.yaml", "."], 3);
        let path = &path.as_bytes()[..path.len().min(100)];
        header.as_mut_bytes()[..path.len()].copy_from_slice(path);
        let kinds =
            [tar::EntryType::Regular, tar::EntryType::Directory, tar::EntryType::GNULongName, tar::EntryType::XHeader];
        header.set_entry_type(*random.pick(&kinds));
        header.set_size(SYNC.len() as u64);
        header.set_cksum();
        tar.append(&header, SYNC.as_bytes()).unwrap();
    }
    let plain = mutated_bytes(random, &tar.into_inner().unwrap(), &["\0", "../", "99999999999"]);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&plain).unwrap();
    let mut packed = gzip.finish().unwrap();
    if random.below(3) == 0 {
        packed = mutated_bytes(random, &packed, &["\0", "x"]);
    }
    let _ = Release::from_archive("a", packed.as_slice());
}
