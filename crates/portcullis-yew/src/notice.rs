use portcullis::{AnonymousReason, LoginOptions};
use yew::prelude::*;

use crate::Auth;

/// Says why a page is not shown, and offers to log in.
pub fn notice(auth: Auth, options: LoginOptions) -> Html {
    let sentence = match auth.failure() {
        Some(failure) => html! { <p role="alert">{ failure.to_string() }</p> },
        None => html! { <p role="status">{ reason(&auth) }</p> },
    };
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
