// Asks the stand-in through Microsoft's client for Node.js, and prints what it understood. Standard input: URL, token.

const { readFileSync } = require("fs");
const { WebApi, getPersonalAccessTokenHandler } = require("azure-devops-node-api");

const [url, token] = readFileSync(0, "utf8").split(/\s+/);
const NAMESPACE = "2e9eb7ed-3c0a-47d4-87c1-0ffdf275fd87";
const repository = (found) => [found.name, found.project.name, found.defaultBranch ?? null, found.isDisabled];
// Where Python raises, this client gives null for what is not found, and else an error with the service's words.
const failure = (call) => call.then((found) => (found === null ? "not found" : "found"), (error) => error.result?.typeKey ?? String(error));

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
  return {
    signedIn: (await api.connect()).authenticatedUser.providerDisplayName,
    project: (await core.getProject("platform")).name,
    repositories: (await git.getRepositories(undefined, undefined, undefined, true)).map(repository).sort(),
    made: repository(made),
    changed: repository(changed),
    permissions: [await permission(4), await permission(128)],
    policies: policies.map((it) => [it.type.displayName, it.isBlocking]),
    failures: [
      await failure(git.getRepository("none", "platform")),
      await failure(git.createRepository({ name: "fleet" }, "platform")),
      await failure(core.getProject("none")),
    ],
  };
}

main().then((result) => console.log(JSON.stringify(result)), (error) => { console.error(error); process.exit(1); });
