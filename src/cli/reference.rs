//! The reference of all flags, for `docs/flags.md`: made from the same definitions as `--help`.

use std::fmt::Write as _;

use clap::Arg;

use super::flag_variables::{NAMES, variable};
use super::go_values::is_bool;

/// Every flag that takes a value, with an example of one.
const EXAMPLES: &[(&str, &str)] = &[
    ("url", "https://dev.azure.com/acme/platform/_git/fleet"),
    ("branch", "production"),
    ("path", "clusters/my-cluster"),
    ("interval", "1m30s"),
    ("secret-name", "fleet-credentials"),
    ("source-proxy-file", "proxy.txt"),
    ("sparse-checkout", "clusters/my-cluster,infrastructure"),
    ("max-download", "1GiB"),
    ("ca-file", "/etc/ssl/company-ca.pem"),
    ("username", "fleet-bot"),
    ("password", "$(cat token.txt)"),
    ("password-file", "token.txt"),
    ("bearer-token-file", "token.txt"),
    ("cluster-password-file", "cluster-token.txt"),
    ("cluster-username", "fleet-reader"),
    ("cluster-bearer-token-file", "cluster-token.txt"),
    ("old-password-file", "old-token.txt"),
    ("git-login", "azurecli"),
    ("provider", "azure"),
    ("cluster-identity-client-id", "11111111-2222-4333-8444-555555555555"),
    ("cluster-identity-tenant-id", "7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11"),
    ("cluster-identity-mode", "projected"),
    ("cluster-identity-service-account", "flux-git"),
    ("private-key-file", "~/.ssh/id_rsa"),
    ("ssh-hostname", "ssh.dev.azure.com"),
    ("ssh-key-algorithm", "rsa"),
    ("ssh-rsa-bits", "4096"),
    ("ssh-ecdsa-curve", "p521"),
    ("ssh-hostkey-algos", "rsa-sha2-512,rsa-sha2-256"),
    ("known-hosts-file", "known_hosts"),
    ("version", "latest"),
    ("components", "source-controller,kustomize-controller"),
    ("components-extra", "image-reflector-controller,image-automation-controller"),
    ("registry", "registry.example.com/fluxcd"),
    ("registry-creds", "puller:$(cat registry-password.txt)"),
    ("registry-creds-file", "~/.docker/config.json"),
    ("image-pull-secret", "registry"),
    ("log-level", "debug"),
    ("cluster-domain", "k8s.example.com"),
    ("toleration-keys", "node.example.com/system"),
    ("release-url", "https://mirror.example.com/flux2/releases"),
    ("release-digest", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("manifests", "./flux-manifests"),
    ("cluster-size", "medium"),
    ("controller-arg", "kustomize-controller=--concurrent=10"),
    ("controller-ca-file", "/etc/ssl/company-ca.pem"),
    ("controller-no-proxy", "10.0.0.0/8,.corp.example.com"),
    ("controller-proxy", "http://proxy.example.com:3128"),
    ("controller-resources", "helm-controller=cpu=1,memory=1Gi"),
    ("feature-gates", "helm-controller=OOMWatch=true"),
    ("helm-oom-watch", "90"),
    ("multi-tenant", "tenant"),
    ("node-selector", "disk=ssd"),
    ("patch", "replicas.yaml"),
    ("storage", "10Gi"),
    ("storage-class", "fast"),
    ("toleration", "dedicated=flux:NoSchedule"),
    ("author-name", "fleet-bot"),
    ("author-email", "fleet-bot@example.com"),
    ("commit-message-appendix", "[skip ci]"),
    ("gpg-key-ring", "signing-keys.asc"),
    ("gpg-key-id", "0x3AA5C34371567BD2"),
    ("gpg-passphrase", "$(cat passphrase.txt)"),
    ("gpg-passphrase-file", "passphrase.txt"),
    ("ssh-signing-key-file", "~/.ssh/id_ed25519"),
    ("ssh-signing-password", "$(cat passphrase.txt)"),
    ("ssh-signing-password-file", "passphrase.txt"),
    ("pr-wait", "30m"),
    ("pr-branch", "flux/production"),
    ("pr-title", "Bootstrap production"),
    ("pr-reviewer", "ada@example.com"),
    ("pr-required-reviewer", "Platform Team"),
    ("pr-work-item", "4711"),
    ("pr-label", "flux"),
    ("pr-merge-strategy", "squash"),
    ("expect-context", "production"),
    ("export-dir", "."),
    ("output", "json"),
    ("timeout", "10m"),
    ("namespace", "gitops"),
    ("kubeconfig", "./kubeconfig"),
    ("context", "production"),
    ("cluster", "production"),
    ("user", "admin"),
    ("as", "system:serviceaccount:ci:deployer"),
    ("as-group", "system:masters"),
    ("as-uid", "0a1b2c3d"),
    ("as-user-extra", "reason=bootstrap"),
    ("token", "$(cat api-token.txt)"),
    ("server", "https://10.0.0.1:6443"),
    ("certificate-authority", "cluster-ca.pem"),
    ("client-certificate", "client.pem"),
    ("client-key", "client-key.pem"),
    ("tls-server-name", "kubernetes.default"),
    ("cache-dir", "/var/cache/kube"),
    ("kube-api-qps", "20"),
    ("kube-api-burst", "100"),
];

const INTRODUCTION: &str = "\
# Flags of `flux bootstrap git`

This page is made from the program's own definitions (`flux flag-reference`).

A flag without a placeholder is on or off: `--flag`, `--flag=true`, `--flag=false`. Lists take commas or repetition. Durations look
like `90s`, `1m30s` or `2h`. A value may follow after a space or `=`; where a flag has no default, an empty one counts as not given. When a flag is given twice, the
last one counts. Flags may stand before or after the command.
";

/// The topic of the flags that commands have in common.
const CLUSTER: &str = "Cluster";

const OF_ROTATE: &str = "
# Flags of `flux rotate source git`

[Rotating tokens and keys](rotation.md) explains them. Those of the topic Cluster are the same as above.
";

const OF_UNINSTALL: &str = "
# Flags of `flux uninstall`

[Removing Flux](uninstall.md) explains them. Those of the topic Cluster are the same as above.
";

/// The page, in Markdown.
pub(super) fn markdown() -> String {
    let mut root = super::definition::definition();
    root.build();
    let mut page = INTRODUCTION.to_owned();
    let git = root.find_subcommand("bootstrap").and_then(|bootstrap| bootstrap.find_subcommand("git"));
    flags(git, "", &mut page);
    page.push_str(OF_ROTATE);
    let rotate = ["rotate", "source", "git"].iter().try_fold(&root, |command, word| command.find_subcommand(word));
    flags(rotate, CLUSTER, &mut page);
    page.push_str(OF_UNINSTALL);
    flags(root.find_subcommand("uninstall"), CLUSTER, &mut page);
    page
}

/// The flags of a command by topic, without those of one topic.
fn flags(command: Option<&clap::Command>, without: &str, page: &mut String) {
    let mut topic = "";
    for flag in command.into_iter().flat_map(clap::Command::get_arguments) {
        let (Some(name), Some(heading)) = (flag.get_long(), flag.get_help_heading()) else { continue };
        if heading == without {
            continue;
        }
        if heading != topic {
            let _ = write!(page, "\n## {heading}\n");
            topic = heading;
        }
        let _ = write!(page, "\n{}\n", entry(flag, name));
    }
}

fn entry(flag: &Arg, name: &str) -> String {
    let short = flag.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let placeholder = flag.get_value_names().filter(|_| !is_bool(flag)).unwrap_or_default().join(" ");
    let spelled = if placeholder.is_empty() { format!("--{name}") } else { format!("--{name} {placeholder}") };
    let mut text = format!("### {short}`{spelled}`\n\n");
    let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
    let (meaning, notes) = help.split_once(" [").map_or((help.as_str(), ""), |(meaning, notes)| (meaning, notes));
    let _ = writeln!(text, "{meaning}.\n");
    let choices: Vec<String> = match is_bool(flag) {
        true => Vec::new(),
        false => flag.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect(),
    };
    if !choices.is_empty() {
        let _ = writeln!(text, "- Values: {}", choices.join(", "));
    }
    for default in flag.get_default_values().iter().filter(|value| !value.is_empty() && *value != "false") {
        let _ = writeln!(text, "- Default: `{}`", default.to_string_lossy());
    }
    for note in notes.trim_end_matches(']').split("] [").filter(|note| !note.is_empty()) {
        let (kind, value) = note.split_once(": ").unwrap_or(("", note));
        let _ = match kind {
            "env" => writeln!(text, "- Environment: `{value}`"),
            _ if value.contains(' ') => writeln!(text, "- Default: {value}"),
            _ => writeln!(text, "- Default: `{value}`"),
        };
    }
    if NAMES.contains(&name) {
        let _ = writeln!(text, "- Environment: `{}`", variable(name));
    }
    for alias in flag.get_all_aliases().unwrap_or_default() {
        let _ = writeln!(text, "- Also: `--{alias}`");
    }
    let _ = write!(text, "- Example: `{}`", example(flag, name));
    text
}

fn example(flag: &Arg, name: &str) -> String {
    if is_bool(flag) {
        let on = flag.get_default_values().first().is_some_and(|value| value == "true");
        return if on { format!("--{name}=false") } else { format!("--{name}") };
    }
    let value = EXAMPLES.iter().find(|(flag, _)| *flag == name).map_or("", |(_, value)| value);
    let quoted = value.contains([' ', '$', '[']);
    if quoted { format!("--{name}=\"{value}\"") } else { format!("--{name}={value}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, parse};
    use crate::domain::environment::Environment;

    #[test]
    fn every_flag_has_an_example_that_is_understood() {
        let mut root = crate::cli::definition();
        root.build();
        let git = root.find_subcommand("bootstrap").and_then(|bootstrap| bootstrap.find_subcommand("git")).unwrap();
        for flag in git.get_arguments() {
            let Some(name) = flag.get_long().filter(|name| *name != "help") else { continue };
            let known = EXAMPLES.iter().any(|(example, _)| *example == name);
            assert!(known != is_bool(flag), "--{name}");
            let argument = example(flag, name).replace('"', "");
            let line = ["flux", "bootstrap", "git", &argument].map(Into::into);
            assert!(matches!(parse(line, &Environment::default()), Ok(Command::BootstrapGit(_))), "{argument}");
        }
    }

    #[test]
    fn the_page_in_the_documentation_is_current() {
        let page = include_str!("../../docs/flags.md");
        assert_eq!(page, markdown(), "docs/flags.md is not current: run `flux flag-reference > docs/flags.md`");
    }
}
