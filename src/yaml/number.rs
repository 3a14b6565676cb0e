//! How Go writes numbers, where the spelling can be seen: in texts and keys that once were numbers.

use std::fmt::{Display, LowerExp};

/// A float in Go's shortest form (`%g`): with an exponent below `1e-04` and from `1e+06` on.
pub(crate) fn shortest<F: Display + LowerExp>(float: F) -> String {
    let scientific = format!("{float:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.abs())
        }
        _ => float.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_writes_them() {
        for (float, text) in [
            (1.1, "1.1"),
            (8080.0, "8080"),
            (123_456.0, "123456"),
            (1e6, "1e+06"),
            (123_456_789.0, "1.23456789e+08"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1e100, "1e+100"),
            (-2.5e6, "-2.5e+06"),
            (0.0, "0"),
            (9_007_199_254_740_992.0, "9.007199254740992e+15"),
        ] {
            assert_eq!(shortest(float), text);
        }
        assert_eq!(shortest(12_345_678.9_f32), "1.2345679e+07");
    }
}
