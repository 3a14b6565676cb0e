//! Feeds mutated overlays, and mutated texts to every parser: nothing may panic, hang or eat memory.
//!
//! Run it by `make fuzz`; `FUZZ_SECONDS` says for how long (60), `FUZZ_SEED` where to start. A failure prints its
//! seed and target, and `FUZZ_SEED=<seed> FUZZ_SECONDS=0` runs that seed alone. The seed of the current run stands in
//! `target/fuzz-seed`, for those that do not return. With `FUZZ_AGAINST=<path of kustomize>` every build is compared
//! with kustomize's own, and the differences are printed for a person to judge.

mod overlays;
mod parsers;
mod random;

use std::path::Path;
use std::time::{Duration, Instant};

use overlays::compare;
use parsers::TARGETS;
use random::Random;

/// How long one build may take.
const SLOW: Duration = Duration::from_secs(10);
/// How often each parser runs per overlay.
const PARSER_TURNS: u64 = 8;
/// How much memory the whole program may ever have held, in KiB.
const MAX_KIB: u64 = 3 << 20;

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

#[expect(clippy::print_stdout, reason = "a tool of its own")]
fn main() {
    let corpus = overlays::corpus();
    let (first, seconds) = (number("FUZZ_SEED", 1), number("FUZZ_SECONDS", 60));
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut seed = first;
    let mut slowest = (Duration::ZERO, first);
    if let Some(kustomize) = setting("FUZZ_AGAINST") {
        let scratch = std::env::temp_dir().join(format!("flux-fuzz-{}", std::process::id()));
        loop {
            if let Some(difference) = compare(seed, &corpus, &kustomize, &scratch) {
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
        return;
    }
    // A seed goes to every target; the parsers are quicker than the overlays and get a share of the time instead.
    let mut counts = vec![0_u64; TARGETS.len() + 1];
    let mut spent = vec![Duration::ZERO; TARGETS.len() + 1];
    loop {
        let _ = fs_err::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz-seed"), seed.to_string());
        for (at, (name, target)) in TARGETS.iter().enumerate() {
            for turn in 0..PARSER_TURNS {
                let own = seed * PARSER_TURNS + turn;
                spent[at] += judged(&format!("{name} (turn {turn})"), seed, || target(&mut Random::of_seed(own)));
                counts[at] += 1;
            }
        }
        let took = judged("overlays", seed, || overlays::run(seed, &corpus));
        slowest = slowest.max((took, seed));
        spent[TARGETS.len()] += took;
        counts[TARGETS.len()] += 1;
        seed += 1;
        if Instant::now() >= end {
            break;
        }
    }
    let names = TARGETS.iter().map(|(name, _)| *name).chain(["overlays"]);
    for ((name, count), spent) in names.zip(counts).zip(spent) {
        println!("{name}: {count} in {} s", spent.as_secs());
    }
    let (slowest, slow_seed) = slowest;
    println!("slowest overlay {slowest:?} (seed {slow_seed}), {} MiB at most", peak_kib() >> 10);
}

/// Runs one target, and returns how long it took.
fn judged(name: &str, seed: u64, run: impl Fn() + std::panic::RefUnwindSafe) -> Duration {
    let start = Instant::now();
    let result = std::panic::catch_unwind(&run);
    let mut took = start.elapsed();
    if took >= SLOW {
        // A busy machine looks slow; only what is slow twice is.
        let again = Instant::now();
        let _ = std::panic::catch_unwind(&run);
        took = took.min(again.elapsed());
    }
    assert!(result.is_ok(), "{name}: seed {seed} panics");
    assert!(took < SLOW, "{name}: seed {seed} takes {took:?}");
    assert!(peak_kib() < MAX_KIB, "{name}: seed {seed} brings memory to {} MiB", peak_kib() >> 10);
    took
}
