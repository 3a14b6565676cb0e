//! `make flux-version V=v2.9.6`: brings the checkout to another release of Flux, and tells what that changed and what is left to
//! do by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flux_bootstrap::for_tests::yaml;
use serde_json::{Value, json};

use crate::flux_release::{Object, differences, place, read_folder, read_release, walk_schemas, without_descriptions};

/// What became of the checkout.
#[derive(Debug, Default)]
struct Adopted {
    /// What differs between the two releases, a line each.
    changes: Vec<String>,
    /// Fields that somebody has to describe.
    undescribed: Vec<String>,
    /// Files written or removed, below the checkout.
    files: BTreeSet<String>,
}

impl Adopted {
    /// The list as a page.
    fn page(&self, version: &str) -> String {
        let list = |title: &str, lines: &mut dyn Iterator<Item = &String>| {
            let lines: Vec<String> = lines.map(|line| format!("- {line}")).collect();
            let text = if lines.is_empty() { "- nothing".to_owned() } else { lines.join("\n") };
            format!("\n## {title}\n\n{text}\n")
        };
        format!("# Flux {version}\n")
            + &list("What changed", &mut self.changes.iter())
            + &list("Fields to describe, in words of our own", &mut self.undescribed.iter())
            + &list("Files written or removed", &mut self.files.iter())
            + "\nThen `INSTA_UPDATE=always make unit`, read the diff of the snapshots, and `make test`: texts that name the old version fail there.\n"
    }
}

/// Brings manifests, reference data and version of a checkout to a release: an archive, or a folder with its files.
fn adopt(checkout: &Path, release: &Path, version: &str) -> Adopted {
    let (manifests, golden) = (checkout.join("manifests"), checkout.join("tests/golden/release"));
    let (ours, theirs) = (read_folder(&manifests), read_release(release));
    let mut adopted = Adopted { changes: told(differences(&ours, &theirs)), ..Adopted::default() };
    let mut gone: BTreeMap<String, &Object> = ours.iter().map(|object| (object.title(), object)).collect();
    for object in &theirs {
        let old = gone.remove(&object.title());
        let at = place(&object.file, &object.value);
        let wanted = described(&without_descriptions(&object.value), old.map_or(&Value::Null, |old| &old.value));
        walk_schemas(&wanted, &mut |path, node| {
            let needs_words = !path.ends_with(" metadata")
                && (node["type"] == "object" || !path.ends_with("[]") && !path.ends_with("{}"));
            if needs_words && node["description"].as_str().unwrap_or_default().is_empty() {
                adopted.undescribed.push(format!("manifests/{at}: {path}"));
            }
        });
        if old.is_some_and(|old| old.file == at && old.value == wanted) {
            continue;
        }
        let before = old.map(|old| fs_err::read_to_string(manifests.join(&old.file)).unwrap());
        let text = before.and_then(|text| edited(&text, &wanted)).unwrap_or_else(|| yaml::write(&wanted));
        write(&manifests.join(&at), &text);
        adopted.files.insert(format!("manifests/{at}"));
        if let Some(old) = old.filter(|old| old.file != at) {
            fs_err::remove_file(manifests.join(&old.file)).unwrap();
            adopted.files.insert(format!("manifests/{}", old.file));
        }
    }
    for old in gone.values() {
        fs_err::remove_file(manifests.join(&old.file)).unwrap();
        adopted.files.insert(format!("manifests/{}", old.file));
    }
    record(&golden, &theirs, &mut adopted.files);
    for (file, before, after) in [
        ("src/domain/flux/version.rs", "FLUX_VERSION: &str = \"", version.to_owned()),
        (
            "manifests/README.md",
            "The Flux version that the folder equals is ",
            version.trim_start_matches('v').to_owned(),
        ),
    ] {
        let path = checkout.join(file);
        let text = fs_err::read_to_string(&path).unwrap();
        let (head, rest) = text.split_once(before).unwrap_or_else(|| panic!("{file} does not say the version"));
        let end = rest.find(['"', '\n']).unwrap();
        let tail = if rest[..end].ends_with('.') { &rest[end - 1..] } else { &rest[end..] };
        write(&path, &format!("{head}{before}{after}{tail}"));
        adopted.files.insert(file.to_owned());
    }
    adopted
}

/// The differences as news: what the release brings, not what is to be done.
fn told(differences: Vec<String>) -> Vec<String> {
    let news =
        [("missing; add ", "new: "), ("not in the release; remove ", "gone: "), ("; the release has ", ", is now ")];
    let tell =
        |line: String| news.iter().fold(line, |line, (from, to)| line.replace(from, to).replace(": is ", ": was "));
    differences.into_iter().map(tell).collect()
}

/// The release's files without description texts, as they are recorded.
fn record(golden: &Path, release: &[Object], files: &mut BTreeSet<String>) {
    let mut by_file = BTreeMap::<&str, Vec<Value>>::new();
    for object in release {
        by_file.entry(&object.file).or_default().push(without_descriptions(&object.value));
    }
    let recorded: BTreeSet<String> = read_folder(golden).into_iter().map(|object| object.file).collect();
    for (file, values) in &by_file {
        let before = golden.join(file);
        let is_known = before.exists() && {
            let text = fs_err::read_to_string(&before).unwrap();
            yaml::parse(&text).unwrap().into_iter().map(|document| document.value).eq(values.iter().cloned())
        };
        if !is_known {
            write(&before, &yaml::write_all(values));
            files.insert(format!("tests/golden/release/{file}"));
        }
    }
    for file in recorded.iter().filter(|file| !by_file.contains_key(file.as_str())) {
        fs_err::remove_file(golden.join(file)).unwrap();
        files.insert(format!("tests/golden/release/{file}"));
    }
}

fn write(path: &Path, text: &str) {
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, text).unwrap();
}

/// A value with the descriptions that another one has at the same places of its schemas, before all other keys.
fn described(new: &Value, old: &Value) -> Value {
    let mut new = new.clone();
    for version in new.pointer_mut("/spec/versions").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = version["name"].clone();
        let versions = old["spec"]["versions"].as_array();
        let known = versions
            .into_iter()
            .flatten()
            .find(|version| version["name"] == name)
            .or(versions.and_then(|it| it.last()));
        let known = known.and_then(|version| version.pointer("/schema/openAPIV3Schema")).cloned().unwrap_or_default();
        if let Some(root) = version.pointer_mut("/schema/openAPIV3Schema") {
            describe(root, &known);
        }
    }
    new
}

fn describe(node: &mut Value, known: &Value) {
    let Some(fields) = node.as_object_mut() else { return };
    for (name, child) in fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        describe(child, &known["properties"][name.as_str()]);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(child) = fields.get_mut(key) {
            describe(child, &known[key]);
        }
    }
    if let Some(text) = known["description"].as_str() {
        let at = fields.keys().take_while(|key| key.as_str() < "description").count();
        fields.shift_insert(at, "description".to_owned(), json!(text));
    }
}

/// The text with single values changed so that it says `wanted`, where that is all; the layout stays.
fn edited(text: &str, wanted: &Value) -> Option<String> {
    let mut changed = Vec::new();
    leaves(&yaml::parse_one(text).ok()?, wanted, &mut changed);
    let mut edited = text.to_owned();
    for (before, after) in changed {
        if edited.matches(before.as_str()).count() == 1 {
            edited = edited.replacen(&before, &after, 1);
        }
    }
    (yaml::parse_one(&edited).ok()? == *wanted).then_some(edited)
}

/// Texts that differ at the same place.
fn leaves(old: &Value, new: &Value, changed: &mut Vec<(String, String)>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            old.iter().for_each(|(key, value)| leaves(value, new.get(key).unwrap_or(&Value::Null), changed));
        }
        (Value::Array(old), Value::Array(new)) => old.iter().zip(new).for_each(|(old, new)| leaves(old, new, changed)),
        (Value::String(old), Value::String(new)) if old != new => changed.push((old.clone(), new.clone())),
        _ => {}
    }
}

/// The files of the checkout that a new version touches, copied.
fn copy_of_checkout(target: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec!["manifests".to_owned(), "tests/golden/release".to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs_err::read_dir(source.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                open.push(name);
            } else {
                write(&target.join(&name), &fs_err::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let version = "src/domain/flux/version.rs";
    write(&target.join(version), &fs_err::read_to_string(source.join(version)).unwrap());
}

/// An archive as a release has it: the recorded one, changed in every way that a release can change.
fn made_up_release(recorded: &Path, archive: &Path) {
    let mut objects = read_release(recorded);
    objects.retain(|object| object.title() != "NetworkPolicy/allow-webhooks");
    for object in &mut objects {
        let text =
            object.value.to_string().replace("fluxcd/source-controller:v1.9.5", "fluxcd/source-controller:v1.9.6");
        object.value = serde_json::from_str(&text).unwrap();
        if object.title() == "CustomResourceDefinition/buckets.source.toolkit.fluxcd.io" {
            let spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
            let fields = object.value.pointer_mut(spec).unwrap().as_object_mut().unwrap();
            fields.shift_remove("timeout");
            fields.insert("tier".to_owned(), json!({"type": "string", "description": "The release's own words."}));
        }
    }
    let mut account =
        objects.iter().find(|object| object.title() == "ServiceAccount/source-controller").unwrap().value.clone();
    account["metadata"]["name"] = json!("source-helper");
    objects.push(Object { file: "source-controller.yaml".to_owned(), value: account });
    let mut by_file = BTreeMap::<String, Vec<Value>>::new();
    for Object { file, value } in objects {
        by_file.entry(file).or_default().push(value);
    }
    let gzip = flate2::write::GzEncoder::new(fs_err::File::create(archive).unwrap(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (file, values) in by_file {
        let text = yaml::write_all(&values);
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, format!("./{file}"), text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
}

#[test]
fn a_made_up_next_release_is_adopted() {
    let folder = tempfile::tempdir().unwrap();
    let (checkout, archive) = (folder.path().join("checkout"), folder.path().join("manifests.tar.gz"));
    copy_of_checkout(&checkout);
    made_up_release(&checkout.join("tests/golden/release"), &archive);
    let bucket = "source-controller/crds/buckets.yaml";
    let words = |file: &str| {
        let mut words = BTreeMap::new();
        let object = yaml::parse_one(&fs_err::read_to_string(checkout.join("manifests").join(file)).unwrap()).unwrap();
        walk_schemas(&object, &mut |path, node| drop(words.insert(path.to_owned(), node["description"].clone())));
        words
    };
    let before = words(bucket);
    let untouched = fs_err::read(checkout.join("manifests/source-controller/crds/gitrepositories.yaml")).unwrap();

    let adopted = adopt(&checkout, &archive, "v2.9.6");

    let release = read_release(&archive);
    assert_eq!(differences(&read_folder(&checkout.join("manifests")), &release), Vec::<String>::new());
    assert_eq!(
        differences(&read_release(&checkout.join("tests/golden/release")), &release),
        differences(&release, &release)
    );
    let schema = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
    let definition = format!("CustomResourceDefinition/buckets.source.toolkit.fluxcd.io (manifests/{bucket}) {schema}");
    for line in [
        format!(r#"{definition}/tier: new: {{"type":"string"}}"#),
        "NetworkPolicy/allow-webhooks: gone: manifests/policies/allow-webhooks.yaml".to_owned(),
        "ServiceAccount/source-helper: new: manifests/source-controller/service-account-source-helper.yaml".to_owned(),
        "Deployment/source-controller (manifests/source-controller/deployment.yaml) /spec/template/spec/containers/0/image: \
         was \"fluxcd/source-controller:v1.9.5\", is now \"fluxcd/source-controller:v1.9.6\""
            .to_owned(),
    ] {
        assert!(adopted.changes.contains(&line), "{line}\nis not among\n{}", adopted.changes.join("\n"));
    }
    assert!(adopted.changes.iter().any(|line| line.starts_with(&format!("{definition}/timeout: gone: "))));
    assert_eq!(adopted.changes.len(), 5, "{:#?}", adopted.changes);
    // Words of ours stay, also in a file that had to be written anew; the release's own are not taken over.
    assert_eq!(adopted.undescribed, [format!("manifests/{bucket}: v1 spec.tier")]);
    let after = words(bucket);
    assert!(before.iter().all(|(path, text)| path.ends_with("spec.timeout") || after[path] == *text));
    let left = fs_err::read(checkout.join("manifests/source-controller/crds/gitrepositories.yaml")).unwrap();
    assert_eq!(left, untouched);
    let deployment = fs_err::read_to_string(checkout.join("manifests/source-controller/deployment.yaml")).unwrap();
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests/source-controller/deployment.yaml");
    assert_eq!(deployment, fs_err::read_to_string(original).unwrap().replace(":v1.9.5", ":v1.9.6"), "one line changed");
    let says = |file: &str, text: &str| fs_err::read_to_string(checkout.join(file)).unwrap().contains(text);
    assert!(says("src/domain/flux/version.rs", "pub const FLUX_VERSION: &str = \"v2.9.6\";\n"));
    assert!(says("manifests/README.md", "The Flux version that the folder equals is 2.9.6.\n"));
    assert!(adopted.page("v2.9.6").contains("## What changed\n\n- "));

    // The same release again changes nothing.
    let again = adopt(&checkout, &archive, "v2.9.6");
    assert!(again.changes.is_empty());
    assert_eq!(again.files.len(), 2, "{:?}", again.files);
}

/// `make flux-version V=v2.9.6`: not part of a run of all tests, as it changes the checkout.
#[test]
#[ignore = "changes the checkout: needs RELEASE_ARCHIVE, a downloaded manifests.tar.gz, and FLUX_VERSION"]
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it is a command of the Makefile's")]
fn the_checkout_goes_to_another_release() {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("`{name}` is not set"));
    let (archive, version) = (variable("RELEASE_ARCHIVE"), variable("FLUX_VERSION"));
    let page = adopt(Path::new(env!("CARGO_MANIFEST_DIR")), Path::new(&archive), &version).page(&version);
    write(&Path::new(env!("CARGO_MANIFEST_DIR")).join("target/flux-version.md"), &page);
    println!("{page}\nThis list is in target/flux-version.md.");
}
