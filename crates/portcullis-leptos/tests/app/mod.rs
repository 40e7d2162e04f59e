//! The application that a server renders and a page hydrates.

use leptos::prelude::*;
use portcullis::Config;
use portcullis_leptos::{Anonymous, Authenticated, provide_auth};

/// What a server renders of [`App`].
pub const RENDERED: &str = include_str!("rendered.txt");

#[component]
pub fn App(config: Config) -> impl IntoView {
    provide_auth(config);
    view! {
        <main>
            <Authenticated>"somebody"</Authenticated>
            <Anonymous>"nobody"</Anonymous>
        </main>
    }
}
