use portcullis::{AnonymousReason, LoginOptions};
use yew::prelude::*;

use crate::notice::notice;
use crate::use_auth;

/// The properties of [`RequireAuth`].
///
/// ```no_run
/// use portcullis::LoginOptions;
/// use portcullis_yew::RequireAuthProps;
///
/// let options = LoginOptions::new().essential_acr("mfa");
/// let props = yew::props!(RequireAuthProps { options: options.clone() });
/// assert_eq!(props.options, options);
/// assert!(props.fallback.is_none());
/// ```
#[derive(Properties, PartialEq)]
pub struct RequireAuthProps {
    /// What only somebody who is logged in sees.
    #[prop_or_default]
    pub children: Html,
    /// What is shown in its place; by default why, and a button to log in.
    #[prop_or_default]
    pub fallback: Option<Html>,
    /// What the login asks for. It returns to this page, unless another one is named.
    #[prop_or_default]
    pub options: LoginOptions,
}

/// Shows its children to somebody who is logged in, and sends anybody else to log in; after that they
/// are back on the same page.
///
/// It does so unasked only where `Client::may_login_unasked` says so. After a logout, when a login has failed,
/// or when the server ends a session for the second time within a minute, `fallback` stays, and the user
/// decides.
///
/// ```no_run
/// use portcullis_yew::RequireAuth;
/// use yew::prelude::*;
///
/// #[component]
/// fn InboxPage() -> Html {
///     html! { <RequireAuth><h1>{ "Inbox" }</h1></RequireAuth> }
/// }
/// ```
#[component]
pub fn RequireAuth(props: &RequireAuthProps) -> Html {
    let auth = use_auth();
    let leaves = auth.failure().is_none()
        && auth.state().reason().is_some_and(AnonymousReason::allows_login_unasked);
    {
        let (auth, options) = (auth.clone(), props.options.clone());
        use_effect_with(leaves, move |leaves| {
            if *leaves {
                auth.login_unasked(options);
            }
        });
    }
    match &props.fallback {
        _ if auth.is_authenticated() => props.children.clone(),
        Some(fallback) => fallback.clone(),
        None => notice(auth, props.options.clone()),
    }
}
