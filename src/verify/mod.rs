//! Access tokens at a resource server: JSON Web Tokens checked against the issuer's keys
//! ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)), as bearer tokens
//! ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)) and bound to a key of their client's
//! ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).
//!
//! An [`Introspection`] asks the authorization server about opaque tokens
//! ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)), and [`ClientCredentials`] holds the token by which
//! a service calls another ([RFC 6749 section 4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).
//!
//! A [`Verifier`] is built once and shared. It reads the issuer's keys through a [`Fetch`] that the
//! server gives it, so this crate brings no HTTP client of its own; with the feature `reqwest` it can be
//! one of reqwest's. It also compiles to `wasm32`, for edge runtimes.
//!
//! ```
//! use portcullis::protocol::http::{HttpRequest, HttpResponse};
//! use portcullis::verify::{Verifier, VerifyError, bearer_token};
//! use portcullis::{Error, ErrorCode};
//!
//! # fn main() -> Result<(), Error> {
//! let fetch = |request: HttpRequest| async move {
//!     // Send it with the HTTP client of your server, within a time limit.
//!     Err::<HttpResponse, _>(Error::new(ErrorCode::Network))
//! };
//! let verifier = Verifier::builder("https://as.example")
//!     .audience("https://api.example")
//!     .fetch(fetch)
//!     .build()?;
//!
//! // In a handler: the value of the Authorization header, if there is one.
//! let authorization = None;
//! # let _ = async {
//! let token = verifier.verify(bearer_token(authorization)?).await?;
//! token.require_scopes(&["orders"])?;
//! println!("hello, {}", token.subject());
//! # Ok::<_, VerifyError>(())
//! # };
//! let error = bearer_token(authorization).unwrap_err();
//! assert_eq!((error.status(), error.challenge().as_deref()), (401, Some("Bearer")));
//! # Ok(())
//! # }
//! ```
//!
//! An API that takes tokens by DPoP too shows the verifier more of each request:
//!
//! ```
//! use portcullis::verify::{ResourceRequest, Verifier};
//!
//! # async fn handle(verifier: Verifier, authorization: &[&str], dpop: &[&str]) {
//! let request =
//!     ResourceRequest { method: "GET", url: "https://api.example/orders", authorization, dpop };
//! // For the DPoP-Nonce header of any answer to a request by DPoP:
//! let nonce = verifier.dpop_nonce();
//! match verifier.verify_request(&request).await {
//!     Ok(token) => println!("hello, {}", token.subject()),
//!     Err(error) => {
//!         let challenge = verifier.challenge(request.scheme(), &error);
//!         println!("{} {challenge:?} {nonce:?}", error.status());
//!     }
//! }
//! # }
//! ```

mod access_token;
mod bearer;
mod builder;
mod client_credentials;
mod clock;
mod confidential_client;
mod dpop_proof;
mod error;
mod fetch;
mod id_token;
mod introspection;
mod key_cache;
mod nonce;
mod private_key;
mod proof_time;
mod renewed;
mod replay;
mod request;
#[cfg(all(feature = "reqwest", not(target_arch = "wasm32")))]
mod reqwest_fetch;
mod signature;
mod signing_keys;
mod target_uri;
mod threads;
mod verifier;

pub use access_token::AccessToken;
pub use bearer::bearer_token;
pub use builder::VerifierBuilder;
pub use client_credentials::ClientCredentials;
pub use confidential_client::ConfidentialClient;
pub use error::{InvalidReason, ProofReason, VerifyError};
pub use fetch::Fetch;
pub use introspection::Introspection;
pub use private_key::PrivateKey;
pub use request::{ResourceRequest, Scheme};
#[cfg(all(feature = "reqwest", not(target_arch = "wasm32")))]
pub use reqwest_fetch::reqwest_fetch;
pub use signature::is_signature_valid;
pub use threads::{BoxedFuture, SendOnThreads, SyncOnThreads};
pub use verifier::Verifier;
