use std::rc::Rc;

use gloo_net::http::{Request, Response};
use portcullis::{
    AnonymousReason, AuthState, Client, Error, LoginOptions, LogoutOptions, Secret, User,
};
use yew::platform::spawn_local;
use yew::prelude::*;

/// The session as a component sees it, and what can be done with it. Clones are cheap.
///
/// ```no_run
/// use portcullis_yew::use_auth;
/// use yew::prelude::*;
///
/// #[component]
/// fn Account() -> Html {
///     let auth = use_auth();
///     let onclick = {
///         let auth = auth.clone();
///         move |_| if auth.is_authenticated() { auth.logout() } else { auth.login() }
///     };
///     let label = if auth.is_authenticated() { "Log out" } else { "Log in" };
///     html! { <button {onclick}>{ label }</button> }
/// }
/// ```
#[derive(Clone, PartialEq)]
pub struct Auth(pub(crate) Rc<Session>);

#[derive(Clone, PartialEq)]
pub struct Session {
    pub client: Client,
    pub state: AuthState,
    pub failure: Option<Error>,
    /// Takes how the latest login or logout that was begun here failed.
    pub report: Callback<Option<Error>>,
}

impl Auth {
    /// Whether somebody is logged in, and who.
    ///
    /// ```no_run
    /// # use portcullis_yew::Auth;
    /// # fn example(auth: &Auth) {
    /// use portcullis::AnonymousReason;
    ///
    /// let was_idle = auth.state().reason() == Some(AnonymousReason::Idle);
    /// # assert!(!was_idle);
    /// # }
    /// ```
    pub fn state(&self) -> &AuthState {
        &self.0.state
    }

    /// The user, if somebody is logged in.
    ///
    /// ```no_run
    /// # use portcullis_yew::Auth;
    /// # fn example(auth: &Auth) {
    /// let name = auth.user().and_then(|user| user.claim("name")).unwrap_or("stranger");
    /// assert_eq!(format!("Hello, {name}"), "Hello, Jane Doe");
    /// # }
    /// ```
    pub fn user(&self) -> Option<&User> {
        self.0.state.user()
    }

    /// Whether somebody is logged in.
    ///
    /// ```no_run
    /// # use portcullis_yew::Auth;
    /// # fn example(auth: &Auth) {
    /// assert_eq!(auth.is_authenticated(), auth.user().is_some());
    /// # }
    /// ```
    pub fn is_authenticated(&self) -> bool {
        self.user().is_some()
    }

    /// What went wrong with the latest [`login`](Self::login) or [`logout`](Self::logout), or with the
    /// login that this page load came back from.
    ///
    /// ```no_run
    /// # use portcullis_yew::Auth;
    /// use yew::prelude::*;
    ///
    /// fn alert(auth: &Auth) -> Option<Html> {
    ///     auth.failure().map(|failure| html! { <p role="alert">{ failure.to_string() }</p> })
    /// }
    /// ```
    pub fn failure(&self) -> Option<&Error> {
        match (&self.0.failure, &self.0.state) {
            (Some(failure), _) => Some(failure),
            (None, AuthState::Anonymous { reason: AnonymousReason::LoginFailed, error }) => {
                error.as_ref()
            }
            (None, _) => None,
        }
    }

    /// Leaves for the login page, and comes back to the page that is shown now. Where that fails,
    /// [`failure`](Self::failure) says why.
    ///
    /// ```no_run
    /// use portcullis_yew::Auth;
    /// use yew::prelude::*;
    ///
    /// fn login_button(auth: Auth) -> Html {
    ///     html! { <button onclick={move |_| auth.login()}>{ "Log in" }</button> }
    /// }
    /// ```
    pub fn login(&self) {
        self.login_with(LoginOptions::new());
    }

    /// The same with options.
    ///
    /// ```no_run
    /// # use portcullis_yew::Auth;
    /// # fn example(auth: &Auth) {
    /// use portcullis::LoginOptions;
    ///
    /// auth.login_with(LoginOptions::new().return_to("/inbox").prompt("select_account"));
    /// # }
    /// ```
    pub fn login_with(&self, options: LoginOptions) {
        let client = self.0.client.clone();
        self.attempt(async move { client.login_from_here(options).await });
    }

    pub(crate) fn login_unasked(&self, options: LoginOptions) {
        if self.0.client.may_login_unasked() {
            self.login_with(options);
        }
    }

    /// Logs out here, in every other tab, and at the server. Where that fails,
    /// [`failure`](Self::failure) says why.
    ///
    /// ```no_run
    /// use portcullis_yew::Auth;
    /// use yew::prelude::*;
    ///
    /// fn logout_button(auth: Auth) -> Html {
    ///     html! { <button onclick={move |_| auth.logout()}>{ "Log out" }</button> }
    /// }
    /// ```
    pub fn logout(&self) {
        self.logout_with(LogoutOptions::new());
    }

    /// The same with options.
    ///
    /// ```no_run
    /// # use portcullis_yew::Auth;
    /// # fn example(auth: &Auth) {
    /// use portcullis::LogoutOptions;
    ///
    /// auth.logout_with(LogoutOptions::new().local(true)); // the server's session stays
    /// # }
    /// ```
    pub fn logout_with(&self, options: LogoutOptions) {
        let client = self.0.client.clone();
        self.attempt(async move { client.logout(options).await });
    }

    /// Sends a request to an API with the access token, if its URL is one that
    /// [`Config::api`](portcullis::Config::api) allows; see [`Client::fetch`].
    ///
    /// ```no_run
    /// # use portcullis_yew::Auth;
    /// # async fn example(auth: Auth) -> Result<(), Box<dyn std::error::Error>> {
    /// use gloo_net::http::Request;
    ///
    /// let response = auth.fetch(Request::get("https://api.example/inbox").build()?).await?;
    /// println!("{}", response.text().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn fetch(&self, request: Request) -> Result<Response, Error> {
        self.0.client.fetch(request).await
    }

    /// An access token that is good now; see [`Client::access_token`].
    ///
    /// ```no_run
    /// # use portcullis_yew::Auth;
    /// # async fn example(auth: Auth) -> Result<(), portcullis::Error> {
    /// let token = auth.access_token().await?;
    /// assert!(!format!("{token:?}").contains(token.expose()));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn access_token(&self) -> Result<Secret, Error> {
        self.0.client.access_token().await
    }

    /// The client, which can do more.
    ///
    /// ```no_run
    /// # use portcullis_yew::Auth;
    /// # async fn example(auth: Auth) -> Result<(), portcullis::Error> {
    /// let claims = auth.client().user_info().await?;
    /// assert_eq!(claims.string("sub"), auth.user().map(|user| user.sub()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    fn attempt(&self, action: impl Future<Output = Result<(), Error>> + 'static) {
        let report = self.0.report.clone();
        spawn_local(async move { report.emit(action.await.err()) });
    }
}

/// The session that the [`AuthProvider`](crate::AuthProvider) around this component has. The component
/// is rendered again exactly when it changed, in whichever tab that happened.
///
/// # Panics
///
/// Where there is no `AuthProvider` around the component.
///
/// ```no_run
/// use portcullis_yew::use_auth;
/// use yew::prelude::*;
///
/// #[component]
/// fn Greeting() -> Html {
///     let auth = use_auth();
///     let name = auth.user().and_then(|user| user.claim("name")).unwrap_or("stranger");
///     html! { <h1>{ format!("Hello, {name}") }</h1> }
/// }
/// ```
#[hook]
pub fn use_auth() -> Auth {
    use_context::<Auth>().expect("there is no <AuthProvider> around this component")
}
