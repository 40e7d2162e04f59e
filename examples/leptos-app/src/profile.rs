use js_sys::Date;
use leptos::prelude::*;

use crate::auth::{AuthState, use_auth};

#[component]
pub fn Profile() -> impl IntoView {
    let auth = use_auth();
    let claim = move |name| {
        let user = auth.user.get();
        user.and_then(|user| user.claim(name).map(str::to_owned)).unwrap_or("not told".to_owned())
    };
    let granted = move || match auth.state.get() {
        AuthState::Authenticated { scope, .. } => scope.join(", "),
        AuthState::Anonymous { .. } => String::new(),
    };
    let until = move || match auth.state.get() {
        AuthState::Authenticated { expires_at, .. } => Date::new(&expires_at.into()),
        AuthState::Anonymous { .. } => Date::new_0(),
    };
    view! {
        <section class="card">
            <h1>"Profile"</h1>
            <dl>
                <dt>"Name"</dt>
                <dd>{move || claim("name")}</dd>
                <dt>"Email"</dt>
                <dd>{move || claim("email")}</dd>
                <dt>"Subject"</dt>
                <dd>{move || claim("sub")}</dd>
                <dt>"May do"</dt>
                <dd>{granted}</dd>
                <dt>"Access token good until"</dt>
                <dd>
                    <time datetime=move || {
                        String::from(until().to_iso_string())
                    }>{move || String::from(until().to_locale_time_string("en-GB"))}</time>
                </dd>
            </dl>
        </section>
    }
}
