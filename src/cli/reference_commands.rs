//! Commands of the Flux CLI that this program does not have, and what does the same.

use std::ffi::OsString;

/// What does the same.
enum Instead {
    /// A line for the shell.
    Line(&'static str),
    /// Nothing but the Flux CLI itself.
    Reference,
}
use Instead::{Line, Reference};

const COMMANDS: &[(&str, Instead)] = &[
    ("bitbucket-server", Line("flux bootstrap git --url=<url>")),
    ("build", Line("kubectl kustomize <folder>")),
    ("create", Line("kubectl apply -f <file>")),
    ("debug", Reference),
    ("delete", Line("kubectl -n flux-system delete kustomization <name>")),
    ("diff", Line("kubectl diff -k <folder>")),
    ("envsubst", Reference),
    ("events", Line("kubectl -n flux-system get events --sort-by=.lastTimestamp")),
    ("export", Line("kubectl -n flux-system get gitrepositories,kustomizations -o yaml")),
    ("gitea", Line("flux bootstrap git --url=<url>")),
    ("github", Line("flux bootstrap git --url=<url>")),
    ("gitlab", Line("flux bootstrap git --url=<url>")),
    ("install", Line("flux bootstrap git --export --url=<url> | kubectl apply -f -")),
    ("list", Reference),
    ("logs", Line("kubectl -n flux-system logs deployment/kustomize-controller")),
    ("migrate", Reference),
    ("pull", Reference),
    ("push", Reference),
    ("stats", Line("kubectl get gitrepositories,kustomizations -A")),
    ("tag", Reference),
    ("trace", Line("kubectl get <kind> <name> -o jsonpath='{.metadata.labels}'")),
    ("tree", Line("kubectl -n flux-system get kustomization <name> -o jsonpath='{.status.inventory.entries[*].id}'")),
];

/// Kinds that the Flux CLI lists and this program does not, and what kubectl calls them.
const KINDS: &[(&str, &str)] = &[
    ("alert-providers", "providers.notification.toolkit.fluxcd.io"),
    ("alerts", "alerts.notification.toolkit.fluxcd.io"),
    ("all", "gitrepositories,kustomizations"),
    ("artifacts", "externalartifacts.source.toolkit.fluxcd.io"),
    ("bucket", "buckets.source.toolkit.fluxcd.io"),
    ("chart", "helmcharts.source.toolkit.fluxcd.io"),
    ("helm", "helmrepositories.source.toolkit.fluxcd.io"),
    ("helmrelease", "helmreleases.helm.toolkit.fluxcd.io"),
    ("helmreleases", "helmreleases.helm.toolkit.fluxcd.io"),
    ("hr", "helmreleases.helm.toolkit.fluxcd.io"),
    ("image", "imagerepositories,imagepolicies,imageupdateautomations"),
    ("images", "imagerepositories,imagepolicies,imageupdateautomations"),
    ("oci", "ocirepositories.source.toolkit.fluxcd.io"),
    ("receivers", "receivers.notification.toolkit.fluxcd.io"),
];

/// What to do instead of a command, or of a kind after one, that only the Flux CLI has.
pub(super) fn instead_of(arguments: &[OsString], word: &str) -> Option<String> {
    let before = arguments.iter().position(|argument| argument == word).and_then(|at| arguments[..at].get(1));
    if before.is_some_and(|command| command == "get")
        && let Some((_, resources)) = KINDS.iter().find(|(kind, _)| *kind == word)
    {
        return Some(format!(
            "This program lists GitRepositories and Kustomizations; use `kubectl get {resources} -A`."
        ));
    }
    let (_, instead) = COMMANDS.iter().find(|(name, _)| *name == word)?;
    Some(match instead {
        Line(line) => format!("The Flux CLI has `{word}`; without it, use `{line}`."),
        Reference => format!("Only the Flux CLI has `{word}`, and no line of kubectl does the same."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_reference_has_is_answered_with_a_line_that_does_it() {
        let hint = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            instead_of(&words, line.rsplit(' ').next().unwrap())
        };
        assert_eq!(
            hint("flux logs").unwrap(),
            "The Flux CLI has `logs`; without it, use `kubectl -n flux-system logs deployment/kustomize-controller`."
        );
        assert!(
            hint("flux get helmreleases").unwrap().contains("`kubectl get helmreleases.helm.toolkit.fluxcd.io -A`")
        );
        assert!(hint("flux push").unwrap().contains("no line of kubectl"));
        assert_eq!(hint("flux boot"), None);
    }
}
