//! Reaching the API server, and saying why not.

use std::time::{Duration, Instant};

use flux_bootstrap::for_tests::{
    Cluster, ClusterError, Environment, KubeOptions, Limits, NoAnswer, ObjectRef, TlsProblem,
};

use super::{LONG, block_on, connect, connect_with};
use crate::support::{ControlPlane, SOON, TestCa, TestEnv, free_port};

fn default_namespace() -> ObjectRef {
    ObjectRef::cluster_wide("v1", "Namespace", "default")
}

#[test]
fn the_server_is_named_with_its_version() {
    let plane = ControlPlane::lease();
    let cluster = block_on(connect(&plane.kubeconfig())).unwrap();
    assert_eq!((cluster.server(), cluster.context()), (plane.url().as_str(), Some("testbed")));
    assert_eq!((cluster.version().major, cluster.version().minor), (1, 36));
}

#[test]
fn credentials_of_every_kind_are_accepted() {
    let plane = ControlPlane::lease();
    let env = TestEnv::new();
    let plugin = env.write(
        "work/login",
        format!(
            "#!/bin/sh\n[ -z \"$GIT_PASSWORD\" ] || exit 7\n\
             echo '{{\"kind\": \"ExecCredential\", \"status\": {{\"token\": \"{}\"}}}}'\n",
            plane.admin_token()
        ),
    );
    let exec = format!(
        "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: sh\n      args: [{}]\n      interactiveMode: IfAvailable\n",
        plugin.display()
    );
    let token_file = env.write("work/token", format!("{}\n", plane.admin_token()));
    for kubeconfig in [
        plane.kubeconfig(),
        plane.kubeconfig_with_certificate("someone", &["system:masters"]),
        plane.kubeconfig_with_user(&exec),
        plane.kubeconfig_with_user(&format!("    tokenFile: {}\n", token_file.display())),
    ] {
        block_on(async {
            let cluster = connect(&kubeconfig).await.unwrap();
            assert!(cluster.get(&default_namespace()).await.unwrap().is_some());
        });
    }
}

#[test]
fn flags_alone_suffice() {
    let plane = ControlPlane::lease();
    let env = TestEnv::new();
    let authority = env.write("work/ca.crt", TestCa::shared().pem());
    let flags = KubeOptions {
        server: Some(plane.url()),
        token: Some(plane.admin_token().into()),
        certificate_authority: Some(authority),
        disable_compression: Some(true),
        ..KubeOptions::default()
    };
    let trusting =
        KubeOptions { certificate_authority: None, insecure_skip_tls_verify: Some(true), qps: 0.0, ..flags.clone() };
    let by_name = KubeOptions { tls_server_name: Some("other.example.com".into()), ..flags.clone() };
    let half = KubeOptions { impersonate_groups: vec!["g".into()], ..flags.clone() };
    for (options, expected) in [
        (flags, Ok(())),
        (trusting, Ok(())),
        (by_name, Err("no secure connection: its certificate is for another host name")),
        (half, Err("impersonation (`--as`): a uid, groups or extra values can only be taken on together with a user")),
    ] {
        let found = block_on(Cluster::connect(&options, &Environment::default(), &Limits::after(LONG))).map(|_| ());
        match (found, expected) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err(text)) if error.to_string().contains(text) => {}
            (found, expected) => panic!("{found:?} {expected:?}"),
        }
    }
}

#[test]
fn impersonation_reaches_the_server() {
    let plane = ControlPlane::lease();
    let user = plane.user(&serde_json::json!([{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]}]));
    let options = KubeOptions {
        impersonate: Some(user.name.clone()),
        impersonate_uid: Some("42".into()),
        impersonate_groups: vec!["system:authenticated".into()],
        impersonate_extra: vec![("example.com/team".into(), "a".into())],
        ..KubeOptions::default()
    };
    block_on(async {
        let cluster = connect_with(&plane.kubeconfig(), options, LONG).await.unwrap();
        assert!(cluster.get(&default_namespace()).await.unwrap().is_some());
        let error = cluster.get(&ObjectRef::namespaced("v1", "Secret", "default", "x")).await.unwrap_err();
        assert_eq!(error.to_string(), format!("not allowed to get secrets in namespace `default` as `{}`", user.name));
    });
}

#[test]
fn a_wrong_token_is_not_a_missing_server() {
    let plane = ControlPlane::lease();
    let kubeconfig = plane.kubeconfig_with_user("    token: nobodys\n");
    let error = block_on(connect(&kubeconfig)).err().unwrap();
    let text = format!("the API server `{}` does not accept the credentials of user `testbed`", plane.url());
    assert_eq!(error.to_string(), text);
}

#[test]
fn what_keeps_from_connecting_is_told_apart_and_soon() {
    let plane = ControlPlane::lease();
    let closed = format!("https://127.0.0.1:{}", free_port());
    let kubeconfig = plane.kubeconfig();
    let untrusted = {
        let lines = kubeconfig.lines().filter(|line| !line.contains("certificate-authority-data"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    for (kubeconfig, cause, detail) in [
        (kubeconfig.replace(&plane.url(), &closed), NoAnswer::Tcp, "connection refused"),
        (kubeconfig.replace("127.0.0.1", "no-such-host.invalid"), NoAnswer::Dns, "name or service not known"),
        (untrusted, NoAnswer::Tls(TlsProblem::UnknownAuthority), "its certificate is signed by an unknown authority"),
        (kubeconfig.replace("127.0.0.1:", "127.0.0.2:"), NoAnswer::Tcp, "connection refused"),
    ] {
        let began = Instant::now();
        let error = block_on(connect(&kubeconfig)).err().unwrap();
        let ClusterError::Unreachable { cause: found, detail: why, .. } = &error else { panic!("{error:?}") };
        assert_eq!((found, why.as_str()), (&cause, detail), "{error}");
        assert!(began.elapsed() < SOON, "{error} took {:?}", began.elapsed());
    }
}

#[test]
fn a_server_that_does_not_answer_is_given_up_at_the_deadline() {
    let plane = ControlPlane::start();
    block_on(async {
        let cluster = connect_with(&plane.kubeconfig(), KubeOptions::default(), Duration::from_secs(2)).await.unwrap();
        plane.pause();
        let error = cluster.get(&default_namespace()).await.unwrap_err();
        plane.resume();
        let text = error.to_string();
        assert!(text.starts_with("no success before the timeout with: get `Namespace/default`; last seen:"), "{text}");
    });
}
