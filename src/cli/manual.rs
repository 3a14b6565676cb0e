//! Manual pages, made from the same definitions as `--help`.

use clap::Command;
use clap_mangen::Man;

/// One manual page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManPage {
    /// The file's name, such as `flux-bootstrap-git.1`.
    pub file: String,
    /// The page in roff.
    pub content: Vec<u8>,
}

/// The page of every command that is not hidden.
pub(super) fn pages() -> Vec<ManPage> {
    let mut root = super::definition::definition().version(env!("CARGO_PKG_VERSION")).disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    add_pages(&root, "flux", &mut pages);
    pages
}

fn add_pages(command: &Command, name: &str, pages: &mut Vec<ManPage>) {
    let mut content = Vec::new();
    let named = command.clone().display_name(name.to_owned());
    let man = Man::new(named).title(name).manual("Flux").source(concat!("flux ", env!("CARGO_PKG_VERSION")));
    man.render(&mut content).expect("writing to memory does not fail");
    pages.push(ManPage { file: format!("{name}.1"), content });
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        add_pages(subcommand, &format!("{name}-{}", subcommand.get_name()), pages);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let pages = pages();
        let files: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
        assert_eq!(
            files,
            [
                "flux.1",
                "flux-bootstrap.1",
                "flux-bootstrap-git.1",
                "flux-rotate.1",
                "flux-rotate-source.1",
                "flux-rotate-source-git.1",
                "flux-check.1",
                "flux-uninstall.1",
                "flux-get.1",
                "flux-get-sources.1",
                "flux-get-sources-git.1",
                "flux-get-kustomizations.1",
                "flux-reconcile.1",
                "flux-reconcile-source.1",
                "flux-reconcile-source-git.1",
                "flux-reconcile-kustomization.1",
                "flux-suspend.1",
                "flux-suspend-source.1",
                "flux-suspend-source-git.1",
                "flux-suspend-kustomization.1",
                "flux-resume.1",
                "flux-resume-source.1",
                "flux-resume-source-git.1",
                "flux-resume-kustomization.1",
                "flux-version.1",
                "flux-completion.1"
            ]
        );
        let git = String::from_utf8(pages[2].content.clone()).unwrap();
        assert!(git.contains("\\-\\-ssh\\-hostname") && git.contains("Exit codes"));
        assert!(!git.contains("\\-\\-manifests"));
    }
}
