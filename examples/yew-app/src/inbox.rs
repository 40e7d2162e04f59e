use gloo_net::http::Request;
use serde::Deserialize;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::auth::{Auth, use_auth};

#[derive(Properties, PartialEq)]
pub struct InboxProps {
    pub api: String,
}

#[derive(Deserialize)]
struct Messages {
    messages: Vec<String>,
}

#[component]
pub fn Inbox(InboxProps { api }: &InboxProps) -> Html {
    let auth = use_auth();
    let answer = use_state(|| None);
    let load = use_callback(api.clone(), {
        let answer = answer.setter();
        move |(), api| {
            let (auth, answer, url) = (auth.clone(), answer.clone(), format!("{api}/inbox"));
            answer.set(None);
            spawn_local(async move { answer.set(Some(read(&auth, &url).await)) });
        }
    });
    use_effect_with(load.clone(), |load| load.emit(()));
    let again = load.reform(|_: MouseEvent| ());
    html! {
        <section class="card">
            <h1>{ "Inbox" }</h1>
            { match &*answer {
                None => html! { <p role="status">{ "Fetching your messages …" }</p> },
                Some(Err(sentence)) => html! { <p role="alert">{ sentence }</p> },
                Some(Ok(messages)) => html! {
                    <ul class="messages">
                        { for messages.iter().map(|message| html! { <li>{ message }</li> }) }
                    </ul>
                },
            } }
            <p><button onclick={again}>{ "Look again" }</button></p>
        </section>
    }
}

/// The messages, or a sentence that says why there are none.
async fn read(auth: &Auth, url: &str) -> Result<Vec<String>, String> {
    let request = Request::get(url).build().map_err(|error| error.to_string())?;
    let response = auth.fetch(request).await.map_err(|error| error.to_string())?;
    if !response.ok() {
        return Err(format!("The API answered with status {}.", response.status()));
    }
    let inbox: Messages = response.json().await.map_err(|error| error.to_string())?;
    Ok(inbox.messages)
}
