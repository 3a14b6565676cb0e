//! What Azure DevOps' TF and VS codes mean for a bootstrap, and the way out of each.
//!
//! Codes are searched anywhere in what the server wrote; its prose changes, the codes do not. Meanings: Azure DevOps
//! documentation and messages seen in public logs.

use crate::domain::error::Kind;

/// What a code means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    /// The code, such as `TF401019`; or a phrase, where the service sends no code.
    pub code: &'static str,
    /// The kind of failure; none where the operation decides.
    pub kind: Option<Kind>,
    /// The way out, in full sentences.
    pub hint: &'static str,
}

const fn advice(code: &'static str, kind: Option<Kind>, hint: &'static str) -> Advice {
    Advice { code, kind, hint }
}

/// Every code this tool has advice for.
pub(crate) const ADVICE: &[Advice] = &[
    advice(
        "TF400813",
        Some(Kind::GitAccess),
        "The token was not accepted: create a new personal access token with the scope Code (Read & write) for this organisation, \
         and check that it has not expired.",
    ),
    advice(
        "VS30063",
        Some(Kind::GitAccess),
        "The token was not accepted: create a new personal access token with the scope Code (Read & write) for this organisation.",
    ),
    advice(
        "TF401444",
        Some(Kind::GitAccess),
        "This identity is not known to the organisation yet: sign in once in a browser, or add the service principal under \
         Organization settings > Users.",
    ),
    advice(
        "TF401019",
        Some(Kind::GitAccess),
        "Check the spelling of organisation, project and repository (Azure DevOps adds no `.git`), that the repository is not disabled, \
         and that this identity may read it. A pipeline's own token sees other repositories only when \"Protect access to \
         repositories in YAML pipelines\" and \"Limit job authorization scope\" allow it.",
    ),
    advice("TF200016", Some(Kind::GitAccess), "Check the spelling of the project, and that this identity may see it."),
    advice("VS800075", Some(Kind::GitAccess), "Check the spelling of the project, and that this identity may see it."),
    advice(
        "TF401027",
        Some(Kind::GitAccess),
        "Grant this identity the named permission under Project settings > Repositories > Security; `GenericContribute` is shown there as \
         Contribute, and a new branch also needs Create branch. A pipeline's identity `Build\\<id>` is called \
         \"<project> Build Service (<organisation>)\".",
    ),
    advice(
        "TF402455",
        Some(Kind::PushRefused),
        "A branch policy demands pull requests: grant this identity \"Bypass policies when pushing\" on the branch, bootstrap into a branch \
         without policies with --branch, or write the files into a checkout with --export-dir and bring them in through a pull request.",
    ),
    advice("TF401028", Some(Kind::PushRefused), "Someone else pushed at the same time; run the command again."),
    advice(
        "TF401041",
        None,
        "The server did not understand the request; a proxy between here and Azure DevOps may be changing it.",
    ),
    advice("TF401035", None, "The branch moved while it was being read; run the command again."),
    advice("TF401179", None, "A pull request for this branch is already open; complete or abandon it first."),
    advice("TF401174", None, "The branch or the file is not there; check --branch and --path."),
    advice("TF401175", None, "The branch is not there; check --branch."),
    advice("VS403403", None, "The repository has no branch yet; the first push creates it."),
    advice(
        "VS403654",
        Some(Kind::PushRefused),
        "Push protection found what looks like a secret in the commit; the message names file and line. This tool commits no secrets, so look \
         at the kustomization's own files, or have the finding dismissed by someone with the right to bypass push protection.",
    ),
    advice(
        "VS403702",
        Some(Kind::PushRefused),
        "A repository policy checks the author's e-mail address: give one that it accepts with --author-email (and --author-name).",
    ),
    advice(
        "VS403729",
        Some(Kind::PushRefused),
        "The path is longer than Azure DevOps allows; choose a shorter --path.",
    ),
    advice("TF402462", Some(Kind::PushRefused), "The push is larger than the repository allows."),
    advice(
        "TF400733",
        None,
        "Azure DevOps limits this identity's usage for some minutes; wait until the time named in Retry-After, or use another identity.",
    ),
    advice(
        "The Personal Access Token used has expired",
        Some(Kind::GitAccess),
        "Create a new personal access token with the scope Code (Read & write) and run the command again.",
    ),
    advice(
        "Public key authentication failed",
        Some(Kind::GitAccess),
        "The public key is not registered with a user of this organisation: add it under User settings > SSH public keys. Azure DevOps judges \
         only the first RSA key that is offered; name the right one with --private-key-file.",
    ),
    advice(
        "your SSH key has expired",
        Some(Kind::GitAccess),
        "SSH keys of Azure DevOps live for one year: add a new public key under User settings > SSH public keys.",
    ),
    advice(
        "You're using ssh-rsa that is unsupported",
        Some(Kind::GitAccess),
        "The server takes rsa-sha2-256 and rsa-sha2-512 signatures only; remove ssh-rsa from --ssh-hostkey-algos.",
    ),
    advice(
        "Shell access is not supported",
        None,
        "The server accepted the key but no Git command arrived; a proxy or a forced command may be in the way.",
    ),
];

/// The advice for the first code that `text` contains, most specific phrases last.
pub(crate) fn find(text: &str) -> Option<&'static Advice> {
    ADVICE.iter().rev().find(|advice| text.contains(advice.code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_anywhere() {
        let text = "remote: TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.";
        let found = find(text).unwrap();
        assert_eq!((found.code, found.kind), ("TF402455", Some(Kind::PushRefused)));
        assert_eq!(find("nothing known"), None);
    }

    #[test]
    fn an_expired_key_is_told_from_an_unknown_one() {
        let text =
            "remote: Authentication failed: your SSH key has expired.\nremote: Public key authentication failed.";
        assert!(ADVICE.iter().filter(|advice| text.contains(advice.code)).count() == 2);
        assert_eq!(find(text).unwrap().code, "your SSH key has expired");
    }

    #[test]
    fn every_hint_is_a_sentence() {
        for advice in ADVICE {
            assert!(advice.hint.ends_with('.') && !advice.hint.contains("  "), "{}", advice.code);
        }
    }
}
