use gloo_net::http::Request;
use leptos::prelude::*;
use serde::Deserialize;

use crate::auth::{Auth, use_auth};

#[derive(Deserialize)]
struct Messages {
    messages: Vec<String>,
}

#[component]
pub fn Inbox(url: String) -> impl IntoView {
    let auth = use_auth();
    let url = StoredValue::new(url);
    let inbox = LocalResource::new(move || read(auth, url.get_value()));
    let shown = move || {
        inbox.get().map(|answer| match answer {
            Ok(messages) => {
                let items = messages.into_iter().map(|message| view! { <li>{message}</li> });
                view! { <ul class="messages">{items.collect_view()}</ul> }.into_any()
            }
            Err(sentence) => view! { <p role="alert">{sentence}</p> }.into_any(),
        })
    };
    view! {
        <section class="card">
            <h1>"Inbox"</h1>
            <Suspense fallback=|| view! { <p role="status">"Fetching your messages …"</p> }>
                {shown}
            </Suspense>
            <p><button on:click=move |_| inbox.refetch()>"Look again"</button></p>
        </section>
    }
}

/// The messages, or a sentence that says why there are none.
async fn read(auth: Auth, url: String) -> Result<Vec<String>, String> {
    let request = Request::get(&url).build().map_err(|error| error.to_string())?;
    let response = auth.fetch(request).await.map_err(|error| error.to_string())?;
    if !response.ok() {
        return Err(format!("The API answered with status {}.", response.status()));
    }
    let inbox: Messages = response.json().await.map_err(|error| error.to_string())?;
    Ok(inbox.messages)
}
