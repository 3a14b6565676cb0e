//! The documentation: links lead somewhere, and flags exist. Its commands are run in `documented_commands`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use flux_bootstrap::for_tests::Environment;
use flux_bootstrap::for_tests::cli::{ParseOutcome, parse};

fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md"), root.join("ARCHITECTURE.md"), root.join("CONTRIBUTING.md")];
    files.extend(fs_err::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files.into_iter().map(|file| (file.clone(), fs_err::read_to_string(file).unwrap())).collect()
}

#[test]
fn links_lead_to_files() {
    for (file, text) in pages() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            assert!(file.parent().unwrap().join(target).exists(), "{}: {link}", file.display());
        }
    }
}

#[test]
fn flags_that_are_named_exist() {
    let known: BTreeSet<String> = ["bootstrap git", "rotate source git", "check", "uninstall", "version"]
        .map(|command| format!("flux {command} --help"))
        .iter()
        .flat_map(|line| match parse(line.split(' ').map(Into::into), &Environment::default()) {
            Err(ParseOutcome::Help { plain, .. }) => {
                let words = plain.split([' ', '\n', '[', ',', '=']).map(str::to_owned);
                words.filter(|word| word.starts_with("--")).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    // Of other programs, and hidden ones.
    let others = [
        "--locked",
        "--manifests",
        "--all-targets",
        "--depth",
        "--ignored",
        "--lib",
        "--test",
        "--ssh-signing-passphrase",
        "--tmpfs",
        "--no-",
        "--all",
        "--no-cross-namespace-refs",
        "--no-remote-bases",
    ];
    for (file, text) in pages() {
        for span in text.split('`').skip(1).step_by(2).filter(|span| span.starts_with("--")) {
            let flag = span.split([' ', '=', '<']).next().unwrap();
            // An option of the cluster is removed by the same flag with `no-`, which the help does not list.
            let option = flag.strip_prefix("--no-").map(|option| format!("--{option}")).unwrap_or_default();
            let is_known = known.contains(flag) || known.contains(&option) || others.contains(&flag);
            assert!(is_known, "{}: `{flag}`", file.display());
        }
    }
}

/// The tests of the project by their names as `cargo test` prints them, without the name of the binary.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let test = regex::Regex::new(r"#\[test\](?:\s*#\[[^\]]*\])*\s*fn (\w+)").unwrap();
    let mut found = BTreeSet::new();
    for (folder, inner) in [("src", "::tests"), ("tests/unit", ""), ("tests/it", "")] {
        let mut open = vec![root.join(folder)];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(fs_err::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let module = path.strip_prefix(root.join(folder)).unwrap().with_extension("");
            let module = module.to_string_lossy().replace(['/', '\\'], "::");
            let module = module.strip_suffix("::mod").unwrap_or(&module).to_owned();
            let inner = if module.ends_with("tests") { "" } else { inner };
            let text = fs_err::read_to_string(&path).unwrap_or_default();
            found.extend(test.captures_iter(&text).map(|name| format!("{module}{inner}::{}", &name[1])));
        }
    }
    found
}

#[test]
fn every_promise_of_security_names_tests_that_exist() {
    let page = include_str!("../../docs/security.md");
    let promised = page.split("\n## What is promised\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<&str> = promised.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= 10);
    let (tests, name) = (tests(), regex::Regex::new(r"`(\w+(?:::\w+)+)`").unwrap());
    for row in rows {
        let proof = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap();
        let named: Vec<&str> = name.captures_iter(proof).map(|found| found.get(1).unwrap().as_str()).collect();
        assert!(!named.is_empty(), "no test proves: {row}");
        for test in named {
            assert!(tests.contains(test), "docs/security.md: there is no test `{test}`");
        }
    }
}
