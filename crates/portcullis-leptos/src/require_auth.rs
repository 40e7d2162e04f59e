use leptos::prelude::*;
use portcullis::{AnonymousReason, AuthState, LoginOptions};

use crate::notice::notice;
use crate::{Status, use_auth};

/// Shows its children to somebody who is logged in, and sends anybody else to log in; after that they
/// are back on the same page.
///
/// It does so unasked only where `Client::may_login_unasked` says so. After a logout, when a login has failed,
/// or when the server ends a session for the second time within a minute, `fallback` stays, and the user
/// decides. Until the client has started, nothing is shown.
///
/// ```no_run
/// use leptos::prelude::*;
/// use portcullis_leptos::RequireAuth;
///
/// #[component]
/// fn InboxPage() -> impl IntoView {
///     view! { <RequireAuth><h1>"Inbox"</h1></RequireAuth> }
/// }
/// ```
#[component]
pub fn RequireAuth(
    /// What only somebody who is logged in sees.
    children: ChildrenFn,
    /// What is shown in its place; by default why, and a button to log in.
    #[prop(optional, into)]
    fallback: Option<ViewFn>,
    /// What the login asks for. It returns to this page, unless another one is named.
    #[prop(optional)]
    options: LoginOptions,
) -> impl IntoView {
    let auth = use_auth();
    let leaves = move || {
        let reason = auth.state.with(AuthState::reason);
        auth.status.get() == Status::Anonymous
            && auth.failure.with(Option::is_none)
            && reason.is_some_and(AnonymousReason::allows_login_unasked)
    };
    Effect::new({
        let options = options.clone();
        move |before: Option<bool>| {
            let leaves = leaves();
            if leaves && before != Some(true) {
                auth.login_unasked(options.clone());
            }
            leaves
        }
    });
    let fallback = fallback.unwrap_or_else(move || {
        let options = options.clone();
        ViewFn::from(move || notice(auth, options.clone()))
    });
    let instead = move || (auth.status.get() != Status::Starting).then(|| fallback.run());
    view! {
        <Show
            when=move || auth.status.get() == Status::Authenticated
            fallback=instead
        >
            {children()}
        </Show>
    }
}
