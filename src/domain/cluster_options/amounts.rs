//! Amounts that Kubernetes takes and nobody means: a volume of ten bytes, 500 processors.

use super::change::{OptionChange, OptionError};
use super::values::Quantity;

/// No volume and no memory limit is smaller, in bytes.
const LEAST_BYTES: f64 = 1_048_576.0;
/// No controller gets as many processors.
const MOST_PROCESSORS: f64 = 100.0;

/// The same changes, if each amount in them can be meant. Only flags are looked at so: a record that is there already counts.
///
/// # Errors
/// The first amount that makes no sense, with what was probably meant.
pub(crate) fn sensible(changes: Vec<OptionChange>) -> Result<Vec<OptionChange>, OptionError> {
    let found = changes.iter().find_map(|change| match change {
        OptionChange::Storage(amount) => of_bytes("Gi", amount),
        OptionChange::ControllerResources(_, resource, Some(amount)) => match resource.as_str() {
            "cpu" => of_processors(amount),
            "memory" => of_bytes("Mi", amount),
            _ => of_bytes("Gi", amount),
        },
        _ => None,
    });
    found.map_or(Ok(changes), |text| Err(OptionError::from(text)))
}

/// `unit` is the one that was probably meant.
fn of_bytes(unit: &str, amount: &Quantity) -> Option<String> {
    let (number, given) = amount.parts();
    if number * factor(given) >= LEAST_BYTES {
        return None;
    }
    let (text, digits) = (amount.as_str(), amount.digits());
    // Hardly any controller lives on 8Mi.
    let unit = if number <= 16.0 { "Gi" } else { unit };
    let meant = if number < 1024.0 { format!("`{digits}{unit}`") } else { format!("a unit too, as in `10{unit}`") };
    Some(match given {
        "" => format!("`{text}` is {text} bytes: write {meant}"),
        "m" => format!("`{text}` is {digits} thousandths of a byte: write {meant}"),
        _ => format!("`{text}` is less than 1Mi: write {meant}"),
    })
}

fn of_processors(amount: &Quantity) -> Option<String> {
    let (number, given) = amount.parts();
    let (text, digits) = (amount.as_str(), amount.digits());
    match given {
        "" if number >= MOST_PROCESSORS => Some(format!("`{text}` is {text} whole processors: write `{digits}m`")),
        "m" if number >= MOST_PROCESSORS * 1000.0 => {
            Some(format!("`{text}` is more than {MOST_PROCESSORS} processors"))
        }
        "" | "m" => None,
        unit => Some(format!("`{unit}` counts no processors: write `500m` for half of one, or `2` for two")),
    }
}

fn factor(unit: &str) -> f64 {
    let power = |base: f64, letter: &str| {
        ["k", "m", "g", "t", "p", "e"]
            .iter()
            .zip(1..)
            .find(|(known, _)| letter.eq_ignore_ascii_case(known))
            .map_or(1.0, |(_, power)| base.powi(power))
    };
    match unit {
        "" => 1.0,
        "m" => 0.001,
        unit => unit.strip_suffix('i').map_or_else(|| power(1000.0, unit), |letter| power(1024.0, letter)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster_options::OptionName;

    fn told(name: OptionName, value: &str) -> String {
        let changes = OptionChange::parse(name, &[value.to_owned()]).unwrap();
        sensible(changes).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn amounts_that_nobody_means_are_told_with_what_was_meant() {
        for (value, error) in [
            ("10", "`10` is 10 bytes: write `10Gi`"),
            ("1000000", "`1000000` is 1000000 bytes: write a unit too, as in `10Gi`"),
            ("1.5", "`1.5` is 1.5 bytes: write `1.5Gi`"),
            ("10m", "`10m` is 10 thousandths of a byte: write `10Gi`"),
            ("10k", "`10k` is less than 1Mi: write `10Gi`"),
            ("512Ki", "`512Ki` is less than 1Mi: write `512Gi`"),
            ("10Gi", ""),
            ("10G", ""),
            ("1Mi", ""),
            ("10737418240", ""),
        ] {
            assert_eq!(told(OptionName::Storage, value), error, "{value}");
        }
        for (limit, error) in [
            ("memory=512", "`512` is 512 bytes: write `512Mi`"),
            ("memory=2", "`2` is 2 bytes: write `2Gi`"),
            ("memory=512m", "`512m` is 512 thousandths of a byte: write `512Mi`"),
            ("memory=536870912", ""),
            ("memory=1Gi", ""),
            ("ephemeral-storage=20", "`20` is 20 bytes: write `20Gi`"),
            ("cpu=500", "`500` is 500 whole processors: write `500m`"),
            ("cpu=1Gi", "`Gi` counts no processors: write `500m` for half of one, or `2` for two"),
            ("cpu=2k", "`k` counts no processors: write `500m` for half of one, or `2` for two"),
            ("cpu=500000m", "`500000m` is more than 100 processors"),
            ("cpu=0.5", ""),
            ("cpu=2,memory=512Mi", ""),
            ("cpu=2,memory=512", "`512` is 512 bytes: write `512Mi`"),
            ("memory=", ""),
        ] {
            let value = format!("source-controller={limit}");
            assert_eq!(told(OptionName::ControllerResources, &value), error, "{value}");
        }
    }
}
