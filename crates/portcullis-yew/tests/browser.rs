//! The components, in a page of a real browser.

#![cfg(target_arch = "wasm32")]

#[path = "../../../tests/browser/eventually.rs"]
mod eventually;
#[expect(dead_code, reason = "the core's tests need more of it")]
#[path = "../../../tests/browser/scripted_tab.rs"]
mod scripted_tab;
#[expect(dead_code, reason = "the core's tests need more of it")]
#[path = "../../../tests/browser/signing_key.rs"]
mod signing_key;

use std::cell::RefCell;
use std::rc::Rc;

use portcullis::browser::Browser;
use portcullis::host::Host as _;
use portcullis::{
    AnonymousReason, AuthState, Config, ErrorCode, LoginOptions, LogoutOptions, TokenOptions,
};
use portcullis_yew::{Anonymous, Auth, AuthProvider, Authenticated, RequireAuth, use_auth};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::Element;
use yew::prelude::*;

use eventually::eventually;
use scripted_tab::{CLIENT_ID, ScriptedServer};

wasm_bindgen_test_configure!(run_in_browser);

#[derive(Properties, PartialEq)]
struct AppProps {
    config: Config,
    /// Hears of every rendering of a component that uses the session.
    rendered: Callback<Auth>,
    /// Hears of every rendering of one that does not.
    bystander_rendered: Callback<()>,
    #[prop_or_default]
    children: Html,
}

#[component]
fn App(props: &AppProps) -> Html {
    html! {
        <AuthProvider config={props.config.clone()} loading={html! { "loading" }}>
            <Probe rendered={&props.rendered} />
            <Bystander rendered={&props.bystander_rendered} />
            <Authenticated>{ "somebody " }</Authenticated>
            <Anonymous>{ "nobody " }</Anonymous>
            { props.children.clone() }
        </AuthProvider>
    }
}

#[derive(Properties, PartialEq)]
struct ProbeProps {
    rendered: Callback<Auth>,
}

#[component]
fn Probe(props: &ProbeProps) -> Html {
    let auth = use_auth();
    props.rendered.emit(auth.clone());
    let name = auth.user().map(|user| format!("{} ", user.sub()));
    html! { { name.unwrap_or_default() } }
}

#[derive(Properties, PartialEq)]
struct BystanderProps {
    rendered: Callback<()>,
}

#[component]
fn Bystander(props: &BystanderProps) -> Html {
    props.rendered.emit(());
    Html::default()
}

/// The application on the page of the tests.
struct Page {
    root: Element,
    app: yew::AppHandle<App>,
    seen: Rc<RefCell<Vec<Auth>>>,
    bystander: Rc<RefCell<u32>>,
}

impl Page {
    fn open(config: Config, children: Html) -> Self {
        let document = web_sys::window().unwrap().document().unwrap();
        let root = document.create_element("main").unwrap();
        document.body().unwrap().append_child(&root).unwrap();
        let (seen, bystander) = (Rc::new(RefCell::new(Vec::new())), Rc::new(RefCell::new(0)));
        let rendered = {
            let seen = Rc::clone(&seen);
            Callback::from(move |auth| seen.borrow_mut().push(auth))
        };
        let bystander_rendered = {
            let bystander = Rc::clone(&bystander);
            Callback::from(move |()| *bystander.borrow_mut() += 1)
        };
        let props = AppProps { config, rendered, bystander_rendered, children };
        let app = yew::Renderer::<App>::with_root_and_props(root.clone(), props).render();
        Self { root, app, seen, bystander }
    }

    fn text(&self) -> String {
        self.root.text_content().unwrap_or_default()
    }

    async fn until_text(&self, text: &str) {
        eventually(text, async || self.text().contains(text)).await;
    }

    fn auth(&self) -> Auth {
        self.seen.borrow().last().expect("the application was rendered").clone()
    }

    fn renderings(&self) -> usize {
        self.seen.borrow().len()
    }

    fn expires_at(&self) -> Option<f64> {
        match self.auth().state() {
            AuthState::Authenticated { expires_at, .. } => Some(*expires_at),
            AuthState::Anonymous { .. } => None,
        }
    }

    /// Each rendering had a reason, and what does not use the session was rendered once.
    fn assert_no_idle_rendering(&self) {
        let seen = self.seen.borrow();
        assert!(seen.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(*self.bystander.borrow(), 1);
    }

    fn close(self) {
        self.app.destroy();
        self.root.remove();
    }
}

#[wasm_bindgen_test]
async fn the_application_comes_once_it_is_known_that_nobody_is_logged_in() {
    let server = ScriptedServer::new("yew-start").await;
    let page = Page::open(server.config(), Html::default());
    page.until_text("loading").await;
    page.until_text("nobody").await;
    assert!(!page.text().contains("loading"));
    assert!(!page.text().contains("somebody"));
    assert_eq!(page.renderings(), 1);
    page.close();
}

#[wasm_bindgen_test]
async fn components_see_a_login_a_refresh_and_a_logout_in_another_tab_and_render_for_nothing_else()
{
    let server = ScriptedServer::new("yew-tabs").await;
    let page = Page::open(server.config(), Html::default());
    page.until_text("nobody").await;

    let other_tab = server.client().await;
    server.log_in(&other_tab).await;
    page.until_text("alice somebody").await;
    assert!(!page.text().contains("nobody"));
    let token = page.auth().access_token().await.unwrap();
    assert!(token == other_tab.access_token(TokenOptions::new()).await.unwrap());

    let (before, renderings) = (page.expires_at(), page.renderings());
    other_tab.refresh().await.unwrap();
    eventually("the refresh", async || page.expires_at() > before).await;
    assert_eq!(page.renderings(), renderings + 1);

    other_tab.logout(LogoutOptions::new().local(true)).await.unwrap();
    page.until_text("nobody").await;
    let reason = AnonymousReason::LoggedOutElsewhere;
    assert_eq!(*page.auth().state(), AuthState::Anonymous { reason, error: None });
    page.assert_no_idle_rendering();
    page.close();
    other_tab.close();
}

#[wasm_bindgen_test]
async fn a_session_that_rests_is_there_at_once_and_its_end_leaves_the_user_on_the_page() {
    let server = ScriptedServer::new("yew-restored").await;
    let other_tab = server.client().await;
    server.log_in(&other_tab).await;
    let page = Page::open(server.config(), html! { <RequireAuth>{ "the inbox" }</RequireAuth> });
    page.until_text("the inbox").await;
    assert!(page.seen.borrow().iter().all(Auth::is_authenticated));

    other_tab.logout(LogoutOptions::new().local(true)).await.unwrap();
    page.until_text("You are logged out.Log in").await;
    assert!(!page.text().contains("the inbox"));
    assert_eq!(page.root.query_selector_all("[role=status], button").unwrap().length(), 2);
    assert!(page.auth().failure().is_none());
    page.close();
    other_tab.close();
}

#[wasm_bindgen_test]
async fn an_unmounted_provider_closes_its_client_and_another_configuration_starts_another() {
    let (first, second) =
        (ScriptedServer::new("yew-first").await, ScriptedServer::new("yew-second").await);
    let browser = Browser::new().unwrap();
    let is_there = async |server: &ScriptedServer| {
        let presence = format!("portcullis tab {} {CLIENT_ID}", server.issuer);
        browser.others_present(&presence).await
    };
    // With one tab that stays, somebody else is present as long as the client of the page is.
    let tabs = [first.client().await, second.client().await];
    let mut page = Page::open(first.config(), Html::default());
    eventually("the first client", async || is_there(&first).await).await;
    assert!(!is_there(&second).await);

    let props = AppProps {
        config: second.config(),
        rendered: Callback::noop(),
        bystander_rendered: Callback::noop(),
        children: Html::default(),
    };
    page.app.update(props);
    eventually("the second client", async || is_there(&second).await).await;
    eventually("the end of the first", async || !is_there(&first).await).await;

    page.close();
    eventually("the end of the second", async || !is_there(&second).await).await;
    for tab in tabs {
        tab.close();
    }
}

#[wasm_bindgen_test]
async fn a_wrong_configuration_is_told_in_the_place_of_the_application() {
    let page = Page::open(Config::new("https://as.example", ""), Html::default());
    page.until_text("the configuration is not valid: clientId").await;
    assert_eq!(page.root.query_selector_all("[role=alert]").unwrap().length(), 1);
    assert_eq!(page.renderings(), 0);
    page.close();
}

#[wasm_bindgen_test]
async fn a_login_that_can_not_begin_says_why_until_the_next_one() {
    let server = ScriptedServer::new("yew-failure").await;
    let page = Page::open(server.config(), Html::default());
    page.until_text("nobody").await;
    let code = || page.auth().failure().map(portcullis::Error::code);
    page.auth().login_with(LoginOptions::new().return_to("https://evil.example/"));
    eventually("the failure", async || code() == Some(ErrorCode::InvalidConfig)).await;
    page.auth().logout_with(LogoutOptions::new().local(true));
    eventually("no failure", async || code().is_none()).await;
    page.assert_no_idle_rendering();
    page.close();
}
