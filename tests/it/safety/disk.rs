//! A disk that is full, under the temporary repository, and a limit on the size of files.

use super::Scene;
use crate::support::Invocation;

/// A bootstrap whose folder for temporary files is a file system of its own, mounted with these options.
fn on_small_disk(scene: &Scene, options: &str, flags: &str) -> Invocation {
    let line = format!(
        "mount -t tmpfs -o {options} tmpfs \"$TMPDIR\" && printf %s \"$TOKEN\" | \
         flux bootstrap git --token-auth --path=clusters/a --url={} {flags}; code=$?; ls -A \"$TMPDIR\"; exit $code",
        scene.fleet.url()
    );
    let words = ["--mount", "--propagation", "private", "sh", "-c", &line];
    scene.env.program("unshare", words).env("TOKEN", scene.azure.token())
}

/// A file that does not become smaller in a pack.
fn incompressible(size: usize) -> String {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut text = String::new();
    while text.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x}"));
    }
    text
}

#[test]
fn a_full_disk_is_named_and_nothing_is_written() {
    let scene = Scene::new();
    scene.azure.set(|behaviour| behaviour.filter = false);
    scene.fleet.commit("main", "Seed", &[("data.txt", &incompressible(400_000))]);
    let before = scene.state();
    let temporary = scene.env.path("tmp").display().to_string();
    let (mut full, mut enough) = (0, 0);
    // No folder, no pack, a part of a pack, a pack without its index, and enough.
    let sizes = (50..=64).step_by(2).map(|pages| format!("size={}k", pages * 4));
    for options in ["nr_inodes=1".to_owned(), "size=64k".to_owned()].into_iter().chain(sizes) {
        let run = on_small_disk(&scene, &options, "--dry-run").run();
        if run.code() == 0 {
            enough += 1;
            continue;
        }
        full += 1;
        run.assert_code(1)
            .assert_stdout("")
            .assert_stderr_contains(&format!("✗ cannot write the temporary repository in `{temporary}`\n"))
            .assert_stderr_contains("o space left on device")
            .assert_stderr_contains(
                "  hint: Check that the folder exists, has space, and that this user may write there; TMPDIR",
            )
            .assert_stderr_contains("done so far: nothing was pushed or applied");
    }
    assert!(full >= 3 && enough >= 1, "{full} disks were too small, {enough} large enough");
    let run = on_small_disk(&scene, "size=64k", "").run();
    run.assert_code(1).assert_stdout("").assert_stderr_contains("done so far: nothing was pushed or applied");
    assert_eq!(scene.state(), before);
}

#[test]
fn a_limit_on_the_size_of_files_is_named_and_nothing_is_written() {
    let scene = Scene::new();
    scene.azure.set(|behaviour| behaviour.filter = false);
    scene.fleet.commit("main", "Seed", &[("data.txt", &incompressible(400_000))]);
    let before = scene.state();
    let url = format!("--url={}", scene.fleet.url());
    // Nothing at all, a part of the pack, and the pack without its index.
    for limit in ["0", "100000", "200500"] {
        let limit = format!("--fsize={limit}");
        let words = [&limit, "flux", "bootstrap", "git", "--token-auth", "--path=clusters/a", &url];
        let run = scene.env.program("prlimit", words).stdin(scene.azure.token()).run();
        run.assert_code(1)
            .assert_stdout("")
            .assert_stderr_contains("✗ cannot write the temporary repository in ")
            .assert_stderr_contains("ile too large")
            .assert_stderr_contains("done so far: nothing was pushed or applied");
    }
    assert_eq!(scene.state(), before);

    let output = scene.env.path("work/output");
    for command in ["completion bash", &format!("bootstrap git --export {url} --path=clusters/a")] {
        let line = format!("ulimit -f 1; flux {command} > {}", output.display());
        let run = scene.env.shell(&line).without_log().run();
        run.assert_code(1).assert_stderr_contains("✗ cannot write to standard output\n  caused by: File too large\n");
    }
    let folder = scene.env.path("work/man").display().to_string();
    let run = scene.env.program("prlimit", ["--fsize=100", "flux", "manpages", &folder]).run();
    run.assert_code(1)
        .assert_stderr_contains("✗ cannot write the manual pages")
        .assert_stderr_contains("ile too large");
}
