use futures_util::future::{self, Either};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use crate::browser::answer::{Kept, Ongoing};
use crate::error::{ErrorCode, Result};

#[wasm_bindgen(module = "/src/js/abort.js")]
extern "C" {
    fn aborted(signal: &AbortSignal) -> Kept;
}

/// What `call` gives, unless `signal` aborts first: then `call` is dropped.
pub(super) async fn unless_aborted<T>(
    call: impl Future<Output = Result<T>>,
    signal: Option<AbortSignal>,
) -> Result<T> {
    let Some(signal) = signal else { return call.await };
    if signal.aborted() {
        return Err(ErrorCode::Aborted.into());
    }
    let aborted = Ongoing(aborted(&signal));
    match future::select(std::pin::pin!(call), aborted.result()).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(ErrorCode::Aborted.into()),
    }
}
