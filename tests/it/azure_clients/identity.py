"""Signs in at the stand-ins by azure-identity and by msal, and prints who each way came out as, or Entra's number.

Standard input: JSON with what a machine or job would have. Environment: what those libraries read of it by themselves.
"""

import base64
import json
import os
import re
import sys

import msal
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    AzurePipelinesCredential,
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

GIVEN = json.load(sys.stdin)
SCOPE = "499b84ac-1321-427f-aa17-267ca6975798/.default"
TENANT, CLIENT = GIVEN["tenant"], GIVEN["client"]


def who(token):
    """The identity that a token names, if Azure DevOps takes it."""
    middle = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    answer = requests.get(f"{GIVEN['url']}/_apis/connectionData", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    answer.raise_for_status()
    assert answer.json()["authenticatedUser"]["providerDisplayName"] == claims["appid"]
    return claims["appid"]


def numbers(words):
    return re.findall(r"AADSTS\d+", words)[:1] or words


def by_identity(credential):
    try:
        return who(credential.get_token(SCOPE).token)
    except ClientAuthenticationError as error:
        return numbers(str(error))


def by_msal(credential, client=CLIENT, tenant=TENANT):
    try:
        app = msal.ConfidentialClientApplication(
            client, authority=f"https://login.microsoftonline.com/{tenant}", client_credential=credential)
    except ValueError as error:
        # Of a tenant without a configuration this library tells in its own words.
        return str(error).split(" for ")[0]
    answer = app.acquire_token_for_client([SCOPE])
    if "access_token" in answer:
        return who(answer["access_token"])
    assert answer["error_codes"] and answer["trace_id"] and answer["correlation_id"] and answer["timestamp"]
    return [answer["error"], *answer["error_codes"]]


def action():
    """What a job of GitHub Actions does before it exchanges its token."""
    url = os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"] + "&audience=api://AzureADTokenExchange"
    job = {"Authorization": "Bearer " + os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]}
    return requests.get(url, headers=job, timeout=60).json()["value"]


def workload(file):
    return WorkloadIdentityCredential(tenant_id=TENANT, client_id=CLIENT, token_file_path=file)


def machine(**which):
    client = msal.ManagedIdentityClient(
        msal.UserAssignedManagedIdentity(client_id=CLIENT) if which else msal.SystemAssignedManagedIdentity(),
        http_client=requests.Session())
    return who(client.acquire_token_for_client(resource=SCOPE.removesuffix("/.default"))["access_token"])


pem = open(GIVEN["certificate"]).read()
key, certificate = pem[pem.index("-----BEGIN PRIVATE"):], pem[:pem.index("-----BEGIN PRIVATE")]
token = open(GIVEN["token"]).read()
result = {
    "azure-identity": {
        "secret": by_identity(ClientSecretCredential(TENANT, CLIENT, GIVEN["secret"])),
        "wrong secret": by_identity(ClientSecretCredential(TENANT, CLIENT, "not-the-secret")),
        "certificate": by_identity(CertificateCredential(TENANT, CLIENT, GIVEN["certificate"])),
        "certificate with chain": by_identity(
            CertificateCredential(TENANT, CLIENT, GIVEN["certificate"], send_certificate_chain=True)),
        "service account": by_identity(workload(GIVEN["token"])),
        "other service account": by_identity(workload(GIVEN["otherToken"])),
        "forged service account": by_identity(workload(GIVEN["forgedToken"])),
        "pipeline": by_identity(AzurePipelinesCredential(
            tenant_id=TENANT, client_id=CLIENT, service_connection_id=GIVEN["connection"],
            system_access_token=os.environ["SYSTEM_ACCESSTOKEN"])),
        "action": by_identity(ClientAssertionCredential(TENANT, CLIENT, action)),
        "machine": by_identity(ManagedIdentityCredential()),
        "machine by client id": by_identity(ManagedIdentityCredential(client_id=CLIENT)),
    },
    "msal": {
        "secret": by_msal(GIVEN["secret"]),
        "wrong secret": by_msal("not-the-secret"),
        "certificate": by_msal({"private_key": key, "public_certificate": certificate}),
        "service account": by_msal({"client_assertion": token}),
        "other service account": by_msal({"client_assertion": open(GIVEN["otherToken"]).read()}),
        "unknown client": by_msal({"client_assertion": token}, client="99999999-2222-4333-8444-555555555555"),
        "unknown tenant": by_msal({"client_assertion": token}, tenant="99999999-2222-4333-8444-555555555555"),
        "client without federation": by_msal({"client_assertion": token}, client=GIVEN["unfederated"]),
        "machine": machine(),
        "machine by client id": machine(client_id=CLIENT),
    },
}
os.environ["IDENTITY_ENDPOINT"] = os.environ["AZURE_POD_IDENTITY_AUTHORITY_HOST"] + "/msi/token"
os.environ["IDENTITY_HEADER"] = GIVEN["identityHeader"]
result["azure-identity"]["app service"] = by_identity(ManagedIdentityCredential())
result["msal"]["app service"] = machine()
print(json.dumps(result))
