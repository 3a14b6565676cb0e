//! Small mistakes, each answered by what mends it.

use crate::support::{Scene, timeout};

const SYNC: &str = "clusters/a/flux-system/gotk-sync.yaml";

#[test]
fn a_flag_without_dashes_and_a_path_that_is_flux_s_own_folder_are_pointed_out() {
    let scene = Scene::new();
    let run = scene.bootstrap(&["path=clusters/b"]).run();
    run.assert_code(2).assert_stderr_contains("  hint: Did you mean `--path=...`?\n");
    let run = scene.bootstrap(&["--path=clusters/a/flux-system", "--dry-run"]).run();
    run.assert_success().assert_stderr_contains("mostly `--path=clusters/a` is meant");
    assert_eq!(scene.fleet.tip("main"), None);
}

#[test]
fn a_missing_key_for_sops_is_named_with_what_it_must_hold() {
    let scene = Scene::new();
    scene.bootstrap(&[]).run().assert_success();
    let decryption = "  decryption:\n    provider: sops\n    secretRef:\n      name: sops-age\n  path:";
    let sync = scene.fleet.file("main", SYNC).replace("  path:", decryption);
    scene.fleet.commit("main", "Decrypt", &[(SYNC, &sync)]);
    let run = scene.bootstrap(&[&timeout(20)]).run();
    run.assert_code(6).assert_stderr_contains(
        "secret `flux-system/sops-age` of `spec.decryption` does not exist; it must hold an age key as `<name>.agekey`",
    );
}
