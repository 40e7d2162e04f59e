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
//! The features that are on by default. An app that has no use for one leaves it out, by
//! `default-features = false`, and its wasm is smaller. What belongs to a feature is there with it only, so
//! that nothing is asked for in vain:
//!
//! - `dpop`: tokens that are bound to a key of this browser, and [`Dpop`]. Without it a server is asked for
//!   bearer tokens, no other is taken, and a session that another app of this origin has bound counts for
//!   nothing. 2.7 kB.
//! - `idle-timeout`: `Config::idle_timeout`. 1.7 kB.
//! - `session-management`: [`SessionManagement`]. It needs `silent-login`. 2.0 kB.
//! - `silent-login`: logins in a hidden frame, [`SilentLogin`] and `login_silently`. Without it a session
//!   ends with its refresh token, or where there is none with its access token. 2.1 kB.
//! - `step-up`: a login where an API asks for a stronger one, and [`StepUp`]. Without it the app hears of that
//!   by [`Event::StepUp`] all the same. 2.6 kB.
//!
//! The sizes are those of a small app in Yew, compressed by brotli.
//!
//! The features that are not:
//!
//! - `verify`: verification of access tokens for resource servers.
//! - `reqwest`: an HTTP client for `verify`, by the crate of that name.
//! - `js`: the JavaScript exports of the npm package, and all that is on by default. A Rust front end leaves
//!   it off, so that none of them reaches its own module.

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
#[cfg(feature = "dpop")]
pub use config::Dpop;
#[cfg(feature = "session-management")]
pub use config::SessionManagement;
#[cfg(feature = "silent-login")]
pub use config::SilentLogin;
#[cfg(feature = "step-up")]
pub use config::StepUp;
pub use config::{Config, HandleCallback, PushedRequests, RefreshTokens, Restore};
pub use error::{Error, ErrorCode};
pub use protocol::token::TokenType;
pub use secret::Secret;
