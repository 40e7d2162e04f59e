//! The protocols as pure functions: one builds a request, one reads the response.
//!
//! Nothing here does I/O, reads a clock or draws random numbers: what a function needs, it is given.
//! Whatever comes from outside is refused with an [`Error`](crate::Error) of its own code unless it
//! is exactly what the specification allows.

pub(crate) mod ascii;
pub mod authorization;
pub mod base64url;
pub mod callback;
pub mod client_authentication;
pub mod client_credentials;
pub mod device;
pub mod discovery;
pub mod dpop;
pub mod end_session;
pub mod endpoint;
pub mod form;
pub mod frontchannel_logout;
pub mod http;
pub mod id_token;
pub mod introspection;
pub mod json;
pub mod jwk;
pub mod jws;
pub(crate) mod number;
pub mod pkce;
pub mod pushed_authorization;
pub mod revocation;
pub mod session_management;
pub mod signed;
pub mod signing;
pub mod token;
pub mod userinfo;
pub mod www_authenticate;
