//! One pattern, and whether a file matches it.

use super::name;

/// What a pattern says of a file that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// It is not in the artifact.
    LeftOut,
    /// It is in the artifact: the pattern begins with `!`.
    Included,
}

/// A pattern with the folder below which it counts.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    folder: Vec<String>,
    /// The pattern, cut at its slashes.
    names: Vec<String>,
    includes: bool,
    /// It ends with a slash.
    folders_alone: bool,
    /// It holds a slash before its end, so that it begins at the folder.
    anchored: bool,
}

impl Pattern {
    pub(super) fn parse(line: &str, folder: &str) -> Self {
        let (includes, rest) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let rest = if rest.ends_with("\\ ") { rest } else { rest.trim_end_matches(' ') };
        let (folders_alone, rest) = rest.strip_suffix('/').map_or((false, rest), |rest| (true, rest));
        Self {
            folder: folder.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            names: rest.split('/').map(str::to_owned).collect(),
            includes,
            folders_alone,
            anchored: rest.contains('/'),
        }
    }

    /// What it says of a file; none where it does not match. What matches a folder matches all files below it.
    pub(super) fn matches(&self, file: &str) -> Option<Match> {
        let path: Vec<&str> = file.split('/').collect();
        let below = path.strip_prefix(self.folder.iter().map(String::as_str).collect::<Vec<_>>().as_slice())?;
        let matches = if self.anchored { self.matches_from_folder(below) } else { self.matches_a_name(below) };
        matches.then_some(if self.includes { Match::Included } else { Match::LeftOut })
    }

    fn matches_a_name(&self, path: &[&str]) -> bool {
        let pattern = self.names.first().map_or("", String::as_str);
        let found = path.iter().position(|name| name::matches(pattern, name) == Some(true));
        found.is_some_and(|index| !(self.folders_alone && index + 1 == path.len()))
    }

    /// Name by name; `**` stands for any number of them. Once all names of the pattern have matched, what is left of the
    /// path does not matter.
    fn matches_from_folder(&self, mut path: &[&str]) -> bool {
        let (mut matched, mut any_depth) = (false, false);
        for (index, pattern) in self.names.iter().enumerate() {
            match pattern.as_str() {
                "" => any_depth = false,
                "**" if index + 1 == self.names.len() => break,
                "**" => any_depth = true,
                // Elsewhere two asterisks match nothing.
                pattern if pattern.contains("**") || path.is_empty() => return false,
                pattern if any_depth => {
                    any_depth = false;
                    let Some(found) = first_match(pattern, path) else { return false };
                    // Where it is found nowhere, what was matched before counts only if more follows that must match.
                    matched = found < path.len();
                    path = path.get(found + 1..).unwrap_or_default();
                }
                pattern => {
                    if name::matches(pattern, path[0]) != Some(true) {
                        return false;
                    }
                    matched = true;
                    path = &path[1..];
                }
            }
        }
        matched && !(self.folders_alone && path.is_empty())
    }
}

/// The index of the first name that matches, the length where none does; none for a malformed pattern.
fn first_match(pattern: &str, path: &[&str]) -> Option<usize> {
    for (index, name) in path.iter().enumerate() {
        if name::matches(pattern, name)? {
            return Some(index);
        }
    }
    Some(path.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_source_controller_matches_them() {
        let file = "clusters/a/flux-system/gotk-sync.yaml";
        for (pattern, expected) in [
            // A name alone matches at any depth, folders with all that is in them.
            ("flux-system", true),
            ("flux-system/", true),
            ("gotk-sync.yaml", true),
            ("gotk-sync.yaml/", false),
            ("*.yaml", true),
            ("*", true),
            ("gotk", false),
            // A slash anchors it.
            ("/clusters", true),
            ("/a", false),
            ("a/flux-system", false),
            ("clusters/a", true),
            ("clusters/a/", true),
            ("clusters/a/flux-system/gotk-sync.yaml", true),
            ("clusters/a/flux-system/gotk-sync.yaml/", false),
            ("clusters/*/flux-system", true),
            ("clusters/flux-system", false),
            ("/*", true),
            ("/*/", true),
            // Any depth.
            ("**/flux-system", true),
            ("**/gotk-sync.yaml", true),
            ("**/gotk-sync.yaml/", false),
            ("clusters/**", true),
            ("clusters/a/**/gotk-sync.yaml", true),
            ("clusters/**/flux-system/*.yaml", true),
            ("clusters/**/b/*.yaml", false),
            ("clusters/**/nothing", false),
            ("clusters/a**/flux-system", false),
            ("**", true),
            // Unlike in git, this matches nothing.
            ("/**", false),
            // Spaces at the end, unless the last one is escaped.
            ("flux-system   ", true),
            ("flux-system\t", false),
            ("flux-system\\ ", false),
            (" flux-system", false),
            // Names.
            ("flux?system", true),
            ("[f]lux-*", true),
            ("[^f]lux-*", false),
            ("[!g]lux-*", false),
            ("[a-z]lux-system", true),
            ("[lux", false),
            ("\\flux-system", true),
        ] {
            assert_eq!(Pattern::parse(pattern, "").matches(file), expected.then_some(Match::LeftOut), "{pattern}");
            let negated = Pattern::parse(&format!("!{pattern}"), "").matches(file);
            assert_eq!(negated, expected.then_some(Match::Included), "!{pattern}");
        }
    }

    #[test]
    fn a_pattern_counts_below_its_folder() {
        for (pattern, folder, file, expected) in [
            ("x", "a/b", "a/b/x", true),
            ("x", "a/b", "a/x", false),
            ("b", "a/b", "a/b/x", false),
            ("/c", "a/b", "a/b/c/x", true),
            ("/b", "a", "a/b", true),
            ("a", "a", "a", false),
        ] {
            assert_eq!(
                Pattern::parse(pattern, folder).matches(file).is_some(),
                expected,
                "{pattern} in {folder}: {file}"
            );
        }
    }

    #[test]
    fn escaped_spaces_belong_to_the_name() {
        assert!(Pattern::parse("a\\ ", "").matches("a ").is_some());
        assert!(Pattern::parse("\\!a", "").matches("!a").is_some());
        assert!(Pattern::parse("\\#a", "").matches("#a").is_some());
    }
}
