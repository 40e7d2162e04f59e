//! What stands in for `auth.rs` in the app that has no login: everybody is the same visitor.

use gloo_net::http::{Request, Response};
use yew::prelude::*;

use crate::settings::Settings;

#[derive(Clone, PartialEq)]
pub struct User;

#[expect(dead_code, reason = "the pages ask for it")]
pub enum AuthState {
    Anonymous,
    Authenticated { user: User, scope: Vec<String>, expires_at: f64 },
}

static VISITOR: AuthState =
    AuthState::Authenticated { user: User, scope: Vec::new(), expires_at: 0.0 };

#[derive(Clone, PartialEq)]
pub struct Auth;

#[derive(Properties, PartialEq)]
pub struct AuthProviderProps {
    pub config: String,
    pub loading: Html,
    pub children: Html,
}

#[derive(Properties, PartialEq)]
pub struct BranchProps {
    pub children: Html,
}

pub fn config(settings: &Settings) -> String {
    format!("{} {}", settings.issuer, settings.client_id)
}

#[hook]
pub fn use_auth() -> Auth {
    Auth
}

#[component]
pub fn AuthProvider(props: &AuthProviderProps) -> Html {
    if props.config.is_empty() { props.loading.clone() } else { props.children.clone() }
}

#[component]
pub fn RequireAuth(props: &BranchProps) -> Html {
    props.children.clone()
}

#[component]
pub fn Authenticated(props: &BranchProps) -> Html {
    props.children.clone()
}

#[component]
pub fn Anonymous(_: &BranchProps) -> Html {
    Html::default()
}

impl User {
    pub fn sub(&self) -> &'static str {
        "visitor"
    }

    pub fn claim(&self, name: &str) -> Option<&'static str> {
        (name == "name").then_some("Visitor")
    }
}

impl Auth {
    pub fn state(&self) -> &'static AuthState {
        &VISITOR
    }

    pub fn user(&self) -> Option<User> {
        Some(User)
    }

    pub fn failure(&self) -> Option<&'static str> {
        None
    }

    pub fn login(&self) {}

    pub fn logout(&self) {}

    pub async fn fetch(&self, request: Request) -> Result<Response, gloo_net::Error> {
        request.send().await
    }
}
