//! The page: its URL, its life, its clock, the channel to the other tabs, and what this tab alone keeps.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::answer::Kept;
use super::database::Database;

#[wasm_bindgen(module = "/src/browser/page.js")]
extern "C" {
    pub(super) type Page;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(database: &Database) -> Page;

    #[wasm_bindgen(method)]
    pub(super) fn broadcast(this: &Page, channel: &str, message: &str);

    #[wasm_bindgen(method, js_name = onMessage)]
    pub(super) fn on_message(this: &Page, channel: &str, listener: JsValue);

    #[wasm_bindgen(method, js_name = onWake)]
    pub(super) fn on_wake(this: &Page, listener: JsValue);

    #[wasm_bindgen(method)]
    pub(super) fn on(this: &Page, events: &str, listener: JsValue);

    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Page);

    #[wasm_bindgen(js_name = isPage)]
    pub(super) fn is_page() -> bool;

    pub(super) fn sleep(milliseconds: f64) -> Kept;

    #[wasm_bindgen(js_name = untilVisible)]
    pub(super) fn until_visible() -> Kept;

    pub(super) fn url() -> String;

    #[wasm_bindgen(js_name = replaceUrl)]
    pub(super) fn replace_url(url: &str);

    pub(super) fn resolve(url: &str) -> Option<String>;

    pub(super) fn navigate(url: &str) -> bool;

    #[wasm_bindgen(js_name = keptInTab)]
    pub(super) fn kept_in_tab(prefix: &str) -> Array;

    #[wasm_bindgen(js_name = keepInTab)]
    pub(super) fn keep_in_tab(key: &str, text: Option<&str>) -> bool;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(super) fn monotonic_clock() -> f64;
}
