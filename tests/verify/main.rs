//! The verifier against forged and stolen tokens, and an issuer that rotates keys and goes away.

#![cfg(not(target_arch = "wasm32"))]
#![cfg(feature = "verify")]

mod builder;
mod client_credentials;
mod dpop;
mod dpop_nonces;
mod endpoint;
mod introspection;
mod issuer;
mod key;
mod key_cache;
mod key_lookup;
mod tokens;
