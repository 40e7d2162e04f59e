use js_sys::Date;
use yew::prelude::*;

use crate::auth::{AuthState, use_auth};

#[component]
pub fn Profile() -> Html {
    let auth = use_auth();
    let AuthState::Authenticated { user, scope, expires_at, .. } = auth.state() else {
        return Html::default();
    };
    let until = Date::new(&(*expires_at).into());
    let claim = |name| user.claim(name).unwrap_or("not told").to_owned();
    html! {
        <section class="card">
            <h1>{ "Profile" }</h1>
            <dl>
                <dt>{ "Name" }</dt>
                <dd>{ claim("name") }</dd>
                <dt>{ "Email" }</dt>
                <dd>{ claim("email") }</dd>
                <dt>{ "Subject" }</dt>
                <dd>{ user.sub().to_owned() }</dd>
                <dt>{ "May do" }</dt>
                <dd>{ scope.join(", ") }</dd>
                <dt>{ "Access token good until" }</dt>
                <dd>
                    <time datetime={String::from(until.to_iso_string())}>
                        { String::from(until.to_locale_time_string("en-GB")) }
                    </time>
                </dd>
            </dl>
        </section>
    }
}
