//! The flows: login, callback, refresh, logout, as straight-line code over a [`Host`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::FutureExt;

use crate::config::{Config, HandleCallback, Restore};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::id_token::{Expected, Grant};
use crate::protocol::{ascii, callback as response, endpoint};
use crate::secret::Secret;

mod access_token;
mod api;
mod callback;
mod device;
#[cfg_attr(not(feature = "dpop"), path = "bearer_only.rs")]
mod dpop;
mod event;
mod frontchannel_logout;
#[cfg_attr(not(feature = "idle-timeout"), path = "never_idle.rs")]
mod idle;
#[cfg_attr(all(target_arch = "wasm32", not(feature = "js")), path = "at_once.rs")]
pub(crate) mod later;
mod login;
mod logout;
mod refresh;
pub mod refresh_policy;
mod schedule;
mod server;
mod session;
#[cfg_attr(not(feature = "session-management"), path = "unwatched.rs")]
mod session_management;
mod signal;
#[cfg_attr(not(feature = "silent-login"), path = "never_silent.rs")]
mod silent;
mod state;
#[cfg(feature = "step-up")]
mod step_up;
mod tabs;
mod told_error;
mod transaction;
mod user_info;
mod vault;

pub use access_token::TokenOptions;
pub use device::DevicePrompt;
pub use event::{Event, Mistake, RefreshedBy, Subscription};
pub use login::{BegunLogin, LoginOptions};
pub use logout::LogoutOptions;
pub use state::{AnonymousReason, AuthState, CallbackResult, User};

#[cfg(feature = "dpop")]
use dpop::Proofs;
use event::Listeners;
use idle::Idle;
use refresh::Refresh;
use schedule::Retry;
use server::Server;
use session::{Session, TokenKey};
use session_management::Watch;
use signal::{Signal, Stop};
use transaction::Transactions;
use vault::{Record, Vault};

/// A client of one authorization server in one tab. Clones are the same client.
///
/// ```
/// # use portcullis::{Config, Error, LoginOptions, host::Host};
/// use portcullis::client::Client;
///
/// # async fn start<H: Host>(host: H) -> Result<(), Error> {
/// let client = Client::start(host, Config::new("https://as.example", "spa")).await?;
/// match client.state().user() {
///     Some(user) => println!("hello, {}", user.sub()),
///     None => client.login_with_redirect(LoginOptions::new()).await?,
/// }
/// # Ok(())
/// # }
/// ```
pub struct Client<H: Host>(Rc<Inner<H>>);

struct Inner<H: Host> {
    host: H,
    config: Config,
    vault: Vault,
    transactions: Transactions,
    server: Server,
    #[cfg(feature = "dpop")]
    proofs: Proofs,
    idle: Idle,
    state: RefCell<AuthState>,
    session: RefCell<Option<Session>>,
    /// The sessions that this tab has seen end.
    left: RefCell<Vec<String>>,
    /// Of the session that this tab was in last: by it a logout tells the server whose session it ends.
    latest_id_token: RefCell<Option<Secret>>,
    /// Whether a logout is leaving the page.
    is_leaving: Cell<bool>,
    callback: RefCell<Option<Rc<CallbackResult>>>,
    listeners: Listeners,
    refreshes: RefCell<Vec<(TokenKey, Refresh)>>,
    waiting_for_token: RefCell<Option<Signal<()>>>,
    /// Given once it is known what this tab missed before it woke.
    looked_up: RefCell<Option<Signal<()>>>,
    timer: RefCell<Option<Stop>>,
    retry: RefCell<Option<Retry>>,
    watch: RefCell<Option<Watch>>,
    closed: Cell<bool>,
    /// Whether the storage was seen to fail.
    storage_trouble: Cell<bool>,
    presence_lock: RefCell<Option<H::Lock>>,
    session_lock: String,
    presence: String,
    channel: String,
}

impl<H: Host> Clone for Client<H> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<H: Host> PartialEq for Client<H> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<H: Host> Client<H> {
    /// Starts a client: finishes a login if the page was opened with its callback, otherwise goes on
    /// with the session that rests in the vault, and keeps it alive.
    ///
    /// Fails only for a wrong configuration. If it is dropped before it is done, the client is closed.
    ///
    /// ```
    /// # use portcullis::{Config, ErrorCode, client::Client, host::Host};
    /// # async fn start<H: Host>(host: H) {
    /// let config = Config::new("http://as.example", "spa");
    /// let error = Client::start(host, config).await.err().unwrap();
    /// assert_eq!(error.code(), ErrorCode::InsecureUrl);
    /// # }
    /// ```
    pub async fn start(host: H, config: Config) -> Result<Self> {
        let client = Self(Rc::new(Inner::new(host, config)?));
        let starting = Starting(Some(client.clone()));
        client.listen();
        client.restore().await;
        if response::is_response(&client.0.host.url()) {
            client.later(client.arrive().map(Ok)).await?;
        } else {
            client.return_from_logout().await;
        }
        if !client.0.has_good_token(&client.0.default_key()) && client.0.session.borrow().is_some()
        {
            let refresh = client.refresh_token_of(client.0.default_key(), false);
            if client.0.config.restore == Restore::Verified {
                // Whatever comes of it is in the state.
                let _ = refresh.await;
            }
        }
        client.watch_server_session();
        client.sweep();
        starting.finish();
        Ok(client)
    }

    /// Takes the answer to a login that the page was opened with.
    async fn arrive(&self) {
        let is_auto = self.0.config.handle_callback == HandleCallback::Auto;
        if is_auto && self.is_callback(&self.0.host.url()).await {
            self.handle_callback_of_page().await;
        } else {
            self.notice_missed_callback().await;
        }
    }

    /// Removes the logins and logouts that nobody finished.
    fn sweep(&self) {
        let inner = Rc::clone(&self.0);
        let sweep = async move {
            // What can't be swept now is swept with the next login.
            let _ = inner.transactions.sweep(&inner.host).await;
        };
        self.0.host.spawn(sweep.boxed_local());
    }

    async fn restore(&self) {
        let inner = Rc::clone(&self.0);
        // Nothing waits for it: what it is for happens under a lock that is asked for after it.
        self.0.host.spawn(async move { inner.be_present().await }.boxed_local());
        match self.0.vault.read(&self.0.host).await {
            // Otherwise another tab has told meanwhile who is logged in, or that nobody is.
            Ok(Some(record))
                if self.0.session_id().is_none() && !self.0.was_left(&record.session) =>
            {
                self.0.enter(self.0.session_of(&record));
                self.watch_over_new_session(true).await;
                self.end_if_idle().await;
            }
            Ok(_) => {}
            Err(error) => self.0.log("the vault could not be read", Some(error)),
        }
    }

    /// Whether somebody is logged in.
    ///
    /// ```
    /// # use portcullis::{AuthState, client::Client, host::Host};
    /// # fn show<H: Host>(client: &Client<H>) {
    /// match client.state() {
    ///     AuthState::Authenticated { user, .. } => println!("hello, {}", user.sub()),
    ///     AuthState::Anonymous { reason, .. } => println!("nobody: {}", reason.as_str()),
    /// }
    /// # }
    /// ```
    pub fn state(&self) -> AuthState {
        self.0.state()
    }

    /// What [`Client::start`] handled, if the page was opened with a callback.
    ///
    /// ```
    /// # use portcullis::{client::Client, host::Host};
    /// # fn go_on<H: Host>(client: &Client<H>, host: &H) {
    /// if let Some(return_to) = client.callback().and_then(|login| login.return_to.clone()) {
    ///     host.replace_url(&return_to);
    /// }
    /// # }
    /// ```
    pub fn callback(&self) -> Option<Rc<CallbackResult>> {
        self.0.callback.borrow().clone()
    }

    /// Calls `listener` with every event, until the subscription is dropped.
    ///
    /// ```
    /// # use portcullis::{Event, Subscription, client::Client, host::Host};
    /// # fn listen<H: Host>(client: &Client<H>) -> Subscription {
    /// client.subscribe(|event| {
    ///     if let Event::Login(user) = event {
    ///         println!("hello, {}", user.sub());
    ///     }
    /// })
    /// # }
    /// ```
    pub fn subscribe(&self, listener: impl Fn(&Event) + 'static) -> Subscription {
        self.0.listeners.add(listener)
    }

    /// Stops everything. The session stays where it is, for other tabs and later.
    ///
    /// ```
    /// # use portcullis::{client::Client, host::Host};
    /// # fn unload<H: Host>(client: &Client<H>) {
    /// let user = client.state().user().cloned();
    /// client.close();
    /// assert_eq!(client.state().user(), user.as_ref(), "nobody is logged out");
    /// # }
    /// ```
    pub fn close(&self) {
        self.0.closed.set(true);
        self.0.stop_timer();
        self.0.idle.stop();
        self.0.watch.take();
        self.0.presence_lock.take();
        self.0.host.close();
    }
}

/// A client that nobody has yet. What it began would go on without end if its start were given up.
struct Starting<H: Host>(Option<Client<H>>);

impl<H: Host> Starting<H> {
    fn finish(mut self) {
        self.0.take();
    }
}

impl<H: Host> Drop for Starting<H> {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            client.close();
        }
    }
}

impl<H: Host> Client<H> {
    fn inner(&self) -> &Rc<Inner<H>> {
        &self.0
    }

    #[cfg(target_arch = "wasm32")]
    pub(crate) fn host(&self) -> &H {
        &self.0.host
    }

    fn from_inner(inner: Rc<Inner<H>>) -> Self {
        Self(inner)
    }
}

impl<H: Host> Inner<H> {
    fn new(host: H, mut config: Config) -> Result<Self> {
        config.validate()?;
        config.redirect_uri = redirect_uri(&host, &config.redirect_uri, "redirectUri")?;
        if let Some(uri) = &config.post_logout_redirect_uri {
            config.post_logout_redirect_uri =
                Some(redirect_uri(&host, uri, "postLogoutRedirectUri")?);
        }
        config.apis = config.apis.iter().filter_map(|api| host.resolve(api)).collect();
        let namespace = [config.issuer.as_str(), " ", &config.client_id].concat();
        Ok(Self {
            vault: Vault::new(&namespace, &config),
            transactions: Transactions::new(&namespace),
            server: Server::default(),
            #[cfg(feature = "dpop")]
            proofs: Proofs::new(&namespace),
            idle: Idle::new(&namespace),
            state: RefCell::new(AuthState::Anonymous {
                reason: AnonymousReason::Never,
                error: None,
            }),
            session: RefCell::default(),
            left: RefCell::default(),
            latest_id_token: RefCell::default(),
            is_leaving: Cell::new(false),
            callback: RefCell::default(),
            listeners: Listeners::default(),
            refreshes: RefCell::default(),
            waiting_for_token: RefCell::default(),
            looked_up: RefCell::default(),
            timer: RefCell::default(),
            retry: RefCell::default(),
            watch: RefCell::default(),
            closed: Cell::new(false),
            storage_trouble: Cell::new(false),
            presence_lock: RefCell::new(None),
            session_lock: ["portcullis session ", &namespace].concat(),
            presence: ["portcullis tab ", &namespace].concat(),
            channel: ["portcullis ", &namespace].concat(),
            host,
            config,
        })
    }

    fn state(&self) -> AuthState {
        self.state.borrow().clone()
    }

    fn emit(&self, event: &Event) {
        if !self.closed.get() {
            self.listeners.call(event);
        }
    }

    /// Logs something. Trouble with the storage is logged once, or it would be at every step.
    fn log(&self, message: &'static str, error: Option<Error>) {
        let is_storage =
            error.as_ref().is_some_and(|error| error.code() == ErrorCode::StorageUnavailable);
        if is_storage && self.storage_trouble.replace(true) {
            return;
        }
        self.emit(&Event::Log { message, error });
    }

    /// Lets other tabs know that there is one more that may have an access token.
    async fn be_present(&self) {
        let is_needed = self.vault.is_shared() && self.presence_lock.borrow().is_none();
        if is_needed
            && let Ok(lock) = self.host.be_present(&self.presence).await
            && !self.closed.get()
        {
            *self.presence_lock.borrow_mut() = Some(lock);
        }
    }

    fn session_id(&self) -> Option<String> {
        self.session.borrow().as_ref().map(|session| session.id.clone())
    }

    /// The session that a record is of, which the tab is about to enter. Without a refresh token a silent
    /// login may renew it.
    fn session_of(&self, record: &Record) -> Session {
        self.latest_id_token.replace(Some(record.id_token.clone()));
        let mut session = Session::from_record(record);
        session.is_renewable |= self.logs_in_silently();
        session
    }

    /// Makes this the session of the tab.
    fn enter(&self, session: Session) {
        let id = session.id.clone();
        let replaced = self.session.borrow_mut().replace(session);
        if let Some(replaced) = replaced.filter(|replaced| replaced.id != id) {
            self.idle.stop();
            self.never_again(&replaced.id);
        }
        self.publish();
    }

    /// Ends the session of this tab, here only.
    fn leave(&self, reason: AnonymousReason, error: Option<Error>) {
        self.stop_timer();
        self.idle.stop();
        self.watch.take();
        let ended = self.session.borrow_mut().take();
        if let Some(session) = &ended {
            self.never_again(&session.id);
        }
        self.set_state(AuthState::Anonymous { reason, error });
        if ended.is_some() {
            self.emit(&Event::Logout(reason));
        }
    }

    /// Publishes the session's state if it differs from the last one.
    fn publish(&self) {
        let state = self.session.borrow().as_ref().map(Session::state);
        if let Some(state) = state {
            self.set_state(state);
        }
    }

    fn set_state(&self, state: AuthState) {
        if *self.state.borrow() != state {
            *self.state.borrow_mut() = state.clone();
            self.emit(&Event::State(state));
        }
    }

    fn stop_timer(&self) {
        self.timer.take();
    }

    /// `url` resolved, if it is of this origin.
    fn same_origin(&self, url: &str) -> Result<String> {
        let resolved = self.host.resolve(url).ok_or_else(|| Error::invalid_config("returnTo"))?;
        match origin(&resolved) {
            Some(theirs) if Some(theirs) == origin(&self.host.url()) => Ok(resolved),
            _ => Err(Error::invalid_config("returnTo")),
        }
    }

    fn expected_id_token<'a>(&'a self, grant: Grant<'a>) -> Expected<'a> {
        Expected {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            algorithms: &self.config.signing_algorithms,
            now: self.host.wall_clock() / 1000.0,
            tolerance: self.config.clock_tolerance,
            grant,
        }
    }
}

/// Resolves a redirect URI against the page; it has to be secure and have no fragment
/// ([RFC 6749 section 3.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2)).
fn redirect_uri(host: &impl Host, uri: &str, option: &str) -> Result<String> {
    let resolved = host
        .resolve(uri)
        .filter(|uri| ascii::find(uri, b"#").is_none())
        .ok_or_else(|| Error::invalid_config(option))?;
    endpoint::secure(&resolved, option)?;
    Ok(resolved)
}

/// Scheme and authority of an absolute URL.
fn origin(url: &str) -> Option<&str> {
    let authority = ascii::find(url, b":")? + "://".len();
    let length = ascii::before(url.get(authority..)?, b"/?#").len();
    Some(&url[..authority + length])
}
