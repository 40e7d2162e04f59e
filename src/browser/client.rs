use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::PopStateEvent;

use super::{ApiRequest, Browser};
use crate::client;
use crate::config::Config;
use crate::error::Result;
use crate::host::Host as _;
use crate::secret::Secret;
use crate::{AnonymousReason, AuthState, Event, LoginOptions, Subscription, TokenOptions};

#[wasm_bindgen(module = "/src/browser/ends.js")]
extern "C" {
    #[wasm_bindgen(js_name = endsAgain)]
    fn ends_again() -> bool;
}

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
#[derive(Clone)]
pub struct Client {
    client: client::Client<Browser>,
    ends: Rc<Ends>,
}

/// What is known of the latest session that the server has ended.
struct Ends {
    /// Whether it followed at once from another one.
    again: Rc<Cell<bool>>,
    #[expect(dead_code, reason = "it lives as long as this")]
    subscription: Subscription,
}

impl Client {
    /// Starts a client: finishes a login if the page was opened with its callback, otherwise goes on
    /// with the session of this browser, and keeps it alive.
    ///
    /// Fails only for a wrong configuration, or with `unsupported` outside of a page. If it is dropped
    /// before it is done, the client is closed.
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
        let client = client::Client::start(browser, config).await?;
        let ends = Rc::new(Ends::of(&client));
        Ok(Self { client, ends })
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
        self.client.subscribe(listener)
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
        self.client.access_token(options).await
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
        Ok(self.client.fetch(request).await?.into())
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
        options.return_to.get_or_insert_with(|| self.client.host().url());
        self.login_with_redirect(options).await
    }

    /// Whether a page that needs a user may leave for the login now, unasked: where
    /// [`AnonymousReason::allows_login_unasked`] does, unless the server has ended a session for the second
    /// time within a minute, as that could go on for ever.
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
        let reason = self.state().reason();
        reason.is_some_and(AnonymousReason::allows_login_unasked) && !self.ends.again.get()
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
        self.client.host().replace_url(url);
        // Neither can fail for this event and a page.
        if let (Some(window), Ok(event)) = (web_sys::window(), PopStateEvent::new("popstate")) {
            let _ = window.dispatch_event(&event);
        }
        true
    }
}

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        self.client == other.client
    }
}

impl Ends {
    fn of(client: &client::Client<Browser>) -> Self {
        let again = Rc::new(Cell::new(false));
        let note = {
            let again = Rc::clone(&again);
            move |state: &AuthState| {
                use AnonymousReason::{Expired, Revoked};
                if let Some(Expired | Revoked) = state.reason() {
                    again.set(ends_again());
                }
            }
        };
        // It may have ended while the client started.
        note(&client.state());
        let subscription = client.subscribe(move |event| {
            if let Event::State(state) = event {
                note(state);
            }
        });
        Self { again, subscription }
    }
}

/// Everything else is the same on every host.
impl Deref for Client {
    type Target = client::Client<Browser>;

    fn deref(&self) -> &Self::Target {
        &self.client
    }
}
