//! Folders of `--manifests`, and of a repository.

use std::fmt::Write as _;

use crate::safety::found::WITHOUT_BOUNDS;
use crate::support::{Output, TestEnv};

fn export(env: &TestEnv, flags: &[&str]) -> Output {
    let manifests = format!("--manifests={}", env.path("own").display());
    let url = "--url=https://dev.azure.com/acme/platform/_git/fleet";
    let arguments = ["bootstrap", "git", "--token-auth", url, "--path=a", "--export", &manifests];
    env.flux(arguments.iter().chain(flags)).stdin("token-of-the-bed-0123").env("RUST_LOG", "error").run()
}

#[test]
fn overlays_lie_in_each_other_as_deep_as_people_write_them() {
    let env = TestEnv::new();
    let level = |number: usize| match number {
        0 => "own/kustomization.yaml".to_owned(),
        number => format!("own/l{number}/kustomization.yaml"),
    };
    for number in 0..2000 {
        let next = if number == 0 { "l1".to_owned() } else { format!("../l{}", number + 1) };
        env.write(&level(number), format!("resources: [{next}]\nnamePrefix: x\n"));
    }
    env.write(&level(2000), "configMapGenerator: [{name: a}]\n");
    let run = export(&env, &[]);
    run.assert_code(2).assert_stderr_contains("more than 100 kustomizations deep").stayed_small();
    assert!(
        run.stderr.contains("/l100/kustomization.yaml") || run.stderr.contains("/l99/kustomization.yaml"),
        "{}",
        run.stderr
    );
    WITHOUT_BOUNDS.record("overlays nested 2,000 deep", &run, "fewer levels");
}

#[test]
fn folders_lie_in_each_other_as_deep_as_the_system_allows() {
    let env = TestEnv::new();
    let deep = "d/".repeat(2000);
    // A path of this length has to be made step by step.
    env.write("own/kustomization.yaml", format!("resources: [{deep}a.yaml, d]\n"));
    let own = env.path("own").display().to_string();
    let line = format!("cd {own} && for i in $(seq 2000); do mkdir d && cd -P d || exit 1; done");
    env.shell(&line).run().assert_success();
    let run = export(&env, &[]);
    assert!([1, 2].contains(&run.code()), "{}", run.stderr);
    run.assert_stderr_contains("own/kustomization.yaml").stayed_small();
    WITHOUT_BOUNDS.record("folders nested 2,000 deep", &run, "shorter paths");
}

#[test]
fn files_hold_as_much_as_they_like() {
    let env = TestEnv::new();
    env.write("own/kustomization.yaml", "resources: [a.yaml]\n");
    let mut many = String::from("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n");
    while many.len() < 30 << 20 {
        writeln!(many, "  k{}: [[],{{}},[],[],[],[],[],[],[],[],[],[]]", many.len()).unwrap();
    }
    for (row, text) in [
        (Some("a file of 30 MiB"), many),
        (Some("brackets nested a million deep"), "a: ".to_owned() + &"[".repeat(1 << 20)),
        (None, "- ".repeat(4 << 20)),
        (None, "x".repeat(31 << 20)),
    ] {
        env.write("own/a.yaml", &text);
        let run = export(&env, &[]);
        assert_ne!(run.code(), 0);
        run.assert_stderr_contains("own/a.yaml").stayed_small();
        if let Some(row) = row {
            WITHOUT_BOUNDS.record(row, &run, "mend the file");
        }
    }
}

#[test]
fn a_pattern_that_takes_for_ever_ends() {
    let env = TestEnv::new();
    let name = "a".repeat(200);
    env.write("own/a.yaml", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"));
    for pattern in ["(a*)*b".to_owned(), "(a|a)*c".to_owned(), "a{1,1000}{1,1000}{1,1000}".to_owned()] {
        env.write(
            "own/kustomization.yaml",
            format!("resources: [a.yaml]\npatches:\n- target: {{name: '{pattern}'}}\n  patch: '[{{op: add, path: /data, value: {{}}}}]'\n"),
        );
        export(&env, &[]).stayed_small();
    }
}

/// Overlays within every limit whose build takes hours all the same: everything is done to everything.
#[test]
fn a_build_that_takes_for_ever_ends_with_the_timeout() {
    let env = TestEnv::new();
    let mut objects = String::new();
    for number in 0..6_000 {
        let data = "x".repeat(60);
        writeln!(objects, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{number}}}\ndata: {{a: {data}}}")
            .unwrap();
    }
    env.write("own/a.yaml", objects);
    let many = |count: usize, field: &str, entry: &str| format!("{field}:\n{}", entry.repeat(count));
    let pattern = "'(a|b|c)?(d|e|f|a)*[0-9a-z]{1,20}z'";
    let patch = format!(
        "- target: {{name: {pattern}}}\n  patch: '[{{\"op\": \"add\", \"path\": \"/a\", \"value\": \"b\"}}]'\n"
    );
    let replacement = "- source: {kind: ConfigMap, name: a1, fieldPath: metadata.name}\n  targets: [{select: {name: none}, fieldPaths: [data.b]}]\n";
    let image = "- {name: a, newTag: b}\n";
    for rest in [many(6_000, "patches", &patch), many(6_000, "replacements", replacement), many(6_000, "images", image)]
    {
        env.write("own/kustomization.yaml", format!("resources: [a.yaml]\n{rest}"));
        let run = export(&env, &["--timeout=2s"]);
        run.assert_code(1).assert_stderr_contains("takes longer than there is time").stayed_small();
        run.assert_stderr_contains("--timeout");
    }
}
