//! What a rerun costs on a large repository: it must grow neither with history nor with file contents.
//!
//! `cargo test --release --test it git_scale -- --ignored --nocapture` prints the figures and holds them against the
//! limits. The client runs as a process of its own, so that the server's memory does not count.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use flux_bootstrap::for_tests::{Connection, Limits, Proxies, Remote, Tip, TlsSessions};

use crate::git_https::basic;
use crate::support::{AzureDevOps, Repository, Size, TestCa, command, generate};

const FILES: u32 = 20_000;
const COMMITS: u32 = 3_000;
/// Together with the files' number some 120 MB, which do not compress.
const FILE_SIZE: usize = 6_000;
const FOLDER: &str = "clusters/my-cluster/flux-system";
const OWN_FILES: [&str; 3] = ["gotk-components.yaml", "gotk-sync.yaml", "kustomization.yaml"];

/// A repository of 20,000 files in 400 folders, and 3,000 commits.
pub(crate) fn large_repository(azure: &AzureDevOps) -> Repository {
    let own = OWN_FILES.map(|name| {
        let mut text = String::new();
        (0..5_000).for_each(|line| writeln!(text, "key-{line}: {name}").unwrap());
        (format!("{FOLDER}/{name}"), text)
    });
    generate(azure, "large", Size { files: FILES, commits: COMMITS, file_size: FILE_SIZE }, &own)
}

#[test]
#[ignore = "takes a minute; measures, so it wants an optimised build"]
fn a_rerun_on_a_large_repository_is_cheap() {
    let azure = AzureDevOps::start();
    let fleet = large_repository(&azure);
    for (filter, wall, cpu, memory) in [(true, 1.0, 0.3, 60), (false, 3.5, 2.5, 130)] {
        azure.set(|behaviour| behaviour.filter = filter);
        let mut client = command(std::env::current_exe().unwrap());
        client
            .args(["--exact", "git_scale::measured_rerun", "--ignored", "--nocapture"])
            .env("MEASURED_URL", fleet.local_url())
            .env("MEASURED_TOKEN", azure.token())
            .env("MEASURED_CA", TestCa::shared().file());
        let output = client.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        let figures: Vec<f64> = text
            .lines()
            .find_map(|line| line.split_once("measured: "))
            .map(|(_, rest)| rest.split(' ').map(|figure| figure.parse().unwrap()).collect())
            .unwrap();
        eprintln!("filter {filter}: {} s wall, {} s CPU, {} MiB", figures[0], figures[1], figures[2]);
        assert!(figures[0] <= wall && figures[1] <= cpu && figures[2] <= f64::from(memory), "{figures:?}");
    }
}

/// The client of the scenario above: fetch the tip, compare, read three files.
#[test]
#[ignore = "run by the scenario above"]
#[allow(clippy::disallowed_methods, clippy::print_stdout)]
fn measured_rerun() {
    let Ok(url) = std::env::var("MEASURED_URL") else { return };
    let start = Instant::now();
    let mut remote = Remote::open(&Connection {
        url: url.parse().unwrap(),
        auth: basic("git", &std::env::var("MEASURED_TOKEN").unwrap()),
        ca: Some(fs_err::read(std::env::var("MEASURED_CA").unwrap()).unwrap()),
        tls: TlsSessions::default(),
        proxies: Proxies::default(),
        limits: Limits::after(Duration::from_secs(60)),
        max_download: 8 << 30,
    })
    .unwrap();
    let Tip::Commit(tip) = remote.fetch("main").unwrap() else { panic!() };
    let paths = OWN_FILES.map(|name| format!("{FOLDER}/{name}"));
    for path in &paths {
        assert!(remote.entry(tip, path).unwrap().is_some_and(|entry| entry.id != Remote::blob_id(b"other")));
    }
    let files = remote.read(tip, &paths.each_ref().map(String::as_str)).unwrap();
    assert!(files.iter().all(|file| file.as_ref().is_some_and(|content| content.len() > 50_000)));
    drop(remote);
    let wall = start.elapsed().as_secs_f64();
    let statistics = fs_err::read_to_string("/proc/self/stat").unwrap();
    let ticks: f64 =
        statistics.rsplit(") ").next().unwrap().split(' ').skip(11).take(2).map(|n| n.parse::<f64>().unwrap()).sum();
    let status = fs_err::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: f64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    println!("measured: {wall:.2} {:.2} {:.0}", ticks / 100.0, peak / 1024.0);
}
