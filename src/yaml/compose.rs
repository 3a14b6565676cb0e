//! From text to nodes, within limits that hostile input cannot exceed.

use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput, StructureStyle, Tag};

use super::error::YamlError;
use super::node::{Content, Node, Scalar, Style};

/// How deep sequences and mappings may be nested once aliases are replaced. The parser itself allows 255 of either
/// layout.
const MAX_DEPTH: usize = 510;
/// How many bytes anchors and aliases may add to a document.
const MAX_ALIASED: usize = 8 << 20;
/// How many values a text may hold: each takes some hundred bytes of memory. All definitions of Flux hold 30,000.
pub(super) const MAX_NODES: usize = 300_000;

/// The first document of a text.
pub(super) struct First {
    /// Its content; `None` if there is none.
    pub(super) root: Option<Node>,
    /// The line after it at which something else stands.
    pub(super) rest: Option<usize>,
    /// The version that a `%YAML` directive asks for.
    pub(super) version: Option<(u32, u32)>,
}

/// Reads the first document of a text; what stands behind it need not be YAML.
///
/// # Errors
/// A document that is not YAML, or one beyond the limits.
pub(super) fn first(text: &str) -> Result<First, YamlError> {
    first_within(text, &mut MAX_NODES.clone())
}

/// [`first`] of a text that is a part of one; `nodes` is how many values are still taken of the whole.
pub(super) fn first_within(text: &str, nodes: &mut usize) -> Result<First, YamlError> {
    let mut options = Options::default();
    // Go's parsers, which read these files in the cluster, add no line break either.
    options.block_scalar_eof_without_line_feed = true;
    // Comments would be buffered, up to a limit, for nobody.
    options.set_emit_comments(false);
    options.disallow_directives = false;
    let parser = Parser::new_from_str_with_options(text, options);
    let mut composer = Composer { text, parser, anchors: HashMap::new(), aliased: 0, nodes };
    let mut version = None;
    loop {
        match composer.next()? {
            (Event::StreamEnd, _) => return Ok(First { root: None, rest: None, version }),
            (Event::DocumentStart(_, asked), _) => version = asked.map(|asked| (asked.major, asked.minor)),
            (Event::DocumentEnd, span) => {
                return Ok(First { root: None, rest: composer.rest(line(&span)), version });
            }
            (
                event @ (Event::Alias(_) | Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..)),
                span,
            ) => {
                let root = composer.node(event, &span, 0)?;
                let end = composer.next().map_or(root.line, |(_, span)| line(&span));
                return Ok(First { root: Some(root), rest: composer.rest(end), version });
            }
            _ => {}
        }
    }
}

struct Composer<'a, 'b> {
    text: &'a str,
    /// How many values are still taken.
    nodes: &'b mut usize,
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    /// How many bytes anchors and aliases have added.
    aliased: usize,
}

impl<'a> Composer<'a, '_> {
    fn next(&mut self) -> Result<(Event<'a>, Span), YamlError> {
        match self.parser.next_event() {
            Some(result) => result.map_err(|error| not_yaml(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// The line of what follows a document, whether it is YAML or not.
    fn rest(&mut self, end: usize) -> Option<usize> {
        loop {
            match self.parser.next_event() {
                None | Some(Ok((Event::StreamEnd, _))) => return None,
                Some(Ok((Event::DocumentEnd, _))) => {}
                Some(Ok((Event::DocumentStart(..), span))) => return self.is_something().then(|| line(&span).max(end)),
                Some(Ok((_, span))) => return Some(line(&span)),
                Some(Err(error)) => return Some(error.marker().line()),
            }
        }
    }

    /// Whether the document that has just started holds anything.
    fn is_something(&mut self) -> bool {
        match self.parser.next_event() {
            Some(Ok((Event::Scalar(text, ScalarStyle::Plain, ..), span))) => {
                !self.is_left_out(&text, Style::Plain, &span)
            }
            Some(Ok((Event::DocumentEnd | Event::StreamEnd, _))) | None => false,
            _ => true,
        }
    }

    fn node(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Node, YamlError> {
        let line = line(span);
        if depth > MAX_DEPTH {
            return Err(YamlError { line, message: "it is nested too deep".to_owned() });
        }
        *self.nodes = self
            .nodes
            .checked_sub(1)
            .ok_or_else(|| YamlError { line, message: format!("the file holds more than {MAX_NODES} values") })?;
        let is_flow = matches!(
            event,
            Event::SequenceStart(StructureStyle::Flow, ..) | Event::MappingStart(StructureStyle::Flow, ..)
        );
        let (content, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, line, depth),
            Event::Scalar(text, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::Folded => Style::Folded,
                    ScalarStyle::Literal => Style::Literal,
                    _ => Style::Quoted,
                };
                let text = if self.is_left_out(&text, style, span) { String::new() } else { text.into_owned() };
                (Content::Scalar(Scalar { text, style, tag: short(tag.as_deref()) }), anchor)
            }
            Event::SequenceStart(_, anchor, _) => (self.sequence(depth)?, anchor),
            Event::MappingStart(_, anchor, _) => (self.mapping(depth)?, anchor),
            _ => return Err(YamlError { line, message: "a value is expected".to_owned() }),
        };
        let node = Node { content, line, is_flow };
        if anchor != 0 {
            self.charge(&node)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// Whether the parser gives `~` for a value that is not written at all.
    fn is_left_out(&self, text: &str, style: Style, span: &Span) -> bool {
        let written = span.start.byte_offset().and_then(|offset| self.text.as_bytes().get(offset));
        style == Style::Plain && text == "~" && written != Some(&b'~')
    }

    fn sequence(&mut self, depth: usize) -> Result<Content, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Content::Sequence(items)),
                (event, span) => items.push(self.node(event, &span, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Content, YamlError> {
        let mut pairs = Vec::new();
        loop {
            match self.next()? {
                (Event::MappingEnd, _) => return Ok(Content::Mapping(pairs)),
                (event, span) => {
                    let key = self.node(event, &span, depth + 1)?;
                    let (event, span) = self.next()?;
                    pairs.push((key, self.node(event, &span, depth + 1)?));
                }
            }
        }
    }

    fn alias(&mut self, anchor: usize, line: usize, depth: usize) -> Result<Node, YamlError> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(YamlError { line, message: "an alias stands within what it names".to_owned() });
        };
        if depth + node.depth() > MAX_DEPTH {
            return Err(YamlError { line, message: "it is nested too deep".to_owned() });
        }
        let node = node.clone();
        self.charge(&node)?;
        Ok(node)
    }

    /// Accounts for a copy.
    fn charge(&mut self, copy: &Node) -> Result<(), YamlError> {
        self.aliased += copy.weight();
        if self.aliased > MAX_ALIASED {
            return Err(YamlError { line: copy.line, message: "its aliases grow beyond all measure".to_owned() });
        }
        Ok(())
    }
}

/// A tag as people write it.
fn short(tag: Option<&Tag>) -> String {
    match tag {
        None => String::new(),
        Some(tag) => format!("{}{}", tag.handle(), tag.suffix()).replacen("tag:yaml.org,2002:", "!!", 1),
    }
}

fn line(span: &Span) -> usize {
    span.start.line()
}

fn not_yaml(error: &ScanError) -> YamlError {
    YamlError { line: error.marker().line().max(1), message: error.info() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        first(text).err().map(|error| error.message).unwrap_or_default()
    }

    #[test]
    fn comments_have_no_limit() {
        let remarks = "# remark\n".repeat(5000);
        let text = format!("a:\n{remarks}- b\n-\n{remarks}  c: {{ # x\n{remarks}    d: e}}\n");
        let root = first(&text).unwrap().root.unwrap();
        assert_eq!(root.read(crate::yaml::Reading::Plain).unwrap(), serde_json::json!({"a": ["b", {"c": {"d": "e"}}]}));
    }

    #[test]
    fn bombs_are_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let alias = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", ")));
        }
        assert!(refused(&text).contains("aliases grow"), "{}", refused(&text));
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(1000));
        assert!(refused(&long).contains("aliases grow"), "{}", refused(&long));
        let mut deep = format!("a0: &a0 {}{}\n", "[".repeat(200), "]".repeat(200));
        for level in 1..4 {
            deep.push_str(&format!("a{level}: &a{level} {}*a{}{}\n", "[".repeat(200), level - 1, "]".repeat(200)));
        }
        assert!(refused(&deep).contains("too deep"), "{}", refused(&deep));
        assert!(!refused(&"[".repeat(100_000)).is_empty());
        assert!(!refused(&(0..2000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>()).is_empty());
        assert!(refused("a: &a [*a]").contains("within what it names"));
        assert!(!refused("a: *nothing").is_empty());
    }

    #[test]
    fn what_is_left_out_is_told_from_null() {
        let root = first("a:\nb: ~\nc: ''\nd: {e, f: ~, g: }\nh:\n-\n- ~\n").unwrap().root.unwrap();
        let is_left_out = |node: &Node| node.scalar().is_some_and(Scalar::is_left_out);
        let of = |key: &str| is_left_out(root.get(key).unwrap());
        assert!(of("a") && !of("b") && !of("c"));
        let inner = |key: &str| is_left_out(root.get("d").unwrap().get(key).unwrap());
        assert!(inner("e") && !inner("f") && inner("g"));
        let Content::Sequence(items) = &root.get("h").unwrap().content else { unreachable!() };
        assert!(is_left_out(&items[0]) && !is_left_out(&items[1]));
    }
}
