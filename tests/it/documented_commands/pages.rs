//! The pages' fenced blocks, and that none of them goes untried.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A fenced block: its language, and its lines without the indentation of the fence.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) language: String,
    pub(super) code: String,
}

/// A block by its page and how it begins.
pub(super) type Place = (&'static str, &'static str);

/// Every page that people read, by its name from the root of the checkout.
fn pages() -> BTreeMap<String, Vec<Block>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"].map(str::to_owned).to_vec();
    names.extend(
        fs_err::read_dir(root.join("docs"))
            .unwrap()
            .map(|entry| format!("docs/{}", entry.unwrap().file_name().to_string_lossy())),
    );
    names.retain(|name| name.ends_with(".md"));
    names.into_iter().map(|name| (name.clone(), blocks(&fs_err::read_to_string(root.join(name)).unwrap()))).collect()
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut open): (Vec<Block>, Option<(usize, Block)>) = (Vec::new(), None);
    for line in page.lines() {
        let text = line.trim_start();
        match (text.strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                let block = Block { language: language.to_owned(), code: String::new() };
                open = Some((line.len() - text.len(), block));
            }
            (Some(_), Some((_, block))) => {
                found.push(block.clone());
                open = None;
            }
            (None, Some((indentation, block))) => {
                block.code.push_str(line.get(*indentation..).unwrap_or_default());
                block.code.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    found
}

/// The block at a place.
#[track_caller]
pub(super) fn block(place: Place) -> Block {
    let (page, beginning) = place;
    let all = pages();
    let blocks = all.get(page).unwrap_or_else(|| panic!("there is no page {page}"));
    let mut found = blocks.iter().filter(|block| block.code.starts_with(beginning));
    let block = found.next().unwrap_or_else(|| panic!("no block of {page} begins with {beginning:?}"));
    assert!(found.next().is_none(), "several blocks of {page} begin with {beginning:?}");
    block.clone()
}

/// Commands that are the same on several pages need one scenario, so lines are compared, and comments do not count.
fn lines(block: &Block) -> Vec<String> {
    let code = block.code.replace("\\\n", " ");
    let line = |line: &str| line.split(" #").next().unwrap_or_default().trim().to_owned();
    code.lines().map(line).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// Fails when a block is of a language that nothing is known of, or has a line that no scenario takes.
pub(super) fn assert_all_taken(taken: &[&[Place]]) {
    let known: BTreeSet<String> = taken.iter().copied().flatten().flat_map(|place| lines(&block(*place))).collect();
    let (mut seen, mut untried) = (0, Vec::new());
    for (page, blocks) in pages() {
        for block in blocks {
            match block.language.as_str() {
                "sh" | "yaml" | "powershell" => {
                    seen += 1;
                    let new = lines(&block).into_iter().filter(|line| !known.contains(line));
                    untried.extend(new.map(|line| format!("{page}: {line}")));
                }
                // Pictures made of characters.
                "text" => {}
                other => panic!("{page}: blocks in `{other}` are not known to this test"),
            }
        }
    }
    assert!(untried.is_empty(), "no scenario takes these lines:\n{}", untried.join("\n"));
    assert!(seen > 20, "{seen}");
}
