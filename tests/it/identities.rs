//! Every way a kubeconfig and kubectl's flags can say who is asking, with the whole program.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;

use crate::release::{Server, response};
use crate::support::{AzureDevOps, ControlPlane, TestCa, TestEnv};

const ARGUMENTS: [&str; 6] = [
    "bootstrap",
    "git",
    "--token-auth",
    "--url=https://dev.azure.com/acme/platform/_git/fleet",
    "--path=clusters/a",
    "--dry-run",
];

#[test]
fn certificates_impersonation_and_credential_plugins_open_the_cluster() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    azure.repository("acme", "platform", "fleet");
    let opens = |env: &TestEnv, more: &[&str]| {
        let run = env.flux(ARGUMENTS.iter().chain(more)).env("GIT_PASSWORD", azure.token()).run();
        run.assert_success()
            .assert_stdout_contains("CustomResourceDefinition/gitrepositories.source.toolkit.fluxcd.io created");
    };
    let certificate = plane.kubeconfig_with_certificate("someone", &["system:masters"]);
    opens(&TestEnv::new().with_azure(&azure).with_kubeconfig(&certificate), &[]);

    let admin = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    opens(&admin, &["--as=someone", "--as-group=system:masters"]);
    let nobody = admin.flux(ARGUMENTS).arg("--as=nobody").env("GIT_PASSWORD", azure.token()).run();
    nobody.assert_code(5).assert_stderr_contains("needs the rights of cluster-admin for `nobody`; see what is missing");
    let told = nobody.stderr.matches("rights of cluster-admin").count();
    assert!(told == 1 && nobody.stderr.contains(" --as=nobody`."), "{}", nobody.stderr);

    // A plugin that tells what it was given: neither its arguments nor its environment hold the Git token. The proxy it
    // needs itself.
    let env = TestEnv::new().with_azure(&azure);
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": plane.admin_token()},
    });
    let (seen, plugin) = (env.path("seen"), env.path("plugin"));
    let script = format!(
        "#!/bin/sh\n{{ echo \"$0 $*\"; env | grep -v '^https_proxy='; }} > {}\necho '{credential}'\n",
        seen.display()
    );
    env.write("plugin", script);
    std::fs::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
    let user = format!(
        "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: {}\n      args: [get-token]\n      interactiveMode: Never\n",
        plugin.display()
    );
    let ours = ["GIT_CLUSTER_PASSWORD", "FLUX_PASSWORD_FILE", "FLUX_PRIVATE_KEY_FILE", "FLUX_GPG_PASSPHRASE"];
    let its_own = [
        "AZURE_CLIENT_SECRET",
        "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET",
        "AWS_SECRET_ACCESS_KEY",
        "SYSTEM_ACCESSTOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ];
    let mut env = env.with_kubeconfig(&plane.kubeconfig_with_user(&user));
    for name in ours.iter().chain(&its_own) {
        env = env.var(name, "something");
    }
    // The cluster gets this one, so it has to open the repository.
    env = env.var("GIT_CLUSTER_PASSWORD", azure.token());
    opens(&env, &[]);
    let seen = fs_err::read_to_string(seen).unwrap();
    assert!(seen.contains("get-token") && seen.contains("PATH="), "{seen}");
    assert!(!seen.contains("GIT_PASSWORD") && !seen.contains(&azure.token()));
    assert!(its_own.iter().all(|name| seen.contains(&format!("{name}=something"))), "{seen}");
    assert!(!ours.iter().any(|name| seen.contains(name)), "{seen}");
}

#[test]
fn a_pods_service_account_is_used_where_there_is_no_kubeconfig() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    azure.repository("acme", "platform", "fleet");
    let env = TestEnv::new().with_azure(&azure);
    env.write("token", plane.admin_token());
    env.write("ca.crt", fs_err::read(TestCa::shared().file()).unwrap());
    // A mount namespace of its own has the folder that the kubelet gives to a pod.
    let folder = "/run/secrets/kubernetes.io/serviceaccount";
    let script = format!(
        "mount -t tmpfs tmpfs /run && mkdir -p {folder} && cp {0}/token {0}/ca.crt {folder}/ && \
         printf default > {folder}/namespace && exec \"$@\"",
        env.path(".").display()
    );
    let port = plane.url().rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    let mut arguments = vec!["--mount", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_flux")];
    arguments.extend(ARGUMENTS);
    let run = env
        .program("unshare", arguments)
        .env("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        .env("KUBERNETES_SERVICE_PORT", port)
        .env("GIT_PASSWORD", azure.token())
        .run();
    run.assert_success()
        .assert_stderr_contains(&format!("► connecting to cluster \"{}\"\n", plane.url().trim_end_matches('/')))
        .assert_stdout_contains("CustomResourceDefinition/gitrepositories.source.toolkit.fluxcd.io created");
}

/// A server without TLS that gives this answer to everything, and what it was told, in lower case. It ends with the
/// test's process.
fn listener(answer: &'static str) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::<Mutex<String>>::default();
    let log = Arc::clone(&heard);
    thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut buffer = [0; 8192];
            let count = socket.read(&mut buffer).unwrap_or_default();
            log.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]).to_ascii_lowercase());
            let _ = socket.write_all(answer.as_bytes());
        }
    });
    (url, heard)
}

#[test]
fn neither_a_redirect_nor_a_proxy_gets_a_credential() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    azure.repository("acme", "platform", "fleet");
    let (elsewhere, heard) = listener("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
    let tls = TestCa::shared().tls_server(&["127.0.0.1"]);
    let to = format!("Location: {elsewhere}/version\r\n");
    let server =
        Server::start_with(Some(tls), HashMap::from([("/version", response("307 Temporary Redirect", &to, b""))]));
    let env = TestEnv::new().with_azure(&azure).with_kubeconfig(&plane.kubeconfig().replace(&plane.url(), &server.url));
    let run = env.flux(ARGUMENTS).env("GIT_PASSWORD", azure.token()).run();
    run.assert_code(5);
    assert_eq!(*heard.lock().unwrap(), "", "another host was asked");

    let (proxy, heard) = listener("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    let through = plane.kubeconfig().replace("    server:", &format!("    proxy-url: {proxy}\n    server:"));
    let env = TestEnv::new().with_kubeconfig(&through).var("HTTPS_PROXY", &proxy);
    let run = env.flux(ARGUMENTS).arg("--timeout=5s").env("GIT_PASSWORD", azure.token()).run();
    assert_ne!(run.code(), 0);
    let heard = heard.lock().unwrap();
    let host = plane.url().trim_start_matches("https://").to_owned();
    assert!(heard.contains("connect dev.azure.com:443") && heard.contains(&format!("connect {host}")), "{heard}");
    assert!(!heard.contains("authorization"), "{heard}");
}

#[test]
fn nothing_that_proves_the_user_is_sent_without_tls() {
    let azure = AzureDevOps::start();
    azure.repository("acme", "platform", "fleet");
    let (url, heard) = listener("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    let env = TestEnv::new().with_azure(&azure);
    let (plugin, ran) = (env.path("plugin"), env.path("ran"));
    env.write("plugin", format!("#!/bin/sh\ntouch {}\nexit 1\n", ran.display()));
    std::fs::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
    let token = env.write("token", "token-of-the-file-0123456789");
    for (user, named) in [
        (json!({"token": "token-of-the-bed-0123456789"}), "`token`"),
        (json!({"tokenFile": token}), "`tokenFile`"),
        (json!({"username": "someone", "password": "password-of-the-bed-01"}), "`username` and `password`"),
        (
            json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": plugin, "interactiveMode": "Never"}}),
            "`exec`",
        ),
    ] {
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "a",
            "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
            "clusters": [{"name": "a", "cluster": {"server": url}}], "users": [{"name": "a", "user": user}],
        });
        env.write("home/.kube/config", kubeconfig.to_string());
        let run = env.flux(ARGUMENTS).env("GIT_PASSWORD", azure.token()).run();
        run.assert_code(5).assert_stderr_contains(&format!("starts with `http://`: {named} of the kubeconfig's user"));
    }
    let heard = heard.lock().unwrap();
    assert!(heard.contains("get /version") && !heard.contains("authorization"), "{heard}");
    assert!(!ran.exists(), "the plugin ran");
}

#[test]
fn a_server_that_need_not_prove_itself_is_warned_of_in_every_run() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    azure.repository("acme", "platform", "fleet");
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    let words = "`insecure-skip-tls-verify` is set";
    for format in ["text", "json"] {
        let output = format!("--output={format}");
        let run = env.flux(ARGUMENTS).arg(&output).arg("--insecure-skip-tls-verify").env("GIT_PASSWORD", azure.token());
        run.run().assert_success().assert_stderr_contains(words);
        env.flux(["check", "--insecure-skip-tls-verify", &output]).run().assert_stdout_contains(words);
    }
    env.flux(ARGUMENTS).env("GIT_PASSWORD", azure.token()).run().assert_success().assert_stderr_lacks(words);
}
