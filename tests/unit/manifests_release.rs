//! Our manifests against a release's: the recorded one, and on request a downloaded archive.

use std::path::Path;

use serde_json::json;

use crate::flux_release::{differences, manifests_folder, read_folder, read_release};

fn recorded() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/release")
}

#[test]
fn the_manifests_equal_the_recorded_release() {
    let release = read_release(&recorded());
    assert_eq!(release.len(), 42);
    let found = differences(&read_folder(&manifests_folder()), &release);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn one_object_a_file() {
    let objects = read_folder(&manifests_folder());
    for pair in objects.windows(2) {
        assert_ne!(pair[0].file, pair[1].file, "holds two objects");
    }
}

/// A comparison that finds nothing proves nothing unless it finds what is there.
#[test]
fn every_kind_of_difference_is_named_with_object_and_path() {
    let ours = read_folder(&manifests_folder());
    let mut release = read_release(&recorded());
    let bucket = release.iter_mut().find(|o| o.title().ends_with("/buckets.source.toolkit.fluxcd.io")).unwrap();
    let root = bucket.value.pointer_mut("/spec/versions/0/schema/openAPIV3Schema").unwrap();
    root["properties"]["spec"]["properties"]["timeout"]["default"] = json!("90s");
    root["properties"]["spec"]["properties"]["description"] = json!({"type": "string"});
    root["properties"]["status"]["properties"].as_object_mut().unwrap().remove("url");
    release.retain(|object| object.title() != "NetworkPolicy/allow-egress");
    release.iter_mut().find(|o| o.title() == "Service/webhook-receiver").unwrap().value["metadata"]["name"] =
        "hook".into();

    let found = differences(&ours, &release);
    let object =
        "CustomResourceDefinition/buckets.source.toolkit.fluxcd.io (manifests/source-controller/crds/buckets.yaml)";
    let schema = "/spec/versions/0/schema/openAPIV3Schema/properties";
    assert_eq!(
        found,
        [
            format!(r#"{object} {schema}/spec/properties/timeout/default: is "60s"; the release has "90s""#),
            format!(r#"{object} {schema}/spec/properties/description: missing; add {{"type":"string"}}"#),
            format!(r#"{object} {schema}/status/properties/url: not in the release; remove {{"type":"string"}}"#),
            "Service/hook: missing; add manifests/notification-controller/service-hook.yaml".to_owned(),
            "NetworkPolicy/allow-egress: not in the release; remove manifests/policies/allow-egress.yaml".to_owned(),
            "Service/webhook-receiver: not in the release; remove manifests/notification-controller/service-webhook-receiver.yaml"
                .to_owned(),
        ]
    );
}

/// `make compare-release ARCHIVE=manifests.tar.gz`: not part of a run of all tests, as it needs a download.
#[test]
#[ignore = "needs RELEASE_ARCHIVE, a downloaded manifests.tar.gz"]
#[expect(clippy::disallowed_methods, reason = "the path comes from the Makefile, not from a user of the program")]
fn the_manifests_equal_a_downloaded_release() {
    let archive = std::env::var("RELEASE_ARCHIVE").expect("`RELEASE_ARCHIVE` names a manifests.tar.gz");
    let found = differences(&read_folder(&manifests_folder()), &read_release(Path::new(&archive)));
    assert!(found.is_empty(), "{} differences to `{archive}`:\n{}", found.len(), found.join("\n"));
}
