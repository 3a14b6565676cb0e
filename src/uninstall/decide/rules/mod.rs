//! What an uninstall refuses to do, each refusal with the flag that overrides it, and what it warns of. Pure: facts in,
//! refusals out.

pub(crate) mod bystanders;
pub(crate) mod denials;
pub(crate) mod doubts;
pub(crate) mod elsewhere;
pub(crate) mod ownership;
pub(crate) mod people;
pub(crate) mod protected;
pub(crate) mod rights;

use crate::domain::object_ref::ObjectRef;

/// So many names are told; of the rest, how many they are.
const SHOWN: usize = 10;

/// Objects for a sentence: `a`, `b` and 3 more.
pub(crate) fn named(objects: &[ObjectRef]) -> String {
    let names: Vec<String> = objects.iter().take(SHOWN).map(|object| format!("`{object}`")).collect();
    match objects.len().saturating_sub(SHOWN) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
