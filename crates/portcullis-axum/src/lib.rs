//! Protects an API in axum with the access tokens of an authorization server.
//!
//! [`Protection`] holds the [`Verifier`](portcullis::verify::Verifier) of the API. [`RequireAuth`] is a layer that lets only those requests
//! through whose token is good, has the scopes, and comes of a login as strong and recent as the
//! route needs. [`User`] is the extractor that gives a handler what the token says.
//!
//! Everything else is answered in JSON and with a `WWW-Authenticate` challenge
//! ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750), [RFC 9449](https://www.rfc-editor.org/rfc/rfc9449),
//! [RFC 9470](https://www.rfc-editor.org/rfc/rfc9470)); see [`Refused`].
//!
//! ```
//! use axum::{Router, routing::get};
//! use portcullis::verify::Verifier;
//! use portcullis_axum::{Protection, RequireAuth, User};
//!
//! async fn me(user: User) -> String {
//!     format!("hello, {}", user.claims.sub)
//! }
//!
//! async fn inbox() -> &'static str {
//!     "no messages"
//! }
//!
//! # fn main() -> Result<(), portcullis::Error> {
//! let verifier = Verifier::builder("https://as.example")
//!     .audience("https://api.example")
//!     .fetch(portcullis::verify::reqwest_fetch(reqwest::Client::builder())?)
//!     .build()?;
//! let protection = Protection::new(verifier, "https://api.example");
//! let app: Router = Router::new()
//!     .route("/inbox", get(inbox))
//!     .route_layer(RequireAuth::scopes(&protection, ["inbox.read"]))
//!     .route("/me", get(me))
//!     .route_layer(RequireAuth::new(&protection))
//!     .route("/health", get(async || "ok"));
//! # Ok(())
//! # }
//! ```
//!
//! Layers may stand around each other, as here: what the outer one has verified, the inner one does not
//! verify again.

#![forbid(unsafe_code)]

mod protection;
mod refused;
mod require_auth;
mod user;

pub use protection::Protection;
pub use refused::Refused;
pub use require_auth::{Guarded, RequireAuth};
pub use user::{Claims, User};

/// Keeps the code of the documentation true.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/resource-server.md")]
struct Documentation;
