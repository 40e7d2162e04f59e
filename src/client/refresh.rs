use futures_util::FutureExt;
use futures_util::future::{self, LocalBoxFuture, Shared};

use super::event::RefreshedBy;
use super::session::{AccessToken, Session, TokenKey};
use super::state::AnonymousReason;
use super::vault::Record;
use super::{Client, Event};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::id_token::Grant;
use crate::protocol::token::{self, TokenResponse};

/// A refresh that is under way; every caller waits for the same one.
pub(super) type Refresh = Shared<LocalBoxFuture<'static, Result<()>>>;

/// How long a living tab has to hand its access token over, in milliseconds.
const HANDOVER_LIMIT: f64 = 300.0;
/// The first and the longest wait between two tries, in milliseconds.
const BACK_OFF: (f64, f64) = (1_000.0, 300_000.0);
/// The part of an access token's lifetime over which a fleet's refreshes are spread.
const JITTER: f64 = 0.1;

impl<H: Host> Client<H> {
    /// Renews the default access token now.
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
        let refresh = async move {
            let result = client.refresh_in_turn(&task_key, even_if_good).await;
            client.inner().refreshes.borrow_mut().retain(|(other, _)| *other != task_key);
            if task_key == client.inner().default_key() {
                client.after_refresh(&result);
            }
            result
        }
        .boxed_local()
        .shared();
        under_way.push((key, refresh.clone()));
        inner.host.spawn(refresh.clone().map(|_| ()).boxed_local());
        refresh
    }

    /// One refresh under the lock that all tabs share.
    async fn refresh_in_turn(&self, key: &TokenKey, even_if_good: bool) -> Result<()> {
        let inner = self.inner();
        let before = self.current_token(key, 0.0);
        let seen =
            inner.session.borrow().as_ref().map(|session| (session.id.clone(), session.generation));
        let (session, generation) = seen.ok_or(ErrorCode::NotAuthenticated)?;
        let _lock = inner.host.lock(&inner.session_lock).await?;
        if inner.closed.get() {
            return Err(ErrorCode::Aborted.into());
        }
        let record = inner.vault.read(&inner.host).await?;
        let Some(record) = record.filter(|record| record.session == session) else {
            self.catch_up().await;
            return Err(ErrorCode::SessionEnded.into());
        };
        let renewed_elsewhere = record.generation > generation;
        let none_yet = before.is_none() && !even_if_good;
        let another_may_have_it = record.expires_at > inner.host.wall_clock();
        if (renewed_elsewhere || none_yet) && another_may_have_it {
            self.take_from_other_tab(key).await;
            let now = self.current_token(key, 0.0);
            if now.is_some() && now != before {
                return Ok(());
            }
        }
        match self.request_tokens(&record, key).await {
            Ok(tokens) => self.keep(record, tokens, key).await,
            Err(error) => {
                if error.code() == ErrorCode::SessionEnded {
                    self.end_by_server().await;
                }
                Err(error)
            }
        }
    }

    /// Asks the living tabs for their access token and waits for it, if there are any.
    async fn take_from_other_tab(&self, key: &TokenKey) {
        let inner = self.inner();
        if !inner.vault.is_shared() || !inner.host.others_present(&inner.presence).await {
            return;
        }
        let handed_over = inner.next_token();
        inner.ask_for_token(key).await;
        let limit = std::pin::pin!(inner.host.sleep(HANDOVER_LIMIT));
        future::select(handed_over, limit).await;
    }

    /// Sends the refresh token and validates what comes back.
    async fn request_tokens(&self, record: &Record, key: &TokenKey) -> Result<TokenResponse> {
        let inner = self.inner();
        let Some(refresh_token) = &record.refresh_token else {
            let still_good = inner.has_good_token(&inner.default_key());
            let code = if still_good { ErrorCode::LoginRequired } else { ErrorCode::SessionEnded };
            return Err(code.into());
        };
        let metadata = inner.metadata().await?;
        // What validates the answer is here before the refresh token is spent.
        inner.keys(false).await?;
        let request = token::refresh_request(
            &metadata.token_endpoint,
            &inner.config.client_id,
            refresh_token,
            key.scope.as_deref(),
            key.resource.as_deref(),
        );
        let tokens = inner.tokens(&request).await?;
        if let Some(id_token) = &tokens.id_token {
            let grant = Grant::Refresh { previous: &record.claims };
            let came_with = [("at_hash", &tokens.access_token)];
            inner.validate_id_token(id_token, grant, &came_with).await?;
        }
        Ok(tokens)
    }

    /// Stores what a refresh gave, and only then lets anyone use it.
    async fn keep(&self, mut record: Record, tokens: TokenResponse, key: &TokenKey) -> Result<()> {
        let inner = self.inner();
        let token = AccessToken::new(&inner.host, tokens.access_token, tokens.expires_in * 1000.0);
        let is_default = *key == inner.default_key();
        record.generation += 1.0;
        if let Some(refresh_token) = tokens.refresh_token {
            record.refresh_token = Some(refresh_token);
        }
        if let Some(id_token) = tokens.id_token {
            record.renew_id_token(id_token);
        }
        if is_default {
            record.expires_at = token.expires_at;
            if let Some(scope) = tokens.scope {
                record.scope = scope;
            }
        }
        if inner.was_left(&record.session) {
            // Logged out meanwhile: nothing may bring the session back.
            self.revoke(&record).await;
            return Err(ErrorCode::SessionEnded.into());
        }
        inner.vault.write(&inner.host, record.clone()).await?;
        let mut session = Session::from_record(&record);
        if let Some(old) = inner.session.borrow_mut().take() {
            session.access_tokens = old.access_tokens;
        }
        let expires_at = token.expires_at;
        session.set_access_token(key.clone(), token);
        inner.enter(session);
        inner.hand_over(key).await;
        if is_default {
            inner.emit(&Event::Refreshed { expires_at, by: RefreshedBy::ThisTab });
        }
        Ok(())
    }

    /// The server has said that there is no session any more.
    async fn end_by_server(&self) {
        let inner = self.inner();
        let was_good = inner.has_good_token(&inner.default_key());
        let reason = if was_good { AnonymousReason::Revoked } else { AnonymousReason::Expired };
        inner.end(reason).await;
    }

    /// Plans the next refresh of the default access token, ahead of its expiry and with jitter.
    pub(super) fn schedule_refresh(&self) {
        let inner = self.inner();
        let key = inner.default_key();
        let (remaining, is_renewable) = {
            let session = inner.session.borrow();
            let Some(session) = session.as_ref() else { return };
            let token = session.access_token(&key);
            (token.map_or(0.0, |token| token.remaining(&inner.host)), session.is_renewable)
        };
        let early = if is_renewable {
            let ahead = (inner.config.refresh_ahead * 1000.0).min(remaining / 2.0);
            ahead + remaining * JITTER * inner.random_fraction()
        } else {
            0.0
        };
        self.refresh_after((remaining - early).max(0.0), 0);
    }

    /// Refreshes in the background after a wait; the `attempt`th try since the last success.
    fn refresh_after(&self, milliseconds: f64, attempt: u32) {
        let inner = self.inner();
        let client = self.clone();
        inner.attempt.set(attempt);
        let (task, handle) = future::abortable(async move {
            client.inner().host.sleep(milliseconds).await;
            client.refresh_in_background();
        });
        if let Some(previous) = inner.timer.replace(Some(handle)) {
            previous.abort();
        }
        inner.host.spawn(task.map(|_| ()).boxed_local());
    }

    pub(super) fn refresh_in_background(&self) {
        let inner = self.inner();
        // Its result is dealt with where every refresh of the default token ends.
        drop(self.refresh_token_of(inner.default_key(), false));
    }

    /// The network or the page is back: what waits for a better moment need not wait longer, and
    /// what happened meanwhile in other tabs is looked up.
    pub(super) async fn wake(&self) {
        let inner = self.inner();
        self.catch_up().await;
        let is_due = inner.session.borrow().as_ref().is_some_and(|session| {
            let token = session.access_token(&inner.default_key());
            let ahead = inner.config.refresh_ahead * 1000.0;
            inner.attempt.get() > 0
                || token.is_none_or(|token| {
                    token.remaining(&inner.host) <= ahead.min(token.lifetime / 2.0)
                })
        });
        if is_due && !inner.closed.get() {
            self.refresh_after(0.0, inner.attempt.get());
        }
    }

    /// Compares the session of this tab with the one in the vault, which other tabs may have ended,
    /// replaced or begun.
    pub(super) async fn catch_up(&self) {
        let inner = self.inner();
        let Ok(record) = inner.vault.read(&inner.host).await else { return };
        let ours = inner.session.borrow().as_ref().map(|session| session.id.clone());
        match (record, ours) {
            (Some(record), ours) if ours.as_ref() != Some(&record.session) => self.follow(&record),
            (None, Some(_)) => inner.leave(AnonymousReason::LoggedOutElsewhere, None),
            _ => {}
        }
    }

    fn after_refresh(&self, result: &Result<()>) {
        let inner = self.inner();
        if inner.closed.get() || inner.session.borrow().is_none() {
            return;
        }
        let error = match result {
            Ok(()) => return self.schedule_refresh(),
            // Nothing but a login renews this one.
            Err(error) if error.code() == ErrorCode::LoginRequired => {
                return self.schedule_refresh();
            }
            Err(error) => error,
        };
        let attempt = inner.attempt.get();
        let (first, longest) = BACK_OFF;
        let limit = (first * 2_f64.powi(attempt.min(16).cast_signed())).min(longest);
        let asked = f64::from(error.retry_after().unwrap_or(0)) * 1000.0;
        let wait = asked + limit * inner.random_fraction();
        let retry_at = inner.host.wall_clock() + wait;
        inner.emit(&Event::RefreshFailed { error: error.clone(), retry_at });
        self.refresh_after(wait, attempt + 1);
    }
}

/// Whether trying again has no use: only a login renews it, or it has ended and
/// another one has taken its place.
fn is_beyond_retry(error: &Error) -> bool {
    matches!(error.code(), ErrorCode::LoginRequired | ErrorCode::SessionEnded)
}

impl<H: Host> super::Inner<H> {
    /// The key of the access token that is meant when none is named.
    pub(super) fn default_key(&self) -> TokenKey {
        TokenKey { scope: None, resource: self.config.resource.first().cloned() }
    }

    pub(super) fn has_good_token(&self, key: &TokenKey) -> bool {
        let session = self.session.borrow();
        let token = session.as_ref().and_then(|session| session.access_token(key));
        token.is_some_and(|token| token.remaining(&self.host) > 0.0)
    }

    /// A number from 0 to 1; 1 where there is no randomness.
    fn random_fraction(&self) -> f64 {
        let mut bytes = [u8::MAX; 4];
        let _ = self.host.random(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }
}

impl Record {
    /// Takes over a newer ID token of the same session. Claims that a server gives only at login stay.
    fn renew_id_token(&mut self, id_token: crate::secret::Secret) {
        let Some(newer) = crate::protocol::jws::Jws::parse(id_token.expose()) else { return };
        for (name, value) in newer.claims.iter() {
            self.claims.set(name, value.clone());
        }
        self.id_token = id_token;
    }
}
