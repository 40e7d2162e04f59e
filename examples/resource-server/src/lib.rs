//! A protected API: a public route, and one for each thing that a route may ask of its caller.
//!
//! [`api::router`] is the API, [`stock`] the service that it calls in its own name,
//! [`issuer::fetch`] reaches the authorization server, and [`server::run`] listens.

pub mod api;
pub mod config;
mod failure;
pub mod issuer;
pub mod log;
mod openapi;
pub mod server;
pub mod stock;
