//! Where something stands in a file, for errors that name file, field and line.

use std::fmt::Write as _;
use std::rc::Rc;

use super::error::{BuildError, Location};

/// A text file of the repository.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// The path from the root of the repository.
    pub(super) path: String,
    pub(super) text: String,
}

/// One step into a YAML value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A field of a file. Its line is looked for only when it is asked for.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) file: Rc<SourceFile>,
    steps: Vec<Step>,
}

impl Place {
    pub(super) fn root(file: Rc<SourceFile>) -> Self {
        Self { file, steps: Vec::new() }
    }

    pub(super) fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    fn step(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { file: Rc::clone(&self.file), steps }
    }

    /// The path of the field, as `patches[0].target`.
    pub(super) fn field(&self) -> String {
        let mut field = String::new();
        for step in &self.steps {
            match step {
                Step::Key(key) if field.is_empty() => field.push_str(key),
                Step::Key(key) => write!(field, ".{key}").expect("writing to a string cannot fail"),
                Step::Index(index) => write!(field, "[{index}]").expect("writing to a string cannot fail"),
            }
        }
        field
    }

    pub(super) fn location(&self) -> Location {
        Location { file: self.file.path.clone(), field: self.field(), line: line_of(&self.file.text, &self.steps) }
    }

    /// The location of a line within the text of this field, counted from 1.
    pub(super) fn inner_line(&self, line: usize) -> Location {
        let mut location = self.location();
        let header = location.line.and_then(|start| self.file.text.lines().nth(start - 1));
        // Only in a block scalar do the lines of the value stand on lines of their own.
        if header.is_some_and(|header| header.trim_end().ends_with(['|', '-', '+', '>'])) {
            location.line = location.line.map(|start| start + line);
        }
        location
    }

    pub(super) fn error(&self, message: impl Into<String>) -> BuildError {
        BuildError::Invalid { location: self.location(), message: message.into() }
    }
}

/// The 1-based line at which a field stands in block-style YAML; the nearest parent's line where the field itself is
/// written in flow style; `None` if not even the first step is found.
pub(super) fn line_of(text: &str, steps: &[Step]) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let mut part = Part { start: 0, end: lines.len(), inline: None };
    let mut found = None;
    for step in steps {
        let column = match part.inline {
            Some(column) => column,
            None => (part.start..part.end).find_map(|line| indent(lines[line]))?,
        };
        let Some(at) = part.find(&lines, column, step) else { return found };
        found = Some(at + 1);
        part = match step {
            Step::Key(_) => part.of_key(&lines, column, at),
            Step::Index(_) => part.of_element(&lines, column, at),
        };
        if part.inline.is_none() && (part.start..part.end).all(|line| indent(lines[line]).is_none()) {
            return found;
        }
    }
    found
}

/// The lines in which a field stands, the last exclusive.
struct Part {
    start: usize,
    end: usize,
    /// Where the field begins in the first line, behind the dash of its list.
    inline: Option<usize>,
}

impl Part {
    /// The line at which the next step stands, at this column.
    fn find(&self, lines: &[&str], column: usize, step: &Step) -> Option<usize> {
        let content = |line: usize| {
            let inline = line == self.start && self.inline.is_some();
            let at = if inline { Some(column) } else { indent(lines[line]) };
            (at == Some(column)).then(|| lines[line].get(column..)).flatten()
        };
        let mut all = self.start..self.end;
        match step {
            Step::Key(key) => all.find(|line| content(*line).is_some_and(|text| starts_with_key(text, key))),
            Step::Index(index) => {
                all.filter(|line| content(*line).is_some_and(|text| text == "-" || text.starts_with("- "))).nth(*index)
            }
        }
    }

    fn of_key(self, lines: &[&str], column: usize, at: usize) -> Self {
        // A list may stand at the indentation of its key.
        let ends = |line: &usize| {
            let dash = lines[*line].trim_start().starts_with('-');
            indent(lines[*line]).is_some_and(|depth| depth < column || (depth == column && !dash))
        };
        Self { start: at + 1, end: (at + 1..self.end).find(ends).unwrap_or(self.end), inline: None }
    }

    fn of_element(self, lines: &[&str], column: usize, at: usize) -> Self {
        let ends = |line: &usize| indent(lines[*line]).is_some_and(|depth| depth <= column);
        let inline = indent(&lines[at][column + 1..]).map(|spaces| column + 1 + spaces);
        let start = if inline.is_some() { at } else { at + 1 };
        Self { start, end: (at + 1..self.end).find(ends).unwrap_or(self.end), inline }
    }
}

/// The column of the first character; `None` for blank lines, comments and document markers.
fn indent(line: &str) -> Option<usize> {
    let trimmed = line.trim_start_matches(' ');
    (!trimmed.trim().is_empty() && !trimmed.starts_with('#') && !trimmed.starts_with("---"))
        .then(|| line.len() - trimmed.len())
}

fn starts_with_key(text: &str, key: &str) -> bool {
    let unquoted = text.trim_start_matches(['"', '\'']);
    let Some(rest) =
        unquoted.get(..key.len()).filter(|start| start.eq_ignore_ascii_case(key)).map(|_| &unquoted[key.len()..])
    else {
        return false;
    };
    rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# head\nresources:\n- a.yaml\n- b.yaml\n\npatches:\n  - path: x.yaml\n  - target:\n      kind: Deployment\n    patch: |\n      - op: add\n        path: /x\nlabels: [{pairs: {a: b}}]\n";

    fn place() -> Place {
        Place::root(Rc::new(SourceFile { path: "k.yaml".to_owned(), text: TEXT.to_owned() }))
    }

    #[test]
    fn lines_of_block_fields() {
        let line = |place: &Place| place.location().line;
        assert_eq!(line(&place().key("resources").index(1)), Some(4));
        assert_eq!(line(&place().key("patches").index(0).key("path")), Some(7));
        assert_eq!(line(&place().key("patches").index(1)), Some(8));
        assert_eq!(line(&place().key("patches").index(1).key("target").key("kind")), Some(9));
        assert_eq!(line(&place().key("patches").index(1).key("patch")), Some(10));
        assert_eq!(line(&place().key("labels").index(0).key("pairs")), Some(13));
        assert_eq!(line(&place().key("nothing")), None);
    }

    #[test]
    fn lines_within_a_block_scalar() {
        let location = place().key("patches").index(1).key("patch").inner_line(2);
        assert_eq!((location.line, location.field.as_str()), (Some(12), "patches[1].patch"));
    }
}
