//! What builds, tests and publishes this project may do no more than it must, and what is depended on is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use flux_bootstrap::for_tests::yaml;
use regex::Regex;
use serde_json::Value;

/// The rights of jobs beyond reading the repository: workflow, job, rights. All others may read it, and nothing else.
const RIGHTS: [(&str, &str, &[&str]); 2] = [
    ("release.yaml", "publish", &["attestations", "contents", "id-token"]),
    ("release.yaml", "image", &["attestations", "id-token", "packages"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The workflows: file name, text.
fn workflows() -> Vec<(String, String)> {
    let files = fs_err::read_dir(root().join(".github/workflows")).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let found: Vec<_> = files.map(|path| (name(&path), fs_err::read_to_string(path).unwrap())).collect();
    assert!(found.len() >= 2);
    found
}

/// The jobs of all workflows: file name, job's name, job.
fn jobs() -> Vec<(String, String, Value)> {
    let jobs_of = |(file, text): (String, String)| {
        let workflow = yaml::parse_one(&text).unwrap();
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{file}: jobs ask for rights themselves");
        assert!(
            workflow["on"].get("pull_request_target").is_none(),
            "{file}: it runs others' code with this one's rights"
        );
        let jobs = workflow["jobs"].as_object().unwrap().clone();
        jobs.into_iter().map(move |(name, job)| (file.clone(), name, job))
    };
    workflows().into_iter().flat_map(jobs_of).collect()
}

fn steps(job: &Value) -> &[Value] {
    job["steps"].as_array().unwrap()
}

/// All that the job's steps run, as one text.
fn lines(job: &Value) -> String {
    steps(job).iter().filter_map(|step| step["run"].as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_action_is_pinned_by_its_commit_and_names_its_version() {
    let pinned = Regex::new(r"^uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$").unwrap();
    let mut commits: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in workflows() {
        let uses =
            text.lines().map(|line| line.trim().trim_start_matches("- ")).filter(|line| line.starts_with("uses:"));
        for line in uses {
            assert!(pinned.is_match(line), "{file}: {line}");
            let (action, commit) = line.split_once('@').unwrap();
            commits.entry(action.to_owned()).or_default().insert(commit.to_owned());
        }
    }
    assert!(commits.len() >= 4);
    for (action, commits) in commits {
        assert_eq!(commits.len(), 1, "{action}: one version everywhere");
    }
}

#[test]
fn each_job_has_the_rights_that_it_needs_and_an_end() {
    for (file, name, job) in jobs() {
        let rights = RIGHTS.iter().find(|(workflow, job, _)| (*workflow, *job) == (file.as_str(), name.as_str()));
        let may = rights.map_or(&[][..], |(_, _, rights)| rights);
        let asked = job["permissions"].as_object().unwrap_or_else(|| panic!("{file}: {name} names no permissions"));
        for (right, level) in asked {
            let level = level.as_str().unwrap();
            let allowed =
                (right == "contents" && level == "read") || (level == "write" && may.contains(&right.as_str()));
            assert!(allowed, "{file}: {name} may not have {right}: {level}");
        }
        assert!(job["timeout-minutes"].is_u64(), "{file}: {name} may run for ever");
        for step in steps(&job).iter().filter(|step| step["uses"].as_str().is_some_and(|it| it.contains("/checkout@")))
        {
            assert_eq!(step["with"]["persist-credentials"], false, "{file}: {name} leaves its token to later steps");
        }
    }
}

#[test]
fn no_job_that_builds_or_tests_holds_a_secret() {
    let builds =
        Regex::new(r"\b(cargo|make|rustup|go|npm|pip3?)\b|scripts/(release|sbom|.*-check|.*-build)\.sh|\.ci/run")
            .unwrap();
    for (file, name, job) in jobs() {
        let text = job.to_string();
        let secret = text.contains("secrets.") || text.contains("github.token") || text.contains("GITHUB_TOKEN");
        let writes = job["permissions"].as_object().unwrap().values().any(|level| level == "write");
        let runs = lines(&job);
        assert!(!(secret || writes) || !builds.is_match(&runs), "{file}: {name} builds beside a secret\n{runs}");
        assert!(!secret || writes, "{file}: {name} holds a token that it does not need");
        // What an event holds is somebody else's text; a shell would run it.
        assert!(!runs.contains("${{"), "{file}: {name} puts an expression into a script");
    }
}

#[test]
fn what_is_published_is_attested_and_verified_first() {
    let publishing: Vec<_> =
        jobs().into_iter().filter(|(_, _, job)| job["permissions"]["attestations"] == "write").collect();
    assert_eq!(publishing.len(), RIGHTS.len());
    for (file, name, job) in publishing {
        let position = |what: &dyn Fn(&Value) -> bool| steps(&job).iter().position(what);
        let attested = position(&|step| {
            step["uses"].as_str().is_some_and(|it| it.starts_with("actions/attest-build-provenance@"))
        });
        let verified = position(&|step| step["run"].as_str().is_some_and(|run| run.contains("gh attestation verify")));
        assert!(attested.is_some() && attested < verified, "{file}: {name}");
        let verify = steps(&job)[verified.unwrap()]["run"].as_str().unwrap();
        for option in ["--repo", "--signer-workflow", "--source-ref"] {
            assert!(verify.contains(option), "{file}: {name} accepts what others attested: {option}");
        }
        let released = position(&|step| step["run"].as_str().is_some_and(|run| run.contains("gh release create")));
        assert!(released.is_none_or(|released| Some(released) > verified), "{file}: {name}");
    }
}

#[test]
fn the_hosted_workflow_checks_each_thing_in_a_job_of_its_own() {
    let jobs: BTreeMap<String, Value> =
        jobs().into_iter().filter(|(file, _, _)| file == "ci.yaml").map(|(_, name, job)| (name, job)).collect();
    let expected = [
        ("lint", "make lint"),
        ("deny", "make budget deny"),
        ("unit", "cargo test --locked --lib --test unit"),
        ("scenarios", "make test"),
        ("versions", "make versions"),
        ("minimum-rust", "cargo \"+$version\" check --locked"),
    ];
    assert_eq!(jobs.len(), expected.len(), "{:?}", jobs.keys());
    for (name, line) in expected {
        assert!(lines(&jobs[name]).contains(line), "{name}: {line}");
    }
    let makefile = fs_err::read_to_string(root().join("Makefile")).unwrap();
    assert!(makefile.contains("\n\tcargo test --locked --lib --test unit\n"), "`make unit` is what the job runs");
    let runners = jobs["unit"]["strategy"]["matrix"]["runner"].as_array().unwrap();
    for system in ["ubuntu", "macos", "windows"] {
        assert!(runners.iter().any(|runner| runner.as_str().unwrap().starts_with(system)), "{system}");
    }
    assert_eq!(jobs["deny"]["env"]["DENY_ADVISORIES"], "required");
}

#[test]
fn exceptions_from_advisories_have_a_date_and_a_reason() {
    let text = fs_err::read_to_string(root().join("deny.toml")).unwrap();
    let section =
        text.split("\n[advisories]\n").nth(1).expect("deny.toml has [advisories]").split("\n[").next().unwrap();
    let exception =
        Regex::new(r#"\{ id = "(RUSTSEC-\d{4}-\d{4})", reason = "\d{4}-\d{2}-\d{2}: [^"]{80,}" \},"#).unwrap();
    let found: Vec<_> = exception.captures_iter(section).map(|found| found[1].to_owned()).collect();
    assert_eq!(found.len(), section.matches("RUSTSEC-").count(), "an exception without date or reason:{section}");
    assert!(found.contains(&"RUSTSEC-2023-0071".to_owned()));
}

#[test]
fn release_candidates_that_are_depended_on_are_named_with_the_reason() {
    let lock = fs_err::read_to_string(root().join("Cargo.lock")).unwrap();
    let package = Regex::new(r#"name = "([^"]+)"\nversion = "(\d+\.\d+\.\d+-[^"+]+)[^"]*""#).unwrap();
    let locked: BTreeSet<String> =
        package.captures_iter(&lock).map(|found| format!("{} {}", &found[1], &found[2])).collect();
    let page = fs_err::read_to_string(root().join("docs/security.md")).unwrap();
    let row = Regex::new(r"(?m)^\| `([a-z0-9_-]+)` (\d\S+) \| .{20,} \|$").unwrap();
    let named: BTreeSet<String> =
        row.captures_iter(&page).map(|found| format!("{} {}", &found[1], &found[2])).collect();
    assert_eq!(named, locked);
}

/// Runs the script with a cargo-deny that cannot fetch the list of advisories, or can.
#[cfg(unix)]
fn deny(advisories: &str, can_fetch: bool) -> (bool, String) {
    let place = tempfile::tempdir().unwrap();
    let tools = place.path().join("flux-bootstrap/tools/bin");
    fs_err::create_dir_all(&tools).unwrap();
    let stub = format!(
        "#!/bin/sh\necho \"$@\" >>'{}/calls'\ncase \"$1\" in --version) echo 'cargo-deny 0.20.2' ;; fetch) {can_fetch} ;; esac\n",
        place.path().display()
    );
    fs_err::write(tools.join("cargo-deny"), stub).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(tools.join("cargo-deny"), executable).unwrap();
    let mut script = std::process::Command::new(root().join("scripts/cargo-deny.sh"));
    script.env("XDG_CACHE_HOME", place.path()).env("DENY_ADVISORIES", advisories);
    let output = script.output().unwrap();
    let said = [output.stdout, output.stderr, fs_err::read(place.path().join("calls")).unwrap()].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[cfg(unix)]
#[test]
fn advisories_that_cannot_be_had_are_said_or_where_they_are_required_fail() {
    for advisories in ["", "required"] {
        let (passed, said) = deny(advisories, true);
        assert!(passed && said.contains("check advisories") && said.contains("sources, advisories"), "{said}");
    }
    let (passed, said) = deny("", false);
    assert!(passed && said.contains("NOT advisories") && !said.contains("check advisories"), "{said}");
    let (passed, said) = deny("required", false);
    assert!(!passed && said.contains("known vulnerabilities were not checked"), "{said}");
}
