//! What the tabs of one origin tell each other. Every message is sealed with the key they share, so
//! that an access token crosses only as ciphertext.

use std::rc::Rc;
use std::sync::Arc;

use futures_util::FutureExt;

use super::event::RefreshedBy;
use super::schedule::Failure;
use super::session::{AccessToken, Moment, TokenKey};
use super::signal::{Signal, Stop};
use super::state::AnonymousReason;
use super::told_error::{put_error, take_error};
use super::vault::Record;
use super::{Client, Event, Inner};
use crate::host::Host;
use crate::protocol::json::{self, Json, Object};
use crate::protocol::token::TokenType;
use crate::secret::Secret;

impl<H: Host> Client<H> {
    /// Listens to the other tabs and to the page waking up.
    pub(super) fn listen(&self) {
        let inner = self.inner();
        if inner.vault.is_shared() {
            let weak = Rc::downgrade(inner);
            let listener = move |message: String| {
                let Some(inner) = weak.upgrade() else { return };
                let client = Self::from_inner(Rc::clone(&inner));
                inner.host.spawn(async move { client.hear(&message).await }.boxed_local());
            };
            inner.host.on_message(&inner.channel, Box::new(listener));
        }
        self.listen_to_input();
        let weak = Rc::downgrade(inner);
        inner.host.on_wake(Box::new(move || {
            let Some(inner) = weak.upgrade() else { return };
            let client = Self::from_inner(Rc::clone(&inner));
            let (looking_up, looked_up) = Stop::new();
            inner.looked_up.replace(Some(looked_up));
            inner.host.spawn(async move { client.wake(looking_up).await }.boxed_local());
        }));
        let weak = Rc::downgrade(inner);
        inner.host.on_hide(Box::new(move || {
            if let Some(inner) = weak.upgrade() {
                inner.presence_lock.take();
                inner.finish_leaving();
            }
        }));
    }

    async fn hear(&self, message: &str) {
        let inner = self.inner();
        let Ok(Some(opened)) = inner.host.open(message, &inner.channel).await else { return };
        let Some(message) = json::object(opened.expose()) else { return };
        match (message.string("kind"), message.string("session")) {
            (Some("ask"), Some(session)) => inner.answer(session, &key_of(&message)).await,
            (Some("token"), Some(session)) => self.take_over(session, message.clone()),
            (Some("login"), Some(_)) => drop(self.catch_up().await),
            (Some("input"), Some(_)) => inner.hear_of_input(message.number("at")),
            (Some("failed"), Some(session)) => self.hear_of_failure(session, message.clone()),
            (Some("ended"), Some(session)) => inner.follow_end(session, message.string("reason")),
            _ => {}
        }
    }

    fn hear_of_failure(&self, session_id: &str, mut message: Object) {
        let inner = self.inner();
        if inner.session_id().as_deref() != Some(session_id) {
            return;
        }
        let Some(error) = take_error(&mut message) else { return };
        let failure = (|| {
            let since = (inner.host.wall_clock() - message.number("told_at")?).max(0.0);
            let from_now = |name| Some((message.number(name)? - since).max(0.0));
            let attempts = attempts_of(message.number("attempts")?);
            Some(Failure { attempts, error, asked: from_now("asked")?, wait: from_now("wait")? })
        })();
        if let Some(failure) = failure {
            self.leave_retry_to_other_tab(&failure);
        }
    }

    /// Takes an access token that another tab fetched.
    fn take_over(&self, session_id: &str, mut message: Object) {
        let inner = self.inner();
        let key = key_of(&message);
        let is_default = inner.is_default(&key);
        let expires_at = {
            let mut session = inner.session.borrow_mut();
            let Some(session) = session.as_mut().filter(|session| session.id == session_id) else {
                return;
            };
            let known = session.access_token(&key).map(|token| token.secret.clone());
            let offer = (|| {
                let secret = Secret::new(message.take_string("access_token")?);
                let generation = message.number("generation")?;
                let remaining = message.number("expires_at")? - inner.host.wall_clock();
                let lifetime = message.number("remaining")?.min(remaining);
                let is_news = known.as_ref() != Some(&secret);
                (is_news && generation >= session.generation && lifetime > 0.0).then_some(())?;
                let token_type = TokenType::from_name(message.string("token_type")?)?;
                let now = Moment::now(&inner.host);
                let token = AccessToken::new(now, secret, token_type, lifetime);
                let claims = message.get("claims")?.as_object()?.clone();
                Some((generation, token, claims, message.take_string("scope")?))
            })();
            let Some((generation, token, claims, scope)) = offer else { return };
            let expires_at = token.expires_at;
            session.generation = generation;
            if *session.claims != claims {
                session.claims = Arc::new(claims);
            }
            if is_default {
                session.scope = scope;
                session.expires_at = expires_at;
                session.token_type = token.token_type;
            }
            session.set_access_token(key, token);
            expires_at
        };
        inner.publish();
        if let Some(waiting) = inner.waiting_for_token.take() {
            waiting.give(());
        }
        if is_default {
            inner.emit(&Event::Refreshed { expires_at, by: RefreshedBy::AnotherTab });
            self.schedule_refresh();
        }
    }

    /// Makes the session that another tab began that of this tab.
    pub(super) fn follow(&self, record: &Record) {
        let inner = self.inner();
        if inner.closed.get() || inner.was_left(&record.session) {
            return;
        }
        inner.enter(inner.session_of(record));
        if let Some(user) = inner.state().user() {
            inner.emit(&Event::Login(user.clone()));
        }
        self.refresh_in_background();
        self.watch_server_session();
        let client = self.clone();
        let watch = async move { client.watch_over_new_session(true).await };
        inner.host.spawn(watch.boxed_local());
    }
}

impl<H: Host> Inner<H> {
    /// Ready when another tab has handed an access token over.
    pub(super) fn next_token(&self) -> Signal<()> {
        self.waiting_for_token.borrow_mut().get_or_insert_with(Signal::new).clone()
    }

    pub(super) fn ask_for_token(&self, key: &TokenKey) -> impl Future<Output = ()> {
        let message = self.message_of_session("ask");
        self.tell(message.map(|message| with_key(message, key)))
    }

    /// Gives the access token of this session to the other tabs.
    pub(super) fn hand_over(&self, key: &TokenKey) -> impl Future<Output = ()> {
        let message = self.message_of_session("token").and_then(|message| {
            let session = self.session.borrow();
            let session = session.as_ref()?;
            let token = session.access_token(key)?;
            let mut message = with_key(message, key);
            message.set("access_token", Json::from(token.secret.expose()));
            message.set("token_type", Json::from(token.token_type.as_str()));
            message.set("generation", Json::Number(session.generation));
            message.set("expires_at", Json::Number(token.expires_at));
            message.set("remaining", Json::Number(token.remaining(&self.host)));
            message.set("claims", Json::Object(session.claims.as_ref().clone()));
            message.set("scope", Json::from(session.scope.as_str()));
            Some(message)
        });
        self.tell(message)
    }

    pub(super) fn tell_login(&self) -> impl Future<Output = ()> {
        self.tell(self.message_of_session("login"))
    }

    fn hear_of_input(&self, wall: Option<f64>) {
        if let Some(wall) = wall {
            self.has_input_at(Moment::at_wall(&self.host, wall));
        }
    }

    /// Tells the other tabs that a refresh failed here, and when it is tried again.
    pub(super) fn tell_failure(&self, failure: &Failure) -> impl Future<Output = ()> {
        let message = self.message_of_session("failed").map(|mut message| {
            put_error(&mut message, &failure.error);
            for (name, number) in [
                ("attempts", f64::from(failure.attempts)),
                ("asked", failure.asked),
                ("wait", failure.wait),
                ("told_at", self.host.wall_clock()),
            ] {
                message.set(name, Json::Number(number));
            }
            message
        });
        self.tell(message)
    }

    pub(super) fn tell_end(
        &self,
        session: &str,
        reason: AnonymousReason,
    ) -> impl Future<Output = ()> {
        let mut message = message("ended", session);
        message.set("reason", Json::from(reason.as_str()));
        self.tell(Some(message))
    }

    async fn answer(&self, session_id: &str, key: &TokenKey) {
        if self.session_id().as_deref() == Some(session_id) && self.has_good_token(key) {
            self.hand_over(key).await;
        }
    }

    fn follow_end(&self, session_id: &str, reason: Option<&str>) {
        self.never_again(session_id);
        if self.session_id().as_deref() == Some(session_id) {
            let reason = match reason {
                Some("expired") => AnonymousReason::Expired,
                Some("revoked") => AnonymousReason::Revoked,
                Some("idle") => AnonymousReason::Idle,
                _ => AnonymousReason::LoggedOutElsewhere,
            };
            self.leave(reason, None);
        }
    }

    pub(super) fn message_of_session(&self, kind: &str) -> Option<Object> {
        Some(message(kind, &self.session_id()?))
    }

    pub(super) async fn tell(&self, message: Option<Object>) {
        let Some(message) = message.filter(|_| self.vault.is_shared()) else { return };
        let message = Secret::new(message.to_text());
        // A tab that does not hear it finds the same in the vault.
        if let Ok(sealed) = self.host.seal(&message, &self.channel).await {
            self.host.broadcast(&self.channel, &sealed);
        }
    }
}

/// The beginning of a message about a session.
fn message(kind: &str, session: &str) -> Object {
    let mut message = Object::default();
    message.set("kind", Json::from(kind));
    message.set("session", Json::from(session));
    message
}

fn with_key(mut message: Object, key: &TokenKey) -> Object {
    message.set_some("key_scope", key.scope.as_deref());
    message.set_some("key_resource", key.resource.as_deref());
    message
}

fn key_of(message: &Object) -> TokenKey {
    let text = |name| message.string(name).map(str::to_owned);
    TokenKey { scope: text("key_scope"), resource: text("key_resource") }
}

/// How many tries another tab counted.
#[allow(clippy::cast_possible_truncation)]
fn attempts_of(number: f64) -> i32 {
    number as i32
}
