//! OAuth 2.0 and OpenID Connect for single-page apps.
//!
//! One core, written once: the Authorization Code flow with PKCE, ID tokens verified in full, access
//! tokens in memory only, and silent refresh with rotating refresh tokens that many tabs share.
//! JavaScript uses it as the npm package `portcullis`; Rust front ends use this crate.
//!
//! The layers, each knowing only those before it:
//!
//! - [`protocol`] builds requests and reads responses. It has no I/O, no clock and no randomness.
//! - [`host`] names the few things the flows need from their surroundings.
//! - [`client`] holds the flows as straight-line async code over a [`host::Host`].
//! - `browser` (on `wasm32`) is the host that ships.
//!
//! The features, none of which is on by default:
//!
//! - `verify`: verification of access tokens for resource servers.
//! - `reqwest`: an HTTP client for `verify`, by the crate of that name.
//! - `js`: the JavaScript exports of the npm package. A Rust front end leaves it off, so that none of them
//!   reaches its own module.

pub mod client;
mod config;
mod error;
pub mod host;
pub mod protocol;
mod secret;

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(all(target_arch = "wasm32", feature = "js"))]
mod js;
#[cfg(feature = "verify")]
pub mod verify;

#[cfg(target_arch = "wasm32")]
pub use browser::Client;
pub use client::{
    AnonymousReason, AuthState, BegunLogin, CallbackResult, DevicePrompt, Event, LoginOptions,
    LogoutOptions, Mistake, RefreshedBy, Subscription, TokenOptions, User,
};
pub use config::{
    Config, Dpop, HandleCallback, PushedRequests, RefreshTokens, Restore, SessionManagement,
    SilentLogin, StepUp,
};
pub use error::{Error, ErrorCode};
pub use protocol::token::TokenType;
pub use secret::Secret;
