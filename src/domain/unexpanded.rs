//! Names of variables that stand where their values should: a pipeline or a shell has not put them in.

/// The first reference to a variable in a text, in a form of Azure Pipelines (`$(NAME)`, `$[..]`, `${{ .. }}`), of shells
/// (`${NAME}`), of Windows (`%NAME%`) or of templates (`{{ .. }}`).
pub(crate) fn variable(text: &str) -> Option<&str> {
    let forms = [("${{", "}}"), ("$(", ")"), ("${", "}"), ("$[", "]"), ("{{", "}}")];
    let found = forms.iter().filter_map(|(open, close)| {
        let start = text.find(open)?;
        let inner = start + open.len();
        let end = inner + text[inner..].find(close)?;
        (!text[inner..end].trim().is_empty()).then(|| (start, &text[start..end + close.len()]))
    });
    found.chain(of_windows(text)).min_by_key(|(start, _)| *start).map(|(_, variable)| variable)
}

/// Whether a text is nothing but such a reference.
pub(crate) fn is_variable(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && variable(text) == Some(text)
}

/// `%NAME%`; what `%` begins in addresses is two hexadecimal digits.
fn of_windows(text: &str) -> Option<(usize, &str)> {
    text.match_indices('%').find_map(|(start, _)| {
        let end = start + 1 + text[start + 1..].find('%')?;
        let name = &text[start + 1..end];
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|character| character.is_ascii_alphanumeric() || "_.-".contains(character));
        let is_encoded = name.len() >= 2 && name.bytes().take(2).all(|digit| digit.is_ascii_hexdigit());
        (is_name && !is_encoded).then(|| (start, &text[start..=end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_found_where_it_stands() {
        for (text, expected) in [
            ("$(AZDO_PAT)", Some("$(AZDO_PAT)")),
            ("clusters/$(Environment)", Some("$(Environment)")),
            ("clusters/${ENV}/a", Some("${ENV}")),
            ("clusters/${{ parameters.env }}", Some("${{ parameters.env }}")),
            ("clusters/$[variables.env]", Some("$[variables.env]")),
            ("clusters/%ENV%", Some("%ENV%")),
            ("clusters/{{ env }}", Some("{{ env }}")),
            ("clusters/prod", None),
            ("https://dev.azure.com/acme/My%20Project%20X/_git/r", None),
            ("50%", None),
            ("100%é% %\u{feff}%", None),
            ("a$b", None),
            ("$()", None),
        ] {
            assert_eq!(variable(text), expected, "{text}");
        }
        assert!(is_variable(" $(AZDO_PAT)\n") && !is_variable("x$(AZDO_PAT)") && !is_variable(""));
    }
}
