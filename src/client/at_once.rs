//! In place of `later.rs` where the wasm is one file, as that of a front end in Rust.

use super::Client;
use crate::error::Result;
use crate::host::Host;

impl<H: Host> Client<H> {
    /// All the code is here from the beginning.
    #[expect(clippy::unused_self, reason = "the one of later.rs waits for the client's host")]
    pub(crate) fn later<T, F: Future<Output = Result<T>>>(&self, flow: F) -> F {
        flow
    }
}
