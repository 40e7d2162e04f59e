//! OAuth 2.0 and OpenID Connect for [Yew](https://yew.rs): a provider, a hook and three components over
//! [`portcullis`].
//!
//! ```no_run
//! use portcullis::Config;
//! use portcullis_yew::{AuthProvider, RequireAuth, use_auth};
//! use yew::prelude::*;
//!
//! #[component]
//! fn Inbox() -> Html {
//!     let auth = use_auth();
//!     let name = auth.user().and_then(|user| user.claim("name")).unwrap_or("stranger");
//!     html! { <h1>{ format!("{name}’s inbox") }</h1> }
//! }
//!
//! #[component]
//! fn App() -> Html {
//!     let config = Config::new("https://as.example", "spa").redirect_uri("/callback");
//!     html! {
//!         <AuthProvider {config}>
//!             <RequireAuth><Inbox /></RequireAuth>
//!         </AuthProvider>
//!     }
//! }
//!
//! fn main() {
//!     yew::Renderer::<App>::new().render();
//! }
//! ```
//!
//! The crate is for `wasm32-unknown-unknown`; on other targets it is empty.

#![cfg(target_arch = "wasm32")]

mod auth;
mod branches;
mod notice;
mod provider;
mod require_auth;

pub use auth::{Auth, use_auth};
pub use branches::{Anonymous, Authenticated, BranchProps};
pub use provider::{AuthProvider, AuthProviderProps};
pub use require_auth::{RequireAuth, RequireAuthProps};

/// The guide, whose samples are compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/yew.md")]
struct Guide;
