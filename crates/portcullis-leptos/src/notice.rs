use leptos::either::Either;
use leptos::prelude::*;
use portcullis::{AnonymousReason, AuthState, LoginOptions};

use crate::Auth;

/// Says why a page is not shown, and offers to log in. Whoever shows it shows it anew when the reason
/// changes.
pub fn notice(auth: Auth, options: LoginOptions) -> impl IntoView {
    let sentence = match auth.failure.get() {
        Some(failure) => Either::Left(paragraph("alert", failure.to_string())),
        None => Either::Right(paragraph("status", auth.state.with(reason).to_owned())),
    };
    view! {
        <div class="portcullis-notice">
            {sentence}
            <button type="button" on:click=move |_| auth.login_with(options.clone())>"Log in"</button>
        </div>
    }
}

fn paragraph(role: &'static str, text: String) -> impl IntoView {
    view! { <p role=role>{text}</p> }
}

fn reason(state: &AuthState) -> &'static str {
    match state.reason() {
        Some(AnonymousReason::Never) => "This page needs a login.",
        _ => "You are logged out.",
    }
}
