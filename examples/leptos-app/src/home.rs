use leptos::prelude::*;

use crate::auth::use_auth;

#[component]
pub fn Home() -> impl IntoView {
    let auth = use_auth();
    let greeting = move || match auth.user.get().as_ref().and_then(|user| user.claim("name")) {
        Some(name) => format!("Good to see you, {name}"),
        None => "Welcome".to_owned(),
    };
    let failure = move || {
        let failure = auth.failure.get()?;
        Some(view! { <p role="alert">"The login did not work: " {failure.to_string()}</p> })
    };
    view! {
        <section class="card">
            <h1>{greeting}</h1>
            <p>
                "This app is written in Leptos. Its inbox and its profile are for those who are logged in: "
                "who opens one of them goes to log in first, and comes back to it."
            </p>
            {failure}
        </section>
    }
}
