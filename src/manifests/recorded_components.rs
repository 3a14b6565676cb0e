//! Rendered components against what the Flux CLI v2.9.5 renders for the same options.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::domain::flux::options::LogLevel;
use crate::domain::flux::{Component, Components, InstallOptions};
use crate::manifests::{Base, render};
use crate::yaml;

/// A recorded file's objects; its first line is the command, descriptions are removed.
fn recorded(name: &str) -> (String, Vec<Value>) {
    let path = format!("{}/tests/golden/components/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = fs_err::read_to_string(path).unwrap();
    let header = text.lines().skip(1).take(3).collect::<Vec<_>>().join("\n");
    (header, yaml::parse(&text).unwrap().into_iter().map(|document| document.value).collect())
}

/// Removes description texts of a schema; a property that is named `description` stays.
fn without_descriptions(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.get("description").is_some_and(Value::is_string) {
                map.shift_remove("description");
            }
            map.values_mut().for_each(without_descriptions);
        }
        Value::Array(list) => list.iter_mut().for_each(without_descriptions),
        _ => {}
    }
}

fn assert_renders(name: &str, options: &InstallOptions) {
    let (header, expected) = recorded(name);
    let rendered = render(&Base::embedded(), options).unwrap();
    let text = rendered.to_yaml();
    assert!(text.starts_with(&format!("---\n{header}\napiVersion:")), "{name}: {}", &text[..200]);
    // What is written is what counts, so it is read back.
    let mut found: Vec<Value> = yaml::parse(&text).unwrap().into_iter().map(|document| document.value).collect();
    assert_eq!(found, rendered.objects, "{name}: the text says something else than the objects");
    found.iter_mut().for_each(without_descriptions);
    let title = |object: &Value| format!("{} {}", object["kind"], object["metadata"]["name"]);
    assert_eq!(found.iter().map(title).collect::<Vec<_>>(), expected.iter().map(title).collect::<Vec<_>>(), "{name}");
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(yaml::write(found), yaml::write(expected), "{name}: {}", title(expected));
    }
}

fn with_extra(extra: &[Component]) -> InstallOptions {
    InstallOptions {
        components: Components::new(Component::DEFAULT.into_iter().chain(extra.iter().copied())).unwrap(),
        ..InstallOptions::default()
    }
}

fn only(list: &[Component]) -> InstallOptions {
    InstallOptions { components: Components::new(list.iter().copied()).unwrap(), ..InstallOptions::default() }
}

#[test]
fn every_recorded_option_set_renders_equal() {
    let default = InstallOptions::default;
    let three = [Component::SourceController, Component::KustomizeController, Component::HelmController];
    let cases = [
        ("default", default()),
        ("minimal", only(&Component::REQUIRED)),
        ("all", with_extra(&Component::EXTRA)),
        ("no-notification", only(&three)),
        ("source-watcher", with_extra(&[Component::SourceWatcher])),
        ("no-network-policy", InstallOptions { network_policy: false, ..default() }),
        ("namespace-gitops", InstallOptions { namespace: "gitops".parse().unwrap(), ..default() }),
        (
            "registry-mirror",
            InstallOptions {
                registry: "registry.corp.local/fluxcd".into(),
                image_pull_secret: Some("regcred".into()),
                ..default()
            },
        ),
        (
            "tolerations-domain",
            InstallOptions {
                toleration_keys: vec!["dedicated".into(), "spot".into()],
                cluster_domain: "corp.local".into(),
                ..default()
            },
        ),
        (
            "watch-own-namespace-debug",
            InstallOptions { watch_all_namespaces: false, log_level: LogLevel::Debug, ..default() },
        ),
    ];
    let files = fs_err::read_dir(format!("{}/tests/golden/components", env!("CARGO_MANIFEST_DIR"))).unwrap().count();
    assert_eq!(files, cases.len(), "a recorded file without a test");
    for (name, options) in cases {
        assert_renders(name, &options);
    }
}

/// Option sets chosen at random, with the SHA-256 of what `install.Generate` of Flux v2.9.5
/// (`github.com/fluxcd/flux2/v2/pkg/manifestgen/install`) makes of the recorded release: the list of its objects
/// without descriptions, as JSON with sorted keys and no spaces.
#[test]
fn any_combination_of_options_renders_as_flux_does() {
    let path = format!("{}/tests/golden/component-digests.json", env!("CARGO_MANIFEST_DIR"));
    let cases: Value = serde_json::from_str(&fs_err::read_to_string(path).unwrap()).unwrap();
    let cases = cases.as_array().unwrap();
    assert!(cases.len() >= 30);
    let base = Base::embedded();
    for case in cases {
        let text = |key: &str| case[key].as_str().unwrap().to_owned();
        let list = text("components");
        let options = InstallOptions {
            namespace: text("namespace").parse().unwrap(),
            components: Components::new(list.split(',').map(|name| name.parse().unwrap())).unwrap(),
            registry: text("registry"),
            image_pull_secret: Some(text("imagePullSecret")).filter(|name| !name.is_empty()),
            watch_all_namespaces: case["watchAllNamespaces"].as_bool().unwrap(),
            network_policy: case["networkPolicy"].as_bool().unwrap(),
            log_level: text("logLevel").parse().unwrap(),
            cluster_domain: text("clusterDomain"),
            toleration_keys: serde_json::from_value(case["tolerationKeys"].clone()).unwrap(),
            ..InstallOptions::default()
        };
        let mut objects = Value::Array(render(&base, &options).unwrap().objects);
        without_descriptions(&mut objects);
        objects.sort_all_objects();
        let digest = Sha256::digest(objects.to_string());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, text("sha256"), "{case}");
    }
}
