//! `make bench`: what the program costs, on real parts, against git itself and, where `FLUX_REFERENCE_BIN` names it,
//! the reference tool. Writes docs/benchmarks.md and docs/benchmarks.svg, and fails where a budget is missed.
//!
//! `FLUX_BENCH_BIN` is the program to measure. `BENCH_LARGE=1` adds a repository of 50,000 files and 10,000 commits,
//! `BENCH_SMALL=1` leaves out all but the smallest. `BENCH_ONLY` prints one part alone and writes nothing: `monorepos`, `distance`,
//! `cluster` or `many`.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "it is here to be read")]

#[path = "../it/support/mod.rs"]
mod support;

mod distance;
mod many;
mod measure;
mod monorepo;
#[path = "../it/safety/puppets.rs"]
mod puppets;
mod report;

use std::process::ExitCode;

use distance::{Distance, round_trips};
use many::Many;
use measure::{Bench, Sample};
use monorepo::{Form, Row};
use support::Size;

/// Repositories from small to large: files, commits.
const SIZES: [(u32, u32); 5] = [(100, 10), (1_000, 100), (5_000, 1_000), (20_000, 3_000), (50_000, 10_000)];
/// 20,000 of them are 120 MB.
const FILE_SIZE: usize = 6_000;

/// One line of the budgets: what, measured, allowed, unit.
struct Budget {
    what: &'static str,
    measured: f64,
    allowed: f64,
    unit: &'static str,
}

/// What is measured of the far away and the very large.
#[derive(Default)]
struct Extremes {
    monorepos: Vec<Row>,
    distances: Vec<Distance>,
    /// A cluster before it held much, and after.
    cluster: Option<(Sample, Sample)>,
    many: Option<Many>,
}

/// What was measured with one repository.
struct Scale {
    size: Size,
    first: Sample,
    rerun: Sample,
    rerun_without_filter: Sample,
    git_shallow: Sample,
    git_full: Sample,
    reference: Option<Sample>,
}

fn main() -> ExitCode {
    let bench = Bench::new();
    if let Some(part) = measure::variable("BENCH_ONLY") {
        let extremes = Extremes::of(&bench, &part);
        eprintln!("{}", report::extremes(&extremes));
        return concluded(&extremes.budgets());
    }
    let mut budgets = vec![
        bench.binary_size(),
        Budget { what: "start-up (`flux --help`)", measured: bench.start_up(), allowed: 10.0, unit: "ms" },
        Budget { what: "rendering (`--export`)", measured: bench.rendering(), allowed: 30.0, unit: "ms" },
        Budget {
            what: "all options of the cluster, in addition",
            measured: bench.options(),
            allowed: 20.0,
            unit: "ms",
        },
    ];
    let small = bench.small();
    budgets.push(Budget { what: "first bootstrap", measured: small.first.wall, allowed: 6.2, unit: "s" });
    budgets.push(Budget { what: "rerun", measured: small.rerun.wall, allowed: 0.37, unit: "s" });
    let count = match (measure::is_set("BENCH_SMALL"), measure::is_set("BENCH_LARGE")) {
        (true, _) => 1,
        (_, true) => SIZES.len(),
        _ => SIZES.len() - 1,
    };
    let mut scales = Vec::new();
    for (files, commits) in SIZES.into_iter().take(count) {
        let scale = bench.scale(Size { files, commits, file_size: FILE_SIZE });
        if (files, commits) == (20_000, 3_000) {
            let (with, without) = (scale.rerun, scale.rerun_without_filter);
            budgets.extend([
                Budget { what: "20,000 files: rerun", measured: with.wall, allowed: 1.0, unit: "s" },
                Budget { what: "20,000 files: CPU of a rerun", measured: with.cpu, allowed: 0.3, unit: "s" },
                Budget { what: "20,000 files: memory of a rerun", measured: with.peak_mib, allowed: 60.0, unit: "MiB" },
                Budget {
                    what: "20,000 files: rerun without `filter`",
                    measured: without.wall,
                    allowed: 3.5,
                    unit: "s",
                },
                Budget {
                    what: "20,000 files: memory without `filter`",
                    measured: without.peak_mib,
                    allowed: 130.0,
                    unit: "MiB",
                },
            ]);
        }
        scales.push(scale);
    }
    let extremes = if measure::is_set("BENCH_SMALL") { Extremes::default() } else { Extremes::of(&bench, "") };
    budgets.extend(extremes.budgets());
    report::write(&bench.machine(), &budgets, (&small, &scales), &extremes);
    concluded(&budgets)
}

impl Extremes {
    /// One part, or with an empty name all.
    fn of(bench: &Bench, part: &str) -> Self {
        let is_wanted = |name: &str| part.is_empty() || part == name;
        Self {
            monorepos: if is_wanted("monorepos") { bench.monorepos() } else { Vec::new() },
            distances: if is_wanted("distance") { bench.distances() } else { Vec::new() },
            cluster: is_wanted("cluster").then(|| bench.large_cluster()),
            many: is_wanted("many").then(|| bench.many()),
        }
    }

    fn budgets(&self) -> Vec<Budget> {
        let mut budgets = Vec::new();
        let of = |files| {
            self.monorepos.iter().find(|row| (row.form, row.filter, row.files) == (Form::Deep, "tree:3", files))
        };
        if let Some((small, large)) = of(20_000).zip(of(1_000_000)) {
            for (what, small, large) in [
                ("1,000,000 files against 20,000: time", small.sample.wall, large.sample.wall),
                ("1,000,000 files against 20,000: CPU", small.sample.cpu, large.sample.cpu),
                ("1,000,000 files against 20,000: memory", small.sample.peak_mib, large.sample.peak_mib),
                ("1,000,000 files against 20,000: bytes", small.received, large.received),
            ] {
                budgets.push(Budget { what, measured: large / small, allowed: 1.2, unit: "times" });
            }
        }
        if let [_, .., far] = self.distances.as_slice() {
            let (first, rerun) = round_trips(&self.distances);
            let connections = far.connections.0 as f64;
            budgets.extend([
                Budget { what: "round trips of a rerun", measured: rerun, allowed: 5.0, unit: "" },
                Budget { what: "round trips of a first bootstrap", measured: first, allowed: 10.0, unit: "" },
                Budget { what: "connections to the API server", measured: connections, allowed: 2.0, unit: "" },
            ]);
        }
        if let Some((before, after)) = self.cluster {
            let measured = after.peak_mib / before.peak_mib;
            budgets.push(Budget { what: "large cluster: memory", measured, allowed: 1.2, unit: "times" });
        }
        if let Some(Many { in_a_row, at_once }) = self.many {
            let measured = at_once / in_a_row;
            budgets.push(Budget {
                what: "40 at once against 40 in a row: time",
                measured,
                allowed: 1.3,
                unit: "times",
            });
        }
        budgets
    }
}

/// Names what was missed.
fn concluded(budgets: &[Budget]) -> ExitCode {
    let missed: Vec<&Budget> = budgets.iter().filter(|budget| budget.measured > budget.allowed).collect();
    for budget in &missed {
        eprintln!("MISSED: {}: {:.2} {} of {}", budget.what, budget.measured, budget.unit, budget.allowed);
    }
    if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
