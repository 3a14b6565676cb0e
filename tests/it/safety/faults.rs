//! The fault matrix: which fault at which step gives which message and exit code, and what is tried again.
//! docs/faults.md is written by these scenarios: run them with `UPDATE_FAULTS=1`.

use std::sync::Mutex;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use super::puppets::Puppets;
use super::{Scene, bootstrap};
use crate::support::{ApiFault, ApiFront, AzureDevOps, Choice, Fault, Output, Repository, Route, TestEnv};

const SYNC: &str = "clusters/a/flux-system/gotk-sync.yaml";

/// What those faults are given that are tried again until the timeout: long enough to be met on a slow machine.
pub(super) const PATIENCE: &str = "--timeout=15s";

/// One fault at one step, and what comes of it.
pub(super) struct Row {
    pub(super) step: &'static str,
    pub(super) fault: String,
    pub(super) once: String,
    pub(super) lasting: String,
}

impl Row {
    /// The row of two runs, once they are over.
    pub(super) fn of(
        step: &'static str,
        fault: &str,
        once: ScopedJoinHandle<'_, String>,
        lasts: ScopedJoinHandle<'_, String>,
    ) -> Self {
        let (once, lasts) = (once.join().unwrap(), lasts.join().unwrap());
        Self { step, fault: fault.to_owned(), once, lasting: lasting(&lasts) }
    }
}

/// What a run that met a lasting fault says; how often it had time to try again is chance.
pub(super) fn lasting(outcome: &str) -> String {
    outcome.trim_start_matches("not ").trim_start_matches("tried again; ").to_owned()
}

/// What a run that met a fault says: the exit code, whether the request was sent again, the first words.
pub(super) fn outcome(run: &Output, sent: usize, usually: usize, api: &str) -> String {
    let again = if sent > usually { "tried again" } else { "not tried again" };
    if run.code() == 0 {
        return format!("{again}; done");
    }
    let mut words = run.stderr.lines().skip_while(|line| !line.starts_with('✗')).map(str::trim);
    let message = words.next().unwrap_or_default().trim_start_matches("✗ ");
    let cause = words.next().filter(|line| line.starts_with("caused by: ")).unwrap_or_default();
    // How a connection broke is a matter of microseconds.
    let cause = if message.ends_with("broke") { "" } else { cause };
    let text = format!("{message} {cause}").replace('|', "\\|").replace(api, "<server>");
    let text = text.split(" with: ").next().unwrap_or_default();
    if !run.stderr.contains("hint: ") || !run.stderr.contains("done so far: ") {
        run.fail("a failure has a hint, and says what is done so far");
    }
    format!("{again}; exit code {}: {}", run.code(), without_times(text.trim()))
}

/// Durations differ from run to run.
fn without_times(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(' ') {
        let number = word.trim_end_matches(|letter: char| letter.is_alphabetic() || letter == ',' || letter == ')');
        let timed = !number.is_empty() && number.contains('.') && number.parse::<f64>().is_ok();
        out.push_str(if timed { "…" } else { word });
        out.push(' ');
    }
    out.trim_end().to_owned()
}

/// The sections of docs/faults.md; a scenario proves each.
const SECTIONS: [&str; 7] = [
    "Git server, before the push",
    "Git server, at the push",
    "Git server over SSH",
    "API server",
    "Release download",
    super::found::STANDS_AROUND.section,
    super::found::WITHOUT_BOUNDS.section,
];

/// Compares a section of docs/faults.md with what was found, or writes it.
pub(super) fn record(section: &str, rows: &[Row]) {
    let mut table = format!("## {section}\n\n| step | fault | once | lasting |\n|---|---|---|---|\n");
    for Row { step, fault, once, lasting } in rows {
        table.push_str(&format!("| {step} | {fault} | {once} | {lasting} |\n"));
    }
    write_in_turn(|text| written(text, section, table));
}

/// Shows the file to the scenarios one after the other, and writes what they make of it.
pub(super) fn write_in_turn(change: impl FnOnce(&str) -> Option<String>) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock();
    let file = format!("{}/docs/faults.md", env!("CARGO_MANIFEST_DIR"));
    let text = fs_err::read_to_string(&file).unwrap();
    if let Some(text) = change(&text) {
        fs_err::write(file, text).unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the test asks for it")]
pub(super) fn is_update() -> bool {
    std::env::var_os("UPDATE_FAULTS").is_some()
}

/// The file with this table in its section; none where it is to stay, which must hold the same then.
fn written(text: &str, section: &str, table: String) -> Option<String> {
    let mut parts = text.split("\n## ");
    let introduction = parts.next().unwrap_or_default().trim_end();
    let mut tables: Vec<String> = parts.map(|part| format!("## {}\n", part.trim_end())).collect();
    let place = |table: &str| SECTIONS.iter().position(|name| table.starts_with(&format!("## {name}\n")));
    let recorded = tables.iter().position(|recorded| place(recorded) == place(&table));
    assert!(place(&table).is_some(), "SECTIONS lacks {section}");
    if is_update() {
        tables.retain(|recorded| place(recorded).is_some_and(|found| Some(found) != place(&table)));
        tables.push(table);
        tables.sort_by_key(|table| place(table));
        return Some(format!("{introduction}\n\n{}", tables.join("\n")));
    }
    assert_eq!(tables.len(), SECTIONS.len(), "docs/faults.md has a section that no scenario proves, or lacks one");
    let recorded = recorded.map(|recorded| tables[recorded].as_str()).unwrap_or_default();
    let pair = recorded.lines().zip(table.lines()).find(|(recorded, found)| recorded != found);
    let (recorded, found) = pair.unwrap_or((recorded, &table));
    assert_eq!(recorded, found, "docs/faults.md says something else; UPDATE_FAULTS=1 writes it anew");
    None
}

fn git_faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("connection reset", Fault::Reset),
        ("500", Fault::Status(500)),
        ("503", Fault::Status(503)),
        ("429 with `Retry-After: 1`", Fault::Throttled(1)),
        ("answer broken off", Fault::Truncated(30)),
        ("answer a second late", Fault::Late(Duration::from_secs(1))),
        ("401", Fault::Status(401)),
    ]
}

/// A repository whose gotk-sync.yaml has to be read and written again.
fn edited(azure: &AzureDevOps) -> Repository {
    let fleet = azure.repository("acme", "platform", "fleet");
    fleet.seed(&[(SYNC, EDITED)])
}

const EDITED: &str = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: flux-system\n  namespace: \
                      flux-system\nspec:\n  interval: 7m0s\n  url: https://example.com/a\n";

#[test]
fn faults_of_the_git_server_before_the_push() {
    let scene = Scene::new();
    let steps = [
        ("read the branch", Route::AdvertiseFetch, 0),
        ("fetch the tip", Route::Fetch, 0),
        ("fetch our files", Route::Fetch, 1),
        ("ask for the right to push", Route::AdvertisePush, 0),
    ];
    let run = |route: Route, skip: usize, times: usize, fault: Fault| {
        let azure = AzureDevOps::start();
        let fleet = edited(&azure);
        let env = TestEnv::new().with_azure(&azure).with_cluster(&scene.plane);
        // The others end after so many attempts, however long those take.
        let lasts = times > 1 && matches!(fault, Fault::Throttled(_));
        let flags: &[&str] = if lasts { &["--dry-run", PATIENCE] } else { &["--dry-run"] };
        azure.fault_after(route, skip, times, fault);
        let run = bootstrap(&env, &azure, &fleet, flags).run();
        let usually = if route == Route::Fetch && (skip == 1 || run.code() == 0) { 2 } else { 1 };
        if run.stderr.contains("; trying again in ") != (azure.count(route) > usually) {
            run.fail("what is tried again is told");
        }
        outcome(&run, azure.count(route), usually, &scene.plane.url())
    };
    let mut rows = Vec::new();
    for (step, route, skip) in steps {
        let found: Vec<Row> = std::thread::scope(|scope| {
            let runs: Vec<_> = git_faults()
                .into_iter()
                .map(|(name, fault)| {
                    scope.spawn(|| {
                        let once = run(route, skip, 1, fault.clone());
                        Row { step, fault: name.to_owned(), once, lasting: lasting(&run(route, skip, 1000, fault)) }
                    })
                })
                .collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        rows.extend(found);
    }
    record("Git server, before the push", &rows);
}

#[test]
fn faults_of_the_git_server_at_the_push() {
    let scene = Scene::new();
    let rows = Puppets::play(&scene.plane, &scene.fleet, || {
        scene.bootstrap(&[]).run().assert_success();
        let mut rows = Vec::new();
        for (name, fault) in git_faults().into_iter().chain([("carried out, answer lost", Fault::AnswerLost)]) {
            let run = |times: usize, flags: &[&str]| {
                let sync = scene.fleet.file("main", SYNC).replacen("interval: 1m0s", "interval: 7m0s", 1);
                let before = scene.fleet.log("main").len();
                scene.fleet.commit("main", "Edit", &[(SYNC, &sync)]);
                scene.azure.forget_traffic();
                scene.azure.fault(Route::Push, times, fault.clone());
                let run = scene.bootstrap(flags).run();
                scene.azure.no_faults();
                let log = scene.fleet.log("main");
                if run.code() == 0 && log.len() != before + 2 {
                    run.fail(&format!("one commit is ours: {log:#?}"));
                }
                outcome(&run, scene.azure.count(Route::Push), 1, &scene.plane.url())
            };
            let once = run(1, &[]);
            // With these the first push ends it, one way or the other.
            let same = matches!(fault, Fault::Truncated(_) | Fault::Late(_) | Fault::AnswerLost | Fault::Status(401));
            let lasting = lasting(&if same { once.clone() } else { run(1000, &["--timeout=30s"]) });
            rows.push(Row { step: "push", fault: name.to_owned(), once, lasting });
        }
        rows
    });
    record("Git server, at the push", &rows);
}

#[test]
fn faults_of_the_api_server() {
    let scene = Scene::new();
    let steps: [(&str, Choice, &[&str]); 5] = [
        ("connect", |line| line == "GET /version", &["--dry-run"]),
        (
            "look for Flux",
            |line| line.starts_with("GET ") && line.ends_with("/kustomizations/flux-system"),
            &["--dry-run"],
        ),
        ("judge objects", |line| line.starts_with("PATCH ") && line.contains("dryRun=All"), &["--dry-run"]),
        ("apply objects", |line| line.starts_with("PATCH ") && !line.contains("dryRun=All"), &[]),
        ("wait", |line| line.starts_with("GET ") && line.contains("watch=true"), &[]),
    ];
    let faults = [
        ("connection reset", ApiFault::Reset),
        ("500", ApiFault::Status(500)),
        ("503", ApiFault::Status(503)),
        ("429 with `Retry-After: 1`", ApiFault::Throttled),
    ];
    let run = |(step, choice, flags): (&'static str, Choice, &[&str]), fault: ApiFault, times: usize| {
        let front = ApiFront::start(&scene.plane);
        let env = TestEnv::new().with_azure(&scene.azure).with_kubeconfig(&front.kubeconfig(&scene.plane));
        if flags.is_empty() {
            // Something to repair, so that there is something to apply and wait for.
            scene.plane.delete("apps/v1", "Deployment", "flux-system", "helm-controller");
        }
        front.fault(choice, times, fault);
        // A watch can be done without; the rest end at the timeout, before the attempts run out.
        let patience: &[&str] = if times == 1 || step == "wait" { &[] } else { &["--timeout=6s"] };
        let run = bootstrap(&env, &scene.azure, &scene.fleet, &[flags, patience].concat()).run();
        outcome(&run, usize::from(front.repeats(choice) || step == "wait"), 0, front.url())
    };
    let rows = Puppets::play(&scene.plane, &scene.fleet, || {
        scene.bootstrap(&[]).run().assert_success();
        let mut rows = Vec::new();
        // Something to repair, so that there is something to judge.
        scene.plane.delete("apps/v1", "Deployment", "flux-system", "helm-controller");
        for step in steps {
            let (only_looks, waits) = (!step.2.is_empty(), step.0 == "wait");
            let each = |times: usize, side_by_side: bool| -> Vec<String> {
                if !side_by_side {
                    return faults.map(|(_, fault)| run(step, fault, times)).into();
                }
                std::thread::scope(|scope| {
                    let runs: Vec<_> =
                        faults.into_iter().map(|(_, fault)| scope.spawn(move || run(step, fault, times))).collect();
                    runs.into_iter().map(|run| run.join().unwrap()).collect()
                })
            };
            // Those that change nothing do not disturb each other.
            let (once, lasts) = (each(1, only_looks), each(100_000, !waits));
            for (((name, _), once), lasts) in faults.iter().zip(once).zip(lasts) {
                rows.push(Row { step: step.0, fault: (*name).to_owned(), once, lasting: lasting(&lasts) });
            }
        }
        rows
    });
    record("API server", &rows);
}
