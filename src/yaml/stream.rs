//! Where one document of a stream ends and the next begins, for each reader.

use super::compose::{self, First as Composed, MAX_NODES};
use super::error::YamlError;
use super::node::Node;
use super::reading::Reading;

/// The documents of a stream, as anyone would tell them apart.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, YamlError> {
    let (mut roots, mut nodes) = (Vec::new(), MAX_NODES);
    for (line, part) in split(text) {
        let first = compose::first_within(&part, &mut nodes).map_err(|error| error.below(line))?;
        if let Some(rest) = first.rest {
            let message = "something stands behind the end of the document".to_owned();
            return Err(YamlError { line: rest, message }.below(line));
        }
        roots.extend(first.root.map(|root| root.below(line)));
    }
    Ok(roots)
}

/// Cuts a stream at its `---` lines: the 1-based first line of each part, and its text. What follows the marker on its
/// line belongs to the new document.
fn split(text: &str) -> Vec<(usize, String)> {
    let mut parts = vec![(1, String::new())];
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let marker = line.trim_end();
        let is_marker = marker == "---" || marker.starts_with("--- ") || marker.starts_with("---\t");
        // Directives belong to the document behind the marker.
        let follows_directives = parts.last().is_some_and(|(_, part)| is_directives(part));
        if is_marker && !follows_directives {
            parts.push((index + 1, line[3..].to_owned()));
        } else if let Some(part) = parts.last_mut() {
            part.1.push_str(line);
        }
    }
    parts
}

/// Whether a text holds directives (`%YAML 1.1`) and comments, and nothing else.
fn is_directives(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).peekable();
    lines.peek().is_some() && lines.all(|line| line.starts_with('%'))
}

/// The objects of a resource file or of a strategic merge patch.
pub(crate) struct Resources {
    /// The documents that hold something.
    pub(crate) roots: Vec<Node>,
    /// The lines of what kustomize never looks at: it stands behind the end (`...`) of a document.
    pub(crate) ignored: Vec<usize>,
}

/// Reads a stream as kustomize reads resources: it cuts the text at lines that begin with `---`, and takes the first
/// document of each part.
///
/// # Errors
/// A part that is not YAML, or a cut where something other than a comment follows the marker.
pub(crate) fn resources(text: &str) -> Result<Resources, YamlError> {
    let text = text.replace("\r\n", "\n");
    let mut found = Resources { roots: Vec::new(), ignored: Vec::new() };
    let mut nodes = MAX_NODES;
    for (line, part) in cut(&text)? {
        let first = compose::first_within(part, &mut nodes)
            .and_then(check_directives(part))
            .map_err(|error| error.below(line))?;
        found.ignored.extend(first.rest.map(|rest| rest + line - 1));
        found.roots.extend(first.root.map(|root| root.below(line)));
    }
    Ok(found)
}

/// The parts of a stream of resources, each with its 1-based first line.
fn cut(text: &str) -> Result<Vec<(usize, &str)>, YamlError> {
    let mut parts = Vec::new();
    // Kustomize looks for a line break, `---` and a whole line, and one line break cannot serve two markers.
    let (mut start, mut start_line, mut at, mut may_be_marker) = (0, 1, 0, false);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let is_marker = may_be_marker && line.starts_with("---") && line.ends_with('\n');
        if is_marker {
            let rest = line[3..].trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                let message = format!("kustomize takes `{}` for no separator of documents", line.trim_end());
                return Err(YamlError { line: index + 1, message });
            }
            parts.push((start_line, &text[start..at]));
            (start, start_line) = (at + line.len(), index + 2);
        }
        at += line.len();
        may_be_marker = !is_marker;
    }
    parts.push((start_line, &text[start..]));
    Ok(parts)
}

/// The first document of a text.
pub(crate) struct First {
    /// Its content; `None` if it is empty.
    pub(crate) root: Option<Node>,
    /// The 1-based line of what stands behind it.
    pub(crate) ignored: Option<usize>,
}

/// Reads a text as kustomize reads its own file and JSON patches: the first document alone, whatever follows.
///
/// # Errors
/// A first document that is not YAML.
pub(crate) fn first(text: &str) -> Result<First, YamlError> {
    let first = compose::first(text).and_then(check_directives(text))?;
    let is_null = |root: &Node| root.read(Reading::Yaml11).is_ok_and(|value| value.is_null());
    Ok(First { root: first.root.filter(|root| !is_null(root)), ignored: first.rest })
}

/// Refuses the directives that Go's libraries refuse: they know `%TAG` and `%YAML 1.1`.
fn check_directives(text: &str) -> impl Fn(Composed) -> Result<Composed, YamlError> {
    move |first| {
        let lines = text
            .lines()
            .enumerate()
            .take_while(|(_, line)| line.trim().is_empty() || line.starts_with(['#', '%', '\u{feff}']));
        let mut directives = lines.filter(|(_, line)| line.starts_with('%'));
        let is_known = |line: &str| line.starts_with("%TAG ") || line.starts_with("%YAML ");
        if let Some((index, line)) = directives.find(|(_, line)| !is_known(line)) {
            return Err(YamlError {
                line: index + 1,
                message: format!("`{}` is an unknown directive", line.trim_end()),
            });
        }
        match first.version {
            None | Some((1, 1)) => Ok(first),
            Some((major, minor)) => {
                let message =
                    format!("`%YAML {major}.{minor}` asks for a version that kustomize does not read; leave it out");
                Err(YamlError { line: 1, message })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each stream with the lines at which kustomize finds resources, and those of what it never looks at.
    #[test]
    fn resources_are_cut_as_kustomize_cuts_them() {
        for (text, lines, ignored) in [
            ("a: 1\n---\nb: 2\n", vec![1, 3], vec![]),
            ("---\na: 1\n---\n---\n\nb: 2\n---\n", vec![2, 6], vec![]),
            ("a: 1\r\n--- # x\r\nb: 2\r\n", vec![1, 3], vec![]),
            ("--- {a: 1}\n---\nb: 2\n", vec![1, 3], vec![]),
            ("a: 1\n...\nb: 2\n---\nc: 3\n", vec![1, 5], vec![3]),
            ("a: 1\n...\n# c\n---\nc: 3\n", vec![1, 5], vec![]),
            ("a: |\n  x\n  ---\n", vec![1], vec![]),
            ("# c\n---\n# d\n", vec![], vec![]),
            ("", vec![], vec![]),
        ] {
            let found = resources(text).unwrap();
            assert_eq!(found.roots.iter().map(|root| root.line).collect::<Vec<_>>(), lines, "{text}");
            assert_eq!(found.ignored, ignored, "{text}");
        }
        for (text, line) in
            [("a: 1\n--- {b: 2}\n", 2), ("a: 1\n---b\n", 2), ("%YAML 1.1\n---\na: 1\n", 2), ("a: 1\n---\nb: [\n", 3)]
        {
            assert!(resources(text).err().is_some_and(|error| error.line >= line), "{text}");
        }
    }

    #[test]
    fn the_first_document_alone_is_read() {
        for (text, ignored) in [
            ("a: 1\n", None),
            ("a: 1\n---\n# c\n", None),
            ("a: 1\n...\n", None),
            ("a: 1\n---\nb: 2\n", Some(2)),
            ("a: 1\n...\n[ {\n", Some(3)),
            ("%YAML 1.1\n---\na: 1\n--- x\n", Some(4)),
        ] {
            let first = first(text).unwrap();
            assert!(first.root.is_some(), "{text}");
            assert_eq!(first.ignored, ignored, "{text}");
        }
        assert!(first("---\n---\na: 1\n").unwrap().root.is_none());
        assert!(first("%YAML 1.2\n---\na: 1\n").is_err() && first("%X y\n---\na: 1\n").is_err());
    }
}
