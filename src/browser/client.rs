use std::ops::Deref;

use web_sys::PopStateEvent;

use super::{ApiRequest, Browser};
use crate::client;
use crate::config::Config;
use crate::error::Result;
use crate::host::Host as _;
use crate::protocol::number;
use crate::secret::Secret;
use crate::{AnonymousReason, AuthState, Event, LoginOptions, Subscription, TokenOptions};

/// What the time is kept under, in the tab, of the latest login after the server had ended a session.
const LOGIN_AFTER_END: &str = "login after end";
/// Within this time, in milliseconds, an end follows from the one before.
const AT_ONCE: f64 = 60_000.0;

/// A client of one authorization server, in this tab. Clones are the same client, and equal.
///
/// ```no_run
/// # async fn example() -> Result<(), portcullis::Error> {
/// use portcullis::{Client, Config, LoginOptions};
///
/// let client = Client::start(Config::new("https://as.example", "spa")).await?;
/// if client.state().user().is_none() {
///     client.login_with_redirect(LoginOptions::new().return_to("/inbox")).await?;
/// }
/// let token = client.access_token().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct Client(client::Client<Browser>);

impl Client {
    /// Starts a client: finishes a login if the page was opened with its callback, otherwise goes on
    /// with the session of this browser, and keeps it alive.
    ///
    /// Fails only for a wrong configuration, or with `unsupported` outside of a page.
    ///
    /// In the hidden frame of a silent login it never ends: the page around it has the answer.
    ///
    /// ```no_run
    /// # async fn example() {
    /// use portcullis::{Client, Config, ErrorCode};
    ///
    /// let error = Client::start(Config::new("http://as.example", "spa")).await.err().unwrap();
    /// assert_eq!(error.code(), ErrorCode::InsecureUrl);
    /// # }
    /// ```
    pub async fn start(config: Config) -> Result<Self> {
        let browser = Browser::new()?;
        #[cfg(feature = "silent-login")]
        browser.hand_over().await;
        Ok(Self(client::Client::start(browser, config).await?))
    }

    /// Ends the session that the server's iframe asks to end; see
    /// [`client::Client::handle_frontchannel_logout`](client::Client::handle_frontchannel_logout).
    ///
    /// ```no_run
    /// # async fn example(config: portcullis::Config) -> Result<(), portcullis::Error> {
    /// let has_ended = portcullis::Client::handle_frontchannel_logout(config, None).await?;
    /// println!("the session {}", if has_ended { "has ended" } else { "is another" });
    /// # Ok(())
    /// # }
    /// ```
    pub async fn handle_frontchannel_logout(config: Config, url: Option<&str>) -> Result<bool> {
        client::Client::handle_frontchannel_logout(Browser::new()?, config, url).await
    }

    /// Calls `listener` with every new state, until the subscription is dropped.
    ///
    /// ```no_run
    /// # fn example(client: &portcullis::Client) {
    /// let subscription = client.subscribe(|state| match state.user() {
    ///     Some(user) => println!("Hello, {}", user.sub()),
    ///     None => println!("Nobody is logged in"),
    /// });
    /// drop(subscription); // nothing is told from here on
    /// # }
    /// ```
    pub fn subscribe(&self, listener: impl Fn(&AuthState) + 'static) -> Subscription {
        self.on_event(move |event| {
            if let Event::State(state) = event {
                listener(state);
            }
        })
    }

    /// Calls `listener` with every event, until the subscription is dropped.
    ///
    /// ```no_run
    /// # fn example(client: &portcullis::Client) {
    /// use portcullis::Event;
    ///
    /// let subscription = client.on_event(|event| {
    ///     if let Event::RefreshFailed { error, .. } = event {
    ///         println!("{error}");
    ///     }
    /// });
    /// # }
    /// ```
    pub fn on_event(&self, listener: impl Fn(&Event) + 'static) -> Subscription {
        self.0.subscribe(listener)
    }

    /// An access token that is good now; the same as
    /// [`access_token_with`](Self::access_token_with) with no options.
    ///
    /// ```no_run
    /// # async fn example(client: &portcullis::Client) {
    /// match client.access_token().await {
    ///     Ok(token) => println!("{} characters", token.expose().len()),
    ///     Err(error) => assert_eq!(error.code(), portcullis::ErrorCode::NotAuthenticated),
    /// }
    /// # }
    /// ```
    pub async fn access_token(&self) -> Result<Secret> {
        self.access_token_with(TokenOptions::new()).await
    }

    /// An access token as the options say; see
    /// [`client::Client::access_token`](client::Client::access_token).
    ///
    /// ```no_run
    /// # async fn example(client: &portcullis::Client) -> Result<(), portcullis::Error> {
    /// use portcullis::TokenOptions;
    ///
    /// // One that is good for five minutes at least.
    /// let token = client.access_token_with(TokenOptions::new().min_validity(300.0)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn access_token_with(&self, options: TokenOptions) -> Result<Secret> {
        self.0.access_token(options).await
    }

    /// Sends a request to an API with the access token; see
    /// [`client::Client::fetch`](client::Client::fetch).
    ///
    /// ```no_run
    /// # async fn example(client: &portcullis::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use gloo_net::http::Request;
    ///
    /// let response = client.fetch(Request::get("https://api.example/inbox").build()?).await?;
    /// println!("{}", response.text().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn fetch(
        &self,
        request: gloo_net::http::Request,
    ) -> Result<gloo_net::http::Response> {
        let request = ApiRequest::new(request.into(), true);
        Ok(self.0.fetch(request).await?.into())
    }

    /// Sends the user to the server to log in, and after it back to the page they are on, unless the
    /// options name another one. Settles only if that did not happen.
    ///
    /// ```no_run
    /// # async fn example(client: &portcullis::Client) -> Result<(), portcullis::Error> {
    /// use portcullis::LoginOptions;
    ///
    /// client.login_from_here(LoginOptions::new().login_hint("alice")).await
    /// # }
    /// ```
    pub async fn login_from_here(&self, mut options: LoginOptions) -> Result<()> {
        options.return_to.get_or_insert_with(|| self.0.host().url());
        self.login_with_redirect(options).await
    }

    /// Whether a page that needs a user may leave for the login now, unasked: where
    /// [`AnonymousReason::allows_login_unasked`] does, unless the server has ended a session for the second
    /// time within a minute, as that could go on for ever. Whoever is told that it may is taken to do so.
    ///
    /// ```no_run
    /// # async fn example(client: &portcullis::Client) -> Result<(), portcullis::Error> {
    /// use portcullis::LoginOptions;
    ///
    /// if client.may_login_unasked() {
    ///     client.login_from_here(LoginOptions::new()).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn may_login_unasked(&self) -> bool {
        match self.state().reason() {
            Some(AnonymousReason::Never) => true,
            Some(reason) => reason.allows_login_unasked() && !self.has_just_ended_before(),
            None => false,
        }
    }

    /// Whether the server has ended a session of this tab just before; notes that it has ended one now.
    fn has_just_ended_before(&self) -> bool {
        let host = self.0.host();
        let now = host.wall_clock().trunc();
        let before = host.in_tab(LOGIN_AFTER_END).pop();
        let before = before.and_then(|(_, at)| number::whole(&at));
        // Without any storage of the tab there is no login by redirect either.
        let _ = host.keep_in_tab(LOGIN_AFTER_END, Some(&number::to_text(now)));
        before.is_some_and(|before| (now - before).abs() < AT_ONCE)
    }

    /// Goes on to the page that the login handled on this page load was begun for: it comes into the
    /// address bar in the callback's place, and the application's router is told by a `popstate` event.
    /// Whether there was such a page.
    ///
    /// ```no_run
    /// # async fn example(config: portcullis::Config) -> Result<(), portcullis::Error> {
    /// let client = portcullis::Client::start(config).await?;
    /// client.go_to_return_to();
    /// # Ok(())
    /// # }
    /// ```
    pub fn go_to_return_to(&self) -> bool {
        let callback = self.callback();
        let Some(url) = callback.as_ref().and_then(|result| result.return_to.as_deref()) else {
            return false;
        };
        self.0.host().replace_url(url);
        // Neither can fail for this event and a page.
        if let (Some(window), Ok(event)) = (web_sys::window(), PopStateEvent::new("popstate")) {
            let _ = window.dispatch_event(&event);
        }
        true
    }
}

/// Everything else is the same on every host.
impl Deref for Client {
    type Target = client::Client<Browser>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
