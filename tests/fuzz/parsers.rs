//! Texts that become files and addresses: URLs, YAML, release archives.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::io::Write as _;
use std::str::FromStr;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use flux_bootstrap::for_tests::{
    AzureRepo, ClusterPath, ClusterSignIn, FluxVersion, GitHost, GitUrl, GoDuration, HostPort, Namespace, ProxyRef,
    Release, SyncOptions, SyncUrlOptions, TokenForm, kustomization_file, same_repository, sync_url, yaml,
};

use super::mutate::{joined, mutated, mutated_bytes};
use super::overlays;
use super::random::Random;

const SYNC: &str = "# a comment\n---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: \
flux-system\n  namespace: flux-system\nspec:\n  interval: 5m # mine\n  ref: {branch: old}\n  secretRef:\n    name: \
flux-system\n  url: ssh://git@host/a\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  \
name: flux-system\n  namespace: flux-system\nspec:\n  path: ./a\n  prune: false\n  sourceRef: &a\n    kind: \
GitRepository\n    name: flux-system\n  patches: |\n    - x\n";

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

/// Repositories' addresses: what is printed is read as the same, in every form.
pub(super) fn urls(random: &mut Random) {
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
    let Ok(service) = GitHost::of(&url) else { return };
    for sign_in in [ClusterSignIn::Ssh, ClusterSignIn::Token(TokenForm::Basic)] {
        let ssh_hostname = host.as_ref().ok();
        let options = SyncUrlOptions { sign_in, ssh_hostname, username: "git", allow_insecure_http: true };
        if let Ok(sync) = sync_url(&url, &service, &options) {
            reprinted(&text, &sync);
        }
    }
}

fn reprinted(text: &str, url: &GitUrl) {
    assert_eq!(url.to_string().parse().as_ref(), Ok(url), "{text:?} prints as {url}");
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

/// YAML of any kind: what is read can be written, and reads the same.
pub(super) fn yaml_texts(random: &mut Random) {
    static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let files = overlays::corpus().into_iter().flat_map(BTreeMap::into_values);
        files.filter_map(|bytes| String::from_utf8(bytes).ok()).chain([SYNC.to_owned()]).collect()
    });
    let start = random.pick(&TEXTS).clone();
    let text = mutated(random, &start, YAML);
    let Ok(read) = yaml::parse(&text) else { return };
    for document in &read {
        // YAML also ends a line at a lone carriage return.
        assert!(document.line <= text.split(['\n', '\r']).count(), "{text:?} has no line {}", document.line);
    }
    let written = yaml::write_all(read.iter().map(|document| &document.value));
    let again = yaml::parse(&written).unwrap_or_else(|error| panic!("{text:?} became {written:?}: {error}"));
    let values = |documents: Vec<yaml::Document>| documents.into_iter().map(|it| it.value).collect::<Vec<_>>();
    assert_eq!(values(again), values(read), "{text:?} became {written:?}");
}

/// The files of Flux's own sync: a second run changes nothing.
pub(super) fn sync_files(random: &mut Random) {
    let text = mutated(random, SYNC, YAML);
    let _ = yaml::parse(&text);
    let options = SyncOptions {
        namespace: Namespace::default(),
        url: "ssh://git@host/b".parse().unwrap(),
        branch: "main".into(),
        interval: "1m".parse().unwrap(),
        path: "clusters/x".parse().unwrap(),
        provider: Default::default(),
        secret_name: "flux-system".into(),
        proxy: ProxyRef::Kept,
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

/// Kustomization files made for a folder.
pub(super) fn kustomization_files(random: &mut Random) {
    const NAMES: &[&str] =
        &["a", "b.yaml", "c.yml", "/", "kustomization.yaml", "Kustomization", "gotk-sync.yaml", ".", "..", "ä", "- "];
    let paths: Vec<String> = (0..random.below(7)).map(|_| joined(random, NAMES, 5)).collect();
    let text = mutated(random, SYNC, YAML);
    let written = kustomization_file::generate(paths.iter().map(String::as_str), |_| Some(text.clone()));
    let read = yaml::parse_one(&written).unwrap_or_else(|error| panic!("{paths:?}: {error}"));
    assert!(read["resources"].is_array(), "{paths:?}");
}

/// Releases, whole and broken.
pub(super) fn archives(random: &mut Random) {
    let mut tar = tar::Builder::new(Vec::new());
    for _ in 0..random.below(4) {
        let mut header = tar::Header::new_gnu();
        let path = joined(random, &["a", "/", "..", "x.yaml", "source-controller.yaml", ".", "\\"], 3);
        let path = &path.as_bytes()[..path.len().min(100)];
        header.as_mut_bytes()[..path.len()].copy_from_slice(path);
        let kinds = [
            tar::EntryType::Regular,
            tar::EntryType::Directory,
            tar::EntryType::Symlink,
            tar::EntryType::GNULongName,
            tar::EntryType::XHeader,
        ];
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

/// Names, paths, durations, addresses and versions of flags: what is printed is read as the same.
pub(super) fn names(random: &mut Random) {
    const PARTS: &[&str] = &[
        "a",
        "-",
        ".",
        "/",
        "..",
        "./",
        "9",
        "flux-system",
        "v2.9.5",
        "-rc.1",
        "+",
        "1h",
        "1m0s",
        "5ms",
        "1.5h",
        "µs",
        "ns",
        "99999999999999999999",
        "0",
        ":",
        ":22",
        "[::1]",
        "*",
        "\\",
        "A",
        ".git",
        "GIT",
        "~1",
        " ",
        "\u{200c}",
    ];
    let text = joined(random, PARTS, 5);
    same::<Namespace>(&text);
    same::<ClusterPath>(&text);
    if let Ok(path) = text.parse::<ClusterPath>() {
        let dot_git = |name: &str| name.replace('\u{200c}', "").trim_end_matches(['.', ' ']).to_lowercase() == ".git";
        assert!(!path.as_tree_path().split('/').any(dot_git), "{text:?}");
    }
    same::<GoDuration>(&text);
    same::<HostPort>(&text);
    same::<FluxVersion>(&text);
}

fn same<T: FromStr<Err: Debug> + Display + PartialEq + Debug>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string().parse().ok().as_ref(), Some(&value), "{text:?} prints as {value}");
    }
}
