use std::rc::Rc;

use futures_util::future::{abortable, pending};
use portcullis::{AuthState, Client, Config, Error, Subscription};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::Auth;
use crate::auth::Session;

/// The properties of [`AuthProvider`].
///
/// ```no_run
/// use portcullis::Config;
/// use portcullis_yew::AuthProviderProps;
///
/// let config = Config::new("https://as.example", "spa");
/// let props = yew::props!(AuthProviderProps { config });
/// assert!(props.failed.is_none(), "an alert says why the client can't start");
/// ```
#[derive(Properties, PartialEq)]
pub struct AuthProviderProps {
    /// How the client is set up. Another configuration closes the client and starts another one.
    pub config: Config,
    /// What is shown until it is known whether somebody is logged in, which takes no network.
    #[prop_or_default]
    pub loading: Html,
    /// What is shown where the client can't start, which only a wrong configuration can make; by
    /// default an alert that says why.
    #[prop_or_default]
    pub failed: Option<Callback<Error, Html>>,
    /// The application.
    #[prop_or_default]
    pub children: Html,
}

/// Starts a [`Client`], and gives what is in it the session by [`use_auth`](crate::use_auth).
///
/// After a login it goes on to the page that the login was begun for, before it shows its children: a
/// router in it or around it finds that page. When it is unmounted the client is closed; the session
/// stays, for other tabs and later.
///
/// ```no_run
/// use portcullis::Config;
/// use portcullis_yew::AuthProvider;
/// use yew::prelude::*;
///
/// #[component]
/// fn App() -> Html {
///     let config = Config::new("https://as.example", "spa").redirect_uri("/callback");
///     let loading = html! { <p>{ "One moment …" }</p> };
///     html! { <AuthProvider {config} {loading}>{ "The application" }</AuthProvider> }
/// }
/// ```
#[component]
pub fn AuthProvider(props: &AuthProviderProps) -> Html {
    let progress = use_reducer_eq(|| Progress::Starting);
    let dispatcher = progress.dispatcher();
    use_effect_with(props.config.clone(), move |config| {
        let (running, stop) = abortable(run(config.clone(), dispatcher));
        spawn_local(async move {
            // That it was stopped is no failure.
            let _ = running.await;
        });
        move || stop.abort()
    });
    match &*progress {
        Progress::Starting => props.loading.clone(),
        Progress::Failed(error) => match &props.failed {
            Some(failed) => failed.emit(error.clone()),
            None => html! { <p role="alert">{ error.to_string() }</p> },
        },
        Progress::Running(auth) => {
            let (context, children) = (auth.clone(), props.children.clone());
            html! { <ContextProvider<Auth> {context}>{ children }</ContextProvider<Auth>> }
        }
    }
}

#[derive(PartialEq)]
enum Progress {
    Starting,
    Failed(Error),
    Running(Auth),
}

enum News {
    Began,
    Failed(Error),
    Started(Auth),
    Changed(AuthState),
    Attempted(Option<Error>),
}

impl Reducible for Progress {
    type Action = News;

    fn reduce(self: Rc<Self>, news: News) -> Rc<Self> {
        match (news, &*self) {
            (News::Began, _) => Self::Starting.into(),
            (News::Failed(error), _) => Self::Failed(error).into(),
            (News::Started(auth), _) => Self::Running(auth).into(),
            (News::Changed(state), Self::Running(Auth(session))) => {
                let session = Session { state, ..(**session).clone() };
                Self::Running(Auth(session.into())).into()
            }
            (News::Attempted(failure), Self::Running(Auth(session))) => {
                let session = Session { failure, ..(**session).clone() };
                Self::Running(Auth(session.into())).into()
            }
            (News::Changed(_) | News::Attempted(_), _) => self,
        }
    }
}

/// A client while somebody listens to it.
struct Open(Client, #[expect(dead_code, reason = "it lives as long as this")] Subscription);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Runs a client until this is dropped.
async fn run(config: Config, progress: UseReducerDispatcher<Progress>) {
    progress.dispatch(News::Began);
    match Client::start(config).await {
        Err(error) => progress.dispatch(News::Failed(error)),
        Ok(client) => {
            let changes = progress.clone();
            let subscription =
                client.subscribe(move |state| changes.dispatch(News::Changed(state.clone())));
            client.go_to_return_to();
            let attempts = progress.clone();
            let session = Session {
                client: client.clone(),
                state: client.state(),
                failure: None,
                report: Callback::from(move |failure| attempts.dispatch(News::Attempted(failure))),
            };
            let _open = Open(client, subscription);
            progress.dispatch(News::Started(Auth(session.into())));
            pending::<()>().await;
        }
    }
}
