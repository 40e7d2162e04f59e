use yew::prelude::*;

use crate::auth::use_auth;

#[component]
pub fn Home() -> Html {
    let auth = use_auth();
    let greeting = match auth.user().and_then(|user| user.claim("name")) {
        Some(name) => format!("Good to see you, {name}"),
        None => "Welcome".to_owned(),
    };
    html! {
        <section class="card">
            <h1>{ greeting }</h1>
            <p>
                { "This app is written in Yew. Its inbox and its profile are for those who are logged in: " }
                { "who opens one of them goes to log in first, and comes back to it." }
            </p>
            if let Some(failure) = auth.failure() {
                <p role="alert">{ format!("The login did not work: {failure}") }</p>
            }
        </section>
    }
}
