//! Numbers as text. A browser has the tables for it; those of Rust would add 17 kB to the wasm.

/// The number that this text is, which is written as JSON has it; `None` where it is too large.
pub(super) fn read(text: &str) -> Option<f64> {
    #[cfg(target_arch = "wasm32")]
    let number = js_sys::parse_float(text);
    #[cfg(not(target_arch = "wasm32"))]
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(number)
}

/// The text of a number; JSON has none for what is not finite.
pub(super) fn to_text(number: f64) -> String {
    if !number.is_finite() {
        return "null".to_owned();
    }
    #[cfg(target_arch = "wasm32")]
    return js_sys::JsString::from(js_sys::Number::from(number)).into();
    #[cfg(not(target_arch = "wasm32"))]
    return number.to_string();
}
