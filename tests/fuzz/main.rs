//! Feeds mutated overlays, and mutated texts to every parser: nothing may panic, hang or eat memory.
//!
//! Run it by `make fuzz`; `FUZZ_SECONDS` says for how long (60), `FUZZ_SEED` where to start. Every target gets the same
//! share of the time. A target that fails gets no further seeds; at the end its name and seed are printed, and `FUZZ_TARGET=<target> FUZZ_SEED=<seed> FUZZ_SECONDS=0`
//! runs them alone. Those of the current run stand in `target/fuzz-seed`, for those that do not return. With
//! `FUZZ_AGAINST=<path of kustomize>` every build is compared with kustomize's own, and the differences are printed for
//! a person to judge.

mod azure_api;
mod command_lines;
mod conversations;
mod credentials;
mod folders;
mod mutate;
mod overlays;
mod parsers;
mod random;
mod transcript;

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use random::Random;

/// A target: its name, and what one seed does.
type Target = (&'static str, fn(&mut Random));

/// The parsers, and folders of links. The last target, "overlays", is no parser of one text.
const PARSERS: [Target; 19] = [
    ("frames", conversations::frames),
    ("advertisements", conversations::advertisements),
    ("answers to fetches", conversations::fetches),
    ("answers to pushes", conversations::pushes),
    ("HTTP refusals", conversations::pages),
    ("REST answers", azure_api::answers),
    ("SSH words", conversations::ssh_words),
    ("URLs", parsers::urls),
    ("command lines", command_lines::command_lines),
    ("YAML", parsers::yaml_texts),
    ("sync files", parsers::sync_files),
    ("kustomization files", parsers::kustomization_files),
    ("known hosts", credentials::known_hosts),
    ("SSH keys", credentials::ssh_keys),
    ("tokens and headers", credentials::tokens),
    ("docker configurations", credentials::docker_configs),
    ("release archives", parsers::archives),
    ("names and durations", parsers::names),
    ("folders", folders::folders),
];

/// How long one run of a target may take.
const SLOW: Duration = Duration::from_secs(10);
/// How often a parser runs per seed.
const PARSER_TURNS: u64 = 512;
/// How much memory the whole program may ever have held, in KiB.
const MAX_KIB: u64 = 3 << 20;
/// How much more memory than before one seed of a parser may hold, in KiB.
const MAX_GROWTH_KIB: u64 = 256 << 10;

fn setting(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a tool of its own, without the product's environment")]
    std::env::var(name).ok()
}

fn number(name: &str, default: u64) -> u64 {
    setting(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

/// The most memory held so far, in KiB; 0 where the system does not say.
fn peak_kib() -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// What became of one target.
struct Share {
    name: &'static str,
    /// `None` for overlays.
    parser: Option<fn(&mut Random)>,
    next: u64,
    runs: u64,
    spent: Duration,
    slowest: (Duration, u64),
    /// A target that failed gets no further seeds; the others go on.
    failure: Option<String>,
}

fn main() -> ExitCode {
    let corpus = overlays::corpus();
    let (first, seconds) = (number("FUZZ_SEED", 1), number("FUZZ_SECONDS", 60));
    let end = Instant::now() + Duration::from_secs(seconds);
    if let Some(kustomize) = setting("FUZZ_AGAINST") {
        compare_all(&corpus, &kustomize, first, seconds, end);
        return ExitCode::SUCCESS;
    }
    let wanted = setting("FUZZ_TARGET");
    let targets = PARSERS.iter().map(|(name, parser)| (*name, Some(*parser))).chain([("overlays", None)]);
    let mut shares: Vec<Share> = targets
        .filter(|(name, _)| wanted.as_deref().is_none_or(|wanted| wanted == *name))
        .map(|(name, parser)| Share {
            name,
            parser,
            next: first,
            runs: 0,
            spent: Duration::ZERO,
            slowest: (Duration::ZERO, first),
            failure: None,
        })
        .collect();
    assert!(!shares.is_empty(), "no target has the name in FUZZ_TARGET");
    let note = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz-seed");
    let mut note = fs_err::File::create(note).expect("the folder exists where this was built");
    // Each once, and then the one that had the least time.
    while let Some(share) = shares.iter_mut().filter(|it| it.failure.is_none()).min_by_key(|it| (it.runs > 0, it.spent))
    {
        if Instant::now() >= end && share.runs > 0 {
            break;
        }
        let line = format!("FUZZ_TARGET='{}' FUZZ_SEED={}", share.name, share.next);
        let _ = note.seek(SeekFrom::Start(0)).and_then(|_| writeln!(note, "{line:<80}"));
        share.failure = run_seed(share, &corpus).err();
        share.next += 1;
    }
    report(&shares)
}

/// Runs the next seed of a target.
fn run_seed(share: &mut Share, corpus: &[overlays::Files]) -> Result<(), String> {
    let seed = share.next;
    let before = peak_kib();
    let start = Instant::now();
    let turns = if share.parser.is_some() { PARSER_TURNS } else { 1 };
    for turn in 0..turns {
        let took = match share.parser {
            Some(parser) => judged(|| parser(&mut Random::of_seed(seed * PARSER_TURNS + turn))),
            None => judged(|| overlays::run(seed, corpus)),
        };
        share.runs += 1;
        share.slowest = share.slowest.max((took.map_err(|what| format!("turn {turn} {what}"))?, seed));
    }
    share.spent += start.elapsed();
    let peak = peak_kib();
    let growth = peak.saturating_sub(before);
    if peak >= MAX_KIB || (share.parser.is_some() && growth >= MAX_GROWTH_KIB) {
        return Err(format!("brings memory to {} MiB, {} more than before", peak >> 10, growth >> 10));
    }
    Ok(())
}

/// Runs one target, and returns how long it took.
fn judged(run: impl Fn() + std::panic::RefUnwindSafe) -> Result<Duration, String> {
    let start = Instant::now();
    let result = std::panic::catch_unwind(&run);
    let mut took = start.elapsed();
    if took >= SLOW {
        // A busy machine looks slow; only what is slow twice is.
        let again = Instant::now();
        let _ = std::panic::catch_unwind(&run);
        took = took.min(again.elapsed());
    }
    match result {
        Err(_) => Err("panics".to_owned()),
        Ok(()) if took >= SLOW => Err(format!("takes {took:?}")),
        Ok(()) => Ok(took),
    }
}

#[expect(clippy::print_stdout, reason = "a tool of its own")]
fn report(shares: &[Share]) -> ExitCode {
    for Share { name, runs, spent, slowest: (slowest, seed), .. } in shares {
        println!("{name}: {runs} in {} s, the slowest in {slowest:.1?} (seed {seed})", spent.as_secs());
    }
    let all: u64 = shares.iter().map(|share| share.runs).sum();
    println!("{all} in all, {} MiB at most", peak_kib() >> 10);
    let failed = shares.iter().filter_map(|share| Some((share, share.failure.as_ref()?)));
    let failed: Vec<String> = failed
        .map(|(share, what)| format!("FUZZ_TARGET='{}' FUZZ_SEED={} {what}", share.name, share.next - 1))
        .collect();
    failed.iter().for_each(|line| println!("{line}"));
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Compares builds with kustomize's until the time is up.
#[expect(clippy::print_stdout, reason = "a tool of its own")]
fn compare_all(corpus: &[overlays::Files], kustomize: &str, first: u64, seconds: u64, end: Instant) {
    let scratch = std::env::temp_dir().join(format!("flux-fuzz-{}", std::process::id()));
    let mut seed = first;
    loop {
        if let Some(difference) = overlays::compare(seed, corpus, kustomize, &scratch) {
            println!("seed {seed}: {difference}");
        }
        seed += 1;
        if Instant::now() >= end {
            break;
        }
    }
    if seconds == 0 {
        println!("the overlay is in {}", scratch.display());
    } else {
        let _ = fs_err::remove_dir_all(&scratch);
    }
    println!("{} overlays compared", seed - first);
}
