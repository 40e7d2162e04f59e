//! The part of the wasm that a page does not need to begin with.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/rest.js")]
extern "C" {
    #[wasm_bindgen(js_name = loadRest)]
    pub(crate) fn load() -> Option<Promise>;
}
