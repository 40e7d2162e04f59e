//! The verifier against forged and stolen tokens, and an issuer that rotates keys and goes away.

#![cfg(not(target_arch = "wasm32"))]
#![cfg(feature = "verify")]

mod builder;
mod dpop;
mod issuer;
mod key;
mod key_cache;
mod tokens;
