//! The stand-ins of Entra, of CI systems and of a machine's metadata service, asked by azure-identity and msal.

use serde_json::{Value, json};

use super::clients;
use crate::support::{
    AUDIENCE, App, AzureDevOps, ClientCertificate, ControlPlane, Entra, RsaKey, TENANT, TestCa, TestEnv,
    declare_job_secrets,
};

const CLIENT: &str = "11111111-2222-4333-8444-555555555555";
const UNFEDERATED: &str = "66666666-2222-4333-8444-555555555555";
const CONNECTION: &str = "c0ffee00-1111-4222-8333-444444444444";

/// What the script is given, and the files that it names.
fn given(azure: &AzureDevOps, plane: &ControlPlane, entra: &Entra, env: &TestEnv) -> Value {
    let key = RsaKey::new();
    let (certificate, pem) = ClientCertificate::of(&key);
    let issuer = entra.trust_cluster(plane);
    let federated = [
        [issuer.as_str(), "system:serviceaccount:default:default"],
        ["https://vstoken.dev.azure.com/acme", &format!("sc://acme/platform/{CONNECTION}")],
        ["https://token.actions.githubusercontent.com", "repo:acme/fleet:ref:refs/heads/main"],
    ];
    let federated = federated.map(|[issuer, subject]| [issuer, subject, AUDIENCE].map(str::to_owned));
    entra.register(App {
        id: CLIENT.to_owned(),
        secret: Some("client-s3cret-55e1".to_owned()),
        certificate: Some(certificate),
        federated: federated.to_vec(),
        ..App::default()
    });
    entra.register(App { id: UNFEDERATED.to_owned(), ..App::default() });
    let token = plane.token_for_entra("default", "default");
    // As the API server would have issued it, but signed by another key.
    let forged = key.resign(&token);
    json!({
        "url": format!("{}/Acme", azure.https_base()), "tenant": TENANT, "client": CLIENT, "unfederated": UNFEDERATED,
        "secret": "client-s3cret-55e1", "connection": CONNECTION, "identityHeader": "identity-header-canary-51f2",
        "certificate": env.write("client.pem", pem),
        "token": env.write("token", token),
        "otherToken": env.write("other-token", plane.token_for_entra("kube-system", "default")),
        "forgedToken": env.write("forged-token", forged),
    })
}

#[test]
fn azure_identity_and_msal_sign_in_at_the_stand_ins() {
    declare_job_secrets();
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    let _fleet = azure.repository("acme", "platform", "fleet");
    let entra = Entra::start(&azure);
    let env = TestEnv::new()
        .with_azure(&azure)
        .var("REQUESTS_CA_BUNDLE", TestCa::shared().file())
        .var("AZURE_POD_IDENTITY_AUTHORITY_HOST", entra.metadata(CLIENT, true))
        .var("SYSTEM_OIDCREQUESTURI", "https://pipelines.example/acme/_apis/distributedtask/oidctoken")
        .var("SYSTEM_ACCESSTOKEN", "job-t0ken-canary-8811")
        .var("ACTIONS_ID_TOKEN_REQUEST_URL", "https://actions.example/token?api-version=2.0")
        .var("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "actions-t0ken-canary-2217");
    let given = given(&azure, &plane, &entra, &env);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/azure_clients/identity.py");
    let run = env.program(clients().join("python/bin/python"), [script]).stdin(given.to_string()).run();
    run.assert_success();
    let understood: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout));
    let expected = json!({
        "azure-identity": {
            "secret": CLIENT, "wrong secret": ["AADSTS7000215"],
            "certificate": CLIENT, "certificate with chain": CLIENT,
            "service account": CLIENT, "other service account": ["AADSTS700213"],
            "forged service account": ["AADSTS50027"],
            "pipeline": CLIENT, "action": CLIENT,
            "machine": CLIENT, "machine by client id": CLIENT, "app service": CLIENT,
        },
        "msal": {
            "secret": CLIENT, "wrong secret": ["invalid_client", 7_000_215],
            "certificate": CLIENT,
            "service account": CLIENT, "other service account": ["invalid_client", 700_213],
            "unknown client": ["unauthorized_client", 700_016], "unknown tenant": "Unable to get authority configuration",
            "client without federation": ["invalid_client", 70_025],
            "machine": CLIENT, "machine by client id": CLIENT, "app service": CLIENT,
        },
    });
    assert_eq!(understood, expected);
    // Discovery is not of this program's making, so it counts that these clients asked for it.
    assert!(entra.asked().iter().any(|asked| asked.target.ends_with("/v2.0/.well-known/openid-configuration")));
}
