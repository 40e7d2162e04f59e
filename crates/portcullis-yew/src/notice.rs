use portcullis::{AnonymousReason, LoginOptions};
use yew::prelude::*;

use crate::{Auth, use_auth};

#[derive(Properties, PartialEq)]
pub struct NoticeProps {
    pub options: LoginOptions,
}

/// Says why a page is not shown, and offers to log in.
#[component]
pub fn Notice(props: &NoticeProps) -> Html {
    let auth = use_auth();
    let sentence = match auth.failure() {
        Some(failure) => html! { <p role="alert">{ failure.to_string() }</p> },
        None => html! { <p role="status">{ reason(&auth) }</p> },
    };
    let options = props.options.clone();
    let onclick = move |_| auth.login_with(options.clone());
    html! {
        <div class="portcullis-notice">
            { sentence }
            <button type="button" {onclick}>{ "Log in" }</button>
        </div>
    }
}

fn reason(auth: &Auth) -> &'static str {
    match auth.state().reason() {
        Some(AnonymousReason::Never) => "This page needs a login.",
        _ => "You are logged out.",
    }
}
