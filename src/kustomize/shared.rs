//! Values that are one in kustomize although they stand at several places of an object.
//!
//! Where kustomize adds a label or an annotation at several places, it puts the same node of its tree there, so whatever
//! changes one of them later, a patch, another label or a variable, changes all of them. A JSON patch parses the object
//! anew, which ends it.

use serde_json::Value;

use super::place::Step;

/// The places of an object that hold one value each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shared(Vec<Group>);

#[derive(Clone, Debug, PartialEq)]
struct Group {
    places: Vec<Vec<Step>>,
    value: Value,
}

impl Shared {
    /// Notes that one value has been added at these places.
    pub(super) fn add(&mut self, places: Vec<Vec<Step>>, value: Value) {
        if places.len() > 1 {
            self.0.push(Group { places, value });
        }
    }

    /// From now on every place has its own value.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The annotations of the object itself are written anew.
    pub(super) fn forget_annotations(&mut self) {
        let is_own = |place: &Vec<Step>| matches!(place.as_slice(), [Step::Key(first), Step::Key(second), _] if first == "metadata" && second == "annotations");
        self.0.iter_mut().for_each(|group| group.places.retain(|place| !is_own(place)));
    }

    /// Carries a change at one place to the others.
    pub(super) fn spread(&mut self, object: &mut Value) {
        for Group { places, value } in &mut self.0 {
            places.retain(|place| at(object, place).is_some());
            let changed = places.iter().filter_map(|place| at(object, place)).find(|now| *now != value).cloned();
            if let Some(changed) = changed {
                for place in places.iter() {
                    if let Some(here) = at_mut(object, place) {
                        *here = changed.clone();
                    }
                }
                *value = changed;
            }
        }
    }
}

fn at<'a>(object: &'a Value, place: &[Step]) -> Option<&'a Value> {
    place.iter().try_fold(object, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

fn at_mut<'a>(object: &'a mut Value, place: &[Step]) -> Option<&'a mut Value> {
    place.iter().try_fold(object, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_at_one_place_reaches_the_others_that_are_left() {
        let place = |keys: &[&str]| keys.iter().map(|key| Step::Key((*key).to_owned())).collect::<Vec<_>>();
        let mut shared = Shared::default();
        shared.add(vec![place(&["a", "x"]), place(&["b", "x"]), place(&["c", "x"])], json!("old"));
        let mut object = json!({"a": {"x": "old"}, "b": {"x": "new"}, "c": {}});
        shared.spread(&mut object);
        assert_eq!(object, json!({"a": {"x": "new"}, "b": {"x": "new"}, "c": {}}));
        shared.clear();
        object["a"]["x"] = "alone".into();
        shared.spread(&mut object);
        assert_eq!(object["b"]["x"], "new");
    }
}
