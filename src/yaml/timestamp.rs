//! Dates and times, in the forms that Go's YAML libraries take for a timestamp.

/// A timestamp in the form of RFC 3339; `None` for any other text.
pub(super) fn parse(text: &str) -> Option<String> {
    let (year, rest) = text.split_once('-')?;
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (month, rest) = short_number(rest)?;
    let (day, rest) = short_number(rest.strip_prefix('-')?)?;
    if !(1..=12).contains(&month) || day == 0 || day > days(year.parse().ok()?, month) {
        return None;
    }
    let date = format!("{year}-{month:02}-{day:02}");
    if rest.is_empty() {
        return Some(format!("{date}T00:00:00Z"));
    }
    let (time, zone) = match rest.strip_prefix(['T', 't']) {
        Some(rest) => clock(rest).and_then(|(time, rest)| Some((time, zone(rest)?)))?,
        None => {
            let spaced = rest.trim_start_matches(' ');
            let (time, rest) = clock(spaced).filter(|_| spaced.len() < rest.len())?;
            (time, rest.is_empty().then(|| "Z".to_owned())?)
        }
    };
    Some(format!("{date}T{time}{zone}"))
}

/// A number of one or two digits, and what follows it.
fn short_number(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest))
}

/// `15:4:5.25`, in full, and what follows it.
fn clock(text: &str) -> Option<(String, &str)> {
    let (hour, rest) = short_number(text)?;
    let (minute, rest) = short_number(rest.strip_prefix(':')?)?;
    let (second, rest) = short_number(rest.strip_prefix(':')?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    let Some(fraction) = rest.strip_prefix(['.', ',']) else { return Some((time, rest)) };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, rest) = fraction.split_at(digits);
    if fraction.is_empty() {
        return None;
    }
    // Nanoseconds are the finest that Go keeps.
    let fraction = fraction[..digits.min(9)].trim_end_matches('0');
    Some(if fraction.is_empty() { (time, rest) } else { (format!("{time}.{fraction}"), rest) })
}

/// `Z`, or an offset such as `+02:00`.
fn zone(text: &str) -> Option<String> {
    if text == "Z" {
        return Some("Z".to_owned());
    }
    let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    let number = |text: &str| -> Option<u32> {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    match (hours, minutes) {
        (0, 0) => Some("Z".to_owned()),
        (0..=23, 0..=59) => Some(text.to_owned()),
        _ => None,
    }
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text with what kustomize makes of it in a resource.
    #[test]
    fn forms() {
        for (text, full) in [
            ("2024-05-06", "2024-05-06T00:00:00Z"),
            ("2024-5-6", "2024-05-06T00:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("2024-05-06 07:08:09", "2024-05-06T07:08:09Z"),
            ("2024-05-06 7:8:9", "2024-05-06T07:08:09Z"),
            ("2024-05-06   07:08:09.250", "2024-05-06T07:08:09.25Z"),
            ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06t07:08:09Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09.000Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09.1234567891Z", "2024-05-06T07:08:09.123456789Z"),
            ("2024-05-06T07:08:09+02:00", "2024-05-06T07:08:09+02:00"),
            ("2024-05-06T07:08:09-00:00", "2024-05-06T07:08:09Z"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(full), "{text}");
        }
        for text in [
            "2024-13-06",
            "2023-02-29",
            "2024-00-01",
            "2024-01-00",
            "24-05-06",
            "2024-05",
            "2024-05-06T07:08:09",
            "2024-05-06T07:08Z",
            "2024-05-06 24:00:00",
            "2024-05-06 07:08:09Z",
            "2024-05-06 07:08:09 -5",
            "2024-05-06x",
            "2024-05-06T07:08:09.Z",
            "2024-05-06T07:08:09+2:00",
            "2024-005-06",
            "20240506",
            "2024-05-06 ",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
