//! A protected API: one public route, and one that answers only to a valid access token.
//!
//! [`api::router`] is the API, [`issuer::fetch`] reaches the authorization server for its keys, and
//! [`server::run`] listens.

pub mod api;
pub mod config;
pub mod issuer;
pub mod server;
