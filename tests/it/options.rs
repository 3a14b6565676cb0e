//! Options of the cluster with the real controllers: tenants that are kept apart, and a way to the repository that leads through
//! a proxy which signs everything anew.

use std::net::SocketAddr;
use std::thread;

use tokio_rustls::TlsAcceptor;

use crate::support::{Scene, TestCa, timeout};

const KUSTOMIZATION: &str = "kustomize.toolkit.fluxcd.io/v1";
const SOURCE: &str = "source.toolkit.fluxcd.io/v1";

/// A tenant's namespace with a source of its own, and a Kustomization that takes this source.
fn tenant(scene: &Scene, name: &str, source: &str) -> String {
    format!(
        "
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: own, namespace: tenant}}
spec: {{interval: 1m0s, ref: {{branch: main}}, secretRef: {{name: own}}, url: '{}'}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: tenant}}
spec: {{interval: 1m0s, path: ./tenant, prune: true, sourceRef: {{kind: GitRepository, {source}}}}}
",
        scene.fleet.url()
    )
}

/// Waits until a Kustomization of the tenant is not ready for this reason.
fn refused(scene: &Scene, name: &str, reason: &str) {
    scene.plane.wait_object(KUSTOMIZATION, "Kustomization", "tenant", name, |object| {
        let mut conditions = object["status"]["conditions"].as_array().into_iter().flatten();
        conditions.any(|it| {
            it["type"] == "Ready"
                && it["status"] == "False"
                && it["message"].as_str().unwrap_or_default().contains(reason)
        })
    });
}

#[test]
fn tenants_without_rights_get_nothing_while_the_platform_goes_on() {
    let scene = Scene::new();
    scene.bootstrap(&["--multi-tenant"]).run().assert_success();
    let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: tenant}\n";
    scene.fleet.commit("main", "A tenant", &[("tenant/settings.yaml", settings)]);
    scene.plane.apply(&format!(
        "
apiVersion: v1
kind: Namespace
metadata: {{name: tenant}}
---
apiVersion: v1
kind: Secret
metadata: {{name: own, namespace: tenant}}
stringData: {{username: git, password: {}}}
",
        scene.azure.token()
    ));
    scene.plane.apply(&tenant(&scene, "other", "name: flux-system, namespace: flux-system"));
    refused(&scene, "other", "cross-namespace references have been blocked");
    scene.plane.apply(&tenant(&scene, "own", "name: own"));
    refused(&scene, "own", "system:serviceaccount:tenant:default");
    assert!(scene.plane.object("v1", "ConfigMap", "tenant", "settings").is_none());

    // The platform's own goes on, with all its rights.
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: of-the-platform}\n";
    scene.fleet.commit("main", "A namespace", &[("clusters/a/namespace.yaml", namespace)]);
    let commits = scene.fleet.log("main").len();
    scene.bootstrap(&[]).run().assert_success();
    assert_eq!(scene.fleet.log("main").len(), commits, "a run without flags keeps the option");
    assert!(scene.plane.object("v1", "Namespace", "", "of-the-platform").is_some());
    let own = scene.plane.object(KUSTOMIZATION, "Kustomization", "flux-system", "flux-system").unwrap();
    assert_eq!(own["spec"]["serviceAccountName"], "kustomize-controller");

    // With rights, the tenant gets what is his.
    scene.plane.apply(
        "
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: own, namespace: tenant}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
subjects: [{kind: ServiceAccount, name: default, namespace: tenant}]
",
    );
    let ask = serde_json::json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}});
    scene.plane.patch(KUSTOMIZATION, "Kustomization", "tenant", "own", &ask);
    scene.plane.wait_object("v1", "ConfigMap", "tenant", "settings", |_| true);
}

/// A server that shows a certificate of this authority for Azure DevOps and passes everything on to the stand-in.
fn signing_anew(authority: &TestCa, plain: &str) -> SocketAddr {
    let upstream: SocketAddr = format!("127.0.0.1:{}", plain.rsplit_once(':').unwrap().1).parse().unwrap();
    let acceptor = TlsAcceptor::from(authority.tls_server(&["dev.azure.com"]));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((client, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that does not trust the authority ends here.
                    let Ok(mut client) = acceptor.accept(client).await else { return };
                    let Ok(mut server) = tokio::net::TcpStream::connect(upstream).await else { return };
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
    });
    address
}

#[test]
fn the_controllers_reach_the_repository_through_a_proxy_that_signs_anew_only_with_both_options() {
    let scene = Scene::new();
    let company = TestCa::new("Company");
    scene.azure.lead_proxy("dev.azure.com", signing_anew(&company, &scene.azure.http_base()));
    // What the bed's controllers get by themselves leads nowhere; the run itself knows proxy and authority.
    scene.plane.forget_controller_env();
    let env = scene.env.var("SSL_CERT_FILE", company.file().display().to_string());
    let scene = Scene { env, ..scene };
    let proxy = format!("--controller-proxy={}", scene.azure.proxy_url());
    let no_proxy = "--controller-no-proxy=127.0.0.1";

    let alone = scene.bootstrap(&[timeout(15).as_str()]).run();
    alone.assert_code(6);
    assert!(scene.azure.tunnels().iter().all(|tunnel| !tunnel.is_empty()));

    let run = scene.bootstrap(&[&proxy, no_proxy, &timeout(15)]).spawn();
    scene.plane.wait_object(SOURCE, "GitRepository", "flux-system", "flux-system", |object| {
        object["status"]["conditions"].to_string().contains("certificate signed by unknown authority")
    });
    run.wait().assert_code(6);

    // The proxy stays, as it is recorded.
    let authority = format!("--controller-ca-file={}", company.file().display());
    scene.bootstrap(&[&authority]).run().assert_success();
    let deployment = scene.plane.object("apps/v1", "Deployment", "flux-system", "source-controller").unwrap();
    let variables = deployment["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap().clone();
    let value = |name: &str| variables.iter().find(|it| it["name"] == name).unwrap()["value"].clone();
    assert_eq!(value("HTTPS_PROXY"), scene.azure.proxy_url());
    let service = scene.plane.object("v1", "Service", "default", "kubernetes").unwrap();
    let address = service["spec"]["clusterIP"].as_str().unwrap();
    assert_eq!(value("NO_PROXY"), format!(".cluster.local.,.cluster.local,.svc,{address},127.0.0.1"));
    assert_eq!(value("SSL_CERT_FILE"), "/etc/flux/ca/ca.crt");
}
