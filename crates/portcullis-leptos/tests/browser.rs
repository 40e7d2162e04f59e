//! The components, in a page of a real browser.

#![cfg(target_arch = "wasm32")]

mod app;
#[path = "../../../tests/browser/eventually.rs"]
mod eventually;
#[expect(dead_code, reason = "the core's tests need more of it")]
#[path = "../../../tests/browser/scripted_tab.rs"]
mod scripted_tab;
#[expect(dead_code, reason = "the core's tests need more of it")]
#[path = "../../../tests/browser/signing_key.rs"]
mod signing_key;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use app::{App, RENDERED};
use leptos::mount::{hydrate_from, mount_to};
use leptos::prelude::*;
use portcullis::browser::Browser;
use portcullis::host::Host as _;
use portcullis::{
    AnonymousReason, AuthState, Config, ErrorCode, LoginOptions, LogoutOptions, TokenOptions,
};
use portcullis_leptos::{
    Anonymous, Auth, Authenticated, RequireAuth, Status, provide_auth, use_auth,
};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::HtmlElement;

use eventually::eventually;
use scripted_tab::{CLIENT_ID, ScriptedServer};

wasm_bindgen_test_configure!(run_in_browser);

/// An element of its own on the page of the tests.
fn root() -> HtmlElement {
    let document = web_sys::window().unwrap().document().unwrap();
    let root: HtmlElement = document.create_element("div").unwrap().unchecked_into();
    document.body().unwrap().append_child(&root).unwrap();
    root
}

async fn until_text(root: &HtmlElement, text: &str) {
    eventually(text, async || root.text_content().unwrap_or_default().contains(text)).await;
}

/// An application on the page of the tests.
struct Page {
    root: HtmlElement,
    auth: Auth,
    /// Every state and every user that an effect was told of.
    states: Rc<RefCell<Vec<AuthState>>>,
    users: Rc<Cell<u32>>,
    mounted: Box<dyn std::any::Any>,
}

impl Page {
    fn open<V: IntoView + 'static>(config: Config, view: impl FnOnce() -> V + 'static) -> Self {
        let root = root();
        let given = Rc::new(Cell::new(None));
        let (states, users) = (Rc::new(RefCell::new(Vec::new())), Rc::new(Cell::new(0)));
        let mounted = mount_to(root.clone(), {
            let (given, states, users) = (given.clone(), states.clone(), users.clone());
            move || {
                let auth = provide_auth(config);
                given.set(Some(auth));
                Effect::new(move || states.borrow_mut().push(auth.state.get()));
                Effect::new(move || {
                    auth.user.track();
                    users.set(users.get() + 1);
                });
                view()
            }
        });
        let (auth, mounted) = (given.get().unwrap(), Box::new(mounted));
        Self { root, auth, states, users, mounted }
    }

    async fn until_text(&self, text: &str) {
        until_text(&self.root, text).await;
    }

    fn text(&self) -> String {
        self.root.text_content().unwrap_or_default()
    }

    fn expires_at(&self) -> Option<f64> {
        match self.auth.state.get_untracked() {
            AuthState::Authenticated { expires_at, .. } => Some(expires_at),
            AuthState::Anonymous { .. } => None,
        }
    }

    fn close(self) {
        drop(self.mounted);
        self.root.remove();
    }
}

#[component]
fn Branches() -> impl IntoView {
    let auth = use_auth();
    let sub = move || auth.user.get().map(|user| user.sub().to_owned());
    view! {
        <Authenticated>{sub} " is somebody"</Authenticated>
        <Anonymous>"nobody"</Anonymous>
    }
}

#[wasm_bindgen_test]
async fn neither_branch_is_shown_before_it_is_known_that_nobody_is_logged_in() {
    let server = ScriptedServer::new("leptos-start").await;
    let page = Page::open(server.config(), Branches);
    assert_eq!(page.auth.status.get_untracked(), Status::Starting);
    assert_eq!(page.text(), "");
    page.until_text("nobody").await;
    assert_eq!(page.auth.status.get_untracked(), Status::Anonymous);
    page.close();
}

#[wasm_bindgen_test]
async fn signals_follow_a_login_a_refresh_and_a_logout_in_another_tab_and_tell_nothing_else() {
    let server = ScriptedServer::new("leptos-tabs").await;
    let page = Page::open(server.config(), Branches);
    page.until_text("nobody").await;

    let other_tab = server.client().await;
    server.log_in(&other_tab).await;
    page.until_text("alice is somebody").await;
    assert!(!page.text().contains("nobody"));
    assert_eq!(page.auth.status.get_untracked(), Status::Authenticated);
    let token = page.auth.access_token().await.unwrap();
    assert!(token == other_tab.access_token(TokenOptions::new()).await.unwrap());

    let (before, users) = (page.expires_at(), page.users.get());
    other_tab.refresh().await.unwrap();
    eventually("the refresh", async || page.expires_at() > before).await;
    eventually("its effect", async || {
        page.states.borrow().last().cloned() == Some(page.auth.state.get_untracked())
    })
    .await;
    assert_eq!(page.users.get(), users, "the user is the same");

    other_tab.logout(LogoutOptions::new().local(true)).await.unwrap();
    page.until_text("nobody").await;
    let reason = AnonymousReason::LoggedOutElsewhere;
    let logged_out = AuthState::Anonymous { reason, error: None };
    assert_eq!(page.auth.state.get_untracked(), logged_out);
    eventually("its effect", async || page.states.borrow().last() == Some(&logged_out)).await;
    assert!(page.states.borrow().windows(2).all(|pair| pair[0] != pair[1]));
    page.close();
    other_tab.close();
}

#[wasm_bindgen_test]
async fn a_session_that_rests_is_found_and_its_end_leaves_the_user_on_the_page() {
    let server = ScriptedServer::new("leptos-restored").await;
    let other_tab = server.client().await;
    server.log_in(&other_tab).await;
    let page = Page::open(server.config(), || view! { <RequireAuth>"the inbox"</RequireAuth> });
    page.until_text("the inbox").await;

    other_tab.logout(LogoutOptions::new().local(true)).await.unwrap();
    page.until_text("You are logged out.Log in").await;
    assert!(!page.text().contains("the inbox"));
    assert_eq!(page.root.query_selector_all("[role=status], button").unwrap().length(), 2);
    assert_eq!(page.auth.failure.get_untracked(), None);
    page.close();
    other_tab.close();
}

#[wasm_bindgen_test]
async fn a_page_that_a_server_rendered_is_hydrated_and_then_shows_what_the_browser_knows() {
    let server = ScriptedServer::new("leptos-hydrated").await;
    let other_tab = server.client().await;
    server.log_in(&other_tab).await;
    let root = root();
    root.set_inner_html(RENDERED.trim_end());
    let rendered = root.query_selector("main").unwrap();
    let config = server.config();
    let mounted = hydrate_from(root.clone(), move || view! { <App config /> });
    assert_eq!(root.text_content().unwrap(), "nobody");
    until_text(&root, "somebody").await;
    assert_eq!(root.text_content().unwrap(), "somebody");
    assert_eq!(root.query_selector("main").unwrap(), rendered, "the element is still the same");
    drop(mounted);
    root.remove();
    other_tab.close();
}

#[wasm_bindgen_test]
async fn an_unmounted_application_closes_its_client() {
    let server = ScriptedServer::new("leptos-unmounted").await;
    let presence = format!("portcullis tab {} {CLIENT_ID}", server.issuer);
    let browser = Browser::new().unwrap();
    // With one tab that stays, somebody else is present as long as the client of the page is.
    let tab = server.client().await;
    let page = Page::open(server.config(), Branches);
    eventually("the client", async || browser.others_present(&presence).await).await;
    let (auth, states) = (page.auth, page.states.borrow().len());
    let seen = Rc::clone(&page.states);
    page.close();
    eventually("its end", async || !browser.others_present(&presence).await).await;
    server.log_in(&tab).await;
    assert_eq!(seen.borrow().len(), states);
    assert_eq!(auth.access_token().await.unwrap_err().code(), ErrorCode::Aborted);
    tab.close();
}

#[wasm_bindgen_test]
async fn a_wrong_configuration_is_told_to_who_asks() {
    let page = Page::open(Config::new("https://as.example", ""), Branches);
    page.until_text("nobody").await;
    let failure = page.auth.failure.get_untracked().unwrap();
    assert!(failure.message().ends_with("clientId"));
    assert_eq!(page.auth.access_token().await.unwrap_err(), failure);
    page.close();
}

#[wasm_bindgen_test]
async fn a_login_that_can_not_begin_says_why_until_the_next_one() {
    let server = ScriptedServer::new("leptos-failure").await;
    let page = Page::open(server.config(), Branches);
    let code = || page.auth.failure.get_untracked().map(|failure| failure.code());
    page.auth.login_with(LoginOptions::new().return_to("https://evil.example/"));
    eventually("the failure", async || code() == Some(ErrorCode::InvalidConfig)).await;
    page.auth.logout_with(LogoutOptions::new().local(true));
    eventually("no failure", async || code().is_none()).await;
    page.close();
}
