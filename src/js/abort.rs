use futures_channel::oneshot;
use futures_util::future::{self, Either};
use web_sys::AbortSignal;

use crate::browser::Listener;
use crate::error::{ErrorCode, Result};

/// What `call` gives, unless `signal` aborts first: then `call` is dropped.
pub(super) async fn unless_aborted<T>(
    call: impl Future<Output = Result<T>>,
    signal: Option<AbortSignal>,
) -> Result<T> {
    let Some(signal) = signal else { return call.await };
    if signal.aborted() {
        return Err(ErrorCode::Aborted.into());
    }
    let (sender, aborted) = oneshot::channel();
    let sender = std::cell::Cell::new(Some(sender));
    let _listening = Listener::new(&signal, "abort", move |_| {
        if let Some(sender) = sender.take() {
            // Whoever called may have its answer already.
            let _ = sender.send(());
        }
    });
    match future::select(std::pin::pin!(call), aborted).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(ErrorCode::Aborted.into()),
    }
}
