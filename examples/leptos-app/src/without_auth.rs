//! What stands in for `auth.rs` in the app that has no login: everybody is the same visitor.

use gloo_net::http::{Request, Response};
use leptos::prelude::*;

use crate::settings::Settings;

#[derive(Clone, PartialEq)]
pub struct User;

#[derive(Clone, PartialEq)]
#[expect(dead_code, reason = "the pages ask for it")]
pub enum AuthState {
    Anonymous {},
    Authenticated { user: User, scope: Vec<String>, expires_at: f64 },
}

#[derive(Clone, Copy)]
pub struct Auth {
    pub state: ReadSignal<AuthState>,
    pub user: ReadSignal<Option<User>>,
    pub failure: ReadSignal<Option<String>>,
}

pub fn config(settings: &Settings) -> String {
    format!("{} {}", settings.issuer, settings.client_id)
}

pub fn provide_auth(config: String) {
    let state = AuthState::Authenticated { user: User, scope: vec![config], expires_at: 0.0 };
    let (state, user) = (RwSignal::new(state).read_only(), RwSignal::new(Some(User)).read_only());
    provide_context(Auth { state, user, failure: RwSignal::new(None).read_only() });
}

pub fn use_auth() -> Auth {
    expect_context()
}

#[component]
pub fn RequireAuth(children: ChildrenFn) -> impl IntoView {
    children()
}

#[component]
pub fn Authenticated(children: ChildrenFn) -> impl IntoView {
    let auth = use_auth();
    view! { <Show when=move || auth.user.get().is_some()>{children()}</Show> }
}

#[component]
pub fn Anonymous(children: ChildrenFn) -> impl IntoView {
    let auth = use_auth();
    view! { <Show when=move || auth.user.get().is_none()>{children()}</Show> }
}

impl User {
    pub fn claim(&self, name: &str) -> Option<&'static str> {
        (name == "name").then_some("Visitor")
    }
}

impl Auth {
    pub fn login(self) {}

    pub fn logout(self) {}

    pub async fn fetch(&self, request: Request) -> Result<Response, gloo_net::Error> {
        request.send().await
    }
}
