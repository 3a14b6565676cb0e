//! Lists of the API, `{"count":2,"value":[..]}`, read with a bound on how many things they may hold.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// The most things of one list: more than the repositories of the largest organisations.
const MOST: usize = 20_000;

/// What a list holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Items<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct List<T> {
            #[serde(deserialize_with = "bounded", bound(deserialize = "T: Deserialize<'de>"))]
            value: Vec<T>,
        }
        List::deserialize(from).map(|list| Self(list.value))
    }
}

fn bounded<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    struct Bounded<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
        type Value = Vec<T>;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(to, "a list of at most {MOST}")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
            let mut found = Vec::new();
            while let Some(item) = sequence.next_element()? {
                if found.len() == MOST {
                    return Err(A::Error::custom(format_args!("the list has more than {MOST} entries")));
                }
                found.push(item);
            }
            Ok(found)
        }
    }
    from.deserialize_seq(Bounded(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_bounded() {
        let list = |count: usize| format!("{{\"count\":{count},\"value\":[{}1]}}", "1,".repeat(count - 1));
        assert_eq!(serde_json::from_str::<Items<u8>>(&list(2)).unwrap().0, [1, 1]);
        assert!(serde_json::from_str::<Items<u8>>(&list(MOST)).is_ok());
        assert!(serde_json::from_str::<Items<u8>>(&list(MOST + 1)).is_err());
        assert!(serde_json::from_str::<Items<u8>>("{\"count\":0}").is_err());
    }
}
