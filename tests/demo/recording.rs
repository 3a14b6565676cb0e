//! A run as a picture: an SVG of a terminal. `DEMO_SVG` names the file.

use std::fmt::Write as _;

const LINE: f64 = 18.0;
const LETTER: f64 = 7.8;
const COLUMNS: usize = 118;

/// Draws the command and what it printed.
pub(crate) fn svg(command: &str, output: &str, closing: &str) -> String {
    let mut lines: Vec<(String, &str)> = Vec::new();
    let mut add = |text: &str, colour: &'static str| {
        let letters: Vec<char> = text.chars().collect();
        for part in letters.chunks(COLUMNS) {
            lines.push((part.iter().collect(), colour));
        }
    };
    add(&format!("$ {command}"), "#ffffff");
    for line in output.lines() {
        let colour = match line.chars().next() {
            Some('✔') => "#3fb950",
            Some('►' | '◎') => "#79c0ff",
            Some('✗') => "#ff7b72",
            Some('⚠') => "#e3b341",
            _ => "#8b949e",
        };
        add(line, colour);
    }
    add(closing, "#ffffff");
    let (width, height) = (COLUMNS as f64 * LETTER + 32.0, (lines.len() as f64 + 1.0) * LINE + 16.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"ui-monospace, monospace\" font-size=\"13\">\n\
         <rect width=\"{width:.0}\" height=\"{height:.0}\" rx=\"8\" fill=\"#0d1117\"/>\n"
    );
    for (row, (text, colour)) in lines.iter().enumerate() {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let y = (row as f64 + 1.0) * LINE + 10.0;
        let _ = writeln!(svg, "<text x=\"16\" y=\"{y:.0}\" fill=\"{colour}\" xml:space=\"preserve\">{text}</text>");
    }
    svg.push_str("</svg>\n");
    svg
}
