//! Service principals, workload identities and managed identities.

use super::{Bed, CLIENT, app};
use crate::support::{AUDIENCE, App, ClientCertificate, RsaKey, TENANT, TestCa, declare_job_secrets};

#[test]
fn a_service_principal_signs_in_by_its_secret() {
    let bed = Bed::new().named();
    bed.entra.register(App { secret: Some("client-s3cret-0a51".to_owned()), ..app() });
    let bed = bed.var("AZURE_CLIENT_SECRET", "client-s3cret-0a51");
    bed.assert_signed_in(&bed.plan(&["--git-login=spn"]), &format!("{CLIENT} (spn)"));
}

#[test]
fn a_login_believes_the_authority_of_ca_file_and_says_so_where_it_is_missing() {
    let bed = Bed::new().named();
    bed.entra.register(App { secret: Some("client-s3cret-0a53".to_owned()), ..app() });
    let other = TestCa::new("Elsewhere");
    let bed = bed.var("AZURE_CLIENT_SECRET", "client-s3cret-0a53");
    let bed = bed.var("SSL_CERT_FILE", &other.file().display().to_string());
    let refused = bed.plan(&["--git-login=spn"]);
    refused.assert_code(1).assert_stderr_contains("name its file with --ca-file");
    assert_eq!(bed.exchanges(), 0);
    let ca = format!("--ca-file={}", TestCa::shared().file().display());
    bed.assert_signed_in(&bed.plan(&["--git-login=spn", &ca]), &format!("{CLIENT} (spn)"));
    assert_eq!(bed.exchanges(), 1);
}

#[test]
fn a_sign_in_is_implied_where_no_credential_is_given_and_the_cluster_gets_none() {
    let bed = Bed::new().named();
    bed.entra.register(App { secret: Some("client-s3cret-0a52".to_owned()), ..app() });
    let bed = bed.var("AZURE_CLIENT_SECRET", "client-s3cret-0a52");
    bed.assert_signed_in(&bed.plan(&[]), &format!("{CLIENT} (spn)"));
}

#[test]
fn a_service_principal_signs_in_by_its_certificate() {
    let bed = Bed::new().named();
    let key = RsaKey::new();
    let (certificate, pem) = ClientCertificate::of(&key);
    bed.entra.register(App { certificate: Some(certificate), ..app() });
    let file = bed.env.write("client.pem", pem);
    let bed = bed.var("AZURE_CLIENT_CERTIFICATE_PATH", file.to_str().unwrap());
    bed.assert_signed_in(&bed.plan(&["--git-login=spn"]), &format!("{CLIENT} (spn)"));
    bed.plan(&["--git-login=spn"]).assert_success();
    let bed = bed.var("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "true");
    bed.plan(&["--git-login=spn"]).assert_success();
}

/// The token of a service account, issued and signed by the real API server.
fn of_service_account(bed: &Bed) -> (String, String) {
    (bed.entra.trust_cluster(&bed.plane), bed.plane.token_for_entra("default", "default"))
}

#[test]
fn a_workload_identity_signs_in_by_the_token_of_its_service_account() {
    let bed = Bed::new().named();
    let (issuer, token) = of_service_account(&bed);
    let subject = "system:serviceaccount:default:default".to_owned();
    bed.entra.register(App { federated: vec![[issuer, subject, AUDIENCE.to_owned()]], ..app() });
    let file = bed.env.write("token", &token);
    let bed = bed.var("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap());
    bed.assert_signed_in(&bed.plan(&["--git-login=workloadidentity"]), &format!("{CLIENT} (workloadidentity)"));
}

#[test]
fn a_subject_that_nobody_federated_is_named_with_the_command_that_does() {
    let bed = Bed::new().named();
    let (issuer, token) = of_service_account(&bed);
    let other = ["system:serviceaccount:default:other".to_owned(), AUDIENCE.to_owned()];
    let [subject, audience] = other;
    bed.entra.register(App { federated: vec![[issuer.clone(), subject, audience]], ..app() });
    let file = bed.env.write("token", &token);
    let bed = bed.var("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap());
    let run = bed.plan(&["--git-login=workloadidentity"]);
    run.assert_code(3).assert_stderr_contains(
        "caused by: AADSTS700213: No matching federated identity record found for presented assertion subject \
         'system:serviceaccount:default:default'.",
    );
    run.assert_stderr_contains(&format!(
        "--issuer {issuer} --subject system:serviceaccount:default:default --audiences api://AzureADTokenExchange`"
    ));
    assert!(!run.stderr.contains("Trace ID"), "{}", run.stderr);
}

#[test]
fn a_machine_signs_in_by_its_metadata_service() {
    let bed = Bed::new();
    let service = bed.entra.metadata(CLIENT, true);
    let bed = bed.var("AZURE_POD_IDENTITY_AUTHORITY_HOST", &service);
    bed.assert_signed_in(&bed.plan(&["--git-login=msi"]), &format!("{CLIENT} (msi)"));
    let bed = bed.var("AZURE_CLIENT_ID", "99999999-2222-4333-8444-555555555555");
    let run = bed.plan(&["--git-login=msi"]);
    run.assert_code(3).assert_stderr_contains("status 400: Identity not found");
    run.assert_stderr_contains("hint: The identity is not assigned to this machine");
}

#[test]
fn an_app_service_signs_in_by_its_endpoint() {
    declare_job_secrets();
    let bed = Bed::new();
    let endpoint = format!("{}/msi/token", bed.entra.metadata(CLIENT, true));
    let bed = bed.var("IDENTITY_ENDPOINT", &endpoint).var("IDENTITY_HEADER", "identity-header-canary-51f2");
    bed.assert_signed_in(&bed.plan(&["--git-login=msi"]), &format!("{CLIENT} (msi)"));
}

#[test]
fn another_cloud_s_metadata_service_is_no_managed_identity() {
    let bed = Bed::new();
    let service = bed.entra.metadata(CLIENT, false);
    let bed = bed.var("AZURE_POD_IDENTITY_AUTHORITY_HOST", &service);
    let run = bed.plan(&["--git-login=msi"]);
    run.assert_code(3).assert_stderr_contains("`msi`: there is no managed identity service on this machine");
}

#[test]
fn the_tenant_of_another_organisation_is_refused_before_its_token_is_shown() {
    const OTHER: &str = "00001111-aaaa-4bbb-8ccc-222233334444";
    let bed = Bed::new();
    bed.entra.register(App { secret: Some("client-s3cret-0a53".to_owned()), tenant: Some(OTHER.to_owned()), ..app() });
    let bed = bed
        .var("AZURE_TENANT_ID", OTHER)
        .var("AZURE_CLIENT_ID", CLIENT)
        .var("AZURE_CLIENT_SECRET", "client-s3cret-0a53");
    let run = bed.plan(&["--git-login=spn"]);
    run.assert_code(3).assert_stderr_contains(&format!(
        "the token of `spn` is of tenant {OTHER}, and the organisation belongs to tenant {TENANT}"
    ));
    assert!(bed.azure.traffic().iter().all(|request| request.authorization.is_empty()));
}
