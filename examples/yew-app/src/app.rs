use yew::platform::spawn_local;
use yew::prelude::*;
use yew_router::prelude::*;

use crate::auth::{Anonymous, AuthProvider, Authenticated, RequireAuth, config, use_auth};
use crate::home::Home;
use crate::inbox::Inbox;
use crate::profile::Profile;
use crate::settings::Settings;

#[derive(Clone, PartialEq, Routable)]
pub enum Page {
    #[at("/")]
    Home,
    #[at("/inbox")]
    Inbox,
    #[at("/profile")]
    Profile,
    #[not_found]
    #[at("/not-found")]
    NotFound,
}

/// Loads the settings and shows the app.
pub fn start() {
    spawn_local(async {
        match Settings::load().await {
            Ok(settings) => {
                yew::Renderer::<App>::with_props(AppProps { settings }).render();
            }
            Err(error) => {
                let sentence = format!("The app can’t be set up: {error}");
                yew::Renderer::<Trouble>::with_props(TroubleProps { sentence }).render();
            }
        }
    });
}

#[derive(Properties, PartialEq)]
struct AppProps {
    settings: Settings,
}

#[component]
fn App(AppProps { settings }: &AppProps) -> Html {
    let loading = html! { <main><p role="status">{ "One moment …" }</p></main> };
    let api = settings.api.clone();
    let page = move |page: Page| match page {
        Page::Home => html! { <Home /> },
        Page::Inbox => html! { <RequireAuth><Inbox api={api.clone()} /></RequireAuth> },
        Page::Profile => html! { <RequireAuth><Profile /></RequireAuth> },
        Page::NotFound => html! { <section class="card"><h1>{ "No such page" }</h1></section> },
    };
    html! {
        <AuthProvider config={config(settings)} {loading}>
            <BrowserRouter basename="/yew">
                <header>
                    <nav aria-label="Main">
                        <Tab to={Page::Home} name="Home" />
                        <Tab to={Page::Inbox} name="Inbox" />
                        <Tab to={Page::Profile} name="Profile" />
                    </nav>
                    <Account />
                </header>
                <main><Switch<Page> render={page} /></main>
            </BrowserRouter>
        </AuthProvider>
    }
}

#[derive(Properties, PartialEq)]
struct TabProps {
    to: Page,
    name: AttrValue,
}

/// A link that says whether it is the page one is on.
#[component]
fn Tab(TabProps { to, name }: &TabProps) -> Html {
    let navigator = use_navigator().expect("the tabs are inside the router");
    let is_here = use_route::<Page>().as_ref() == Some(to);
    let href = format!("/yew{}", to.to_path());
    let onclick = {
        let to = to.clone();
        move |click: MouseEvent| {
            // Another key asks for another tab or a download.
            if !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key()) {
                click.prevent_default();
                navigator.push(&to);
            }
        }
    };
    html! { <a {href} {onclick} aria-current={is_here.then_some("page")}>{ name }</a> }
}

#[component]
fn Account() -> Html {
    let auth = use_auth();
    let name = auth.user().and_then(|user| user.claim("name")).unwrap_or_default().to_owned();
    let log_in = {
        let auth = auth.clone();
        move |_| auth.login()
    };
    let log_out = {
        let auth = auth.clone();
        move |_| auth.logout()
    };
    html! {
        <div class="account">
            <Authenticated>
                <span>{ name }</span>
                <button onclick={log_out}>{ "Log out" }</button>
            </Authenticated>
            <Anonymous>
                <button class="primary" onclick={log_in}>{ "Log in" }</button>
            </Anonymous>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct TroubleProps {
    sentence: String,
}

#[component]
fn Trouble(TroubleProps { sentence }: &TroubleProps) -> Html {
    html! { <main><p role="alert">{ sentence }</p></main> }
}
