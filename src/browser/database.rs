use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/browser/database.js")]
extern "C" {
    /// `IndexedDB`: the records of the client, and the keys that seal them and prove possession.
    pub(super) type Database;

    /// That of this client, which may have been opened before.
    pub(super) fn database() -> Database;

    #[wasm_bindgen(method)]
    pub(super) fn load(this: &Database, key: &str) -> Promise;

    #[wasm_bindgen(method)]
    pub(super) fn store(this: &Database, key: &str, text: &str) -> Promise;

    #[wasm_bindgen(method)]
    pub(super) fn remove(this: &Database, key: &str) -> Promise;

    #[wasm_bindgen(method)]
    pub(super) fn keys(this: &Database, prefix: &str) -> Promise;

    #[wasm_bindgen(method)]
    pub(super) fn replace(
        this: &Database,
        key: &str,
        expected: &str,
        text: Option<&str>,
    ) -> Promise;

    #[wasm_bindgen(method)]
    pub(super) fn sweep(this: &Database, prefix: &str, from: f64, to: f64) -> Promise;
}
