//! Outputs that cannot be written, are not read, or whose reader goes away.

use std::io::Read as _;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::Scene;
use super::puppets::Puppets;
use crate::support::{Invocation, Output, PodFate, SOON, timeout, wait_for};

/// A bootstrap by the shell, with redirections.
fn redirected(scene: &Scene, flags: &str, redirection: &str) -> Invocation {
    let line = format!(
        "printf %s \"$TOKEN\" | flux bootstrap git --token-auth --path=clusters/a --url={} {flags} {redirection}",
        scene.fleet.url()
    );
    scene.env.shell(&line).env("TOKEN", scene.azure.token()).without_log()
}

#[track_caller]
fn assert_not_written(run: &Output) {
    run.assert_code(1)
        .assert_stderr_contains("✗ cannot write to standard output\n  caused by: No space left on device\n")
        .assert_stderr_contains("  hint: What was printed is not complete");
}

#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let scene = Scene::new();
    for command in
        ["flux completion bash", "flux --help", "flux --version", "flux version --client", "flux bootstrap git --help"]
    {
        let run = scene.env.shell(&format!("{command} > /dev/full")).without_log().run();
        assert_not_written(&run);
        // A reader that has seen enough is no failure.
        scene
            .env
            .shell(&format!("({command}; echo code $? >&2) | head -c 1"))
            .without_log()
            .run()
            .assert_stderr("code 0\n");
    }
    assert_not_written(&redirected(&scene, "--export", "> /dev/full").run());
    assert_not_written(&redirected(&scene, "--dry-run", "> /dev/full").run());
    assert_not_written(&redirected(&scene, "--dry-run -o json", "> /dev/full").run());
    let run = scene.env.flux(["manpages", "/dev/full/man"]).run();
    run.assert_code(1).assert_stderr_contains("✗ cannot write the manual pages\n");

    // A run that changes something goes on to its end, and says that nobody could read about it.
    let run = Puppets::play(&scene.plane, &scene.fleet, || redirected(&scene, "-o json", "> /dev/full").run());
    assert_not_written(&run);
    run.assert_stderr_contains("done so far: commit ");
    assert_eq!(scene.fleet.log("main").len(), 1);
    let run = Puppets::play(&scene.plane, &scene.fleet, || redirected(&scene, "", "2> /dev/full").run());
    run.assert_success();

    // A reader that goes away costs the run nothing.
    for flags in ["2>&1", "-o json"] {
        scene.plane.delete("apps/v1", "Deployment", "flux-system", "helm-controller");
        let line = format!(
            "(printf %s \"$TOKEN\" | flux bootstrap git --token-auth --path=clusters/a --url={} {flags}; \
             echo code $? >&3) 3>&2 | head -n 1 > /dev/null",
            scene.fleet.url()
        );
        let run = scene.env.shell(&line).env("TOKEN", scene.azure.token()).without_log();
        let run = Puppets::play(&scene.plane, &scene.fleet, || run.run());
        run.assert_stderr_contains("code 0\n");
        assert!(scene.plane.object("apps/v1", "Deployment", "flux-system", "helm-controller").is_some());
    }
}

/// A run whose outputs go to one pipe that is full from the start.
fn into_a_full_pipe(scene: &Scene, flags: &[&str]) -> (Child, std::io::PipeReader) {
    let (reader, writer) = std::io::pipe().unwrap();
    // 64 KiB fit; written by a program that then waits for more room, so it fills to the last byte.
    let filler = writer.try_clone().unwrap();
    let mut fill = Command::new("head").args(["-c", "65536", "/dev/zero"]).stdout(filler).spawn().unwrap();
    assert!(fill.wait().unwrap().success());
    let invocation = scene.bootstrap(flags).without_log();
    let child = invocation.into_outputs(writer.try_clone().unwrap(), writer);
    (child, reader)
}

fn end_of(child: &mut Child, limit: Duration) -> i32 {
    wait_for("the end of the run", limit, || child.try_wait().unwrap()).code().unwrap_or(-1)
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_pipe_that_nobody_reads_holds_up_nothing() {
    let scene = Scene::new();
    // The timeout is obeyed, and the cluster brought as far as it would be.
    scene.plane.set_pods("", PodFate::NeverReady);
    let timeout = timeout(9);
    for flags in [&[timeout.as_str()][..], &[timeout.as_str(), "-o=json"]] {
        let start = Instant::now();
        let (mut child, reader) = into_a_full_pipe(&scene, flags);
        assert_eq!(end_of(&mut child, SOON), 6);
        assert!(start.elapsed() > Duration::from_secs(8), "it ended after {:?}", start.elapsed());
        drop(reader);
    }
    assert_eq!(scene.fleet.log("main").len(), 1);

    // So are signals, while it runs and while it waits for its reader.
    for name in ["INT", "TERM"] {
        let (mut child, reader) = into_a_full_pipe(&scene, &["-o=json"]);
        // A signal that comes while the run begins to listen may be lost; a run that writes is past that.
        wait_for("a run that listens to signals", SOON, || listens(&child).and_then(|()| stuck(&child)));
        signal(&child, name);
        assert_eq!(end_of(&mut child, SOON), 130, "{name}");
        drop(reader);
    }
    let (mut child, reader) = into_a_full_pipe(&scene, &["--dry-run", "-o=json"]);
    wait_for("a plan that is not read", SOON, || stuck(&child));
    signal(&child, "TERM");
    assert_eq!(end_of(&mut child, SOON), 130);
    drop(reader);

    // A reader that comes late gets everything.
    Puppets::play(&scene.plane, &scene.fleet, || {
        scene.plane.delete("apps/v1", "Deployment", "flux-system", "helm-controller");
        let (mut child, mut reader) = into_a_full_pipe(&scene, &["-o=json"]);
        wait_for("a run that has done its work", SOON, || {
            scene.plane.object("apps/v1", "Deployment", "flux-system", "helm-controller")
        });
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        assert_eq!(end_of(&mut child, SOON), 0);
        let text = String::from_utf8(bytes[65536..].to_vec()).unwrap();
        let last = text.lines().last().unwrap();
        assert!(last.contains("\"event\":\"report\",\"outcome\":\"done\""), "{text}");
    });
    // Looks for temporary files of all these, which were not waited for as other runs are.
    scene.env.shell("true").run().assert_success();
}

/// Whether the run handles Ctrl-C itself by now.
fn listens(child: &Child) -> Option<()> {
    let status = fs_err::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?.trim().to_owned();
    (u64::from_str_radix(&caught, 16).ok()? & (1 << 1) != 0).then_some(())
}

/// Whether a thread of the run waits for room in a pipe.
fn stuck(child: &Child) -> Option<()> {
    let threads = fs_err::read_dir(format!("/proc/{}/task", child.id())).ok()?;
    let mut places = threads.flatten().filter_map(|thread| fs_err::read_to_string(thread.path().join("wchan")).ok());
    places.any(|place| place.contains("pipe_w")).then_some(())
}
