use leptos::prelude::*;
use portcullis::{AnonymousReason, AuthState, LoginOptions};

use crate::use_auth;

/// Says why a page is not shown, and offers to log in.
#[component]
pub fn Notice(options: LoginOptions) -> impl IntoView {
    let auth = use_auth();
    let reason = move || match auth.state.with(AuthState::reason) {
        Some(AnonymousReason::Never) => "This page needs a login.",
        _ => "You are logged out.",
    };
    let sentence = move || match auth.failure.get() {
        Some(failure) => view! { <p role="alert">{failure.to_string()}</p> }.into_any(),
        None => view! { <p role="status">{reason}</p> }.into_any(),
    };
    view! {
        <div class="portcullis-notice">
            {sentence}
            <button type="button" on:click=move |_| auth.login_with(options.clone())>"Log in"</button>
        </div>
    }
}
