use leptos::prelude::*;
use leptos_router::components::{A, Route, Router, Routes};
use leptos_router::path;
use wasm_bindgen_futures::spawn_local;

use crate::auth::{Anonymous, Authenticated, RequireAuth, config, provide_auth, use_auth};
use crate::home::Home;
use crate::inbox::Inbox;
use crate::profile::Profile;
use crate::settings::Settings;

/// Loads the settings and shows the app.
pub fn start() {
    spawn_local(async {
        match Settings::load().await {
            Ok(settings) => mount_to_body(move || view! { <App settings /> }),
            Err(error) => mount_to_body(move || {
                view! { <main><p role="alert">"The app can’t be set up: " {error.to_string()}</p></main> }
            }),
        }
    });
}

#[component]
fn App(settings: Settings) -> impl IntoView {
    provide_auth(config(&settings));
    let inbox = StoredValue::new(format!("{}/inbox", settings.api));
    view! {
        <Router base="/leptos">
            <header>
                <nav aria-label="Main">
                    <A href="/leptos/" exact=true>"Home"</A>
                    <A href="/leptos/inbox">"Inbox"</A>
                    <A href="/leptos/profile">"Profile"</A>
                </nav>
                <Account />
            </header>
            <main>
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=Home />
                    <Route path=path!("/inbox") view=move || {
                        view! { <RequireAuth><Inbox url=inbox.get_value() /></RequireAuth> }
                    } />
                    <Route path=path!("/profile") view=|| {
                        view! { <RequireAuth><Profile /></RequireAuth> }
                    } />
                    // Where the login comes back to, until the client goes on from there.
                    <Route path=path!("/callback") view=|| {
                        view! { <p role="status">"One moment …"</p> }
                    } />
                </Routes>
            </main>
        </Router>
    }
}

#[component]
fn Account() -> impl IntoView {
    let auth = use_auth();
    let name = move || auth.user.get()?.claim("name").map(str::to_owned);
    view! {
        <div class="account">
            <Authenticated>
                <span>{name}</span>
                <button on:click=move |_| auth.logout()>"Log out"</button>
            </Authenticated>
            <Anonymous>
                <button class="primary" on:click=move |_| auth.login()>"Log in"</button>
            </Anonymous>
        </div>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    view! { <section class="card"><h1>"No such page"</h1></section> }
}
