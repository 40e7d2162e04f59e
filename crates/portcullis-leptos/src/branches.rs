use leptos::prelude::*;

use crate::{Status, use_auth};

/// Shows its children while somebody is logged in.
///
/// ```no_run
/// use leptos::prelude::*;
/// use portcullis_leptos::{Anonymous, Authenticated};
///
/// #[component]
/// fn Greeting() -> impl IntoView {
///     view! {
///         <Authenticated>"Good to see you."</Authenticated>
///         <Anonymous>"Who are you?"</Anonymous>
///     }
/// }
/// ```
#[component]
pub fn Authenticated(children: ChildrenFn) -> impl IntoView {
    let auth = use_auth();
    view! { <Show when=move || auth.status.get() == Status::Authenticated>{children()}</Show> }
}

/// Shows its children while nobody is logged in. Where a server renders them, they are also shown until
/// the client has started.
///
/// ```no_run
/// use leptos::prelude::*;
/// use portcullis_leptos::Anonymous;
///
/// #[component]
/// fn Invitation() -> impl IntoView {
///     view! { <Anonymous><a href="/sign-up">"Sign up"</a></Anonymous> }
/// }
/// ```
#[component]
pub fn Anonymous(children: ChildrenFn) -> impl IntoView {
    let auth = use_auth();
    let is_shown = move || match auth.status.get() {
        Status::Starting => auth.is_rendered_by_server,
        status => status == Status::Anonymous,
    };
    view! { <Show when=is_shown>{children()}</Show> }
}
