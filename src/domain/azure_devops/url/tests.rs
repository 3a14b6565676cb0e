//! Every spelling of an address leads to the same repository and back, and nothing else is taken for one.

use proptest::prelude::*;

use super::*;

fn url(text: &str) -> GitUrl {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn cloud(text: &str) -> CloudRepo {
    match AzureRepo::parse(&url(text)) {
        Ok(Some(AzureRepo::Cloud(repo))) => repo,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn every_cloud_spelling_names_the_same_repository() {
    for text in [
        "https://dev.azure.com/o/p/_git/r",
        "https://o@dev.azure.com/o/p/_git/r",
        "https://anyone@dev.azure.com/o/p/_git/r/",
        "https://DEV.azure.com:443/O/P/_git/R",
        "https://dev.azure.com/o/p/_git/_full/r",
        "https://dev.azure.com/o/p/_git/_optimized/r?path=/x&version=GBmain",
        "git@ssh.dev.azure.com:v3/o/p/r",
        "ssh://git@ssh.dev.azure.com/v3/o/p/r",
        "ssh://ssh.dev.azure.com:22/v3/o/p/r",
        "ssh://git@ssh.dev.azure.com/v3/o/p/_full/r",
        "ssh://git@ssh.dev.azure.com/v3/o/p/team/r",
        "ssh://x@ssh.dev.azure.com/o/p/_git/r",
        "https://o.visualstudio.com/p/_git/r",
        "https://o.visualstudio.com/DefaultCollection/p/_git/r",
        "https://o.visualstudio.com/defaultcollection/p/team/_git/r",
        "o@vs-ssh.visualstudio.com:v3/o/p/r",
        "ssh://o@vs-ssh.visualstudio.com:22/p/_ssh/r",
        "ssh://o@vs-ssh.visualstudio.com:22/DefaultCollection/p/_ssh/r",
        "ssh://o@vs-ssh.visualstudio.com/p/_ssh/_full/r",
        "ssh://me@o.visualstudio.com:22/p/_git/r",
    ] {
        let found = AzureRepo::Cloud(cloud(text));
        assert!(found.is_same(&AzureRepo::Cloud(cloud("https://dev.azure.com/o/p/_git/r"))), "{text}: {found:?}");
    }
}

#[test]
fn an_organisation_that_can_be_no_host_is_none() {
    for text in [
        "https://]o@vs-ssh.visualstudio.com/o/p/_git/r",
        "https://a.b@vs-ssh.visualstudio.com/p/_git/r",
        "https://[o@dev.azure.com/_git/r",
        "ssh://vs-ssh.visualstudio.com/v3/o%20o/p/r",
        "https://\u{130}@vs-ssh.visualstudio.com/p/_git/r",
    ] {
        let found = AzureRepo::parse(&url(text));
        assert!(matches!(found, Err(AzureUrlError::NotARepository { .. })), "{text}: {found:?}");
    }
}

#[test]
fn a_project_left_out_has_the_name_of_the_repository() {
    for text in [
        "https://dev.azure.com/o/_git/r",
        "https://o@dev.azure.com/_git/r",
        "https://o.visualstudio.com/_git/r",
        "https://o.visualstudio.com/DefaultCollection/_git/r",
        "ssh://o@vs-ssh.visualstudio.com:22/_ssh/r",
        "ssh://me@o.visualstudio.com:22/_git/r",
    ] {
        let repo = cloud(text);
        assert_eq!(
            (repo.organization.as_str(), repo.project.as_str(), repo.repository.as_str()),
            ("o", "r", "r"),
            "{text}"
        );
    }
}

#[test]
fn https_and_ssh_map_to_what_the_service_serves() {
    for (text, https, ssh) in [
        (
            "https://o@dev.azure.com/o/my%20p/_git/r",
            "https://dev.azure.com/o/my%20p/_git/r",
            "ssh://git@ssh.dev.azure.com/v3/o/my%20p/r",
        ),
        (
            "git@ssh.dev.azure.com:v3/o/my p/r",
            "https://dev.azure.com/o/my%20p/_git/r",
            "ssh://git@ssh.dev.azure.com/v3/o/my%20p/r",
        ),
        (
            "https://dev.azure.com/o/Käse/_git/a(b)",
            "https://dev.azure.com/o/K%C3%A4se/_git/a(b)",
            "ssh://git@ssh.dev.azure.com/v3/o/K%C3%A4se/a(b)",
        ),
        (
            "https://dev.azure.com/o/100%/_git/r",
            "https://dev.azure.com/o/100%25/_git/r",
            "ssh://git@ssh.dev.azure.com/v3/o/100%25/r",
        ),
        ("https://dev.azure.com/o/_git/r", "https://dev.azure.com/o/r/_git/r", "ssh://git@ssh.dev.azure.com/v3/o/r/r"),
        (
            "https://o.visualstudio.com/DefaultCollection/E%203.0/_git/B.A",
            "https://o.visualstudio.com/E%203.0/_git/B.A",
            "ssh://o@vs-ssh.visualstudio.com/v3/o/E%203.0/B.A",
        ),
        (
            "Awd-D@vs-ssh.visualstudio.com:v3/Awd-D/p/r",
            "https://awd-d.visualstudio.com/p/_git/r",
            "ssh://Awd-D@vs-ssh.visualstudio.com/v3/Awd-D/p/r",
        ),
    ] {
        let repo = cloud(text);
        assert_eq!(repo.https_url().to_string(), https, "{text}");
        assert_eq!(repo.ssh_url().to_string(), ssh, "{text}");
    }
}

#[test]
fn servers_are_known_by_the_marker() {
    let of = |text: &str| AzureRepo::parse(&url(text)).unwrap();
    let server = of("https://Tfs.example.com:8080/tfs/Coll/Proj/_git/Repo").unwrap();
    assert_eq!(
        server,
        AzureRepo::Server(ServerRepo {
            host: "tfs.example.com".into(),
            prefix: vec!["tfs".into(), "Coll".into(), "Proj".into()],
            repository: "Repo".into(),
        })
    );
    assert!(server.is_same(&of("ssh://tfs.example.com:22/tfs/coll/proj/_ssh/repo").unwrap()));
    assert!(server.is_same(&of("ssh://tfs.example.com:22/tfs/coll/proj/_git/_full/repo").unwrap()));
    assert!(!server.is_same(&of("ssh://tfs.example.com/tfs/coll/other/_git/repo").unwrap()));
    assert!(!server.is_same(&of("ssh://other.example.com/tfs/coll/proj/_git/repo").unwrap()));
    assert_eq!(server.ssh_keys_page(), None);
    for other in [
        "https://github.com/o/r",
        "ssh://git@127.0.0.1:2222/v3/o/p/r",
        "https://visualstudio.com/p/_x/r",
        "https://h/_git/r",
    ] {
        assert_eq!(of(other), None, "{other}");
    }
}

#[test]
fn what_is_no_repository_is_refused_with_the_form_that_is() {
    for text in [
        "https://dev.azure.com/o",
        "https://dev.azure.com/o/p",
        "https://dev.azure.com/",
        "https://dev.azure.com/o/p/team/_git/r",
        "https://dev.azure.com/o/p/_git/r//",
        "https://dev.azure.com/o//_git/r",
        "https://dev.azure.com/o/p/_git/",
        "https://dev.azure.com/o/p/_git/_full",
        "https://dev.azure.com/o/p/_git/..",
        "https://dev.azure.com/o/p/_git/%2e%2e",
        "https://dev.azure.com/o/p%2Fq/_git/r",
        "https://dev.azure.com/_git/r",
        "ssh://git@ssh.dev.azure.com/v3/o/r",
        "ssh://git@ssh.dev.azure.com/v3/o/p/t/x/r",
        "ssh://git@ssh.dev.azure.com/o/p/r",
    ] {
        let found = AzureRepo::parse(&url(text));
        assert!(matches!(found, Err(AzureUrlError::NotARepository { .. })), "{text}: {found:?}");
        assert_eq!(AzureRepo::of(&url(text)), None);
    }
    let found = AzureRepo::parse(&url("ssh://vs-ssh.visualstudio.com/p/_ssh/r"));
    assert!(matches!(found, Err(AzureUrlError::NoOrganization { .. })), "{found:?}");
}

#[test]
fn a_git_suffix_gets_the_address_without_it() {
    let short = |text: &str| without_git_suffix(&url(text)).map(|url| url.to_string());
    assert_eq!(short("https://dev.azure.com/o/p/_git/r.git").as_deref(), Some("https://dev.azure.com/o/p/_git/r"));
    assert_eq!(short("git@ssh.dev.azure.com:v3/o/p/r.git").as_deref(), Some("ssh://git@ssh.dev.azure.com/v3/o/p/r"));
    assert_eq!(short("https://dev.azure.com/o/p/_git/r"), None);
    assert_eq!(short("https://github.com/o/r.git"), None);
}

#[test]
fn keys_are_added_on_the_organisation_s_page() {
    let page = |text: &str| AzureRepo::Cloud(cloud(text)).ssh_keys_page().unwrap();
    assert_eq!(page("git@ssh.dev.azure.com:v3/acme/p/r"), "https://dev.azure.com/acme/_usersSettings/keys");
    assert_eq!(page("https://acme.visualstudio.com/p/_git/r"), "https://acme.visualstudio.com/_usersSettings/keys");
}

/// A name as people give them, in URL spelling.
fn name() -> impl Strategy<Value = String> {
    "[A-Za-z0-9][A-Za-z0-9 .()äß中%_-]{0,12}[A-Za-z0-9]"
        .prop_map(|name| utf8_percent_encode(&name.replace('%', "%25"), NOT_IN_A_PATH).to_string())
}

fn repo() -> impl Strategy<Value = CloudRepo> {
    let organization = "[a-z0-9][a-z0-9-]{0,20}[a-z0-9]".prop_filter("a host of its own", |name| name != "vs-ssh");
    (any::<bool>(), organization, name(), name()).prop_map(|(new, organization, project, repository)| {
        let host = if new { CloudHost::DevAzure } else { CloudHost::VisualStudio };
        CloudRepo { host, organization, project, repository }
    })
}

proptest! {
    #[test]
    fn parsing_undoes_printing(repo in repo()) {
        for printed in [repo.https_url(), repo.ssh_url()] {
            let text = printed.to_string();
            let again: GitUrl = text.parse().unwrap();
            prop_assert_eq!(&again, &printed);
            prop_assert_eq!(AzureRepo::parse(&again), Ok(Some(AzureRepo::Cloud(repo.clone()))));
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC*") {
        if let Ok(url) = text.parse::<GitUrl>() {
            let _ = (AzureRepo::parse(&url), without_git_suffix(&url), url.to_string());
        }
    }

    #[test]
    fn no_path_panics(
        host in prop::sample::select(vec!["dev.azure.com", "ssh.dev.azure.com", "vs-ssh.visualstudio.com", "o.visualstudio.com", "h"]),
        user in prop::option::of("[a-z]{1,3}"),
        path in "(/|_git|_ssh|_full|v3|DefaultCollection|%|%2|%2f|%20|%ff|[a-zä]|\\.){0,9}",
    ) {
        let url = GitUrl { scheme: Scheme::Ssh, user, host: host.to_owned(), port: None, path: format!("/{path}"), query: None };
        if let Ok(Some(AzureRepo::Cloud(repo))) = AzureRepo::parse(&url) {
            prop_assert_eq!(AzureRepo::parse(&repo.ssh_url()), Ok(Some(AzureRepo::Cloud(repo.clone()))));
        }
        let _ = without_git_suffix(&url);
    }
}
