// Asks the stand-in through Microsoft's client for Node.js, and prints what it understood. Standard input: URL, token.

const { readFileSync } = require("fs");
const { WebApi, getPersonalAccessTokenHandler } = require("azure-devops-node-api");

const { PullRequestStatus, PullRequestAsyncStatus } = require("azure-devops-node-api/interfaces/GitInterfaces");
const { PolicyEvaluationStatus } = require("azure-devops-node-api/interfaces/PolicyInterfaces");

// What stands in JSON, for the client's numbers.
const words = (numbers) => Object.fromEntries(Object.entries(numbers).map(([word, number]) => [number, word.toLowerCase()]));
const [Status, Merge, Evaluation] = [PullRequestStatus, PullRequestAsyncStatus, PolicyEvaluationStatus].map(words);
const [url, token] = readFileSync(0, "utf8").split(/\s+/);
const NAMESPACE = "2e9eb7ed-3c0a-47d4-87c1-0ffdf275fd87";
const repository = (found) => [found.name, found.project.name, found.defaultBranch ?? null, found.isDisabled];
// Where Python raises, this client gives null for what is not found, and else an error with the service's words.
const failure = (call) => call.then((found) => (found === null ? "not found" : "found"), (error) => error.result?.typeKey ?? String(error));

const request = (found) =>
  [found.pullRequestId, Status[found.status], found.title, found.sourceRefName, found.targetRefName, found.isDraft];

// Opens one, opens it again in vain, finds it, lets it complete by itself, and opens one that is given up.
async function pullRequests(api, git, fleet, me) {
  const asked = { sourceRefName: "refs/heads/change", targetRefName: "refs/heads/main", title: "By Node",
    description: "a change", reviewers: [{ id: me, isRequired: true }], workItemRefs: [{ id: "12" }] };
  const create = (more) => git.createPullRequest({ ...asked, ...more }, fleet.id, "platform");
  const get = (number) => git.getPullRequest(fleet.id, number, "platform");
  const update = (what, number) => git.updatePullRequest(what, fleet.id, number, "platform");
  const made = await create({});
  const again = await failure(create({}));
  const found = await git.getPullRequests(fleet.id, { status: 1, targetRefName: "refs/heads/main" }, "platform");
  const merge = Merge[(await get(made.pullRequestId)).mergeStatus];
  const artifact = `vstfs:///CodeReview/CodeReviewId/${fleet.project.id}/${made.pullRequestId}`;
  const policies = await (await api.getPolicyApi()).getPolicyEvaluations("platform", artifact);
  const options = { mergeStrategy: 2, deleteSourceBranch: true };
  await update({ autoCompleteSetBy: { id: me }, completionOptions: options }, made.pullRequestId);
  const completed = await get(made.pullRequestId);
  const draft = await create({ sourceRefName: "refs/heads/draft", isDraft: true });
  const givenUp = await update({ status: 2 }, draft.pullRequestId);
  return {
    made: request(made), again, found: found.map(request), merge,
    reviewers: made.reviewers.map((it) => [it.id === me, it.isRequired]),
    policies: policies.map((it) => [it.configuration.type.displayName, Evaluation[it.status]]),
    completed: [Status[completed.status], completed.closedBy.displayName, Boolean(completed.lastMergeCommit.commitId)],
    abandoned: [...request(givenUp), givenUp.closedBy.displayName],
    none: await failure(get(99)),
  };
}

async function main() {
  const api = new WebApi(url, getPersonalAccessTokenHandler(token));
  const git = await api.getGitApi();
  const core = await api.getCoreApi();
  const fleet = await git.getRepository("fleet", "platform");
  const made = await git.createRepository({ name: "by-node" }, "platform");
  const changed = await git.updateRepository({ defaultBranch: "refs/heads/main" }, fleet.id, "platform");
  // These two areas this client leaves to its general half.
  const list = async (path) => (await api.rest.get(`${url}/${path}`)).result.value;
  const permission = async (bit) =>
    (await list(`_apis/permissions/${NAMESPACE}/${bit}?tokens=repoV2/${fleet.project.id}/${fleet.id}`))[0];
  const policies = await list(`platform/_apis/git/policy/configurations?repositoryId=${fleet.id}&refName=refs/heads/main`);
  const me = (await api.connect()).authenticatedUser;
  return {
    signedIn: me.providerDisplayName,
    project: (await core.getProject("platform")).name,
    repositories: (await git.getRepositories(undefined, undefined, undefined, true)).map(repository).sort(),
    made: repository(made),
    changed: repository(changed),
    permissions: [await permission(4), await permission(128)],
    policies: policies.map((it) => [it.type.displayName, it.isBlocking]),
    people: (await list("_apis/identities?searchFilter=General&filterValue=jane@example.com")).map((it) => it.providerDisplayName),
    pullRequests: await pullRequests(api, git, fleet, me.id),
    failures: [
      await failure(git.getRepository("none", "platform")),
      await failure(git.createRepository({ name: "fleet" }, "platform")),
      await failure(core.getProject("none")),
    ],
  };
}

main().then((result) => console.log(JSON.stringify(result)), (error) => { console.error(error); process.exit(1); });
