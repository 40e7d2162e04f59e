//! Where tokens go: what is stored, sent, told and handed out.

use std::rc::Rc;

use super::{Invariant, Judge, SESSION_LOCK, Sending, Sent};
use crate::app;
use crate::host::Page;
use crate::network::{Call, Reply};
use crate::server::{self, Answer, Rotation};
use crate::world::World;

/// What a message may take to arrive and be heard, in milliseconds.
const HANDOVER: f64 = 500.0;

impl Judge {
    pub fn drawn(&mut self, text: String) {
        self.random_texts.push(text);
    }

    /// A page sends a request: which sending of its token it is.
    pub fn sending(&mut self, world: &World, page: usize, call: &Call) -> usize {
        self.requested(world, page);
        match call {
            Call::Refresh { token, .. } => self.check_refresh_token(world, page, *token),
            Call::Code { code, .. } => self.check_code(world, *code),
            _ => {}
        }
        let Some(sendings) = self.sendings(call) else { return 0 };
        sendings.all.push(Sending { page, at: world.now(), outcome: Sent::UnderWay });
        let count = sendings.all.len();
        if matches!(call, Call::Refresh { .. }) && count > 1 {
            self.counts.sent_again += 1;
        }
        count - 1
    }

    fn check_refresh_token(&mut self, world: &World, page: usize, token: usize) {
        let session = client_session_of(world, token);
        let is_rotated = world.server().rules.rotation != Rotation::Off;
        let Some(sendings) = self.refresh_tokens.get(token) else { return };
        let any = |outcome: Sent| {
            sendings
                .all
                .iter()
                .any(|sending| sending.outcome == outcome && world.page(sending.page).is_alive)
        };
        let (by_another, is_granted) = (any(Sent::UnderWay), any(Sent::Granted));
        let is_replaced = sendings.successors.iter().any(|successor| {
            self.refresh_tokens.get(*successor).is_some_and(|successor| successor.is_stored)
        });
        if by_another {
            let what = format!("refresh token {token} is sent while it is under way");
            self.fail(world, Invariant::SentOnce, what);
        }
        if self.store_lied {
            return;
        }
        if is_rotated && (is_granted || is_replaced) {
            let what = format!("refresh token {token} is sent though its successor is known");
            self.fail(world, Invariant::SentOnce, what);
        }
        // Who was frozen may not have heard of it yet.
        let awake_since = world.page(page).unfrozen_since;
        if self.session(session).logged_out_at.is_some_and(|at| awake_since < at) {
            let what = format!("session {session} is refreshed after its logout");
            self.fail(world, Invariant::LoggedOutForGood, what);
        }
    }

    fn check_code(&mut self, world: &World, code: usize) {
        let is_done = {
            let server = world.server();
            let transaction = &server.codes[code].transaction;
            self.done_transactions.iter().any(|key| key.ends_with(transaction.as_str()))
        };
        let is_alive = |page: usize| world.page(page).is_alive;
        let is_known = self.codes.get(code).is_some_and(|sendings| {
            sendings.all.iter().any(|sending| match sending.outcome {
                Sent::UnderWay | Sent::Granted => is_alive(sending.page),
                Sent::Refused | Sent::Unknown => false,
            })
        });
        if (is_done || is_known) && !self.store_lied {
            self.fail(world, Invariant::CallbackOnce, format!("code {code} is sent again"));
        }
    }

    /// An answer, or the failure to get one, has reached its page.
    pub fn answered(&mut self, world: &World, reply: &Rc<Reply>, answer: Option<&Answer>) {
        let answer = answer.filter(|answer| answer.status != 0);
        if let Some(session) = answer.and_then(|answer| answer.ended) {
            let session = world.server().of_client(session);
            let facts = self.session(session);
            facts.is_told = true;
            facts.is_refused = false;
        }
        let granted = answer.and_then(|answer| answer.granted);
        let sent = match (answer, granted) {
            (_, Some(_)) => Sent::Granted,
            (Some(answer), None) if answer.status == 400 => Sent::Refused,
            _ => Sent::Unknown,
        };
        let Some(sendings) = self.sendings(&reply.call) else { return };
        sendings.all[reply.sending].outcome = sent;
        let first = sendings.all.iter().find(|sending| sending.page == reply.page);
        let asked_at = first.map_or(0.0, |first| first.at);
        let successor = granted.and_then(|granted| granted.refresh_token);
        if let (Call::Refresh { .. }, Some(successor)) = (&reply.call, successor) {
            sendings.successors.push(successor);
            self.pages[reply.page].unstored = Some(successor);
        }
        if let Some(granted) = granted {
            self.counts.refreshes += u64::from(matches!(reply.call, Call::Refresh { .. }));
            let known = self.asked_at.len().max(granted.access_token + 1);
            self.asked_at.resize(known, f64::INFINITY);
            self.asked_at[granted.access_token] = asked_at;
        }
        world.note(Some(reply.page), || format!("the outcome of {:?} is {sent:?}", reply.call));
    }

    /// A page no longer waits for an answer.
    pub fn given_up(&mut self, reply: &Rc<Reply>) {
        if let Some(sendings) = self.sendings(&reply.call) {
            sendings.all[reply.sending].outcome = Sent::Unknown;
        }
    }

    /// A page is about to store something.
    pub fn stored(&mut self, world: &World, page: usize, key: &str, text: &str) {
        self.check_hidden(world, Invariant::SecretsAtRest, key);
        self.check_hidden(world, Invariant::SecretsAtRest, text);
        let Some(unsealed) = world.store.unsealed(text) else { return };
        if unsealed.contains(server::ACCESS_TOKEN) {
            let what = format!("an access token is stored under {key}");
            self.fail(world, Invariant::SecretsAtRest, what);
        }
        for token in server::indices(&unsealed, server::REFRESH_TOKEN) {
            if let Some(sendings) = self.sendings(&Call::Refresh { token, proof: None }) {
                sendings.is_stored = true;
            }
            if self.pages[page].unstored == Some(token) {
                self.pages[page].unstored = None;
            }
            self.goes_on(world, token);
            let before = super::vault_session(world).filter(|_| key.starts_with("session "));
            if let Some(before) = before
                && before != client_session_of(world, token)
            {
                self.session(before).is_replaced = true;
            }
        }
        if key.starts_with("transaction ") && !unsealed.contains("code_verifier") {
            self.done_transactions.push(key.to_owned());
        }
    }

    /// A session of the client goes on with a refresh token that was stored.
    fn goes_on(&mut self, world: &World, token: usize) {
        let at_server = world.server().refresh_tokens[token].session;
        let facts = self.session(client_session_of(world, token));
        if at_server > facts.at_server.max(client_session_of(world, token)) {
            facts.at_server = at_server;
            (facts.is_told, facts.is_refused) = (false, false);
            facts.unanswered.clear();
            self.counts.renewed_silently += 1;
        }
    }

    pub fn removed(&mut self, world: &World, page: &Page, key: &str) {
        if !key.starts_with("session ") {
            return;
        }
        let Some(session) = super::vault_session(world) else { return };
        let logout = self
            .calls
            .iter_mut()
            .find(|call| call.page == page.id && matches!(call.call, app::Call::Logout { .. }));
        if let Some(logout) = logout {
            logout.ends.push(session);
            let facts = self.session(session);
            facts.is_logout_called = true;
            facts.is_logout_uncertain = !world.locks.is_held_by(SESSION_LOCK, page.id, page.client);
        }
    }

    pub fn broadcast(&mut self, world: &World, message: &str) {
        self.check_hidden(world, Invariant::SecretsAtRest, message);
        let unsealed = world.store.unsealed(message).unwrap_or_default();
        if server::indices(&unsealed, server::ACCESS_TOKEN).next().is_some() {
            self.check_use(world, &unsealed);
        }
    }

    /// A page gives its lock back.
    pub fn released(&mut self, world: &World, page: usize, lock: &str) {
        let is_sessions = lock.starts_with(SESSION_LOCK);
        let Some(token) = self.pages[page].unstored.take().filter(|_| is_sessions) else { return };
        let session = client_session_of(world, token);
        // Of a session that was logged out meanwhile nothing is to be stored.
        if !self.session(session).is_logout_called && !self.store_lied {
            let what = format!("the lock is released and refresh token {token} is not stored");
            self.fail(world, Invariant::StoredFirst, what);
        }
    }

    /// An access token goes to an API. It was good when the request began.
    pub fn sent_to_api(&mut self, world: &World, authorization: &str) {
        self.check_use(world, authorization);
    }

    /// An access token is handed out to whoever made this call.
    pub fn used(&mut self, world: &World, page: usize, call: usize, text: &str) {
        let Some(token) = self.check_use(world, text) else { return };
        self.check_looked_up(world, page, call, token);
        let expires_at = world.server().access_tokens[token].expires_at * 1000.0;
        if world.now() > expires_at + self.excuse(self.asked_at[token]) {
            let late = (world.now() - expires_at) / 1000.0;
            let what = format!("page {page} uses access token {token}, {late:.3} s too late");
            self.fail(world, Invariant::NeverExpired, what);
        }
    }

    /// A page that stood still looks up what it has missed before it gives anything out.
    fn check_looked_up(&mut self, world: &World, page: usize, call: usize, token: usize) {
        let awake_since = world.page(page).unfrozen_since;
        let is_later = self.calls.iter().any(|open| open.id == call && open.at >= awake_since);
        let session = world.server().access_tokens[token].session;
        let session = world.server().of_client(session);
        let is_missed = self.session(session).logged_out_at.is_some_and(|at| at < awake_since);
        if is_later && is_missed && !self.store_lied {
            let what = format!("page {page} goes on and uses access token {token} after a logout");
            self.fail(world, Invariant::LoggedOutForGood, what);
        }
    }

    /// Whether an access token may be known beyond the refresh that gave it.
    fn check_use(&mut self, world: &World, text: &str) -> Option<usize> {
        let token = server::indices(text, server::ACCESS_TOKEN).next()?;
        let (session, issued_at, refresh_token, poison) = {
            let server = world.server();
            let token = &server.access_tokens[token];
            (
                server.of_client(token.session),
                token.issued_at * 1000.0,
                token.refresh_token,
                token.poison,
            )
        };
        if let Some(poison) = poison {
            let what = format!("access token {token} is used though its {poison:?} is wrong");
            self.fail(world, Invariant::Validated, what);
        }
        let is_stored = |token: usize| {
            self.refresh_tokens.get(token).is_some_and(|sendings| sendings.is_stored)
        };
        if refresh_token.is_some_and(|token| !is_stored(token)) && !self.store_lied {
            let what = format!("access token {token} is used before its refresh token is stored");
            self.fail(world, Invariant::StoredFirst, what);
        }
        let logged_out_at = self.session(session).logged_out_at;
        if logged_out_at.is_some_and(|at| issued_at > at) && !self.store_lied {
            let what = format!("session {session} has a new access token after its logout");
            self.fail(world, Invariant::LoggedOutForGood, what);
        }
        Some(token)
    }

    /// By how much an expired token may be overlooked: while one clock is true, by nothing. One that
    /// was handed over counts from its arrival, if the wall clock is wrong.
    fn excuse(&self, asked_at: f64) -> f64 {
        let wall_lies = self.last_set_back >= asked_at;
        let monotonic_lies = self.last_freeze >= asked_at;
        match (wall_lies, monotonic_lies) {
            (true, true) => f64::INFINITY,
            (true, false) => HANDOVER,
            _ => 0.0,
        }
    }

    /// Something is logged or given to the application as an error.
    pub fn shown(&mut self, world: &World, page: usize, text: &str) {
        world.note(Some(page), || format!("shows {text}"));
        self.check_hidden(world, Invariant::SecretsHidden, text);
    }

    /// The page is left: nothing but what the server has to get is in the URL.
    pub fn navigated(&mut self, world: &World, page: usize, url: &str) {
        let logout = self
            .calls
            .iter()
            .find(|call| call.page == page && call.call == app::Call::Logout { is_local: false });
        let is_logout = url.starts_with(server::END_SESSION);
        if let Some(logout) = logout.filter(|_| is_logout) {
            let (ends, names) = (logout.ends.clone(), logout.names);
            self.logged_out(world, &ends);
            self.check_hint(world, page, names, &ends, url);
        }
        self.check_request_url(world, url);
    }

    /// A page asks the server in a hidden frame who is logged in there: for which session of its client.
    pub fn asks_in_frame(&mut self, world: &World, page: usize, url: &str) -> Option<usize> {
        self.requested(world, page);
        self.check_request_url(world, url);
        let session = self.pages[page].session.or_else(|| super::vault_session(world));
        if let Some(session) = session {
            self.session(session).unanswered.push(page);
        }
        session
    }

    /// The server has answered in a hidden frame, for this session of the client.
    pub fn answered_in_frame(&mut self, page: usize, session: usize, is_same_user: bool) {
        let facts = self.session(session);
        facts.is_refused = !is_same_user;
        facts.unanswered.retain(|other| *other != page);
    }

    fn check_request_url(&mut self, world: &World, url: &str) {
        let secrets = [server::ACCESS_TOKEN, server::REFRESH_TOKEN, "code_verifier"];
        if secrets.iter().any(|secret| url.contains(secret)) {
            self.fail(world, Invariant::SecretsHidden, format!("a secret is in the URL {url}"));
        }
    }

    pub(super) fn check_hidden(&mut self, world: &World, invariant: Invariant, text: &str) {
        let marks = [server::ACCESS_TOKEN, server::REFRESH_TOKEN, server::CODE];
        let is_open = marks.iter().any(|mark| text.contains(mark))
            || self.random_texts.iter().any(|secret| text.contains(secret.as_str()));
        if is_open {
            self.fail(world, invariant, format!("a secret is in {text}"));
        }
    }
}

/// The session of the client that a refresh token is of.
fn client_session_of(world: &World, token: usize) -> usize {
    let server = world.server();
    server.of_client(server.refresh_tokens[token].session)
}
