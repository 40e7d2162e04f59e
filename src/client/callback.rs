use std::rc::Rc;

use super::session::{AccessToken, Moment, TokenKey};
use super::state::{AnonymousReason, CallbackResult};
use super::transaction::{Progress, Transaction};
use super::vault::Record;
use super::{Client, Event, Mistake};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::ascii;
use crate::protocol::callback::{self, Expected, Granted};
use crate::protocol::id_token::Grant;
use crate::protocol::json::Object;
use crate::protocol::token::{self, TokenResponse};
use crate::secret::Secret;

impl<H: Host> Client<H> {
    /// Whether a URL is an authorization response to this client, and not to another one that shares
    /// its redirect URI.
    pub(super) async fn is_callback(&self, url: &str) -> bool {
        let inner = self.inner();
        if !self.is_at_redirect_uri(url) {
            return false;
        }
        match callback::state(url, inner.config.response_mode) {
            Ok(state) => !inner.transactions.is_of_another_client(&inner.host, &state).await,
            Err(_) => true,
        }
    }

    fn is_at_redirect_uri(&self, url: &str) -> bool {
        callback::is_response(url) && path(url) == path(&self.inner().config.redirect_uri)
    }

    /// Tells if the page was opened with the answer to a login of this client, but at another path than
    /// it asked for, as by a host that adds a slash.
    pub(super) async fn notice_missed_callback(&self) {
        let inner = self.inner();
        let url = inner.host.url();
        if !callback::is_response(&url) || self.is_at_redirect_uri(&url) {
            return;
        }
        if let Ok(state) = callback::state(&url, inner.config.response_mode)
            && let Ok(Progress::Begun(_)) = inner.transactions.find(&inner.host, &state).await
        {
            inner.emit(&Event::Mistake(Mistake::RedirectUri));
        }
    }

    /// Finishes the login whose callback `url` is. For the same URL the answer is the same, and its
    /// code is sent once.
    ///
    /// Without a URL that of the page is taken, and the address bar is cleaned in every case. After an
    /// error that is `retryable` the code may still be good: calling again with the URL tries it again.
    ///
    /// ```
    /// # use portcullis::{Error, client::Client, host::Host};
    /// # async fn finish<H: Host>(client: &Client<H>) -> Result<(), Error> {
    /// let login = client.handle_redirect_callback(None).await?;
    /// assert_eq!(client.handle_redirect_callback(None).await?, login, "its code is sent once");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn handle_redirect_callback(&self, url: Option<&str>) -> Result<CallbackResult> {
        let inner = self.inner();
        let page = inner.host.url();
        let url = url.map_or(Some(page.clone()), |url| inner.host.resolve(url));
        let url = url.ok_or_else(|| Error::new(ErrorCode::CallbackInvalid).about("url"))?;
        if !callback::is_response(&url) {
            return Err(ErrorCode::CallbackInvalid.into());
        }
        if page == url {
            inner.host.replace_url(&callback::clean_url(&url));
        }
        self.finish_login(&url).await
    }

    async fn finish_login(&self, url: &str) -> Result<CallbackResult> {
        let inner = self.inner();
        let state = callback::state(url, inner.config.response_mode)?;
        let _one_at_a_time = inner.lock(&inner.transactions.key(&state)).await?;
        let transaction = match inner.transactions.find(&inner.host, &state).await? {
            Progress::Done(result) => return Ok(*result),
            Progress::Begun(transaction) => transaction,
        };
        let (login, is_final) = match self.redeem(url, &transaction).await {
            Ok(redeemed) => (self.log_in(redeemed, &transaction).await, true),
            Err(error) => (Err(error.clone()), !error.retryable()),
        };
        let result = CallbackResult {
            return_to: transaction.return_to.clone(),
            app_state: transaction.app_state.clone(),
            user: inner.state().user().filter(|_| login.is_ok()).cloned(),
            error: login.err(),
        };
        if is_final {
            let kept = inner.transactions.finish(&inner.host, &state, &result).await;
            if let Some(error) = kept.unwrap_or_else(Some) {
                inner.log("the result of a login could not be stored for all tabs", Some(error));
            }
        }
        Ok(result)
    }

    /// From the authorization response to the token response. Nothing is sent before the former holds.
    async fn redeem(&self, url: &str, transaction: &Transaction) -> Result<Redeemed> {
        let granted = self.read_callback(url, transaction).await?;
        self.exchange(granted, transaction).await
    }

    /// What an authorization response grants, once it is seen to hold.
    pub(super) async fn read_callback(
        &self,
        url: &str,
        transaction: &Transaction,
    ) -> Result<Granted> {
        let inner = self.inner();
        let metadata = inner.metadata().await?;
        let expected = Expected {
            issuer: &metadata.issuer,
            sends_iss: metadata.sends_iss,
            state: &transaction.state,
            response_mode: inner.config.response_mode,
        };
        callback::read(url, &expected)
    }

    /// Exchanges a code. What validates the answer is here before the code is spent.
    pub(super) async fn exchange(
        &self,
        granted: Granted,
        transaction: &Transaction,
    ) -> Result<Redeemed> {
        let inner = self.inner();
        let Granted { code, session_state } = granted;
        let metadata = inner.ready().await?;
        let mut request = token::code_request(
            &metadata.token_endpoint,
            &inner.config.client_id,
            &inner.config.redirect_uri,
            &code,
            &transaction.code_verifier,
            transaction.resource.as_deref(),
        );
        let asked_at = Moment::now(&inner.host);
        let response = inner.send_token_request(&mut request, transaction.is_bound).await?;
        let token_types = inner.token_types(transaction.is_bound);
        let tokens = token::read_response(&response, token_types).map_err(login_error)?;
        Ok(Redeemed { code, session_state, tokens, asked_at })
    }

    /// From the token response to a session. Nothing is stored before everything in it holds.
    pub(super) async fn log_in(&self, redeemed: Redeemed, transaction: &Transaction) -> Result<()> {
        let Redeemed { code, session_state, tokens, asked_at } = redeemed;
        let claims = self.id_token_of_login(&tokens, &code, transaction).await?;
        let login = Login {
            asked_at,
            scope: &transaction.scope,
            resource: transaction.resource.clone(),
            is_bound: transaction.is_bound,
            session_state,
        };
        self.begin_session(login, tokens, claims).await
    }

    pub(super) async fn id_token_of_login(
        &self,
        tokens: &TokenResponse,
        code: &Secret,
        transaction: &Transaction,
    ) -> Result<Object> {
        let text = tokens.id_token.as_ref().ok_or(ErrorCode::IdTokenMissing)?;
        let grant = Grant::Code {
            nonce: &transaction.nonce,
            max_age: transaction.max_age,
            acr: &transaction.acr,
            asked: transaction.asked.as_ref(),
        };
        let came_with = [("at_hash", &tokens.access_token), ("c_hash", code)];
        Ok(self.inner().validate_id_token(text, grant, &came_with).await?.claims)
    }

    /// Makes a session of validated tokens, stores it and tells everyone.
    pub(super) async fn begin_session(
        &self,
        login: Login<'_>,
        tokens: TokenResponse,
        claims: Object,
    ) -> Result<()> {
        let inner = self.inner();
        let access_token = AccessToken::new(
            login.asked_at,
            tokens.access_token,
            tokens.token_type,
            tokens.expires_in * 1000.0,
        );
        let session = self.random_secret()?.expose().to_owned();
        let id_token = tokens.id_token.ok_or(ErrorCode::IdTokenMissing)?;
        let mut record = Box::new(Record::new(session, id_token, claims));
        record.refresh_token = tokens.refresh_token;
        record.scope = tokens.scope.unwrap_or_else(|| login.scope.to_owned());
        record.expires_at = access_token.expires_at;
        record.lifetime = access_token.lifetime;
        record.token_type = access_token.token_type;
        record.is_bound = login.is_bound;
        record.session_state = login.session_state;
        if record.refresh_token.is_none() {
            inner.emit(&Event::Mistake(Mistake::NoRefreshToken));
        }
        let mut session = inner.session_of(&record);
        let lock = inner.lock(&inner.session_lock).await?;
        inner.keep_record(&mut record).await;
        let key = TokenKey { scope: None, resource: login.resource };
        session.set_access_token(key, access_token);
        inner.enter(session);
        inner.tell_login().await;
        drop(lock);
        if let Some(user) = inner.state().user() {
            inner.emit(&Event::Login(user.clone()));
        }
        self.watch_over_new_session(false).await;
        self.schedule_refresh();
        self.watch_server_session();
        Ok(())
    }

    /// Handles the callback that the page was opened with. A session that is there already survives
    /// a failed login.
    pub(super) async fn handle_callback_of_page(&self) {
        let inner = self.inner();
        let result = match self.handle_redirect_callback(None).await {
            Ok(result) => result,
            Err(error) => CallbackResult { error: Some(error), ..CallbackResult::default() },
        };
        if let Some(error) = &result.error
            && inner.session.borrow().is_none()
        {
            inner.leave(AnonymousReason::LoginFailed, Some(error.clone()));
        }
        *inner.callback.borrow_mut() = Some(Rc::new(result));
    }
}

/// A login that was answered: what it asked for, and when.
pub(super) struct Login<'a> {
    pub asked_at: Moment,
    pub scope: &'a str,
    pub resource: Option<String>,
    /// Whether it came with a proof of possession.
    pub is_bound: bool,
    pub session_state: Option<String>,
}

/// A code that was exchanged.
pub(super) struct Redeemed {
    pub code: Secret,
    pub session_state: Option<String>,
    pub tokens: TokenResponse,
    pub asked_at: Moment,
}

/// A URL without query and fragment.
pub(super) fn path(url: &str) -> &str {
    ascii::before(url, b"?#")
}

/// A grant that is refused while logging in is no ended session.
pub(super) fn login_error(error: Error) -> Error {
    match error.code() {
        ErrorCode::SessionEnded => error.recoded(ErrorCode::ServerError),
        _ => error,
    }
}
