//! `SubtleCrypto`: signatures are checked and records sealed by the browser itself.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::database::Database;

#[wasm_bindgen(module = "/src/browser/crypto.js")]
extern "C" {
    pub(super) fn seal(
        database: &Database,
        secret: Option<&str>,
        text: &str,
        context: &str,
    ) -> Promise;

    pub(super) fn open(
        database: &Database,
        secret: Option<&str>,
        sealed: &str,
        context: &str,
    ) -> Promise;

    #[wasm_bindgen(js_name = publicKey)]
    pub(super) fn public_key(database: &Database, name: &str) -> Promise;

    #[wasm_bindgen(js_name = keepKeyPair)]
    pub(super) fn keep_key_pair(database: &Database, name: &str) -> Promise;

    pub(super) fn sign(database: &Database, name: &str, message: Uint8Array) -> Promise;

    pub(super) fn digest(hash: &str, bytes: Uint8Array) -> Promise;

    pub(super) fn verify(
        algorithm: &str,
        jwk: &str,
        message: Uint8Array,
        signature: Uint8Array,
    ) -> Promise;
}
