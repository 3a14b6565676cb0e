//! Whether a name matches a pattern without slashes, as Go's `filepath.Match` has it on Unix.

/// A part of a pattern.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Any,
    One,
    Letter(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// Whether it matches; none for a malformed pattern.
pub(super) fn matches(pattern: &str, name: &str) -> Option<bool> {
    let parts = parts(pattern)?;
    let name: Vec<char> = name.chars().collect();
    Some(fits(&parts, &name))
}

/// Goes on from the last asterisk after each letter that does not fit.
fn fits(parts: &[Part], name: &[char]) -> bool {
    let (mut part, mut letter) = (0, 0);
    let mut last_any = None;
    while letter < name.len() {
        match parts.get(part) {
            Some(Part::Any) => {
                last_any = Some((part, letter));
                part += 1;
            }
            Some(other) if other.takes(name[letter]) => {
                part += 1;
                letter += 1;
            }
            _ => {
                let Some((any, from)) = last_any else { return false };
                last_any = Some((any, from + 1));
                part = any + 1;
                letter = from + 1;
            }
        }
    }
    parts.iter().skip(part).all(|part| *part == Part::Any)
}

impl Part {
    fn takes(&self, letter: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => true,
            Self::Letter(own) => *own == letter,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&letter)) != *negated
            }
        }
    }
}

fn parts(pattern: &str) -> Option<Vec<Part>> {
    let mut letters = pattern.chars().peekable();
    let mut parts = Vec::new();
    while let Some(letter) = letters.next() {
        parts.push(match letter {
            '*' => Part::Any,
            '?' => Part::One,
            '\\' => Part::Letter(letters.next()?),
            '[' => {
                let negated = letters.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while ranges.is_empty() || letters.next_if_eq(&']').is_none() {
                    let low = of_class(&mut letters)?;
                    let high = match letters.next_if_eq(&'-') {
                        Some(_) => of_class(&mut letters)?,
                        None => low,
                    };
                    ranges.push((low, high));
                }
                Part::Class { negated, ranges }
            }
            other => Part::Letter(other),
        });
    }
    Some(parts)
}

/// One letter of a class; something must follow it.
fn of_class(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    let letter = match letters.next()? {
        '-' | ']' => return None,
        '\\' => letters.next()?,
        other => other,
    };
    letters.peek().map(|_| letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_go_matches_them() {
        for (pattern, name, expected) in [
            ("abc", "abc", Some(true)),
            ("*c", "abc", Some(true)),
            ("a*", "a", Some(true)),
            ("a*b*c", "aXXbYYc", Some(true)),
            ("a*b?c*x", "abxbbxdbxebxczzx", Some(true)),
            ("a*b?c*x", "abxbbxdbxebxczzy", Some(false)),
            ("ab[c]", "abc", Some(true)),
            ("ab[e-g]", "abc", Some(false)),
            ("ab[^c]", "abc", Some(false)),
            ("ab[^e-g]", "abc", Some(true)),
            ("a\\*b", "a*b", Some(true)),
            ("a?b", "a☺b", Some(true)),
            ("[\\]a]", "]", Some(true)),
            ("[\\-x]", "-", Some(true)),
            ("[x\\-]", "x", Some(true)),
            ("[]a]", "]", None),
            ("[-]", "-", None),
            ("[x-]", "x", None),
            ("[a-b-c]", "a", None),
            ("[", "a", None),
            ("[^bc", "a", None),
            ("a[", "ab", None),
            ("a\\", "a", None),
            ("", "", Some(true)),
            ("", "a", Some(false)),
            ("*x", "xxx", Some(true)),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
