//! The cluster's own identity: proven before a token is given up, waited for, refused, and moved to and from. Whole bootstraps
//! in each mode are in [`crate::passwordless`].

mod moves;
mod refused;
mod told;

use serde_json::{Value, json};

use crate::passwordless::{Bed, CLIENT};
use crate::support::{Invocation, TENANT};

/// Who runs the program.
const RUN: &str = "11111111-2222-4333-8444-555555555555";
const RUN_SECRET: &str = "run-s3cret-5e1f0c";
const SOURCE: [&str; 4] = ["source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system"];

/// A bed on which a service principal runs the program.
fn bed() -> Bed {
    let bed = Bed::new();
    let run = crate::support::App { id: RUN.to_owned(), secret: Some(RUN_SECRET.to_owned()), ..Default::default() };
    bed.entra.register(run);
    let env = bed.env.var("AZURE_TENANT_ID", TENANT).var("AZURE_CLIENT_ID", RUN).var("AZURE_CLIENT_SECRET", RUN_SECRET);
    Bed { env, ..bed }
}

/// A bootstrap as whoever is signed in.
fn run(bed: &Bed, flags: &[&str]) -> Invocation {
    let url = format!("--url={}", bed.fleet.url());
    let components = "--components=source-controller,kustomize-controller";
    bed.env.flux(["bootstrap", "git", "--path=clusters/a", components, &url].iter().chain(flags))
}

/// A bootstrap with an identity of the cluster.
fn with_identity(bed: &Bed, flags: &[&str]) -> Invocation {
    let client = format!("--cluster-identity-client-id={CLIENT}");
    run(bed, &[&["--provider=azure", client.as_str()], flags].concat())
}

/// A bootstrap by which the cluster gets a token.
fn with_token(bed: &Bed, flags: &[&str]) -> Invocation {
    run(bed, &[&["--token-auth"], flags].concat()).stdin(bed.azure.token())
}

/// `spec` of the source.
fn source(bed: &Bed) -> Value {
    let [version, kind, namespace, name] = SOURCE;
    bed.plane.object(version, kind, namespace, name).expect("the source is there")["spec"].clone()
}

/// Fails unless the cluster reads by its identity and there is no Secret.
fn assert_without_secret(bed: &Bed) {
    let source = source(bed);
    assert_eq!(source["provider"], "azure", "{source}");
    assert!(source["secretRef"].is_null(), "{source}");
    assert_eq!(source["url"], "https://dev.azure.com/acme/platform/_git/fleet");
    let secrets = bed.plane.objects("v1", "Secret", "flux-system");
    assert!(secrets.is_empty(), "{secrets:?}");
}

/// A kubeconfig of somebody who may do all but request tokens of service accounts, as the flag that names it.
fn without_tokens(bed: &Bed) -> String {
    let all = json!(["*"]);
    let user = bed.plane.user(&json!([
        {"apiGroups": [""], "verbs": all, "resources": ["namespaces", "secrets", "serviceaccounts", "services", "resourcequotas", "pods",
            "events", "configmaps", "pods/log", "persistentvolumeclaims"]},
        {"apiGroups": ["apps", "batch", "apiextensions.k8s.io", "rbac.authorization.k8s.io", "networking.k8s.io", "policy",
            "scheduling.k8s.io", "admissionregistration.k8s.io", "source.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io",
            "helm.toolkit.fluxcd.io", "notification.toolkit.fluxcd.io", "image.toolkit.fluxcd.io"], "resources": all, "verbs": all},
    ]));
    format!("--kubeconfig={}", bed.env.write("without-tokens.yaml", &user.kubeconfig).display())
}

/// How often somebody has asked Entra for a token of the cluster's identity.
fn exchanges(bed: &Bed) -> usize {
    bed.entra.asked().iter().filter(|asked| asked.form.get("client_id").is_some_and(|id| id == CLIENT)).count()
}

fn commits(bed: &Bed) -> usize {
    bed.fleet.log("main").len()
}
