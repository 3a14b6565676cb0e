//! What a plain scalar means to the YAML libraries that kustomize is built on: go-yaml v3 (for resources and strategic
//! merge patches; YAML 1.2 booleans) and go-yaml v2 (for kustomization files and JSON patches; YAML 1.1 booleans).

use super::timestamp;

/// Which words are booleans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schema {
    /// `true` and `false` alone, as go-yaml v3 reads.
    Core,
    /// `yes`, `no`, `on`, `off`, `y` and `n` as well, as go-yaml v2 reads.
    Yaml11,
}

/// What a scalar is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    /// Beyond `i64`.
    Uint(u64),
    Float(f64),
    /// In the form of RFC 3339.
    Timestamp(String),
    /// `<<`, where a key may stand.
    Merge,
    Text,
}

/// What a scalar without quotes and tag is.
pub(super) fn resolve(text: &str, schema: Schema) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "true" | "True" | "TRUE" => return Resolved::Bool(true),
        "false" | "False" | "FALSE" => return Resolved::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        "<<" => return Resolved::Merge,
        _ => {}
    }
    if schema == Schema::Yaml11 {
        match text {
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Resolved::Bool(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Resolved::Bool(false),
            _ => {}
        }
    }
    match text.as_bytes() {
        // Behind a point, Go takes underscores only between digits.
        [b'.', b'_', ..] | [b'.', .., b'_'] => Resolved::Text,
        [b'.', ..] if text.contains("__") => Resolved::Text,
        [b'.', ..] => float(&text.replace('_', "")).map_or(Resolved::Text, Resolved::Float),
        [b'0'..=b'9' | b'+' | b'-', ..] => match timestamp::parse(text) {
            Some(timestamp) => Resolved::Timestamp(timestamp),
            None => number(&text.replace('_', "")),
        },
        _ => Resolved::Text,
    }
}

/// A number without underscores; text if it is none, or a hexadecimal, octal or binary one beyond 64 bits.
fn number(text: &str) -> Resolved {
    let (sign, digits) = match text.as_bytes() {
        [b'+' | b'-', ..] => text.split_at(1),
        _ => ("", text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.bytes().all(|digit| char::from(digit).is_digit(radix)) {
        let sign = if sign == "-" { "-" } else { "" };
        if let Ok(int) = i64::from_str_radix(&format!("{sign}{digits}"), radix) {
            return Resolved::Int(int);
        }
        // Go reads no sign before what only an unsigned number can hold.
        if let Some(uint) =
            u64::from_str_radix(digits, radix).ok().filter(|_| text.starts_with(|c: char| c.is_ascii_digit()))
        {
            return Resolved::Uint(uint);
        }
    }
    float(text).map_or(Resolved::Text, Resolved::Float)
}

/// A decimal number; none that is beyond the range of a float.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let has_form = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.bytes().any(|byte| byte.is_ascii_digit())
        && unsigned.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    text.parse().ok().filter(|float: &f64| has_form && float.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each spelling with what kustomize makes of it in a resource and in a JSON patch.
    #[test]
    fn spellings() {
        use Resolved::{Bool, Float, Int, Merge, Null, Text, Uint};
        let both = [
            ("", Null),
            ("~", Null),
            ("Null", Null),
            ("nULL", Text),
            ("True", Bool(true)),
            ("tRUE", Text),
            ("<<", Merge),
            ("0x1F", Int(31)),
            ("0X1f", Int(31)),
            ("0o17", Int(15)),
            ("017", Int(15)),
            ("-0o7", Int(-7)),
            ("0b101", Int(5)),
            ("08", Float(8.0)),
            ("1_000", Int(1000)),
            ("1__0", Int(10)),
            ("0_7", Int(7)),
            ("0x_1", Int(1)),
            ("+1", Int(1)),
            ("+0x1", Int(1)),
            ("1.", Float(1.0)),
            (".5", Float(0.5)),
            ("-.5", Float(-0.5)),
            ("1_0.5", Float(10.5)),
            (".5_0", Float(0.5)),
            ("1e3", Float(1000.0)),
            ("12e03", Float(12000.0)),
            ("1.0e+2", Float(100.0)),
            ("0.1e-7", Float(1e-8)),
            ("1e400", Text),
            ("-1e400", Text),
            ("1e-400", Float(0.0)),
            ("9223372036854775807", Int(i64::MAX)),
            ("-9223372036854775808", Int(i64::MIN)),
            ("18446744073709551615", Uint(u64::MAX)),
            ("18446744073709551616", Float(18_446_744_073_709_551_616.0)),
            ("-9223372036854775809", Float(-9_223_372_036_854_775_809.0)),
            ("0x1ffffffffffffffff", Text),
            ("0b11111111111111111111111111111111111111111111111111111111111111111", Text),
            ("190:20:30", Text),
            ("1.2.3", Text),
            ("1e", Text),
            ("e1", Text),
            (".", Text),
            ("-", Text),
            ("+", Text),
            ("0x", Text),
            ("1-2", Text),
            ("0x1p4", Text),
            ("infinity", Text),
            ("nan", Text),
            ("-inf", Text),
            ("1 000", Text),
            ("yEs", Text),
            ("tru", Text),
        ];
        for (text, resolved) in both {
            assert_eq!(resolve(text, Schema::Core), resolved, "{text}");
            assert_eq!(resolve(text, Schema::Yaml11), resolved, "{text}");
        }
        assert_eq!(resolve("-.INF", Schema::Core), Float(f64::NEG_INFINITY));
        for word in ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"] {
            let is_true = matches!(word.as_bytes(), [b'y' | b'Y', ..] | [b'o' | b'O', b'n' | b'N']);
            assert_eq!(resolve(word, Schema::Core), Text, "{word}");
            assert_eq!(resolve(word, Schema::Yaml11), Bool(is_true), "{word}");
        }
    }
}
