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
    pub state: Signal<AuthState>,
    pub user: Signal<Option<User>>,
    pub failure: Signal<Option<String>>,
}

pub fn config(settings: &Settings) -> String {
    format!("{} {}", settings.issuer, settings.client_id)
}

pub fn provide_auth(config: String) {
    let state = AuthState::Authenticated { user: User, scope: vec![config], expires_at: 0.0 };
    let (state, user) = (RwSignal::new(state).into(), RwSignal::new(Some(User)).into());
    provide_context(Auth { state, user, failure: RwSignal::new(None).into() });
}

pub fn use_auth() -> Auth {
    expect_context()
}

#[component]
pub fn RequireAuth(children: TypedChildrenFn<impl IntoView + 'static>) -> impl IntoView {
    children.into_inner()()
}

#[component]
pub fn Authenticated(children: TypedChildrenFn<impl IntoView + 'static>) -> impl IntoView {
    let auth = use_auth();
    view! { <Show when=move || auth.user.get().is_some() children=children /> }
}

#[component]
pub fn Anonymous(children: TypedChildrenFn<impl IntoView + 'static>) -> impl IntoView {
    let auth = use_auth();
    view! { <Show when=move || auth.user.get().is_none() children=children /> }
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
