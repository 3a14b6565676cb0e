"""Asks the stand-in through Microsoft's client for Python, and prints what it understood. Standard input: URL, token."""

import json
import sys

from azure.devops.connection import Connection
from azure.devops.exceptions import AzureDevOpsServiceError
from azure.devops.v7_1.git.models import GitPullRequestSearchCriteria
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


def request(found):
    return [found.pull_request_id, found.status, found.title, found.source_ref_name, found.target_ref_name, found.is_draft]


def pull_requests(repository_id):
    """Opens one, opens it again in vain, finds it, lets it complete by itself, and opens one that is given up."""
    asked = {"sourceRefName": "refs/heads/change", "targetRefName": "refs/heads/main", "title": "By Python",
             "description": "a change", "reviewers": [{"id": me.id, "isRequired": True}], "workItemRefs": [{"id": "12"}]}
    create = lambda more: git.create_pull_request({**asked, **more}, repository_id, project="platform")
    get = lambda number: git.get_pull_request(repository_id, number, project="platform")
    update = lambda what, number: git.update_pull_request(what, repository_id, number, project="platform")
    made = create({})
    again = failure(lambda: create({}))
    found = git.get_pull_requests(repository_id, GitPullRequestSearchCriteria(
        status="active", target_ref_name="refs/heads/main"), project="platform")
    merge = get(made.pull_request_id).merge_status
    artifact = f"vstfs:///CodeReview/CodeReviewId/{fleet.project.id}/{made.pull_request_id}"
    policies = clients.get_policy_client().get_policy_evaluations("platform", artifact)
    options = {"mergeStrategy": "squash", "deleteSourceBranch": True}
    update({"autoCompleteSetBy": {"id": me.id}, "completionOptions": options}, made.pull_request_id)
    completed = get(made.pull_request_id)
    draft = create({"sourceRefName": "refs/heads/draft", "isDraft": True})
    given_up = update({"status": "abandoned"}, draft.pull_request_id)
    return {
        "made": request(made), "again": again, "found": [request(it) for it in found], "merge": merge,
        "reviewers": [[it.id == me.id, it.is_required] for it in made.reviewers],
        "policies": [[it.configuration.type.display_name, it.status] for it in policies],
        "completed": [completed.status, completed.closed_by.display_name, bool(completed.last_merge_commit.commit_id)],
        "abandoned": [*request(given_up), given_up.closed_by.display_name],
        "none": failure(lambda: get(99)),
    }


NAMESPACE = "2e9eb7ed-3c0a-47d4-87c1-0ffdf275fd87"
me = clients.get_location_client().get_connection_data().authenticated_user
fleet = git.get_repository("fleet", project="platform")
made = git.create_repository({"name": "by-python"}, project="platform")
changed = git.update_repository({"defaultBranch": "refs/heads/other"}, fleet.id, project="platform")
token = f"repoV2/{fleet.project.id}/{fleet.id}"
policies = git.get_policy_configurations("platform", repository_id=fleet.id, ref_name="refs/heads/main")
print(json.dumps({
    "signedIn": me.provider_display_name,
    "project": core.get_project("platform").name,
    "repositories": sorted(repository(found) for found in git.get_repositories(include_hidden=True)),
    "made": repository(made),
    "changed": repository(changed),
    "permissions": [security.has_permissions(NAMESPACE, bit, token)[0] for bit in (4, 128)],
    "policies": [[it.type.display_name, it.is_blocking] for it in policies.policy_configurations],
    "people": [it.provider_display_name for it in clients.get_identity_client().read_identities(
        search_filter="General", filter_value="jane@example.com")],
    "pullRequests": pull_requests(fleet.id),
    "failures": [
        failure(lambda: git.get_repository("none", project="platform")),
        failure(lambda: git.create_repository({"name": "fleet"}, project="platform")),
        failure(lambda: core.get_project("none")),
    ],
}))
