//! A fault of this program, told like everything else: past no sink, and without values that may be secret.

use std::panic;

use super::outlet::Outlet;

/// Lets panics be told on standard error from now on.
pub(crate) fn tell_panics(outlet: &Outlet) {
    let outlet = outlet.clone();
    panic::set_hook(Box::new(move |fault| {
        let place = fault.location().map(ToString::to_string);
        // A text that was put together while the program ran may quote anything: a piece of a token, of a server's words.
        let text = fault.payload().downcast_ref::<&'static str>().copied();
        outlet.write_at_once(&words(place.as_deref(), text));
    }));
}

fn words(place: Option<&str>, text: Option<&'static str>) -> String {
    let place = place.unwrap_or("a place that is not known");
    let text = text.map(|text| format!(": {text}")).unwrap_or_default();
    format!(
        "✗ this program has a fault, at {place}{text}\n  hint: Running the command again is safe. Please report the fault with the place.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_told_and_of_the_words_those_of_the_program_alone() {
        let told = words(Some("src/a.rs:1:2"), Some("unreachable"));
        assert!(told.starts_with("✗ this program has a fault, at src/a.rs:1:2: unreachable\n  hint: "), "{told}");
        assert!(words(None, None).starts_with("✗ this program has a fault, at a place that is not known\n"));
    }

    #[test]
    fn a_text_made_of_values_is_no_text_of_the_program() {
        let token = String::from("t0ken");
        let fault = std::thread::spawn(move || panic::panic_any(format!("byte 3 of `{token}`"))).join().unwrap_err();
        assert!(fault.downcast_ref::<&'static str>().is_none());
        let fault = std::thread::spawn(|| panic::panic_any("plain")).join().unwrap_err();
        assert_eq!(fault.downcast_ref::<&'static str>(), Some(&"plain"));
    }
}
