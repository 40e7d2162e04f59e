//! OAuth 2.0 and OpenID Connect for [Leptos](https://leptos.dev): signals and three components over
//! [`portcullis`].
//!
//! ```no_run
//! use leptos::prelude::*;
//! use portcullis::Config;
//! use portcullis_leptos::{RequireAuth, provide_auth, use_auth};
//!
//! #[component]
//! fn Inbox() -> impl IntoView {
//!     let auth = use_auth();
//!     let name = move || auth.user.get()?.claim("name").map(str::to_owned);
//!     view! { <h1>{name} "’s inbox"</h1> }
//! }
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     provide_auth(Config::new("https://as.example", "spa").redirect_uri("/callback"));
//!     view! { <RequireAuth><Inbox /></RequireAuth> }
//! }
//!
//! fn main() {
//!     leptos::mount::mount_to_body(App);
//! }
//! ```
//!
//! On a server, where nobody can be logged in, the crate compiles too and renders what somebody who is
//! not logged in sees. A page that was rendered there is hydrated as it is, and then changes to what
//! the browser knows.

mod auth;
mod branches;
#[cfg_attr(not(target_arch = "wasm32"), path = "client_of_server.rs")]
mod client_of_page;
mod notice;
mod require_auth;

pub use auth::{Auth, Status, provide_auth, use_auth};
pub use branches::{Anonymous, Authenticated};
pub use require_auth::RequireAuth;

/// The guide, whose samples are compiled with the documentation's, for the browsers that they are for.
#[cfg(all(doctest, target_arch = "wasm32"))]
#[doc = include_str!("../../../docs/leptos.md")]
struct Guide;
