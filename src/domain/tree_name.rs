//! Names that no folder of a repository may hold, because some machine would take them for something else.

/// Why a name may not be written into a repository or a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TreeNameFault {
    /// Nothing, `.`, `..`, or a name with `/`, `\` or a zero byte: a path.
    #[error("it is not a valid file or folder name on every system")]
    Path,
    /// Git's own folder, in a spelling that some file system takes for `.git`.
    #[error("it is, or some file systems take it for, `.git`, which a repository cannot hold")]
    DotGit,
}

/// What is wrong with the name of an entry; `None` if nothing is. Git refuses the same with `core.protectHFS` and
/// `core.protectNTFS`, whatever the machine (git-config(1)).
pub(crate) fn fault(name: &str) -> Option<TreeNameFault> {
    if matches!(name, "" | "." | "..") || name.contains(['/', '\\', '\0']) {
        return Some(TreeNameFault::Path);
    }
    is_dot_git(name).then_some(TreeNameFault::DotGit)
}

/// Whether Windows can have a folder of this name, and an archive can hold it: Flux's controllers refuse archives with `../` in a
/// path, which a name that ends with two dots makes (fluxcd/pkg/tar). The names are those of "Naming Files, Paths, and
/// Namespaces" in Microsoft's documentation.
pub(crate) fn is_portable(name: &str) -> bool {
    const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let is_device =
        DEVICES.contains(&stem.as_str()) || numbered.is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']));
    !is_device && !name.contains(['<', '>', ':', '"', '|', '?', '*']) && !name.ends_with(['.', ' '])
}

/// HFS+ passes over some characters, NTFS over dots and spaces at the end and over a stream's name behind `:`, and both
/// over the difference of upper and lower case; `git~1` is NTFS' short name of `.git`.
fn is_dot_git(name: &str) -> bool {
    let seen: String = name.chars().filter(|character| !is_passed_over(*character)).collect();
    let seen = seen.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']);
    seen.eq_ignore_ascii_case(".git") || seen.eq_ignore_ascii_case("git~1")
}

/// The characters without meaning for HFS+ in a name.
const fn is_passed_over(character: char) -> bool {
    matches!(character, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_git_s_folder_is_found() {
        for name in [
            ".git",
            ".GIT",
            ".gIt",
            ".git.",
            ".git ",
            ".git. . ",
            ".git:x",
            ".git::$INDEX_ALLOCATION",
            "git~1",
            "GIT~1",
            "git~1.",
            ".g\u{200c}it",
            "\u{200d}.git",
            ".git\u{feff}",
            ".\u{206a}g\u{202e}it",
        ] {
            assert_eq!(fault(name), Some(TreeNameFault::DotGit), "{name:?}");
        }
        for name in ["", ".", "..", "a/b", "..\\b", "C:\\b", "a\0"] {
            assert_eq!(fault(name), Some(TreeNameFault::Path), "{name:?}");
        }
        for name in [".gitignore", ".github", "git", "git~10", "a.git", ".git-x", "...", "clusters", "é"] {
            assert_eq!(fault(name), None, "{name:?}");
        }
    }
}
