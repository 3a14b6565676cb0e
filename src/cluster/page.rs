//! How many objects of a long list are asked for at a time: as many as take little memory, so that a distant server is waited for
//! seldom. The pages of a list can only be had one after the other, as each names the next.

use serde_json::Value;

use super::answer::weight;

/// The first page. Nothing is known of the objects then.
const FIRST: u32 = 100;
/// No page has more, as kubectl's.
const MOST: u32 = 500;
/// How many bytes of memory a page is to take at most, about.
const ROOM: usize = 3 << 20;

/// The size of the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageSize(u32);

impl Default for PageSize {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl PageSize {
    /// The number to ask for.
    pub(super) const fn limit(self) -> u32 {
        self.0
    }

    /// The size after a page with these objects: at most four times as many, should the next ones be larger.
    pub(super) fn after(self, page: &Value) -> Self {
        let objects = page["items"].as_array().map_or(0, Vec::len);
        let fitting = ROOM * objects.max(1) / weight(page).max(1);
        Self(u32::try_from(fitting).unwrap_or(MOST).clamp(FIRST, MOST.min(self.0.saturating_mul(4))))
    }

    /// The size to ask for again where a page turned out too large; none where it had not grown.
    pub(super) fn smaller(self) -> Option<Self> {
        (self.0 > FIRST).then(Self::default)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_grows_as_long_as_its_objects_are_small() {
        let page = |objects: usize, bytes: usize| json!({"items": vec![json!({"data": "x".repeat(bytes)}); objects]});
        let sizes = |bytes: usize| {
            let size = PageSize::default().after(&page(100, bytes));
            [size.limit(), size.after(&page(size.limit() as usize, bytes)).limit()]
        };
        assert_eq!(sizes(10), [400, MOST]);
        assert_eq!(sizes(1 << 20), [FIRST, FIRST]);
        let [second, third] = sizes(10_000);
        assert!(FIRST < second && second == third && second < MOST, "{second} {third}");
        assert_eq!(PageSize::default().after(&json!({"items": null})).limit(), 400);
    }

    #[test]
    fn a_page_that_had_grown_too_large_is_asked_for_again() {
        let grown = PageSize::default().after(&json!({"items": [1]}));
        assert_eq!(grown.smaller(), Some(PageSize::default()));
        assert_eq!(PageSize::default().smaller(), None);
    }
}
