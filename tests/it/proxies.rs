//! Proxies that ask for a user and a password: on the way to the Git server, the API server and a release.

use std::collections::HashMap;

use crate::release::{Server, archive, response};
use crate::support::{AzureDevOps, ControlPlane, TestCa, TestEnv};

const DONE: &str = "  done so far: nothing was pushed or applied; rerunning is safe\n";

#[test]
fn all_that_is_reached_by_https_is_reached_through_a_proxy_that_asks_for_a_password() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    let fleet = azure.repository("acme", "platform", "fleet");
    let release = response("200 OK", "", &archive("tests/golden/release"));
    let tls = TestCa::shared().tls_server(&["releases.example"]);
    let releases = Server::start_with(Some(tls), HashMap::from([("/download/v2.9.6/manifests.tar.gz", release)]));
    azure.lead_proxy("releases.example", releases.url.trim_start_matches("https://").parse().unwrap());
    let proxy = azure.guard_proxy();
    // This machine's addresses are reached directly, but for a proxy that the kubeconfig names.
    let with_proxy =
        |proxy: &str| plane.kubeconfig().replace("    server:", &format!("    proxy-url: {proxy}\n    server:"));
    let env = TestEnv::new().with_kubeconfig(&with_proxy(&proxy)).var("HTTPS_PROXY", &proxy);
    let url = fleet.url();
    let run = |env: &TestEnv, more: &[&str]| {
        let arguments = ["bootstrap", "git", "--token-auth", "--path=clusters/a", "--dry-run", "--url", &url];
        env.flux(arguments.iter().chain(more)).stdin(azure.token()).run()
    };
    let download = ["--version=v2.9.6", "--release-url=https://releases.example"];

    run(&env, &download).assert_success().assert_stdout_contains("Add Flux v2.9.6 component and sync manifests");
    let host = plane.url().trim_start_matches("https://").to_owned();
    for reached in ["dev.azure.com:443", "releases.example:443", &host] {
        assert!(azure.tunnels().iter().any(|tunnel| tunnel == reached), "{reached}: {:?}", azure.tunnels());
    }

    // Without user and password, each of the three says that it was the proxy.
    let bare = azure.proxy_url();
    let refused = |env: &TestEnv, more: &[&str], code: i32, says: &str| {
        let refused = run(env, more);
        refused.assert_code(code);
        assert!(refused.stderr.ends_with(&format!("{says}\n{DONE}")), "{}", refused.stderr);
    };
    let env = env.var("HTTPS_PROXY", &bare);
    let says = "✗ cannot get the manifests of that Flux version\n  \
         caused by: cannot download `https://releases.example/download/v2.9.6/manifests.tar.gz`: proxy `@` answered `CONNECT` with status 407 and asks for Basic\n  \
         hint: Leave --version out for the version in this binary, name a mirror with --release-url, or give an archive with --manifests.";
    refused(&env, &download, 1, &says.replace('@', &bare));
    let env = env.with_kubeconfig(&plane.kubeconfig());
    let says = format!(
        "✗ proxy `{bare}` answered `CONNECT` with status 407 and asks for Basic\n  hint: Put the user and password for the proxy into HTTPS_PROXY (or HTTP_PROXY), as in \
         `http://user:password@host:port`; for Negotiate or NTLM, run a local proxy that signs in (such as cntlm or px) and name that one."
    );
    refused(&env, &[], 1, &says);
    let env = env.with_kubeconfig(&with_proxy(&bare)).var("HTTPS_PROXY", &proxy);
    let says = format!(
        "✗ cannot reach the API server `https://{host}`: the proxy does not connect: `{bare}` answered `CONNECT` with status 407 and asks for Basic\n  \
         hint: Put the user and password for the proxy into `proxy-url` of the kubeconfig's cluster, as in \
         `http://user:password@host:port`; for Negotiate or NTLM, run a local proxy that signs in (such as cntlm or px) and name that one; \
         or take `proxy-url` out of the kubeconfig, if the API server is reached without it."
    );
    refused(&env, &[], 5, &says);
}

#[test]
fn all_that_is_reached_by_https_is_reached_through_a_socks_proxy() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    let fleet = azure.repository("acme", "platform", "fleet");
    let release = response("200 OK", "", &archive("tests/golden/release"));
    let tls = TestCa::shared().tls_server(&["releases.example"]);
    let releases = Server::start_with(Some(tls), HashMap::from([("/download/v2.9.6/manifests.tar.gz", release)]));
    azure.lead_proxy("releases.example", releases.url.trim_start_matches("https://").parse().unwrap());
    let url = fleet.url();
    let run = |proxy: &str, proxy_of_server: &str| {
        let proxied = format!("    proxy-url: {proxy_of_server}\n    server:");
        let kubeconfig = plane.kubeconfig().replace("    server:", &proxied);
        let env = TestEnv::new().with_kubeconfig(&kubeconfig).var("ALL_PROXY", proxy);
        let download = ["--version=v2.9.6", "--release-url=https://releases.example"];
        let arguments = ["bootstrap", "git", "--token-auth", "--path=clusters/a", "--dry-run", "--url", &url];
        env.flux(arguments.iter().chain(&download)).stdin(azure.token()).run()
    };
    let host = plane.url().trim_start_matches("https://").to_owned();
    let socks = |proxy: &str| proxy.replace("http://", "socks5h://");
    let open = azure.proxy_url();

    run(&socks(&open), &open.replace("http://", "socks5://")).assert_success();
    for reached in ["dev.azure.com:443", "releases.example:443", &host] {
        assert!(azure.tunnels().iter().any(|tunnel| tunnel == reached), "{reached}: {:?}", azure.tunnels());
    }

    let guarded = azure.guard_proxy();
    let refused = run(&socks(&open), &guarded);
    refused.assert_code(1).assert_stderr_contains("` wants a user name and a password\n");
    run(&socks(&guarded), &guarded).assert_success();
    run(&socks(&guarded), &socks(&guarded)).assert_success();
    let unknown = run(&socks(&guarded), &socks(&open));
    unknown
        .assert_code(5)
        .assert_stderr_contains(&format!("`{}` wants a user name and a password", socks(&open).replace("5h:", "5:")));
}

#[test]
fn a_proxy_that_lets_nobody_through_to_the_api_server_is_named_with_what_it_asks_for() {
    const PASSWORD: &str = "idle-pr0xy-passw0rd-83a1";
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    let (bare, with_password) = (azure.proxy_url(), azure.proxy_url_with_password());
    let proxied = format!("    proxy-url: {with_password}\n    server:");
    let by_entry = plane.kubeconfig().replace("    server:", &proxied);
    // A name that only a proxy would resolve, so that the variable counts.
    let address = plane.url().trim_start_matches("https://").to_owned();
    let by_variable = plane.kubeconfig().replace(&address, "k8s.example.com:6443");
    let run = |env: &TestEnv| env.flux(["check", "--pre"]).run();
    let offers =
        |schemes: &str| format!("with status 407 and offers {schemes} alone, of which none is spoken: only Basic is\n");
    for (status, offered, says) in [
        (407, &["Negotiate"][..], offers("Negotiate")),
        (407, &["Negotiate", "NTLM"], offers("Negotiate and NTLM")),
        (407, &["Negotiate, Digest realm=\"a, b\", nonce=\"c\""], offers("Negotiate and Digest")),
        (407, &["NTLM", "Basic realm=\"a\""], "with status 407 and asks for NTLM or Basic\n".to_owned()),
        (403, &[], "with status 403\n".to_owned()),
        (502, &[], "with status 502\n".to_owned()),
        (503, &[], "with status 503\n".to_owned()),
    ] {
        azure.refuse_tunnels(status, offered);
        let told = format!("the proxy does not connect: `{bare}` answered `CONNECT` {says}");
        let by_entry = run(&TestEnv::new().with_kubeconfig(&by_entry));
        by_entry
            .assert_code(5)
            .assert_stderr_contains(&told)
            .assert_stderr_contains("`proxy-url`")
            .assert_stderr_lacks(PASSWORD);
        let env = TestEnv::new().with_kubeconfig(&by_variable).var("https_proxy", &with_password);
        let by_variable = run(&env);
        by_variable
            .assert_code(5)
            .assert_stderr_contains(&told)
            .assert_stderr_contains("NO_PROXY")
            .assert_stderr_lacks(PASSWORD);
    }
}
