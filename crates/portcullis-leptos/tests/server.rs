//! The components where there is no browser.

#![cfg(not(target_arch = "wasm32"))]

mod app;

use app::{App, AppProps, RENDERED};
use leptos::prelude::*;
use portcullis::{Config, ErrorCode};
use portcullis_leptos::{RequireAuth, Status, provide_auth};

fn config() -> Config {
    Config::new("https://as.example", "spa")
}

#[test]
fn a_server_renders_what_somebody_sees_who_is_not_logged_in() {
    let html = Owner::new().with(|| App(AppProps { config: config() }).to_html());
    assert_eq!(html, RENDERED.trim_end());
    assert!(html.contains("nobody") && !html.contains("somebody"));
}

#[test]
fn a_server_renders_nothing_of_what_needs_a_login_and_does_not_log_in() {
    Owner::new().with(|| {
        let auth = provide_auth(config());
        let html = view! { <RequireAuth>"the inbox"</RequireAuth> }.to_html();
        assert!(!html.contains("the inbox") && !html.contains("button"), "{html}");
        assert_eq!(auth.status.get_untracked(), Status::Starting);
        assert_eq!(auth.user.get_untracked(), None);
        assert_eq!(auth.failure.get_untracked(), None);
    });
}

#[test]
fn what_needs_a_page_fails_on_a_server() {
    Owner::new().with(|| {
        let auth = provide_auth(config());
        auth.login();
        let code = auth.failure.get_untracked().map(|failure| failure.code());
        assert_eq!(code, Some(ErrorCode::Unsupported));
    });
}
