"""Asks the stand-in through Microsoft's client for Python, and prints what it understood. Standard input: URL, token."""

import json
import sys

from azure.devops.connection import Connection
from azure.devops.exceptions import AzureDevOpsServiceError
from msrest.authentication import BasicAuthentication

URL, TOKEN = sys.stdin.read().split()
connection = Connection(base_url=URL, creds=BasicAuthentication("", TOKEN))
clients = connection.clients_v7_1
git, core = clients.get_git_client(), clients.get_core_client()
security = clients.get_security_client()


def repository(found):
    return [found.name, found.project.name, found.default_branch, found.is_disabled]


def failure(call):
    try:
        call()
    except AzureDevOpsServiceError as error:
        return error.type_key
    return None


NAMESPACE = "2e9eb7ed-3c0a-47d4-87c1-0ffdf275fd87"
fleet = git.get_repository("fleet", project="platform")
made = git.create_repository({"name": "by-python"}, project="platform")
changed = git.update_repository({"defaultBranch": "refs/heads/other"}, fleet.id, project="platform")
token = f"repoV2/{fleet.project.id}/{fleet.id}"
policies = git.get_policy_configurations("platform", repository_id=fleet.id, ref_name="refs/heads/main")
print(json.dumps({
    "signedIn": clients.get_location_client().get_connection_data().authenticated_user.provider_display_name,
    "project": core.get_project("platform").name,
    "repositories": sorted(repository(found) for found in git.get_repositories(include_hidden=True)),
    "made": repository(made),
    "changed": repository(changed),
    "permissions": [security.has_permissions(NAMESPACE, bit, token)[0] for bit in (4, 128)],
    "policies": [[it.type.display_name, it.is_blocking] for it in policies.policy_configurations],
    "failures": [
        failure(lambda: git.get_repository("none", project="platform")),
        failure(lambda: git.create_repository({"name": "fleet"}, project="platform")),
        failure(lambda: core.get_project("none")),
    ],
}))
