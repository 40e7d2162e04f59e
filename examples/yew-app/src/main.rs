//! A small app: a home page for everybody, an inbox and a profile for those who are logged in.

#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
#[cfg_attr(not(feature = "auth"), path = "without_auth.rs")]
mod auth;
#[cfg(target_arch = "wasm32")]
mod home;
#[cfg(target_arch = "wasm32")]
mod inbox;
#[cfg(target_arch = "wasm32")]
mod profile;
#[cfg(target_arch = "wasm32")]
mod settings;

fn main() {
    #[cfg(target_arch = "wasm32")]
    app::start();
}
