//! A GitRepository that takes signed commits alone, verified by the real source-controller.

use serde_json::json;

use crate::support::{Scene, new_key};

const SYNC: &str = "clusters/a/flux-system/gotk-sync.yaml";

#[test]
fn a_commit_that_the_cluster_would_not_take_is_refused_before_the_push_and_a_signed_one_is_followed() {
    let scene = Scene::new();
    scene.bootstrap(&[]).run().assert_success();
    let verify = "  verify:\n    mode: HEAD\n    secretRef:\n      name: authors\n  url:";
    let sync = scene.fleet.file("main", SYNC).replacen("  url:", verify, 1);
    scene.fleet.commit("main", "Verify", &[(SYNC, &sync)]);
    let tip = scene.fleet.tip("main");
    let key = new_key(&scene.env.path(""), "author", "ed25519", "");
    let signing = format!("--ssh-signing-key-file={}", key.display());
    let refused = |flags: &[&str], words: &str| {
        let run = scene.bootstrap(&[&["--interval=5m"], flags].concat()).run();
        run.assert_code(7).assert_stderr_contains(words).assert_stderr_contains("done so far: nothing was pushed");
        assert_eq!(scene.fleet.tip("main"), tip);
    };

    refused(&[&signing], "Secret `flux-system/authors` with the authors' public keys does not exist");
    let secret = "{apiVersion: v1, kind: Secret, metadata: {name: authors, namespace: flux-system}}";
    scene.plane.apply(secret);
    let other = new_key(&scene.env.path(""), "other", "ed25519", "").with_extension("pub");
    let hold = |file: &std::path::Path| {
        let content = json!({"stringData": {"author.sshpub": fs_err::read_to_string(file).unwrap()}});
        scene.plane.patch("v1", "Secret", "flux-system", "authors", &content);
    };
    hold(&other);
    refused(&[], "this run would not sign its commit");
    refused(&[&signing], "does not hold the key that signs this run's commit");

    hold(&key.with_extension("pub"));
    scene.bootstrap(&["--interval=5m", &signing]).run().assert_success();
    let source = scene.plane.object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system");
    let conditions = source.unwrap()["status"]["conditions"].clone();
    let verified = conditions.as_array().unwrap().iter().find(|condition| condition["type"] == "SourceVerified");
    assert_eq!(verified.map(|condition| &condition["status"]), Some(&"True".into()), "{conditions}");
}
