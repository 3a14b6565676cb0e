//! What a person sees: a hidden prompt, colours, a live line while waiting; and none of that in a pipe.

use std::time::Duration;

use crate::support::{AzureDevOps, ControlPlane, TestEnv, command, wait_for};

const ARGUMENTS: [&str; 5] =
    ["bootstrap", "git", "--token-auth", "--url=https://dev.azure.com/acme/platform/_git/fleet", "--path=clusters/a"];

#[test]
fn long_lines_are_broken_where_the_terminal_ends() {
    let env = TestEnv::new().var("TERM", "xterm-256color");
    let url = "--url=https://dev.azure.com/acme/platform/_git/fleet";
    let line = format!("stty cols 50; exec flux bootstrap git {url} --path=../above --interval=5 --timeout=0s");
    let shown = env.shell(&line).terminal().finish();
    shown.assert_code(2);
    let plain = ["\u{1b}[31m", "\u{1b}[33m", "\u{1b}[0m"]
        .iter()
        .fold(shown.stdout.clone(), |text, code| text.replace(code, ""));
    let lines: Vec<&str> = plain.lines().filter(|line| !line.contains('\u{1b}')).collect();
    let too_long = |line: &&&str| line.chars().count() > 50 && !line.contains('`');
    assert!(lines.iter().filter(too_long).count() == 0 && lines.len() > 4, "{lines:#?}");
    let broken = |line: &&str| line.starts_with("  ") && !line.trim_start().starts_with("hint:");
    assert!(lines.iter().any(broken), "{lines:#?}");
}

#[test]
fn a_person_is_asked_and_kept_informed() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    plane.use_azure(&azure);
    azure.repository("acme", "platform", "fleet");
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane).var("TERM", "xterm-256color");
    let mut terminal = env.flux(ARGUMENTS).terminal();
    terminal.expect("Please enter your Git repository password:");
    terminal.type_text(&format!("{}\n", azure.token()));
    terminal.expect("all components are healthy");
    let shown = terminal.finish();
    assert_eq!(shown.code(), 0);
    assert!(shown.stdout.contains("\u{1b}[32m✔\u{1b}[0m cloned repository"), "{}", shown.stdout);
    assert!(shown.stdout.contains("\r\u{1b}[K"), "a live line, and its end");
    assert!(!shown.stdout.contains(&azure.token()));

    // The same with NO_COLOR, and in a pipe: plain lines alone.
    let mut plain = env.flux(ARGUMENTS).env("NO_COLOR", "1").env("GIT_PASSWORD", azure.token()).terminal();
    plain.expect("all components are healthy");
    assert!(!plain.finish().stdout.contains('\u{1b}'));
    let piped = env.flux(ARGUMENTS).env("GIT_PASSWORD", azure.token()).run();
    assert!(!piped.assert_success().stderr.contains('\u{1b}'));
}

#[test]
fn the_question_for_the_token_can_be_interrupted() {
    let azure = AzureDevOps::start();
    let env = TestEnv::new().with_azure(&azure);
    let program = format!("echo \"pid $$.\"; exec flux {}", ARGUMENTS.join(" "));
    let line = format!("sh -c '{program}'; echo \"exit code $?\"; stty -a");

    let mut terminal = env.shell(&line).terminal();
    terminal.expect("password:").type_text("\x03").expect("interrupted by Ctrl-C").expect("rerunning is safe");
    terminal.expect("exit code 130").expect("isig icanon");
    terminal.finish().assert_code(0);

    // Ctrl-D, and an empty answer.
    let mut terminal = env.shell(&line).terminal();
    terminal.expect("password:").type_text("\x04").expect("the input was closed (Ctrl-D)").expect("exit code 130");
    terminal.finish().assert_code(0);
    let mut terminal = env.shell(&line).terminal();
    terminal.expect("password:").type_text("\n").expect("nothing was typed at the question").expect("exit code 2");
    terminal.finish().assert_code(0);

    let mut terminal = env.shell(&line).terminal();
    terminal.expect("password:");
    let screen = terminal.screen();
    let pid = screen.split_once("pid ").and_then(|(_, rest)| rest.split_once('.')).unwrap().0.to_owned();
    assert!(command("kill").args(["-s", "TERM", &pid]).status().unwrap().success());
    terminal.expect("interrupted by SIGTERM").expect("exit code 130").expect("isig icanon");
    terminal.finish().assert_code(0);
}

#[test]
fn a_pipe_that_never_ends_can_be_interrupted() {
    let azure = AzureDevOps::start();
    let env = TestEnv::new().with_azure(&azure);
    // Opened for reading and writing it has neither an end nor anything to read.
    let running = env.shell(&format!("mkfifo pipe; exec flux {} <>pipe", ARGUMENTS.join(" "))).spawn();
    let status = format!("/proc/{}/status", running.id());
    wait_for("flux to listen for SIGTERM", Duration::from_secs(30), || {
        let status = fs_err::read_to_string(&status).ok()?;
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?.trim();
        let catches = u64::from_str_radix(caught, 16).ok()? & (1 << 14) != 0;
        (status.starts_with("Name:\tflux\n") && catches).then_some(())
    });
    running.signal("TERM");
    running.wait().assert_code(130).assert_stderr_contains("interrupted by SIGTERM");
}
