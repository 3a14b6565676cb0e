//! The figures as a page and as a plot.

use std::fmt::Write as _;
use std::path::Path;

use crate::distance::round_trips;
use crate::many::{CLUSTERS, Many};
use crate::{Budget, Extremes, Sample, Scale};

/// Writes docs/benchmarks.md and docs/benchmarks.svg, and prints the page.
pub(crate) fn write(machine: &str, budgets: &[Budget], (small, scales): (&Scale, &[Scale]), extremes: &Extremes) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let page = page(machine, budgets, (small, scales), extremes);
    eprintln!("{page}");
    fs_err::write(docs.join("benchmarks.md"), page).unwrap();
    fs_err::write(docs.join("benchmarks.svg"), plot(scales)).unwrap();
}

const INTRODUCTION: &str = "\
# Benchmarks

Made by `make bench`, which measures the release build against the test bed: a real Kubernetes API and real Flux controllers,
`git http-backend` behind a stand-in for Azure DevOps, all on one machine. Times are medians of five runs. Start-up and rendering are the
fastest of 41 runs, the first bootstrap of the budget is the median of three; other first bootstraps and clones are single runs. Memory is the
largest resident size. Other work on the machine, which the load average shows, makes everything slower.
";

fn page(machine: &str, budgets: &[Budget], (small, scales): (&Scale, &[Scale]), extremes: &Extremes) -> String {
    let mut page = INTRODUCTION.to_owned();
    let _ = write!(page, "\nThe machine: {machine}.\n\n## Budgets\n\n| what | measured | allowed |\n|---|---|---|\n");
    for Budget { what, measured, allowed, unit } in budgets {
        let mark = if measured > allowed { " (missed)" } else { "" };
        let _ = writeln!(page, "| {what} | {measured:.2} {unit}{mark} | {allowed} {unit} |");
    }
    let _ = write!(
        page,
        "\n## Repositories of any size\n\n\
         `flux bootstrap git` fetches only the tip of the branch, and only the files that it compares. A tool that cannot do that needs at least\n\
         `git clone --depth 1`; the reference tool makes a full clone. The files have 6 kB each and do not compress.\n\
         A first bootstrap spends most of its time on the controllers' start and their own clone of the repository.\n\n\
         | files | commits | first bootstrap | rerun | CPU | memory | rerun without `filter` | CPU | memory | git, depth 1 | git, full | reference rerun |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n"
    );
    for scale in std::iter::once(small).chain(scales) {
        let Scale { size, first, rerun, rerun_without_filter: plain, git_shallow, git_full, reference } = scale;
        let reference = reference.map_or_else(|| "not measured".to_owned(), |it| format!("{:.2} s", it.wall));
        let _ = writeln!(
            page,
            "| {} | {} | {:.2} s | {} | {} | {:.2} s | {:.2} s | {reference} |",
            size.files,
            size.commits,
            first.wall,
            cells(rerun),
            cells(plain),
            git_shallow.wall,
            git_full.wall,
        );
    }
    page.push_str("\n![Time against number of files](benchmarks.svg)\n");
    page.push_str(&self::extremes(extremes));
    page.push_str(NOT_REACHED);
    page.push_str("\nReproduce it: `make bench`; `BENCH_LARGE=1 make bench` adds 50,000 files and 10,000 commits;\n");
    page.push_str("`FLUX_REFERENCE_BIN=/path/to/flux make bench` measures the reference tool beside it.\n");
    page
}

/// What stands in the way of goals that are missed.
const NOT_REACHED: &str = "
## What is not reached, and why

- A first bootstrap waits for more than ten round trips. Four lead to the branch (TCP, proxy, TLS, references); four ask on that connection, one after the
  other as HTTP/1.1 has it, whether this identity may push (git, repository, permission, policies), beside the dry-runs of the cluster; then come the push, the
  definitions with the check of what they make room for, the look whether they are served beside what others refer to, and the controllers. The Secret
  and the sync objects follow while the controllers start. A second connection to Git's server would save two, and cost every run that pushes nothing one.
- 100,000 folders on the level of the path are all fetched, about 30 MB, as every server's filter counts levels and not names.
- A proxy takes one round trip more (`CONNECT`), which the relays' figures include.
";

/// The far away and the very large, as sections of the page.
pub(crate) fn extremes(extremes: &Extremes) -> String {
    let Extremes { monorepos, distances, cluster, many } = extremes;
    let mut page = String::new();
    if !monorepos.is_empty() {
        page.push_str(
            "\n## Monorepos\n\n\
             A plan (`--dry-run`) for `clusters/bench`, in repositories with ten files to a folder, all folders different. From most servers\n\
             only the folders on the levels of the path are fetched (`filter tree:`), and others when they are looked at; Azure DevOps is\n\
             asked for all folders without files (`blob:none`), because nothing proves that it takes the other. Received is what fetches sent.\n\n\
             | files | form | filter | time | CPU | memory | received |\n|---|---|---|---|---|---|---|\n",
        );
        monorepos.iter().for_each(|row| page.push_str(&format!("{}\n", row.cells())));
    }
    if let [_, .., _] = distances.as_slice() {
        page.push_str(
            "\n## Distance\n\n\
             Relays delay every byte before the API server and before Git's server, whose proxy takes one more round trip (`CONNECT`). The\n\
             last line is far beyond any real distance: against the first it tells how many round trips a run waits for.\n\n\
             | each way | first bootstrap | rerun | connections to the API server | to Git's | bytes of a rerun |\n|---|---|---|---|---|---|\n",
        );
        distances.iter().for_each(|distance| page.push_str(&format!("{}\n", distance.cells())));
        let (first, rerun) = round_trips(distances);
        let _ = writeln!(page, "\nRound trips: {first:.1} in a first bootstrap, {rerun:.1} in a rerun.");
    }
    if let Some((before, after)) = cluster {
        let _ = write!(
            page,
            "\n## Large clusters\n\n\
             A plan for another path in a cluster 25 ms away each way, before it held 5,000 Kustomizations of others and 300 definitions, and after.\n\n\
             | cluster | time | CPU | memory |\n|---|---|---|---|\n| small | {} |\n| large | {} |\n",
            cells(before),
            cells(after)
        );
    }
    if let Some(Many { in_a_row, at_once }) = many {
        let _ = write!(
            page,
            "\n## Many at once\n\n\
             {CLUSTERS} first bootstraps into {CLUSTERS} folders of one branch; each makes one commit, whoever loses a race goes on from the new tip.\n\n\
             | one after the other | at the same time |\n|---|---|\n| {in_a_row:.1} s | {at_once:.1} s |\n"
        );
    }
    page
}

fn cells(sample: &Sample) -> String {
    format!("{:.2} s | {:.2} s | {:.0} MiB", sample.wall, sample.cpu, sample.peak_mib)
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 200.0;
const EDGE: f64 = 40.0;

/// Seconds against files, both logarithmic.
fn plot(scales: &[Scale]) -> String {
    let x = |files: f64| LEFT + (files.log10() - 2.0) / 2.8 * (WIDTH - LEFT - RIGHT);
    let y = |seconds: f64| HEIGHT - EDGE - (seconds.max(0.02).log10() + 2.0) / 4.0 * (HEIGHT - 2.0 * EDGE);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    for seconds in [0.01, 0.1, 1.0, 10.0, 100.0] {
        let (at, end) = (HEIGHT - EDGE - (f64::log10(seconds) + 2.0) / 4.0 * (HEIGHT - 2.0 * EDGE), WIDTH - RIGHT);
        let _ = writeln!(svg, "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{end}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>");
        let _ =
            writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{seconds} s</text>", LEFT - 8.0, at + 4.0);
    }
    for scale in scales {
        let at = x(f64::from(scale.size.files));
        let _ = writeln!(
            svg,
            "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            HEIGHT - 18.0,
            scale.size.files
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">files</text>",
        (WIDTH - RIGHT + LEFT) / 2.0,
        HEIGHT - 4.0
    );
    type Series = (&'static str, &'static str, fn(&Scale) -> Option<f64>);
    let series: [Series; 5] = [
        ("flux rerun", "#1a7f37", |scale| Some(scale.rerun.wall)),
        ("flux rerun without filter", "#0969da", |scale| Some(scale.rerun_without_filter.wall)),
        ("git clone --depth 1", "#bf8700", |scale| Some(scale.git_shallow.wall)),
        ("git clone", "#cf222e", |scale| Some(scale.git_full.wall)),
        ("reference rerun", "#8250df", |scale| scale.reference.map(|sample| sample.wall)),
    ];
    let mut row = EDGE;
    for (name, colour, value) in series {
        let points: Vec<(f64, f64)> =
            scales.iter().filter_map(|scale| Some((x(f64::from(scale.size.files)), y(value(scale)?)))).collect();
        if points.is_empty() {
            continue;
        }
        let line = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ");
        let _ = writeln!(svg, "<polyline points=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
        for (x, y) in points {
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{row}\" fill=\"{colour}\">{name}</text>", WIDTH - RIGHT + 16.0);
        row += 20.0;
    }
    svg.push_str("</svg>\n");
    svg
}
