//! A web app whose server logs people in: the browser gets a cookie, and no token ever.
//!
//! [`routes::router`] is the app, [`authorization_server`] what it says to the server that knows the
//! people, [`sessions`], [`logins`] and [`refresh_tokens`] what the database holds.

pub mod app;
pub mod authorization_server;
pub mod config;
mod cookies;
pub mod database;
pub mod logins;
mod pages;
mod random;
pub mod refresh_tokens;
pub mod renewal;
pub mod routes;
pub mod seal;
pub mod server;
pub mod sessions;
