//! The longer texts of `--help`.

pub(super) const ABOUT: &str =
    "Puts a Kubernetes cluster under GitOps: installs Flux and lets it sync from a Git repository, Azure DevOps first.";

pub(super) const AFTER_FLUX: &str = "\
Start with `flux bootstrap git --help`. Flags may stand before or after the command.";

pub(super) const AFTER_BOOTSTRAP: &str = "\
`flux bootstrap git --help` lists the flags, with examples for Azure DevOps.";

pub(super) const ABOUT_GIT: &str = "\
Installs Flux into a cluster and lets it sync from a Git repository.

The manifests of the Flux components and of the sync are committed to <path>/<namespace> of the branch and pushed, then applied to the \
cluster, together with the credentials with which the cluster reads the repository. At the end Flux manages itself from there. Everything \
is checked before anything is written, and running the same command again completes or repairs what is there.";

pub(super) const AFTER_GIT: &str = "\
Values:
  A flag with [=<BOOL>] is on or off: --flag, --flag=true, --flag=false.
  Lists take commas or repetition. Durations look like 90s, 1m30s or 2h.
  An empty value counts as not given where a flag has no default.
  Cluster options are recorded in the repository: a run without them keeps them,
  --no-<option> or an empty value removes one.
  Flags that only this program has can also be variables: FLUX_ALLOW_NESTED_PATH=true.

Examples for Azure DevOps:
  The cluster syncs over https with a personal access token, which is read from a pipe,
  a prompt, GIT_PASSWORD or --password-file:

    echo \"<token>\" | flux bootstrap git --token-auth=true \\
      --url=https://dev.azure.com/<org>/<project>/_git/<repo> \\
      --branch=main --path=clusters/my-cluster

  This run pushes with a token; the cluster syncs over SSH with a key that is made now,
  to be registered when asked:

    flux bootstrap git --url=https://dev.azure.com/<org>/<project>/_git/<repo> \\
      --branch=main --path=clusters/my-cluster --password=<token> \\
      --ssh-hostname=ssh.dev.azure.com --ssh-key-algorithm=rsa --ssh-rsa-bits=4096

  Both use an SSH key that is registered already:

    flux bootstrap git --url=ssh://git@ssh.dev.azure.com/v3/<org>/<project>/<repo> \\
      --branch=main --path=clusters/my-cluster \\
      --private-key-file=<file> --password=<passphrase>

Exit codes:
  0    done
  1    failed for a reason without a code of its own
  2    the command line is wrong
  3    the Git server refused the credentials or their rights
  4    the push was refused, or others kept pushing first
  5    the cluster cannot be reached, or forbids what is needed
  6    everything was applied, but was not ready in time
  7    stopped to protect something; the message names the flag that overrides it
  130  interrupted";

pub(super) const AFTER_CHECK: &str = "\
Nothing is changed. The result is printed on standard output.

Exit codes:
  0    all is well
  2    the command line is wrong
  5    the cluster cannot be reached, or the identity lacks rights for a bootstrap
  6    Flux is not installed, or not as it should be
  7    another tool manages Flux here, so a bootstrap would refuse (--pre)";

pub(super) const ABOUT_UNINSTALL: &str = "\
Removes Flux from a cluster: controllers, definitions with their objects, roles, and the namespace.

What Flux has applied stays. Kustomizations and HelmReleases are suspended first, and nothing else happens before the last pod of the \
controllers is gone, so that nobody is left who would prune. At the end it is counted that nothing of Flux is left and that every object \
of the inventories is still there. Running the same command again goes on from any point. With --git the files of Flux go from the branch, too.";

pub(super) const AFTER_UNINSTALL: &str = "\
Exit codes:
  0    nothing of Flux is left, and all that it applied is there
  1    failed for a reason without a code of its own
  2    the command line is wrong
  3    the Git server refused the credentials or their rights (--git)
  4    the push was refused, or others kept pushing first (--git)
  5    the cluster cannot be reached, or forbids what is needed
  6    something is still there, or was lost; the message names it
  7    stopped to protect something; the message names the flag that overrides it
  130  interrupted";

pub(super) const AFTER_GET: &str = "\
Examples:
  flux get sources git
  flux get kustomizations -A --status-selector ready=false
  flux get kustomizations flux-system -o json";

pub(super) const AFTER_RECONCILE: &str = "\
Examples:
  flux reconcile source git flux-system
  flux reconcile kustomization flux-system --with-source

Exit codes:
  0    it is ready
  1    there is no such object
  5    the cluster cannot be reached, or forbids what is needed
  6    it was not ready in time
  7    it is suspended";

pub(super) const AFTER_COMPLETION: &str = "\
To load it:
  bash:        source <(flux completion bash)
  zsh:         source <(flux completion zsh)
  fish:        flux completion fish | source
  PowerShell:  flux completion powershell | Out-String | Invoke-Expression";

pub(super) const AFTER_ROTATE: &str = "\
`flux rotate source git --help` lists the flags, with examples.";

pub(super) const ABOUT_ROTATE_GIT: &str = "\
Replaces the credential by which a GitRepository is read, and proves the new one.

The new credential is tried on the live URL first. Then the keys of the Secret that hold the old one are replaced, and the cluster is asked to \
fetch: the run is done when it has. If it has not in time, the old one is put back. Nothing is committed, and no right to push is needed. A \
new SSH key waits in a Secret of its own until the server accepts it.";

pub(super) const AFTER_ROTATE_GIT: &str = "\
Examples:
  With the new token from a pipe:

    echo \"<new token>\" | flux rotate source git

  And once the old one is revoked, to see that it is dead:

    flux rotate source git --password-file=<new> --old-password-file=<old>

  With a new SSH key, to be registered when asked; or run again once it is:

    flux rotate source git --generate-key

Exit codes:
  0    done
  1    failed for a reason without a code of its own
  2    the command line is wrong
  3    the Git server refused the new credential; the old one is in use
  5    the cluster cannot be reached, or forbids what is needed
  6    the cluster did not read the repository in time; the old credential is in the Secret again
  7    stopped to protect something: another tool manages the Secret, or there is nothing to rotate
  130  interrupted";
