//! Numbers as text. A browser has the tables for it; those of Rust would add 17 kB to the wasm.

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
extern "C" {
    // `String` would keep what it has written in a cache of 50 kB.
    #[wasm_bindgen(js_namespace = JSON, js_name = stringify)]
    fn text_of(number: f64) -> String;
}

#[cfg(not(target_arch = "wasm32"))]
fn text_of(number: f64) -> String {
    number.to_string()
}

/// The text of a finite number.
pub(crate) fn to_text(number: f64) -> String {
    text_of(number)
}

/// The number that this text is, which is written as JSON has it; `None` where it is too large.
pub(crate) fn read(text: &str) -> Option<f64> {
    #[cfg(target_arch = "wasm32")]
    let number = js_sys::parse_float(text);
    #[cfg(not(target_arch = "wasm32"))]
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(number)
}

/// The whole number of these digits and nothing else.
pub(crate) fn whole(digits: &str) -> Option<f64> {
    let is_whole = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    if is_whole { read(digits) } else { None }
}
