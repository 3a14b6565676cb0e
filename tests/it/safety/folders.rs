//! `--manifests` reads what lies in the folder that it names, and nothing else of the machine: whole runs of the program.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::{Output, TestEnv};

const URL: &str = "--url=https://git.example.com/fleet.git";
const TOKEN: &str = "token-in-the-environment-of-the-run";
/// What lies outside the folder, and may come out nowhere.
const OUTSIDE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: outside}\ndata: {key: value-from-outside}\n";
const OWN: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own, annotations: {a: b}}\n";

/// A folder `manifests` to be filled, beside a folder `outside`.
struct Machine {
    env: TestEnv,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { env: TestEnv::new() };
        for (name, text) in [("outside.yaml", OUTSIDE), ("kustomization.yaml", "resources: [outside.yaml]\n")] {
            machine.write(&format!("../outside/{name}"), text);
        }
        machine
    }

    /// A release in its own layout.
    fn with_release() -> Self {
        let machine = Self::new();
        for entry in fs_err::read_dir("tests/golden/release").unwrap() {
            let path = entry.unwrap().path();
            machine.write(path.file_name().unwrap().to_str().unwrap(), &fs_err::read_to_string(&path).unwrap());
        }
        machine
    }

    fn write(&self, name: &str, text: &str) {
        self.env.write(&format!("work/manifests/{name}"), text);
    }

    fn link(&self, name: &str, target: impl AsRef<Path>) {
        let link = self.env.path("work/manifests").join(name);
        fs_err::create_dir_all(self.env.path("work/manifests")).unwrap();
        fs_err::create_dir_all(link.parent().unwrap()).unwrap();
        let _ = fs_err::remove_file(&link);
        symlink(target, link).unwrap();
    }

    /// Makes a special file by a program in whose arguments `NAME` stands for it.
    fn make(&self, line: &[&str], name: &str) {
        let arguments = line[1..].iter().map(|word| word.replace("NAME", name));
        let status = Command::new(line[0]).args(arguments).current_dir(self.env.path("work/manifests")).status();
        assert!(status.unwrap().success(), "{line:?}");
    }

    fn export(&self, manifests: &str) -> Output {
        let manifests = format!("--manifests={manifests}");
        let arguments = ["bootstrap", "git", "--token-auth", URL, "--path=clusters/a", "--export", &manifests];
        self.env.flux(arguments).env("GIT_PASSWORD", TOKEN).at_most(Duration::from_secs(60)).run()
    }

    /// The run fails, names what it does not read, and shows nothing of it.
    fn assert_refused(&self, what: &str, words: &[&str]) {
        let run = self.export("manifests");
        if run.code() == 0 {
            run.fail(&format!("{what}: it was read"));
        }
        for word in words {
            run.assert_stderr_contains(word);
        }
        assert!(!run.stdout.contains("value-from-outside") && !run.stdout.contains(TOKEN), "{what}");
        run.assert_stderr_lacks("value-from-outside").assert_stderr_lacks(TOKEN);
    }

    fn assert_built(&self, manifests: &str, name: &str) {
        let run = self.export(manifests);
        run.assert_success();
        assert!(run.stdout.contains(&format!("name: {name}\n")), "{}", run.stdout);
    }
}

/// Each field of a kustomization file that names a file.
const FIELDS: [&str; 9] = [
    "resources: [NAME]",
    "configMapGenerator: [{name: c, files: [key=NAME]}]",
    "configMapGenerator: [{name: c, envs: [NAME]}]",
    "secretGenerator: [{name: c, files: [NAME]}]",
    "secretGenerator: [{name: c, envs: [NAME]}]",
    "resources: [own.yaml]\npatches: [{path: NAME}]",
    "resources: [own.yaml]\npatchesStrategicMerge: [NAME]",
    "resources: [own.yaml]\npatchesJson6902: [{path: NAME, target: {version: v1, kind: ConfigMap, name: own}}]",
    "resources: [own.yaml]\nreplacements: [{path: NAME}]",
];

#[test]
fn no_field_of_a_kustomization_names_a_file_outside_its_folder() {
    for field in FIELDS {
        let machine = Machine::new();
        machine.write("own.yaml", OWN);
        machine.write("kustomization.yaml", &field.replace("NAME", "../outside/outside.yaml"));
        machine.assert_refused(field, &["outside/outside.yaml` is outside `"]);
        machine.write("kustomization.yaml", &field.replace("NAME", "link"));
        machine.link("link", "../outside/outside.yaml");
        machine.assert_refused(field, &["manifests/link` is a symbolic link that leads out of `"]);
        machine.link("link", "/proc/self/environ");
        machine.assert_refused(field, &["manifests/link` is a symbolic link that leads out of `"]);
    }
}

#[test]
fn links_that_leave_the_folder_of_a_kustomization_are_refused_in_every_form() {
    let outside = |machine: &Machine| machine.env.path("work/outside");
    type Arrange = fn(&Machine, &Path);
    let forms: [(&str, &str, Arrange); 7] = [
        ("an absolute link", "a", |machine, outside| machine.link("a", outside.join("outside.yaml"))),
        ("a chain of links", "a", |machine, _| {
            machine.link("a", "b");
            machine.link("b", "c/outside.yaml");
            machine.link("c", "../outside");
        }),
        ("a file behind a linked folder", "a/outside.yaml", |machine, _| machine.link("a", "../outside")),
        ("a file behind a deeper link", "x/y/outside.yaml", |machine, _| machine.link("x/y", "../../outside")),
        ("a linked base", "a", |machine, outside| machine.link("a", outside)),
        ("a link through the folder of the process", "a", |machine, _| {
            machine.link("a", "/proc/self/cwd/outside/outside.yaml");
        }),
        ("a link into the folder above", "a", |machine, _| {
            machine.env.write("work/secret.yaml", OUTSIDE);
            machine.link("a", "../secret.yaml");
        }),
    ];
    for (what, name, arrange) in forms {
        let machine = Machine::new();
        machine.write("kustomization.yaml", &format!("resources: [{name}]\n"));
        arrange(&machine, &outside(&machine));
        machine.assert_refused(what, &[&format!("manifests/{name}` is a symbolic link that leads out of `")]);
    }
    let machine = Machine::new();
    machine.write("outside.yaml", OWN);
    machine.link("kustomization.yaml", "../outside/kustomization.yaml");
    machine.assert_refused("the kustomization file", &["manifests/kustomization.yaml` is a symbolic link"]);
}

#[test]
fn a_base_is_the_root_of_its_own_files() {
    let machine = Machine::new();
    machine.write("kustomization.yaml", "resources: [../base]\n");
    machine.write("../base/kustomization.yaml", "resources: [own.yaml]\n");
    machine.write("../base/own.yaml", OWN);
    machine.assert_built("manifests", "own");
    machine.write("../base/kustomization.yaml", "resources: [../manifests/mine.yaml]\n");
    machine.write("mine.yaml", OUTSIDE);
    machine.assert_refused("a base that reads its user's files", &["manifests/mine.yaml` is outside `"]);
    machine.write("../base/kustomization.yaml", "resources: [link]\n");
    machine.link("../base/link", "../outside/outside.yaml");
    machine.assert_refused("a link in a base", &["base/link` is a symbolic link that leads out of `"]);
    machine.write("kustomization.yaml", "components: [../base]\n");
    machine.write("../base/kustomization.yaml", "kind: Component\nresources: [link]\n");
    machine.assert_refused("a link in a component", &["base/link` is a symbolic link that leads out of `"]);
}

#[test]
fn links_that_stay_inside_are_followed() {
    // As a kubelet mounts a ConfigMap, and a folder that is itself reached over a link.
    let mounted = |machine: &Machine, folder: &str, kustomization: &str| {
        machine.write(&format!("{folder}/..2026_01_01/kustomization.yaml"), kustomization);
        machine.write(&format!("{folder}/..2026_01_01/own.yaml"), OWN);
        machine.link(&format!("{folder}/..data"), "..2026_01_01");
        machine.link(&format!("{folder}/kustomization.yaml"), "..data/kustomization.yaml");
        machine.link(&format!("{folder}/own.yaml"), "..data/own.yaml");
    };
    let machine = Machine::new();
    mounted(&machine, "mount", "resources: [own.yaml]\n");
    machine.assert_built("manifests/mount", "own");
    machine.link("elsewhere", "mount");
    machine.assert_built("manifests/elsewhere", "own");
    machine.assert_built("manifests/elsewhere/kustomization.yaml", "own");
    mounted(&machine, "overlay", "resources: [../mount]\nnamePrefix: my-\n");
    machine.assert_built("manifests/overlay", "my-own");
}

#[test]
fn what_is_no_plain_file_is_not_opened_and_what_is_large_not_read_whole() {
    let special: [(&str, &[&str], &str); 4] = [
        ("a FIFO", &["mkfifo", "NAME"], "is neither a file nor a folder"),
        ("a device", &["mknod", "NAME", "c", "1", "5"], "is neither a file nor a folder"),
        (
            "a socket",
            &["perl", "-MIO::Socket::UNIX", "-e", "IO::Socket::UNIX->new(Listen=>1,Local=>'NAME') or die"],
            "is neither a file nor a folder",
        ),
        ("a huge file", &["truncate", "--size=64M", "NAME"], "is larger than"),
    ];
    for (what, line, words) in special {
        let machine = Machine::new();
        machine.write("kustomization.yaml", "resources: [own.yaml]\n");
        machine.make(line, "own.yaml");
        machine.assert_refused(what, &["manifests/own.yaml` ", words]);
        fs_err::remove_file(machine.env.path("work/manifests/kustomization.yaml")).unwrap();
        machine.make(line, "kustomization.yaml");
        let run = machine.export("manifests/kustomization.yaml");
        assert_ne!(run.code(), 0, "{what}");
        let machine = Machine::with_release();
        fs_err::remove_file(machine.env.path("work/manifests/rbac.yaml")).unwrap();
        machine.make(line, "rbac.yaml");
        machine.assert_refused(what, &["rbac.yaml` ", words]);
    }
}

#[test]
fn a_release_folder_reads_what_lies_in_it_alone() {
    type Arrange = fn(&Machine);
    let forms: [(&str, &str, Arrange); 5] = [
        ("a link", "rbac.yaml", |machine| machine.link("rbac.yaml", "../outside/outside.yaml")),
        ("the environment", "rbac.yaml", |machine| machine.link("rbac.yaml", "/proc/self/environ")),
        ("a chain", "policies.yaml", |machine| {
            machine.link("policies.yaml", "hop.yaml");
            machine.link("hop.yaml", "../outside/outside.yaml");
        }),
        ("a linked folder", "rbac", |machine| machine.link("rbac", "../outside")),
        ("a linked folder in a folder", "rbac/more", |machine| machine.link("rbac/more", "../../outside")),
    ];
    for (what, name, arrange) in forms {
        let machine = Machine::with_release();
        arrange(&machine);
        machine.assert_refused(what, &[&format!("manifests/{name}` is a symbolic link that leads out of `")]);
    }
    // A link to the folder that it lies in, again and again.
    let machine = Machine::with_release();
    machine.link("rbac/again", ".");
    machine.assert_refused("an endless folder", &["holds more than any release of Flux"]);
    let machine = Machine::with_release();
    fs_err::rename(machine.env.path("work/manifests/rbac.yaml"), machine.env.path("work/manifests/..data")).unwrap();
    machine.link("rbac.yaml", "..data");
    machine.export("manifests").assert_success();
}
