use futures_util::FutureExt;

use super::callback::path;
use super::state::AnonymousReason;
use super::vault::Record;
use super::{Client, Inner, redirect_uri};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::protocol::{end_session, revocation};
use crate::secret::Secret;

const NOT_REVOKED: &str = "the refresh token could not be revoked";

/// How to log out.
///
/// ```
/// use portcullis::LogoutOptions;
///
/// let options = LogoutOptions::new().return_to("/goodbye").extra_param("ui_locales", "de");
/// assert_ne!(options, LogoutOptions::default());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogoutOptions {
    pub(crate) return_to: Option<String>,
    pub(crate) local: bool,
    pub(crate) extra_params: Vec<(String, String)>,
}

impl LogoutOptions {
    /// Here and at the server.
    ///
    /// ```
    /// # use portcullis::LogoutOptions;
    /// assert_eq!(LogoutOptions::new(), LogoutOptions::new().local(false));
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the server sends the user afterwards, in place of the configured
    /// `post_logout_redirect_uri`.
    ///
    /// ```
    /// # use portcullis::LogoutOptions;
    /// let options = LogoutOptions::new().return_to("/goodbye");
    /// assert_eq!(LogoutOptions::new().return_to("/").return_to("/goodbye"), options);
    /// ```
    pub fn return_to(mut self, url: &str) -> Self {
        self.return_to = Some(url.to_owned());
        self
    }

    /// Ends the session here and leaves that of the server.
    ///
    /// ```
    /// # use portcullis::{Error, LogoutOptions, client::Client, host::Host};
    /// # async fn log_out<H: Host>(client: &Client<H>) -> Result<(), Error> {
    /// client.logout(LogoutOptions::new().local(true)).await?;
    /// assert_eq!(client.state().user(), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn local(mut self, local: bool) -> Self {
        self.local = local;
        self
    }

    /// Adds a parameter to the logout request.
    ///
    /// ```
    /// # use portcullis::{ErrorCode, LogoutOptions, client::Client, host::Host};
    /// # async fn log_out<H: Host>(client: &Client<H>) {
    /// let options = LogoutOptions::new().extra_param("client_id", "another");
    /// assert_eq!(client.logout(options).await.unwrap_err().code(), ErrorCode::InvalidConfig);
    /// # }
    /// ```
    pub fn extra_param(mut self, name: &str, value: &str) -> Self {
        self.extra_params.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl<H: Host> Client<H> {
    /// Ends the session in every tab, revokes its refresh token, and leaves for the server's
    /// `end_session_endpoint` if it has one.
    ///
    /// ```
    /// # use portcullis::{AnonymousReason, Error, LogoutOptions, client::Client, host::Host};
    /// # async fn log_out<H: Host>(client: &Client<H>) -> Result<(), Error> {
    /// client.logout(LogoutOptions::new().return_to("/goodbye")).await?;
    /// assert_eq!(client.state().reason(), Some(AnonymousReason::LoggedOut));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn logout(&self, options: LogoutOptions) -> Result<()> {
        let inner = self.inner();
        for (name, _) in &options.extra_params {
            if end_session::OWN_PARAMETERS.contains(&name.as_str()) {
                return Err(Error::invalid_config(&["extraParams.", name].concat()));
            }
        }
        let return_to = match &options.return_to {
            Some(url) => Some(redirect_uri(&inner.host, url, "returnTo")?),
            None => inner.config.post_logout_redirect_uri.clone(),
        };
        // As long as this one goes on, another one may wipe it.
        let latest = inner.latest_id_token.borrow().clone();
        let record = self.end_here(AnonymousReason::LoggedOut).await;
        if let Some(record) = &record {
            self.revoke(record).await;
        }
        if options.local {
            inner.forget_id_token(latest.as_ref());
            return Ok(());
        }
        let Ok(metadata) = inner.metadata().await else { return Ok(()) };
        let Some(endpoint) = &metadata.end_session_endpoint else {
            inner.forget_id_token(latest.as_ref());
            return Ok(());
        };
        let is_apps_own = options.extra_params.iter().any(|(name, _)| name == "state");
        let mut state = None;
        if return_to.is_some() && !is_apps_own {
            let fresh = self.random_secret()?;
            // Without a store there is none, which only leaves the page unknown that the user comes
            // back to.
            let noted = inner.transactions.begin_logout(&inner.host, &fresh).await;
            state = noted.is_ok().then_some(fresh);
        }
        // Another tab, or a refresh that saw the session end, may have been faster to take the record.
        let id_token = record.map(|record| record.id_token);
        let id_token = id_token.or_else(|| inner.latest_id_token.borrow().clone()).or(latest);
        let url = end_session::url(
            endpoint,
            &inner.config.client_id,
            id_token.as_ref().map(Secret::expose),
            return_to.as_deref(),
            state.as_ref(),
            &options.extra_params,
        );
        // Until the page is gone, a second click is to tell the server the same.
        inner.is_leaving.set(true);
        let left = inner.host.navigate(&url).await;
        inner.is_leaving.set(left.is_ok());
        left
    }

    /// If the page was opened by the server after a logout of ours, its `state` leaves the address bar
    /// and is forgotten. Nobody is logged in or out by it: the session had ended before.
    pub(super) async fn return_from_logout(&self) {
        let inner = self.inner();
        let url = inner.host.url();
        let Some(state) = end_session::state(&url) else { return };
        if inner.transactions.finish_logout(&inner.host, &state).await.unwrap_or(false) {
            inner.host.replace_url(&end_session::clean_url(&url));
        } else if inner.config.post_logout_redirect_uri.as_deref().map(path) == Some(path(&url)) {
            inner.log("the page was opened with the state of no logout of this client", None);
        }
    }

    /// Ends whatever session there is, here at once, and gives what was in the vault.
    pub(super) async fn end_here(&self, reason: AnonymousReason) -> Option<Box<Record>> {
        let inner = self.inner();
        let ours = inner.session_id();
        if ours.is_some() {
            inner.leave(reason, None);
        }
        let before = inner.take_record().await;
        // What could not be read or removed goes as well: the user may close the tab before the lock comes,
        // and is logged out all the same.
        inner.clear_vault().await;
        if let Some(session) = ours {
            inner.tell_end(&session, reason).await;
        }
        // A refresh that is under way, here or in another tab, has the lock: it shall finish first,
        // so that what it stores is what is cleared. It may also find the session left and clear it.
        let _lock = inner.lock(&inner.session_lock).await;
        let record = inner.vault.read(&inner.host).await.ok().flatten().or(before);
        inner.clear_vault().await;
        if let Some(record) = &record
            && !inner.was_left(&record.session)
        {
            inner.end_session(&record.session, reason).await;
        }
        record
    }

    pub(super) fn revoke_in_background(&self, record: Box<Record>) {
        let client = self.clone();
        let revoke = async move {
            if let Err(error) = client.later(client.revoke(&record).map(Ok)).await {
                client.inner().log(NOT_REVOKED, Some(error));
            }
        };
        self.inner().host.spawn(revoke.boxed_local());
    }

    /// Revokes a refresh token. The session is over here whether the server hears it or not.
    pub(super) async fn revoke(&self, record: &Record) {
        let inner = self.inner();
        let Some(refresh_token) = &record.refresh_token else { return };
        let Ok(metadata) = inner.metadata().await else { return };
        let Some(endpoint) = &metadata.revocation_endpoint else { return };
        let request = revocation::request(endpoint, &inner.config.client_id, refresh_token);
        let answer = match inner.send(&request).await {
            Ok(response) => revocation::read_response(&response),
            Err(error) => Err(error),
        };
        if let Err(error) = answer {
            inner.log(NOT_REVOKED, Some(error));
        }
    }
}

impl<H: Host> Inner<H> {
    /// Ends a session in this tab, if it is in it, and in the other tabs.
    pub(super) fn end_session(
        &self,
        session: &str,
        reason: AnonymousReason,
    ) -> impl Future<Output = ()> {
        self.never_again(session);
        if self.session_id().as_deref() == Some(session) {
            self.leave(reason, None);
        }
        self.tell_end(session, reason)
    }

    /// Wipes the ID token that a logout was for, unless a login has brought another one meanwhile.
    fn forget_id_token(&self, of_logout: Option<&Secret>) {
        let mut latest = self.latest_id_token.borrow_mut();
        if latest.as_ref() == of_logout {
            latest.take();
        }
    }

    /// The page is hidden. If a logout left it, it may be shown again, where nobody is logged in any more.
    pub(super) fn finish_leaving(&self) {
        if self.is_leaving.take() && self.session.borrow().is_none() {
            self.latest_id_token.take();
        }
    }

    /// Takes the record out of the vault, if no other tab does: the tabs may all see a session end at one
    /// moment, and one of them revokes its refresh token.
    async fn take_record(&self) -> Option<Box<Record>> {
        loop {
            let record = self.vault.read(&self.host).await.ok().flatten()?;
            // Where it was renewed meanwhile, the renewed one is taken.
            if self.vault.remove(&self.host, &record).await != Ok(false) {
                return Some(record);
            }
        }
    }

    pub(super) async fn clear_vault(&self) {
        if let Err(error) = self.vault.clear(&self.host).await {
            self.log("the vault could not be cleared", Some(error));
        }
    }

    /// Notes that a session is over for good.
    pub(super) fn never_again(&self, session: &str) {
        if !self.was_left(session) {
            self.left.borrow_mut().push(session.to_owned());
        }
    }

    /// Whether this tab has left the session for good.
    pub(super) fn was_left(&self, session: &str) -> bool {
        self.left.borrow().iter().any(|left| left == session)
    }
}
