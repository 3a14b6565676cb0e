//! Generates overlays, builds each with this engine and with the real kustomize, and compares the results.
//!
//! Run it by `make kustomize-corpus-random`. `OVERLAYS_SEED` (1) is the first overlay's seed, `OVERLAYS_COUNT` (1000)
//! says how many there are, `KUSTOMIZE` names the binary. Every difference is printed with its seed. It fails if less
//! than 99 of 100 overlays that kustomize builds are built equal. `OVERLAYS_KEEP=<folder>` writes the overlays there.

mod compare;
mod generate;
#[path = "../fuzz/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use compare::{Outcome, Tree};

/// How many of a thousand overlays that kustomize builds must be built equal.
const WANTED: usize = 990;

fn setting(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a tool of its own, without the product's environment")]
    std::env::var(name).ok()
}

fn number(name: &str, default: u64) -> u64 {
    setting(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

fn write(files: &Tree, folder: &Path) {
    let _ = fs_err::remove_dir_all(folder);
    for (path, text) in &files.0 {
        let path = folder.join(path);
        fs_err::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be written");
        fs_err::write(path, text).expect("the folder can be written");
    }
}

#[expect(clippy::print_stdout, reason = "a tool of its own")]
fn main() -> ExitCode {
    let kustomize = setting("KUSTOMIZE").expect("KUSTOMIZE names the binary");
    let (first, count) = (number("OVERLAYS_SEED", 1), number("OVERLAYS_COUNT", 1000));
    let keep = setting("OVERLAYS_KEEP").map(PathBuf::from);
    let scratch = std::env::temp_dir().join(format!("flux-overlays-{}", std::process::id()));
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in first..first + count {
        let files = Tree(generate::overlay(seed));
        let folder = keep.as_ref().map_or_else(|| scratch.clone(), |keep| keep.join(format!("{seed}/input")));
        write(&files, &folder);
        let outcome = compare::compare(&files, &kustomize, &folder);
        *outcomes.entry(outcome.name()).or_default() += 1;
        match &outcome {
            Outcome::Equal => {}
            Outcome::BothRefuse { theirs, .. } if setting("OVERLAYS_VERBOSE").is_some() => {
                println!("seed {seed}: refused: {theirs}")
            }
            Outcome::BothRefuse { .. } => {}
            other => println!("seed {seed}: {other}"),
        }
    }
    let _ = fs_err::remove_dir_all(scratch);
    let number = |name: &str| outcomes.get(name).copied().unwrap_or(0);
    let built = number("equal") + number("different") + number("only we refuse");
    println!(
        "{count} overlays from seed {first}: {outcomes:?}; {} of {built} that kustomize builds are equal",
        number("equal")
    );
    if number("equal") * 1000 >= built * WANTED { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
