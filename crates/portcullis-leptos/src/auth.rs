use gloo_net::http::{Request, Response};
use leptos::prelude::*;
use portcullis::{
    AnonymousReason, AuthState, Config, Error, LoginOptions, LogoutOptions, Secret, User,
};

use crate::client_of_page::ClientOfPage;

/// How far it is known whether somebody is logged in.
///
/// ```no_run
/// use leptos::prelude::*;
/// use portcullis_leptos::{Status, use_auth};
///
/// #[component]
/// fn Greeting() -> impl IntoView {
///     let auth = use_auth();
///     move || match auth.status.get() {
///         Status::Starting => "One moment …",
///         Status::Anonymous => "Who are you?",
///         Status::Authenticated => "Good to see you.",
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not yet: the client starts, which takes no network, or this is a server.
    Starting,
    /// Nobody is.
    Anonymous,
    /// Somebody is.
    Authenticated,
}

/// The session as signals, and what can be done with it.
///
/// ```no_run
/// use leptos::prelude::*;
/// use portcullis_leptos::{Status, use_auth};
///
/// #[component]
/// fn Account() -> impl IntoView {
///     let auth = use_auth();
///     let is_in = move || auth.status.get() == Status::Authenticated;
///     let change = move |_| if is_in() { auth.logout() } else { auth.login() };
///     view! { <button on:click=change>{move || if is_in() { "Log out" } else { "Log in" }}</button> }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Auth {
    /// Whether somebody is logged in, who, and until when their access token is good. While the client
    /// starts, nobody is.
    pub state: ReadSignal<AuthState>,
    /// The user, if somebody is logged in. A refresh does not change it, unless it brings other claims.
    pub user: ReadSignal<Option<User>>,
    /// How far it is known whether somebody is logged in.
    pub status: ReadSignal<Status>,
    /// What went wrong with the latest [`login`](Self::login) or [`logout`](Self::logout), with the
    /// login that this page load came back from, or with the configuration.
    pub failure: ReadSignal<Option<Error>>,
    pub(crate) is_rendered_by_server: bool,
    cells: Cells,
    client: ClientOfPage,
}

/// Where the signals come from.
#[derive(Clone, Copy)]
pub struct Cells {
    state: RwSignal<AuthState>,
    user: RwSignal<Option<User>>,
    status: RwSignal<Status>,
    failure: RwSignal<Option<Error>>,
    /// How the latest login or logout failed that was begun here, or the start of the client.
    attempt: RwSignal<Option<Error>>,
}

impl Auth {
    fn new(config: Config) -> Self {
        let nobody = AuthState::Anonymous { reason: AnonymousReason::Never, error: None };
        let cells = Cells {
            state: RwSignal::new(nobody),
            user: RwSignal::new(None),
            status: RwSignal::new(Status::Starting),
            failure: RwSignal::new(None),
            attempt: RwSignal::new(None),
        };
        Self {
            state: cells.state.read_only(),
            user: cells.user.read_only(),
            status: cells.status.read_only(),
            failure: cells.failure.read_only(),
            is_rendered_by_server: is_rendered_by_server(),
            cells,
            client: ClientOfPage::start(config, cells),
        }
    }

    /// Leaves for the login page, and comes back to the page that is shown now. Where that fails,
    /// [`failure`](Self::failure) says why.
    ///
    /// ```no_run
    /// use leptos::prelude::*;
    /// use portcullis_leptos::Auth;
    ///
    /// fn login_button(auth: Auth) -> impl IntoView {
    ///     view! { <button on:click=move |_| auth.login()>"Log in"</button> }
    /// }
    /// ```
    pub fn login(&self) {
        self.login_with(LoginOptions::new());
    }

    /// The same with options.
    ///
    /// ```no_run
    /// # use portcullis_leptos::Auth;
    /// # fn example(auth: Auth) {
    /// use portcullis::LoginOptions;
    ///
    /// auth.login_with(LoginOptions::new().return_to("/inbox").prompt("select_account"));
    /// # }
    /// ```
    pub fn login_with(&self, options: LoginOptions) {
        self.client.login(options, true, self.cells);
    }

    pub(crate) fn login_unasked(&self, options: LoginOptions) {
        self.client.login(options, false, self.cells);
    }

    /// Logs out here, in every other tab, and at the server. Where that fails,
    /// [`failure`](Self::failure) says why.
    ///
    /// ```no_run
    /// use leptos::prelude::*;
    /// use portcullis_leptos::Auth;
    ///
    /// fn logout_button(auth: Auth) -> impl IntoView {
    ///     view! { <button on:click=move |_| auth.logout()>"Log out"</button> }
    /// }
    /// ```
    pub fn logout(&self) {
        self.logout_with(LogoutOptions::new());
    }

    /// The same with options.
    ///
    /// ```no_run
    /// # use portcullis_leptos::Auth;
    /// # fn example(auth: Auth) {
    /// use portcullis::LogoutOptions;
    ///
    /// auth.logout_with(LogoutOptions::new().local(true)); // the server's session stays
    /// # }
    /// ```
    pub fn logout_with(&self, options: LogoutOptions) {
        self.client.logout(options, self.cells);
    }

    /// Sends a request to an API with the access token, if its URL is one that
    /// [`Config::api`](portcullis::Config::api) allows. It waits for the client to start; on a server it
    /// fails with `unsupported`.
    ///
    /// ```no_run
    /// use gloo_net::http::Request;
    /// use leptos::prelude::*;
    /// use portcullis_leptos::use_auth;
    ///
    /// #[component]
    /// fn Inbox() -> impl IntoView {
    ///     let auth = use_auth();
    ///     let inbox = LocalResource::new(move || async move {
    ///         let request = Request::get("https://api.example/inbox").build().ok()?;
    ///         auth.fetch(request).await.ok()?.text().await.ok()
    ///     });
    ///     view! { <Suspense><pre>{move || Suspend::new(async move { inbox.await })}</pre></Suspense> }
    /// }
    /// ```
    pub async fn fetch(&self, request: Request) -> Result<Response, Error> {
        self.client.fetch(request).await
    }

    /// An access token that is good now. It waits for the client to start; on a server it fails with
    /// `unsupported`.
    ///
    /// ```no_run
    /// # use portcullis_leptos::Auth;
    /// # async fn example(auth: Auth) -> Result<(), portcullis::Error> {
    /// let token = auth.access_token().await?;
    /// assert!(!format!("{token:?}").contains(token.expose()));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn access_token(&self) -> Result<Secret, Error> {
        self.client.access_token().await
    }

    /// The client, which can do more, once it has started; or why it can't.
    ///
    /// ```no_run
    /// # use leptos::prelude::GetUntracked;
    /// # use portcullis_leptos::Auth;
    /// # async fn example(auth: Auth) -> Result<(), portcullis::Error> {
    /// let client = auth.client().await?;
    /// assert_eq!(client.state(), auth.state.get_untracked());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(target_arch = "wasm32")]
    pub async fn client(&self) -> Result<portcullis::Client, Error> {
        self.client.started().await
    }
}

/// The page that is told may be gone: then nobody is.
impl Cells {
    /// Takes in what the client tells, which may be what is known.
    #[cfg(target_arch = "wasm32")]
    pub fn tell(self, state: AuthState) {
        set(self.user, state.user().cloned());
        set(self.state, state);
        self.tell_failure();
        if self.status.try_get_untracked() != Some(Status::Starting) {
            self.tell_started();
        }
    }

    /// Takes in that the client has started, or could not.
    #[cfg(target_arch = "wasm32")]
    pub fn tell_started(self) {
        let is_somebody = self.user.try_with_untracked(Option::is_some) == Some(true);
        set(self.status, if is_somebody { Status::Authenticated } else { Status::Anonymous });
    }

    /// Takes in how the latest login or logout failed, if it did, or the start of the client.
    pub fn tell_attempt(self, failure: Option<Error>) {
        let _ = self.attempt.try_set(failure);
        self.tell_failure();
    }

    fn tell_failure(self) {
        let failed_login = || {
            self.state.try_with_untracked(|state| match state {
                AuthState::Anonymous { reason: AnonymousReason::LoginFailed, error } => {
                    error.clone()
                }
                _ => None,
            })
        };
        let attempt = self.attempt.try_get_untracked().flatten();
        set(self.failure, attempt.or_else(|| failed_login().flatten()));
    }
}

/// Sets a signal, which tells nobody of what was known.
fn set<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    let _ = signal.try_maybe_update(|known| {
        let is_new = *known != value;
        *known = value;
        (is_new, ())
    });
}

/// Whether a server renders this, or did, and it is hydrated now.
fn is_rendered_by_server() -> bool {
    let is_hydrated =
        || Owner::current_shared_context().is_some_and(|page| page.during_hydration());
    cfg!(not(target_arch = "wasm32")) || is_hydrated()
}

/// Starts a client, and gives the component that calls this and those in it the session by
/// [`use_auth`].
///
/// After a login it goes on to the page that the login was begun for: a router finds that page. When
/// the component is disposed of the client is closed; the session stays, for other tabs and later.
///
/// A client that can't start, which only a wrong configuration can make, is told by
/// [`Auth::failure`] and in the console.
///
/// ```no_run
/// use leptos::prelude::*;
/// use portcullis::Config;
/// use portcullis_leptos::{Authenticated, provide_auth};
///
/// #[component]
/// fn App() -> impl IntoView {
///     provide_auth(Config::new("https://as.example", "spa").redirect_uri("/callback"));
///     view! { <Authenticated>"The application"</Authenticated> }
/// }
/// ```
pub fn provide_auth(config: Config) -> Auth {
    let auth = Auth::new(config);
    provide_context(auth);
    auth
}

/// The session that [`provide_auth`] has given.
///
/// # Panics
///
/// Where nothing around has called `provide_auth`.
///
/// ```no_run
/// use leptos::prelude::*;
/// use portcullis_leptos::use_auth;
///
/// #[component]
/// fn Greeting() -> impl IntoView {
///     let auth = use_auth();
///     move || auth.user.get().map(|user| format!("Hello, {}", user.sub()))
/// }
/// ```
pub fn use_auth() -> Auth {
    use_context().expect("nothing around this component has called provide_auth")
}
