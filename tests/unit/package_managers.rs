//! The forms for package managers are filled in for a release, completely and in their own syntax.

use std::path::Path;
use std::process::{Command, Output};

use flux_bootstrap::for_tests::yaml;

const TARGETS: [&str; 5] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-gnu",
    "x86_64-unknown-linux-musl",
];

/// A sum that only this target has.
fn sum(target: &str) -> String {
    let at = TARGETS.iter().position(|known| *known == target).unwrap();
    format!("{at}").repeat(64)
}

fn fill(folder: &Path, targets: &[&str]) -> Output {
    let line = |target: &&str| {
        let suffix = if target.contains("windows") { "zip" } else { "tar.gz" };
        format!("{}  flux-v1.2.3-{target}.{suffix}\n", sum(target))
    };
    let sums = folder.join("SHA256SUMS");
    fs_err::write(&sums, targets.iter().map(line).collect::<String>()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/package-managers.sh");
    Command::new(script).arg("v1.2.3").arg(sums).arg(folder.join("filled")).output().unwrap()
}

#[cfg(unix)]
#[test]
fn the_forms_are_filled_in() {
    let folder = tempfile::tempdir().unwrap();
    let run = fill(folder.path(), &TARGETS);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let read = |file: &str| {
        let text = fs_err::read_to_string(folder.path().join("filled").join(file)).unwrap();
        assert!(!text.contains("@VERSION@") && !text.contains("@SHA256"), "{file}: {text}");
        text
    };
    let scoop: serde_json::Value = serde_json::from_str(&read("scoop/flux-bootstrap.json")).unwrap();
    let windows = "x86_64-pc-windows-gnu";
    assert_eq!(scoop["architecture"]["64bit"]["hash"], sum(windows));
    let url = "https://github.com/flux-bootstrap/flux/releases/download/v1.2.3/flux-v1.2.3-x86_64-pc-windows-gnu.zip";
    assert_eq!(scoop["architecture"]["64bit"]["url"], url);
    for part in ["", ".installer", ".locale.en-US"] {
        let manifest = yaml::parse_one(&read(&format!("winget/FluxBootstrap.Flux{part}.yaml"))).unwrap();
        assert_eq!(manifest["PackageVersion"], "1.2.3", "{part}");
        if part == ".installer" {
            assert_eq!(manifest["Installers"][0]["InstallerSha256"], sum(windows));
        }
    }
    let formula = read("homebrew/flux-bootstrap.rb");
    for target in TARGETS.iter().filter(|target| **target != windows) {
        let pair = format!("flux-v1.2.3-{target}.tar.gz\"\n      sha256 \"{}\"", sum(target));
        assert!(formula.contains(&pair), "{target}: {formula}");
    }
    let count = |wanted: &dyn Fn(&str) -> bool| formula.lines().map(str::trim).filter(|line| wanted(line)).count();
    let opened = count(&|line| line.starts_with("class ") || line.starts_with("def ") || line.ends_with(" do"));
    assert_eq!(opened, count(&|line| line == "end"));
}

#[cfg(unix)]
#[test]
fn a_missing_checksum_is_no_form() {
    let folder = tempfile::tempdir().unwrap();
    let run = fill(folder.path(), &TARGETS[..3]);
    assert!(!run.status.success());
    assert!(String::from_utf8_lossy(&run.stderr).contains("holds no single checksum for"));
}

#[test]
fn binstall_finds_every_archive_of_a_release() {
    let manifest = include_str!("../../Cargo.toml");
    let section = manifest.split("[package.metadata.binstall]").nth(1).unwrap().split("\n[lib]").next().unwrap();
    for target in ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "x86_64-pc-windows-msvc"] {
        assert!(section.contains(&format!("[package.metadata.binstall.overrides.{target}]")), "{target}");
    }
    assert!(section.contains("flux-v{ version }-{ target }.tar.gz"));
}
