use yew::prelude::*;

use crate::use_auth;

/// The properties of [`Authenticated`] and [`Anonymous`].
///
/// ```no_run
/// use portcullis_yew::BranchProps;
/// use yew::prelude::*;
///
/// let props = yew::props!(BranchProps { children: html! { "Good to see you." } });
/// assert!(props.children == html! { "Good to see you." });
/// ```
#[derive(Properties, PartialEq)]
pub struct BranchProps {
    /// What is shown there.
    #[prop_or_default]
    pub children: Html,
}

/// Shows its children while somebody is logged in.
///
/// ```no_run
/// use portcullis_yew::{Anonymous, Authenticated};
/// use yew::prelude::*;
///
/// #[component]
/// fn Greeting() -> Html {
///     html! {
///         <>
///             <Authenticated>{ "Good to see you." }</Authenticated>
///             <Anonymous>{ "Who are you?" }</Anonymous>
///         </>
///     }
/// }
/// ```
#[component]
pub fn Authenticated(BranchProps { children }: &BranchProps) -> Html {
    if use_auth().is_authenticated() { children.clone() } else { Html::default() }
}

/// Shows its children while nobody is logged in.
///
/// ```no_run
/// use portcullis_yew::Anonymous;
/// use yew::prelude::*;
///
/// #[component]
/// fn Invitation() -> Html {
///     html! { <Anonymous><a href="/sign-up">{ "Sign up" }</a></Anonymous> }
/// }
/// ```
#[component]
pub fn Anonymous(BranchProps { children }: &BranchProps) -> Html {
    if use_auth().is_authenticated() { Html::default() } else { children.clone() }
}
