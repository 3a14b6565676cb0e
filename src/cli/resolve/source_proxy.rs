//! The proxy through which the cluster reads the repository.

use std::ffi::OsString;

use super::reading::{FileArgument, Reading};
use crate::domain::config::{ProxyChange, SecretSource};
use crate::domain::error::Error;

/// What is done with it; an empty value removes it, as `--no-source-proxy` does.
pub(super) fn resolve(file: Option<&OsString>, no_proxy: bool, findings: &mut Reading<'_>) -> ProxyChange {
    match findings.file_or_stdin(file) {
        Some(_) if no_proxy => {
            let error = Error::usage("`--source-proxy-file` and `--no-source-proxy` exclude each other");
            findings.error(error.hint("Give the proxy, or take it away."));
            ProxyChange::Kept
        }
        Some(FileArgument::Stdin) => ProxyChange::Given(SecretSource::Stdin),
        Some(FileArgument::File(path)) => ProxyChange::Given(SecretSource::File(path)),
        None if no_proxy || file.is_some() => ProxyChange::Removed,
        None => ProxyChange::Kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::resolve::tests::resolve_in;
    use crate::domain::environment::Environment;

    #[test]
    fn a_proxy_is_given_taken_away_or_left_alone() {
        let environment = Environment::default();
        let resolved = |flags: &[&str]| {
            let flags = [&["--url=https://h/r"], flags].concat();
            resolve_in(&environment, &flags).map(|(config, _)| config.source.proxy)
        };
        assert_eq!(resolved(&[]).unwrap(), ProxyChange::Kept);
        assert_eq!(resolved(&["--source-proxy-file="]).unwrap(), ProxyChange::Removed);
        assert_eq!(resolved(&["--no-source-proxy"]).unwrap(), ProxyChange::Removed);
        let given = resolved(&["--source-proxy-file=-", "--password=t"]).unwrap();
        assert_eq!(given, ProxyChange::Given(SecretSource::Stdin));
        let both = resolved(&["--source-proxy-file=a", "--no-source-proxy"]).unwrap_err();
        assert_eq!(both.message, "`--source-proxy-file` and `--no-source-proxy` exclude each other");
        let twice = resolved(&["--source-proxy-file=-", "--token-auth"]).unwrap_err();
        assert_eq!(twice.message, "standard input cannot give the token and the cluster's proxy");
    }
}
