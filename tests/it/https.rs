//! `flux bootstrap git` over https, whole: the program, Azure DevOps' stand-in, a real API server, real controllers.

use crate::support::Scene;

#[test]
fn the_guides_first_command_word_for_word() {
    let Scene { azure, fleet, plane, env } = Scene::new();
    let run = env
        .flux([
            "bootstrap",
            "git",
            "--token-auth=true",
            "--url=https://dev.azure.com/acme/platform/_git/fleet",
            "--branch=main",
            "--path=clusters/my-cluster",
        ])
        .stdin(format!("{}\n", azure.token()))
        .run();
    run.assert_success().assert_stderr_contains("all components are healthy");
    assert_eq!(fleet.log("main").len(), 1);
    assert_eq!(plane.secret_keys("flux-system", "flux-system"), ["password", "username"]);
}
