//! What a person sees: a hidden prompt, colours, a live line while waiting; and none of that in a pipe.

use crate::support::{AzureDevOps, ControlPlane, TestEnv};

const ARGUMENTS: [&str; 5] =
    ["bootstrap", "git", "--token-auth", "--url=https://dev.azure.com/acme/platform/_git/fleet", "--path=clusters/a"];

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
