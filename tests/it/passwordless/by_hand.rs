//! What the bed is worth: manifests as Flux's documentation has them, without this program.

use serde_json::{Value, json};

use super::{Bed, CLIENT, CONTROLLER, GIT_REPOSITORY};
use crate::support::{AUDIENCE, TENANT};

impl Bed {
    /// A repository with a commit, and Flux in the cluster.
    fn with_flux() -> Self {
        let bed = Self::new();
        bed.fleet.commit("main", "First", &[("README.md", "hello\n")]);
        bed.plane.install_flux();
        bed
    }

    /// Changes source-controller's Deployment by a strategic merge patch.
    fn patch_controller(&self, content_type: &str, patch: &Value) {
        let path = "/apis/apps/v1/namespaces/flux-system/deployments/source-controller";
        let (status, answer) = self.plane.call("PATCH", path, content_type, Some(patch));
        assert_eq!(status, 200, "{answer}");
    }

    /// Has source-controller fetch the repository as its identity, with further fields of the source.
    fn fetch(&self, more: &str) {
        self.plane.apply(&format!(
            "{{apiVersion: {}, kind: {}, metadata: {{name: fleet, namespace: flux-system}}, \
             spec: {{interval: 1m0s, provider: azure, ref: {{branch: main}}, url: '{}'{more}}}}}",
            GIT_REPOSITORY[0],
            GIT_REPOSITORY[1],
            self.fleet.url()
        ));
    }

    /// Waits until it has fetched, and checks by what it did.
    fn assert_fetched(&self) {
        let revision = format!("main@sha1:{}", self.fleet.tip("main").unwrap());
        let [version, kind] = GIT_REPOSITORY;
        self.plane.wait_object(version, kind, "flux-system", "fleet", |it| {
            it["status"]["artifact"]["revision"] == revision.as_str()
        });
        let traffic = self.azure.traffic();
        assert!(!traffic.is_empty() && traffic.iter().all(|request| request.authorization == "Bearer"), "{traffic:?}");
        assert!(traffic.iter().all(|request| request.host == "dev.azure.com"), "{traffic:?}");
        let asked = self.entra.asked();
        let exchange =
            asked.iter().find(|it| it.target == format!("/{TENANT}/oauth2/v2.0/token")).expect("an exchange");
        assert_eq!(
            (exchange.host.as_str(), exchange.form["client_id"].as_str()),
            ("login.microsoftonline.com", CLIENT)
        );
    }
}

/// The variables and the volume of a controller that has an identity.
fn projected() -> Value {
    let file = "azure-identity-token";
    let folder = "/var/run/secrets/azure/tokens";
    let token = json!({"serviceAccountToken": {"audience": AUDIENCE, "expirationSeconds": 3600, "path": file}});
    json!({"spec": {"template": {"spec": {
        "containers": [{
            "name": "manager",
            "env": [
                {"name": "AZURE_CLIENT_ID", "value": CLIENT},
                {"name": "AZURE_TENANT_ID", "value": TENANT},
                {"name": "AZURE_AUTHORITY_HOST", "value": "https://login.microsoftonline.com/"},
                {"name": "AZURE_FEDERATED_TOKEN_FILE", "value": format!("{folder}/{file}")},
            ],
            "volumeMounts": [{"name": file, "mountPath": folder, "readOnly": true}],
        }],
        "volumes": [{"name": file, "projected": {"sources": [token]}}],
    }}}})
}

#[test]
fn the_controller_fetches_by_a_projected_token_once_it_is_federated() {
    let bed = Bed::with_flux();
    bed.patch_controller("application/strategic-merge-patch+json", &projected());
    bed.fetch("");
    let [version, kind] = GIT_REPOSITORY;
    let says = |words: &'static str| {
        bed.plane.wait_object(version, kind, "flux-system", "fleet", |it| it["status"].to_string().contains(words));
    };
    says("AADSTS70025: The client");
    bed.federate("system:serviceaccount:flux-system:kustomize-controller");
    let now = |words: &str| {
        let asked = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": words}}});
        bed.plane.patch(version, kind, "flux-system", "fleet", &asked);
    };
    now("1");
    says(
        "AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:flux-system:source-controller'",
    );
    bed.federate(CONTROLLER);
    now("2");
    bed.assert_fetched();
    assert_eq!(bed.plane.objects("v1", "Secret", "flux-system").len(), 0);
}

#[test]
fn the_controller_fetches_by_the_account_that_the_source_names() {
    let bed = Bed::with_flux();
    bed.federate("system:serviceaccount:flux-system:flux-git");
    let gate = json!([{"op": "add", "path": "/spec/template/spec/containers/0/args/-",
        "value": "--feature-gates=ObjectLevelWorkloadIdentity=true"}]);
    bed.patch_controller("application/json-patch+json", &gate);
    bed.plane.apply(&format!(
        "{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: flux-git, namespace: flux-system, annotations: \
         {{azure.workload.identity/client-id: {CLIENT}, azure.workload.identity/tenant-id: {TENANT}}}}}}}"
    ));
    bed.fetch(", serviceAccountName: flux-git");
    bed.assert_fetched();
}

#[test]
fn the_controller_fetches_by_what_the_webhook_puts_into_its_pod() {
    let bed = Bed::with_flux();
    bed.federate(CONTROLLER);
    bed.plane.install_workload_identity();
    let annotations = json!({"metadata": {"annotations":
        {"azure.workload.identity/client-id": CLIENT, "azure.workload.identity/tenant-id": TENANT}}});
    bed.plane.patch("v1", "ServiceAccount", "flux-system", "source-controller", &annotations);
    let label = json!({"spec": {"template": {"metadata": {"labels": {"azure.workload.identity/use": "true"}}}}});
    bed.patch_controller("application/strategic-merge-patch+json", &label);
    bed.fetch("");
    bed.assert_fetched();
}
