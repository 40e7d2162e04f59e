//! Web Locks, bound by hand: they are not yet stable in web-sys.

use futures_channel::oneshot;
use futures_util::future::{self, Either};
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Window;

use super::lease::Lease;
use super::object;
use crate::error::{Error, ErrorCode, Result};

#[wasm_bindgen]
extern "C" {
    type LockManager;

    #[wasm_bindgen(method)]
    fn request(this: &LockManager, name: &str, options: &JsValue, callback: &JsValue) -> Promise;

    #[wasm_bindgen(method)]
    fn query(this: &LockManager) -> Promise;
}

/// A lock that is held until this is dropped.
pub struct Lock(pub(super) Held);

/// By what it is held.
pub(super) enum Held {
    Granted(#[expect(dead_code, reason = "dropping it is its use")] Granted),
    Leased(Lease),
    /// There is no lock to hold.
    Nothing,
}

/// A Web Lock.
pub(super) struct Granted {
    release: Function,
}

impl Drop for Granted {
    fn drop(&mut self) {
        // Resolving a promise can't fail.
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// How a lock is shared.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    Exclusive,
    Shared,
}

/// Waits for the lock of this name.
pub(super) async fn request(window: &Window, name: &str, mode: Mode) -> Result<Granted> {
    let manager = manager(window)?;
    let mut release = None;
    let released = Promise::new(&mut |resolve, _| release = Some(resolve));
    let release = release.ok_or(ErrorCode::Unsupported)?;
    let (sender, granted) = oneshot::channel();
    let callback =
        Closure::once_into_js(move |_lock: JsValue| match sender.send(Granted { release }) {
            Ok(()) => released,
            // Whoever asked has given up, and dropping the lock has released it.
            Err(_lock) => Promise::resolve(&JsValue::UNDEFINED),
        });
    let mode = match mode {
        Mode::Exclusive => "exclusive",
        Mode::Shared => "shared",
    };
    let request = manager.request(name, &object([("mode", mode.into())]), &callback);
    match future::select(granted, JsFuture::from(request)).await {
        Either::Left((Ok(lock), _)) => Ok(lock),
        _ => Err(unsupported()),
    }
}

/// How many tabs hold the lock of this name.
pub(super) async fn holders(window: &Window, name: &str) -> usize {
    let Ok(manager) = manager(window) else { return 0 };
    let Ok(snapshot) = JsFuture::from(manager.query()).await else { return 0 };
    let held = Reflect::get(&snapshot, &"held".into()).unwrap_or_default();
    Array::from(&held)
        .iter()
        .filter(|lock| {
            Reflect::get(lock, &"name".into())
                .is_ok_and(|held| held.as_string().as_deref() == Some(name))
        })
        .count()
}

/// Whether this browser has locks.
pub(super) fn are_there(window: &Window) -> bool {
    manager(window).is_ok()
}

fn manager(window: &Window) -> Result<LockManager> {
    let locks = Reflect::get(&window.navigator(), &"locks".into()).unwrap_or_default();
    if locks.is_object() { Ok(locks.unchecked_into()) } else { Err(unsupported()) }
}

fn unsupported() -> Error {
    Error::new(ErrorCode::Unsupported).about("navigator.locks")
}
