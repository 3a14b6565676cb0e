//! The documentation: links lead somewhere, and flags exist. Its commands are run in `documented_commands`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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
    let known: BTreeSet<String> = ["flux bootstrap git --help", "flux check --help"]
        .iter()
        .flat_map(|line| match parse(line.split(' ').map(Into::into)) {
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
        "--test",
        "--ssh-signing-passphrase",
        "--tmpfs",
    ];
    for (file, text) in pages() {
        for span in text.split('`').skip(1).step_by(2).filter(|span| span.starts_with("--")) {
            let flag = span.split([' ', '=', '<']).next().unwrap();
            assert!(known.contains(flag) || others.contains(&flag), "{}: `{flag}`", file.display());
        }
    }
}
