//! What source-controller leaves out of an artifact: `.sourceignore` files, `spec.ignore`, and its own list.
//!
//! It looks like gitignore and is not quite that, so it is done here as `github.com/fluxcd/pkg/sourceignore` v0.18.0 does it: the last
//! pattern that matches a file decides, also below a folder that is left out; a pattern counts below the folder of its file.

mod name;
mod pattern;

use pattern::{Match, Pattern};

/// The name of the files.
pub(crate) const FILE: &str = ".sourceignore";

/// What is always left out, unless a pattern takes it back.
const VERSION_CONTROL: &[&str] = &[".git/", ".gitignore", ".gitmodules", ".gitattributes"];

/// What is left out where nobody gives a pattern.
const BY_DEFAULT: &[&str] = &[
    "*.jpg",
    "*.jpeg",
    "*.gif",
    "*.png",
    "*.wmv",
    "*.flv",
    "*.tar.gz",
    "*.zip",
    ".github/",
    ".circleci/",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    "**/.goreleaser.yml",
    "**/.sops.yaml",
    "**/.flux.yaml",
];

/// The longest line that its reader takes, in bytes; it reads no further.
const LONGEST_LINE: usize = 64 * 1024;

/// Patterns in the order in which they count, the last first.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceIgnore {
    given: Vec<Line>,
}

/// A pattern with its place.
#[derive(Clone, Debug)]
struct Line {
    place: Place,
    number: usize,
    text: String,
    pattern: Pattern,
}

/// Where a pattern stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file of the repository.
    File(String),
    /// `spec.ignore` of the GitRepository.
    Spec,
    /// Source-controller's own list.
    Controller,
}

/// What leaves a file out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// Where the pattern stands.
    pub place: Place,
    /// The 1-based line there.
    pub line: usize,
    /// The pattern as it is written.
    pub pattern: String,
}

impl SourceIgnore {
    /// Takes the `.sourceignore` of a folder; those above it must have been taken before.
    pub(crate) fn add_file(&mut self, folder: &str, text: &str) {
        let file = if folder.is_empty() { FILE.to_owned() } else { format!("{folder}/{FILE}") };
        self.add(&Place::File(file), folder, text);
    }

    /// Takes `spec.ignore`, after all files.
    pub(crate) fn add_spec(&mut self, text: &str) {
        self.add(&Place::Spec, "", text);
    }

    fn add(&mut self, place: &Place, folder: &str, text: &str) {
        let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let read = lines.take_while(|line| line.len() < LONGEST_LINE).enumerate();
        let said = read.filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
        self.given.extend(said.map(|(index, line)| Line {
            place: place.clone(),
            number: index + 1,
            text: line.to_owned(),
            pattern: Pattern::parse(line, folder),
        }));
    }

    /// Whether nobody gave a pattern, so that the controller's own list counts.
    pub(crate) fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// What leaves this file out; none where it is in the artifact.
    pub(crate) fn left_out(&self, file: &str) -> Option<LeftOut> {
        let decides = self.given.iter().rev().find_map(|line| {
            let found = line.pattern.matches(file)?;
            Some((found, LeftOut { place: line.place.clone(), line: line.number, pattern: line.text.clone() }))
        });
        match decides {
            Some((Match::Included, _)) => None,
            Some((Match::LeftOut, line)) => Some(line),
            None => by_controller(file, self.is_empty()),
        }
    }
}

fn by_controller(file: &str, with_defaults: bool) -> Option<LeftOut> {
    let defaults = if with_defaults { BY_DEFAULT } else { &[] };
    let mut patterns = VERSION_CONTROL.iter().chain(defaults).enumerate();
    let (index, pattern) = patterns.find(|(_, text)| Pattern::parse(text, "").matches(file).is_some())?;
    Some(LeftOut { place: Place::Controller, line: index + 1, pattern: (*pattern).to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignore(files: &[(&str, &str)], spec: &str) -> SourceIgnore {
        let mut ignore = SourceIgnore::default();
        files.iter().for_each(|(folder, text)| ignore.add_file(folder, text));
        ignore.add_spec(spec);
        ignore
    }

    fn found(ignore: &SourceIgnore, file: &str) -> String {
        match ignore.left_out(file) {
            None => "in".to_owned(),
            Some(LeftOut { place: Place::File(file), line, .. }) => format!("{file}:{line}"),
            Some(LeftOut { place: Place::Spec, line, .. }) => format!("spec:{line}"),
            Some(LeftOut { place: Place::Controller, pattern, .. }) => pattern,
        }
    }

    #[test]
    fn the_last_pattern_decides_and_the_nearest_file_comes_after_those_above() {
        let file = "clusters/a/x.yaml";
        for (files, spec, expected) in [
            (&[("", "clusters/\n")][..], "", ".sourceignore:1"),
            (&[("", "# all\n\n/*\n!/clusters\n")], "", "in"),
            (&[("", "!clusters\n/*\r\n")], "", ".sourceignore:2"),
            (&[("", "/clusters\n"), ("clusters", "!a\n")], "", "in"),
            (&[("clusters", "!a\n"), ("clusters/a", "*.yaml\n")], "", "clusters/a/.sourceignore:1"),
            (&[("clusters/a", "*.yaml\n")], "!/clusters\n", "in"),
            (&[("apps", "/clusters\n"), ("clusters", "/clusters\n")], "", "in"),
            (&[], "/*\n", "spec:1"),
        ] {
            assert_eq!(found(&ignore(files, spec), file), expected, "{files:?} {spec:?}");
        }
    }

    #[test]
    fn the_controller_s_own_list_counts_where_nobody_gives_a_pattern() {
        for (file, alone, beside) in [
            (".github/clusters/x.yaml", ".github/", "in"),
            ("clusters/site.zip/x.yaml", "*.zip", "in"),
            ("clusters/.sops.yaml", "**/.sops.yaml", "in"),
            ("clusters/.git/x.yaml", ".git/", ".git/"),
            ("clusters/.gitignore", ".gitignore", ".gitignore"),
            ("clusters/x.yaml", "in", "in"),
        ] {
            assert_eq!(found(&ignore(&[("", "# nothing\n \n")], ""), file), alone, "{file}");
            assert_eq!(found(&ignore(&[("", "other\n")], ""), file), beside, "{file}");
        }
    }

    /// Rows of folder, patterns and file, made by seed; the last column is what the Go module says.
    #[test]
    fn source_controller_s_own_code_says_the_same() {
        let recorded = include_str!("../../../tests/golden/source-ignore.tsv");
        let mut rows = 0;
        for row in recorded.lines() {
            let [folder, patterns, file, expected] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
            let ignore = ignore(&[(folder, &patterns.replace('\u{2424}', "\n"))], "");
            let said = if ignore.left_out(file).is_some() { "out" } else { "in" };
            assert_eq!(said, expected, "{row}");
            rows += 1;
        }
        assert_eq!(rows, 2000);
    }

    #[test]
    fn a_line_that_is_too_long_ends_the_file() {
        let text = format!("{}\n*\n", "a".repeat(LONGEST_LINE));
        assert_eq!(found(&ignore(&[("", &text)], ""), "x"), "in");
    }
}
