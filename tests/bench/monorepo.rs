//! Repositories with very many files: what a look costs, against their number and their form.

use crate::measure::{Bench, RUNS, Sample};
use crate::support::{ControlPlane, Repository, Route, TestEnv};

/// How folders lie in a repository; there are ten files in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As in monorepos: 20 teams with 20 applications each, and all other folders in those.
    Deep,
    /// All folders on the level of `clusters/<name>`, 316 in each of 316.
    Flat,
}

/// What a look took.
pub(crate) struct Row {
    pub(crate) form: Form,
    pub(crate) files: u32,
    /// `tree:3`, or `blob:none` as Azure DevOps is asked.
    pub(crate) filter: &'static str,
    pub(crate) sample: Sample,
    /// Kilobytes that fetches sent.
    pub(crate) received: f64,
}

/// What is measured: form, files.
const MONOREPOS: [(Form, u32); 4] =
    [(Form::Deep, 20_000), (Form::Deep, 200_000), (Form::Deep, 1_000_000), (Form::Flat, 1_000_000)];

impl Bench {
    /// A plan (`--dry-run`) for a cluster without Flux, which looks at everything that a bootstrap looks at.
    pub(crate) fn monorepos(&self) -> Vec<Row> {
        let plane = ControlPlane::lease();
        let env = TestEnv::new().with_azure(&self.azure).with_cluster(&plane).without_var("RUST_LOG");
        let mut rows = Vec::new();
        for (form, files) in MONOREPOS {
            eprintln!("making a repository of {files} files, {form:?}");
            let fleet = self.azure.repository("acme", "monorepos", &format!("{form:?}-{files}").to_lowercase());
            fill(&fleet, form, files);
            for (filter, url) in [("tree:3", fleet.plain_url()), ("blob:none", fleet.url())] {
                let mut received = 0;
                let look = || {
                    self.azure.forget_traffic();
                    let output = env
                        .program(&self.flux, ["bootstrap", "git", "--dry-run", "--token-auth", "--path=clusters/bench"])
                        .arg(format!("--url={url}"))
                        .env("GIT_PASSWORD", self.azure.token())
                        .run();
                    output.assert_success();
                    Sample::of(&output)
                };
                let sample = Sample::median((0..RUNS).map(|_| look()).collect());
                for request in self.azure.traffic() {
                    received += if request.route == Some(Route::Fetch) { request.sent } else { 0 };
                }
                let row = Row { form, files, filter, sample, received: received as f64 / 1e3 };
                eprintln!("{}", row.cells());
                rows.push(row);
            }
        }
        rows
    }
}

impl Row {
    pub(crate) fn cells(&self) -> String {
        let Self { form, files, filter, sample, received } = self;
        let form = if *form == Form::Deep { "deep" } else { "100,000 folders at depth two" };
        format!(
            "| {files} | {form} | `{filter}` | {:.2} s | {:.2} s | {:.0} MiB | {received:.0} kB |",
            sample.wall, sample.cpu, sample.peak_mib
        )
    }
}

fn fill(fleet: &Repository, form: Form, files: u32) {
    let mut stream = b"commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 4\nFill\n".to_vec();
    let mut add = |path: &str, text: &str| {
        stream.extend(format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()).bytes());
    };
    for file in 0..files {
        let folder = file / 10;
        let path = match form {
            Form::Deep => format!("apps/t{}/a{}/s{}/f{file}", folder % 20, folder / 20 % 20, folder / 400),
            Form::Flat => format!("g{}/s{}/f{file}", folder % 316, folder / 316),
        };
        add(&path, &format!("file {file}\n"));
    }
    add("README.md", "A monorepo.\n");
    add("clusters/other/flux-system/gotk-sync.yaml", "kind: Other\n");
    fleet.fast_import(&stream);
}
