//! What a page does not need to begin with.
//!
//! The npm package comes in two files of wasm, of which the second brings what a [`Later`] polls and nothing
//! else needs (`dev/split_wasm.mjs`). In a whole wasm it is there from the beginning.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::Client;
use crate::error::Result;
use crate::host::Host;

impl<H: Host> Client<H> {
    /// Runs a flow once all its code is here. Fails if it can't be had; the flow has not begun then.
    pub(crate) async fn later<T>(&self, flow: impl Future<Output = Result<T>>) -> Result<T> {
        self.inner().host.load_rest().await?;
        Later::new(flow).await
    }
}

/// A flow whose code may not be here yet, and is once this is polled.
pub(crate) struct Later<F>(Pin<Box<F>>);

impl<F> Later<F> {
    pub(crate) fn new(flow: F) -> Self {
        Self(Box::pin(flow))
    }
}

impl<F: Future> Future for Later<F> {
    type Output = F::Output;

    // By this function the code behind it is found.
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.0.as_mut().poll(context)
    }
}
