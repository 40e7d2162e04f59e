//! Locks that the tabs of an origin take in turn.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::answer::{Answer, Kept, Ongoing};
use super::database::Database;
use crate::error::Result;

#[wasm_bindgen(module = "/src/browser/lock.js")]
extern "C" {
    pub(super) type Locks;

    #[wasm_bindgen(extends = Kept)]
    type JsLock;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(database: &Database) -> Locks;

    #[wasm_bindgen(method)]
    fn request(this: &Locks, name: &str) -> JsLock;

    #[wasm_bindgen(method, js_name = bePresent)]
    fn be_present(this: &Locks, name: &str) -> Option<JsLock>;

    #[wasm_bindgen(method, js_name = othersPresent)]
    pub(super) fn others_present(this: &Locks, name: &str) -> Promise;

    #[wasm_bindgen(method, js_name = isHeld)]
    fn is_held(this: &JsLock) -> Promise;
}

/// A lock that is held until this is dropped, if there is one to hold.
pub struct Lock(Option<Ongoing<JsLock>>);

impl Lock {
    /// Waits for the lock of this name.
    pub(super) fn request(locks: &Locks, name: &str) -> impl Future<Output = Result<Self>> + use<> {
        Self::granted(Some(locks.request(name)))
    }

    /// Waits to count under this name.
    pub(super) fn presence(
        locks: &Locks,
        name: &str,
    ) -> impl Future<Output = Result<Self>> + use<> {
        Self::granted(locks.be_present(name))
    }

    async fn granted(asked: Option<JsLock>) -> Result<Self> {
        let lock = Self(asked.map(Ongoing));
        if let Some(lock) = &lock.0 {
            lock.result().await?;
        }
        Ok(lock)
    }

    /// Whether it was not lost while the page was frozen.
    pub(super) async fn is_held(&self) -> bool {
        match &self.0 {
            Some(lock) => Answer::new(lock.0.is_held(), JsValue::is_truthy).await.unwrap_or(true),
            None => true,
        }
    }
}
