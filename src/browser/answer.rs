//! What JavaScript was asked for.

use std::pin::Pin;
use std::task::{Context, Poll};

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::error::{Error, ErrorCode, Result};
use crate::protocol::ascii;

/// A value that JavaScript will give. It fails with the code of an error and, after a space, what
/// that is about.
pub(crate) struct Answer<T> {
    promise: JsFuture,
    read: fn(&JsValue) -> T,
}

impl<T> Answer<T> {
    pub fn new(promise: Promise, read: fn(&JsValue) -> T) -> Self {
        Self { promise: promise.into(), read }
    }
}

impl<T> Future for Answer<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let settled = Pin::new(&mut self.promise).poll(context);
        settled.map(|settled| match settled {
            Ok(value) => Ok((self.read)(&value)),
            Err(why) => Err(failure(&why)),
        })
    }
}

fn failure(why: &JsValue) -> Error {
    let why = why.as_string().unwrap_or_default();
    let (code, about) = ascii::cut(&why, b" ").unwrap_or((&why, ""));
    let error = Error::new(ErrorCode::from_name(code).unwrap_or(ErrorCode::Unsupported));
    if about.is_empty() { error } else { error.about(about) }
}

#[wasm_bindgen]
extern "C" {
    /// Something that JavaScript keeps up until it is told to stop.
    pub(crate) type Kept;

    #[wasm_bindgen(method, getter)]
    fn result(this: &Kept) -> Promise;

    #[wasm_bindgen(method)]
    fn stop(this: &Kept);
}

/// Something that JavaScript keeps up until this is dropped.
pub(crate) struct Ongoing<T: AsRef<Kept>>(pub T);

impl<T: AsRef<Kept>> Ongoing<T> {
    /// What it gives, once it is there.
    pub fn result(&self) -> Answer<JsValue> {
        Answer::new(self.0.as_ref().result(), JsValue::clone)
    }
}

impl<T: AsRef<Kept>> Drop for Ongoing<T> {
    fn drop(&mut self) {
        self.0.as_ref().stop();
    }
}
