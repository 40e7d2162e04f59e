use futures_util::FutureExt;
use futures_util::future;

use super::event::RefreshedBy;
use super::session::{AccessToken, Moment, TokenKey};
use super::signal::Signal;
use super::silent::Renewal;
use super::state::AnonymousReason;
use super::vault::Record;
use super::{Client, Event, Mistake};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::discovery::ServerMetadata;
use crate::protocol::http::HttpResponse;
use crate::protocol::id_token::Grant;
use crate::protocol::json::Json;
use crate::protocol::jws::Jws;
use crate::protocol::token::{self, TokenResponse};
use crate::secret::Secret;

/// A refresh that is under way; every caller waits for the same one.
pub(super) type Refresh = Signal<Result<()>>;

/// How long a living tab has to hand its access token over, in milliseconds.
const HANDOVER_LIMIT: f64 = 300.0;

/// What only a login tells of a session, and what a later ID token may therefore leave out.
const CLAIMS_OF_LOGIN: [&str; 5] = ["nonce", "auth_time", "acr", "amr", "sid"];

impl<H: Host> Client<H> {
    /// Renews the default access token now.
    ///
    /// ```
    /// # use portcullis::{Error, client::Client, host::Host};
    /// # async fn renew<H: Host>(client: &Client<H>) -> Result<(), Error> {
    /// if let Err(error) = client.refresh().await {
    ///     assert!(!error.retryable() || client.state().user().is_some(), "the session goes on");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn refresh(&self) -> Result<()> {
        self.refresh_token_of(self.inner().default_key(), true).await
    }

    /// Renews an access token, together with everyone else who wants that.
    ///
    /// Unless `even_if_good`, a token that another tab has just fetched will do.
    pub(super) fn refresh_token_of(&self, key: TokenKey, even_if_good: bool) -> Refresh {
        let inner = self.inner();
        let mut under_way = inner.refreshes.borrow_mut();
        if let Some((_, refresh)) = under_way.iter().find(|(other, _)| *other == key) {
            return refresh.clone();
        }
        let (client, task_key) = (self.clone(), key.clone());
        let refresh = Refresh::new();
        under_way.push((key, refresh.clone()));
        let done = refresh.clone();
        let task = async move {
            let (mut even_if_good, mut is_repeated) = (even_if_good, false);
            let result = loop {
                let session = client.inner().session_id();
                let refresh = client.refresh_in_turn(&task_key, even_if_good);
                let result = client.later(refresh).await;
                let now = client.inner().session_id();
                if is_repeated || result.is_ok() || now.is_none() || now == session {
                    break result;
                }
                // Another user logged in meanwhile, and whoever waits is now that user's.
                (even_if_good, is_repeated) = (false, true);
            };
            client.inner().refreshes.borrow_mut().retain(|(other, _)| *other != task_key);
            if client.inner().is_default(&task_key) {
                client.after_refresh(&result);
            }
            done.give(result);
        };
        inner.host.spawn(task.boxed_local());
        refresh
    }

    /// One refresh under the lock that all tabs share.
    async fn refresh_in_turn(&self, key: &TokenKey, even_if_good: bool) -> Result<()> {
        let inner = self.inner();
        let current = || self.current_token(key, 0.0).map(|token| token.secret);
        let before = current();
        let seen =
            inner.session.borrow().as_ref().map(|session| (session.id.clone(), session.generation));
        let (session, generation) = seen.ok_or(ErrorCode::NotAuthenticated)?;
        // What validates the answer is here before the lock is taken and the refresh token is spent.
        let metadata = inner.ready().await?;
        let (_lock, mut record) = loop {
            let lock = inner.lock(&inner.session_lock).await?;
            if inner.closed.get() {
                return Err(ErrorCode::Aborted.into());
            }
            let record = inner.vault.read(&inner.host).await?;
            let record = record.filter(|record| record.session == session);
            let Some(record) = record.filter(|_| !inner.was_left(&session)) else {
                self.catch_up().await?;
                return Err(ErrorCode::SessionEnded.into());
            };
            let renewed_elsewhere = record.generation > generation;
            let none_yet = before.is_none() && !even_if_good;
            let is_current = record.expires_at > inner.host.wall_clock();
            // The tabs have the default token in common; each fetches what else it needs.
            let may_be_shared = inner.is_default(key);
            if may_be_shared && (renewed_elsewhere || none_yet) && is_current {
                let is_here = || current().is_some_and(|now| before.as_ref() != Some(&now));
                // What another tab has told meanwhile it does not tell again.
                if !is_here() {
                    self.take_from_other_tab(key).await;
                }
                if is_here() {
                    return Ok(());
                }
            }
            // A tab that was frozen may have lost the lock, and another one spent the refresh token.
            if inner.host.holds(&lock).await {
                break (lock, record);
            }
        };
        let mut is_renewed = false;
        loop {
            match self.spend(&metadata, record.clone(), key).await {
                Err(error) if error.code() == ErrorCode::SessionEnded => {
                    if is_renewed {
                        return Err(error.recoded(ErrorCode::LoginRequired));
                    }
                    record = self.renew_or_end(record, error).await?;
                    is_renewed = true;
                }
                result => return result.map(drop),
            }
            // A login gives the default access token only.
            if inner.is_default(key) {
                return Ok(());
            }
        }
    }

    /// What follows when there is no refresh token that the server takes: one silent login. If the user
    /// is no longer logged in at the server, the session ends, as soon as its access token has expired or
    /// the server has said so; what merely fails is tried again. Whoever calls this has the lock.
    async fn renew_or_end(&self, mut record: Box<Record>, error: Error) -> Result<Box<Record>> {
        let inner = self.inner();
        let known = record.clone();
        if inner.session_id().as_ref() != Some(&known.session) {
            return Err(error);
        }
        let is_over =
            record.refresh_token.take().is_some() || record.expires_at <= inner.host.wall_clock();
        let why = match self.renew_silently(record).await? {
            Renewal::Renewed(renewed) => return Ok(renewed),
            Renewal::Refused(why) => why,
        };
        inner.log("the session could not be renewed by a silent login", Some(why));
        if is_over {
            return Err(self.end_by_server(&known, error).await);
        }
        if let Some(session) = inner.session.borrow_mut().as_mut() {
            session.is_renewable = false;
        }
        Err(ErrorCode::LoginRequired.into())
    }

    /// Asks the living tabs for their access token and waits for it, if there are any.
    async fn take_from_other_tab(&self, key: &TokenKey) {
        let inner = self.inner();
        // Heard from now on: it may come unasked.
        let handed_over = inner.next_token();
        if inner.vault.is_shared() && inner.host.others_present(&inner.presence).await {
            inner.ask_for_token(key).await;
            let limit = std::pin::pin!(inner.host.sleep(HANDOVER_LIMIT));
            future::select(handed_over, limit).await;
        }
        inner.waiting_for_token.take();
    }

    /// Sends the refresh token, validates what comes back and keeps it. Without one the session has
    /// ended.
    async fn spend(
        &self,
        metadata: &ServerMetadata,
        record: Box<Record>,
        key: &TokenKey,
    ) -> Result<Box<Record>> {
        let inner = self.inner();
        let refresh_token = record.refresh_token.as_ref().ok_or(ErrorCode::SessionEnded)?;
        let mut request = token::refresh_request(
            &metadata.token_endpoint,
            &inner.config.client_id,
            refresh_token,
            key.scope.as_deref(),
            key.resource.as_deref(),
        );
        let asked_at = Moment::now(&inner.host);
        let response = inner.send_token_request(&mut request, record.is_bound).await?;
        let tokens = match self.validated(&response, &record).await {
            Ok(tokens) => tokens,
            Err(error) => {
                self.keep_rotated(&response, record).await;
                return Err(error);
            }
        };
        if !record.is_bound && tokens.refresh_token.as_ref().is_none_or(|new| new == refresh_token)
        {
            inner.emit(&Event::Mistake(Mistake::RefreshTokenNotRotated));
        }
        self.keep(record, tokens, key, asked_at).await
    }

    async fn validated(&self, response: &HttpResponse, record: &Record) -> Result<TokenResponse> {
        let token_types = self.inner().token_types(record.is_bound);
        let tokens = token::read_response(response, token_types)?;
        if let Some(id_token) = &tokens.id_token {
            let grant = Grant::Refresh { previous: &record.claims };
            let came_with = [("at_hash", &tokens.access_token)];
            self.inner().validate_id_token(id_token, grant, &came_with).await?;
        }
        Ok(tokens)
    }

    /// A response that is refused may still have replaced the refresh token: the old one is spent
    /// then, and sending it again would end the session.
    async fn keep_rotated(&self, response: &HttpResponse, mut record: Box<Record>) {
        let inner = self.inner();
        if let Some(rotated) = token::rotated_refresh_token(response) {
            record.refresh_token = Some(rotated);
            record.generation += 1.0;
            inner.keep_record(&mut record).await;
        }
    }

    /// Stores what a refresh gave, and only then lets anyone use it.
    pub(super) async fn keep(
        &self,
        mut record: Box<Record>,
        tokens: TokenResponse,
        key: &TokenKey,
        asked_at: Moment,
    ) -> Result<Box<Record>> {
        let inner = self.inner();
        let token = AccessToken::new(
            asked_at,
            tokens.access_token,
            tokens.token_type,
            tokens.expires_in * 1000.0,
        );
        let is_default = inner.is_default(key);
        record.generation += 1.0;
        if let Some(refresh_token) = tokens.refresh_token {
            record.refresh_token = Some(refresh_token);
        }
        if let Some(id_token) = tokens.id_token {
            record.renew_id_token(id_token);
        }
        if is_default {
            record.expires_at = token.expires_at;
            record.lifetime = token.lifetime;
            record.token_type = token.token_type;
            if let Some(scope) = tokens.scope {
                record.scope = scope;
            }
        }
        let is_kept = inner.keep_record(&mut record).await;
        let mut is_there = true;
        // Where it was not kept, a logout has cleared the vault, or another tab took over while this one
        // was frozen. What either left stays. As long as it can't be read, nobody gets what came.
        if !is_kept {
            let newer = self.catch_up().await?;
            let newer = newer.filter(|newer| newer.session == record.session);
            is_there = newer.is_some();
            record = newer.unwrap_or(record);
        }
        let is_ours = inner.session_id().as_ref() == Some(&record.session);
        if !is_there || !is_ours || inner.was_left(&record.session) {
            // Logged out meanwhile: nothing may bring the session back.
            if is_kept {
                inner.clear_vault().await;
            }
            self.revoke_in_background(record);
            return Err(ErrorCode::SessionEnded.into());
        }
        let mut session = inner.session_of(&record);
        if let Some(old) = inner.session.borrow_mut().take() {
            session.access_tokens = old.access_tokens;
        }
        let expires_at = token.expires_at;
        session.set_access_token(key.clone(), token);
        inner.enter(session);
        if is_kept {
            inner.hand_over(key).await;
        }
        if is_default {
            inner.emit(&Event::Refreshed { expires_at, by: RefreshedBy::ThisTab });
        }
        Ok(record)
    }

    /// The server has said that there is no session any more. Whoever calls this has the lock.
    async fn end_by_server(&self, record: &Record, error: Error) -> Error {
        let inner = self.inner();
        match inner.vault.remove(&inner.host, record).await {
            Ok(true) => {}
            // Another tab took over while this one was frozen, and its word is the later one.
            Ok(false) => {
                let _ = self.catch_up().await;
                return Error::new(ErrorCode::Timeout).about("lock");
            }
            Err(error) => inner.log("the vault could not be cleared", Some(error)),
        }
        let was_good = inner.has_good_token(&inner.default_key());
        let reason = if was_good { AnonymousReason::Revoked } else { AnonymousReason::Expired };
        inner.end_session(&record.session, reason).await;
        error
    }
}

impl<H: Host> super::Inner<H> {
    /// The key of the access token that is meant when none is named.
    pub(super) fn default_key(&self) -> TokenKey {
        TokenKey { scope: None, resource: self.config.resource.first().cloned() }
    }

    pub(super) fn is_default(&self, key: &TokenKey) -> bool {
        key.scope.is_none() && key.resource.as_ref() == self.config.resource.first()
    }

    pub(super) fn has_good_token(&self, key: &TokenKey) -> bool {
        let session = self.session.borrow();
        let token = session.as_ref().and_then(|session| session.access_token(key));
        token.is_some_and(|token| token.remaining(&self.host) > 0.0)
    }

    /// Lays a session down; where the store fails, this tab keeps it in memory. Says whether another tab
    /// has not overtaken this one.
    pub(super) async fn keep_record(&self, record: &mut Record) -> bool {
        self.vault.write(&self.host, record).await.unwrap_or_else(|error| {
            self.log("the session could not be stored and lives in this tab only", Some(error));
            true
        })
    }
}

impl Record {
    /// Takes over a newer ID token of the same session.
    fn renew_id_token(&mut self, id_token: Secret) {
        let Some(mut newer) = Jws::parse(id_token.expose()).map(|jws| jws.claims) else { return };
        for name in CLAIMS_OF_LOGIN {
            if let (None, Some(value)) = (newer.get(name), self.claims.get(name)) {
                newer.set(name, Json::clone(value));
            }
        }
        self.claims = newer;
        self.id_token = id_token;
    }
}
