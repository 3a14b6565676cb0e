//! Every option as files, and what kustomize makes of them. The cases `options-*` of `tests/golden/kustomize` are these
//! files, each with a patch of a user's over the option; what the real kustomize makes of them is recorded there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::cases::{Case, REPLICAS, WAIT, cases};
use super::{
    CA_FILE, FOLDER, OPTIONS_FILE, Surroundings, effects_of, generate, inserted, merged, patch_file, read, user_patch,
};
use crate::domain::cluster_options::{ClusterOptions, OptionChange, OptionName};
use crate::domain::flux::{Component, Components, InstallOptions};
use crate::manifests::{Base, COMPONENTS_FILE, SYNC_FILE, kustomization_file, render};
use crate::yaml;

fn options(flags: &str) -> ClusterOptions {
    let mut values: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for flag in flags.split_whitespace() {
        let (name, value) = flag.split_once('=').unwrap();
        values.entry(name).or_default().push(value.to_owned());
    }
    let patch = values.remove("patch").is_some().then(|| {
        let files = [("replicas.yaml", REPLICAS), ("wait.yaml", WAIT)];
        OptionChange::Patch(files.map(|(name, text)| user_patch(name, text.as_bytes()).unwrap().0).to_vec())
    });
    let changes: Vec<OptionChange> = values
        .into_iter()
        .flat_map(|(name, values)| OptionChange::parse(name.parse().unwrap(), &values).unwrap())
        .chain(patch)
        .collect();
    let surroundings = Surroundings {
        cluster_domain: "cluster.local".to_owned(),
        api_address: Some("10.96.0.1".to_owned()),
        ..Surroundings::default()
    };
    merged(&ClusterOptions::default(), &changes, &surroundings).0
}

/// What the cases are about: the Deployments of three controllers without what no option touches, and the sync objects.
fn base() -> Vec<Value> {
    let manifest = render(&Base::embedded(), &InstallOptions::default()).unwrap();
    let mut deployments: Vec<Value> =
        manifest.objects.into_iter().filter(|object| object["kind"] == "Deployment").collect();
    deployments.retain(|object| object["metadata"]["name"] != "notification-controller");
    for deployment in &mut deployments {
        let container = deployment.pointer_mut("/spec/template/spec/containers/0").unwrap().as_object_mut().unwrap();
        for field in ["livenessProbe", "readinessProbe", "ports", "securityContext", "imagePullPolicy"] {
            container.shift_remove(field);
        }
        deployment["spec"]["template"].as_object_mut().unwrap().shift_remove("metadata");
    }
    deployments
}

const SYNC: &str = "\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m0s, url: https://git.example.com/fleet}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m0s, path: ./clusters/a}
";
/// The files of a case, as a repository holds them.
fn files(case: &Case) -> BTreeMap<String, String> {
    let (_, flags, (target, operation)) = case;
    let options = options(flags);
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut objects = base();
    let mut sync = SYNC.to_owned();
    if case.0.starts_with("identity") {
        // As the reference's own rerun leaves it.
        sync = sync.replace("spec: {interval: 1m0s,", "spec: {interval: 1m0s, secretRef: {name: flux-system},");
        let named = json!({"name": "source-controller", "namespace": "flux-system"});
        objects.push(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": named}));
    }
    files.insert(COMPONENTS_FILE.to_owned(), yaml::write_all(&objects));
    files.insert(SYNC_FILE.to_owned(), sync);
    for (path, content) in generate(&options, "flux-system") {
        files.insert(format!("{FOLDER}/{path}"), content);
    }
    for (file, content) in options.patch.iter().zip([REPLICAS, WAIT]) {
        let (_, kept) = user_patch(&file.name, content.as_bytes()).unwrap();
        files.insert(format!("{FOLDER}/{}", patch_file(&file.name)), String::from_utf8(kept).unwrap());
    }
    if options.controller_ca_file {
        files.insert(format!("{FOLDER}/{CA_FILE}"), "-----BEGIN CERTIFICATE-----\n".to_owned());
    }
    let overlay = format!(
        "{}patches:\n- target: {{{target}}}\n  patch: |\n    - {{{operation}: the-users-own}}\n",
        kustomization_file::generate([], |_| None)
    );
    files.insert("kustomization.yaml".to_owned(), inserted(&overlay).unwrap());
    files
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kustomize").join(format!("options-{name}/input"))
}

#[test]
fn the_recorded_files_are_those_that_are_written() {
    for case in cases() {
        for (path, content) in files(&case) {
            let recorded = fs_err::read_to_string(folder(case.0).join(&path)).unwrap();
            assert_eq!(content, recorded, "{}: {path}: see `write_the_cases`", case.0);
        }
    }
}

#[test]
fn every_option_has_a_case() {
    let options: Vec<ClusterOptions> = cases().iter().map(|case| options(case.1)).collect();
    for name in OptionName::ALL {
        assert!(options.iter().any(|options| options.names().contains(&name)), "{name}");
    }
}

/// Writes the cases anew; `tests/golden/kustomize/record.sh` then records what kustomize makes of them. A difference in
/// `gotk-options` means that folders in repositories will count as edited by hand.
#[test]
#[ignore = "rewrites the corpus"]
fn write_the_cases() {
    for case in cases() {
        for (path, content) in files(&case) {
            let file = folder(case.0).join(&path);
            fs_err::create_dir_all(file.parent().unwrap()).unwrap();
            fs_err::write(file, content).unwrap();
        }
    }
}

#[test]
fn a_user_s_patch_has_the_last_word() {
    for case in cases() {
        let expected = fs_err::read_to_string(folder(case.0).join("../expected.yaml")).unwrap();
        assert!(expected.contains("the-users-own"), "{}", case.0);
    }
}

#[test]
fn every_option_is_read_back_from_its_record() {
    for (name, flags, _) in cases() {
        let options = options(flags);
        let file = &generate(&options, "flux-system")[OPTIONS_FILE];
        assert!(file.starts_with("# Options: {\""), "{name}: {file}");
        assert_eq!(read(file.as_bytes(), "flux-system"), Ok((options.clone(), true)), "{name}");
        assert_eq!(read(file.replace('\n', "\r\n").as_bytes(), "flux-system"), Ok((options.clone(), true)), "{name}");
        assert_eq!(read(format!("{file}# mine\n").as_bytes(), "flux-system"), Ok((options, false)), "{name}");
    }
    assert_eq!(generate(&ClusterOptions::default(), "flux-system"), BTreeMap::new());
}

#[test]
fn records_that_cannot_be_read_are_told_apart() {
    let told = [
        "apiVersion: a\n",
        "# Options: {\n",
        "# Options: {\"sharding\":true}\n",
        "# Options: {\"storage\":{}}\n",
        "# Options: {\"storage\":\"big\"}\n",
    ]
    .map(|file| read(file.as_bytes(), "flux-system").unwrap_err().to_string());
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn the_objects_of_each_option_are_counted() {
    let components = Components::new(Component::ALL).unwrap();
    let manifest = render(&Base::embedded(), &InstallOptions { components, ..InstallOptions::default() }).unwrap();
    let mut objects = manifest.objects;
    objects.extend(yaml::parse(SYNC).unwrap().into_iter().map(|document| document.value));
    let mut told = Vec::new();
    for (_, flags, _) in cases() {
        let options = options(flags);
        let effects = effects_of(&options, "flux-system");
        for name in options.names() {
            told.push(format!("{name}: {:?}", effects.touched(name, &objects)));
        }
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_the_flags_leave_open_of_an_identity_the_cluster_and_the_organisation_say() {
    let change = |name, value: &str| OptionChange::parse(name, &[value.to_owned()]).unwrap();
    let azure = change(OptionName::Provider, "azure");
    let tenant: crate::domain::cluster_options::Guid = "7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11".parse().unwrap();
    let around =
        |webhook| Surroundings { identity_webhook: webhook, tenant: Some(tenant.clone()), ..Surroundings::default() };
    let mode = |options: &ClusterOptions| options.identity.mode.unwrap().as_str();
    let (first, told) = merged(&ClusterOptions::default(), &azure, &around(Some(true)));
    assert_eq!((mode(&first), first.identity.tenant_id.clone(), told), ("webhook", Some(tenant.clone()), Vec::new()));
    // What is recorded stays where the flags do not ask anew.
    assert_eq!(mode(&merged(&first, &azure, &around(Some(false))).0), "webhook");
    assert_eq!(
        mode(&merged(&first, &change(OptionName::ClusterIdentityMode, "auto"), &around(Some(false))).0),
        "projected"
    );
    assert_eq!(mode(&merged(&ClusterOptions::default(), &azure, &around(None)).0), "projected");
    let (node, told) = merged(&first, &change(OptionName::ClusterIdentityMode, "node"), &around(None));
    assert_eq!((node.identity.tenant_id, told), (None, Vec::new()));
    let account = change(OptionName::ClusterIdentityServiceAccount, "fleet");
    let (_, told) = merged(&first, &account, &around(None));
    assert_eq!(told, ["`--cluster-identity-service-account` has no effect in mode `webhook`"]);
    let (none, told) = merged(&ClusterOptions::default(), &account, &around(None));
    assert_eq!(told, ["`--cluster-identity-service-account` has no effect without `--provider=azure`"]);
    assert!(none.is_empty());
    assert!(merged(&first, &change(OptionName::Provider, "generic"), &around(None)).0.is_empty());
}

#[test]
fn what_no_proxy_can_reach_is_kept_from_it() {
    let surroundings = Surroundings {
        cluster_domain: "k8s.example.com".to_owned(),
        api_address: Some("10.0.0.1".to_owned()),
        ..Surroundings::default()
    };
    let change = |name, value: &str| OptionChange::parse(name, &[value.to_owned()]).unwrap();
    let proxy = change(OptionName::ControllerProxy, "http://proxy:3128");
    let (first, told) = merged(&ClusterOptions::default(), &proxy, &surroundings);
    assert_eq!(first.controller_no_proxy, [".k8s.example.com.", ".k8s.example.com", ".svc", "10.0.0.1"]);
    assert_eq!(told, [""; 0]);
    let (second, _) = merged(&first, &change(OptionName::ControllerNoProxy, "git.corp,.svc"), &surroundings);
    assert_eq!(second.controller_no_proxy[4..], ["git.corp"]);
    let unknown = Surroundings { api_address: None, ..surroundings.clone() };
    let (third, told) = merged(&second, &change(OptionName::ControllerProxy, "http://other:3128"), &unknown);
    assert_eq!((third.controller_no_proxy, told), (second.controller_no_proxy.clone(), Vec::new()));
    let (_, told) = merged(&ClusterOptions::default(), &proxy, &unknown);
    assert!(told[0].contains("--controller-no-proxy"), "{told:?}");
    let (none, told) = merged(&second, &change(OptionName::ControllerProxy, ""), &surroundings);
    assert!(none.is_empty() && told.is_empty());
    let (none, told) = merged(&none, &change(OptionName::StorageClass, "fast"), &surroundings);
    assert!(none.is_empty() && told == ["`--storage-class` has no effect without `--storage`"]);
}
