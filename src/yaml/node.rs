//! A YAML document as it is written: which style, which tag, in which order, on which line.

/// A scalar, sequence or mapping; aliases are already replaced by what they name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// What it is.
    pub(crate) content: Content,
    /// The 1-based line of the stream at which it starts.
    pub(crate) line: usize,
    /// Whether it is a sequence in brackets or a mapping in braces.
    pub(crate) is_flow: bool,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values; a key may be there twice.
    Mapping(Vec<(Node, Node)>),
}

/// A scalar that no schema has looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// The text, without quotes, escapes and indentation.
    pub(crate) text: String,
    /// How it is written.
    pub(crate) style: Style,
    /// The tag: `!!int`, `!local`; empty where none is written.
    pub(crate) tag: String,
}

/// How a scalar is written, as far as anyone asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes; only such scalars may be something other than text.
    Plain,
    /// In quotes of either kind.
    Quoted,
    /// In a literal block (`|`).
    Literal,
    /// In a folded block (`>`).
    Folded,
}

impl Node {
    /// The scalar, if it is one.
    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.content {
            Content::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The value of a key; the last one, where the key is there twice.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Content::Mapping(pairs) = &self.content else { return None };
        let is_key = |node: &Self| node.scalar().is_some_and(|scalar| scalar.text == key);
        pairs.iter().rev().find(|(node, _)| is_key(node)).map(|(_, value)| value)
    }

    /// The same node in a part that starts at a 1-based line of the stream.
    pub(super) fn below(mut self, line: usize) -> Self {
        self.shift(line - 1);
        self
    }

    fn shift(&mut self, lines: usize) {
        self.line += lines;
        match &mut self.content {
            Content::Scalar(_) => {}
            Content::Sequence(items) => items.iter_mut().for_each(|item| item.shift(lines)),
            Content::Mapping(pairs) => pairs.iter_mut().for_each(|(key, value)| {
                key.shift(lines);
                value.shift(lines);
            }),
        }
    }

    /// How deep sequences and mappings are nested in it.
    pub(super) fn depth(&self) -> usize {
        match &self.content {
            Content::Scalar(_) => 0,
            Content::Sequence(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Content::Mapping(pairs) => 1 + pairs.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
        }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        64 + match &self.content {
            Content::Scalar(scalar) => scalar.text.len(),
            Content::Sequence(items) => items.iter().map(Self::weight).sum(),
            Content::Mapping(pairs) => pairs.iter().map(|(key, value)| key.weight() + value.weight()).sum(),
        }
    }
}

impl Scalar {
    /// Nothing at all, where a value could stand: `key:` and no more.
    pub(crate) fn is_left_out(&self) -> bool {
        let is_null = self.tag == "!!null" || (self.style == Style::Plain && self.tag.is_empty());
        self.text.is_empty() && is_null
    }
}
