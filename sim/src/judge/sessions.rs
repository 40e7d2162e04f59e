//! Who is logged in, why no longer, and whether all tabs agree.

use portcullis::{AnonymousReason, AuthState, CallbackResult, Error, ErrorCode, Event, User};

use super::{Invariant, Judge};
use portcullis::protocol::callback::is_response;

use crate::agenda;
use crate::server::End;
use crate::world::World;

/// Within which all tabs that are not frozen have heard of a logout, in milliseconds.
const LOGOUT_IS_HEARD: f64 = 1_000.0;

/// After so many silent logins without an answer the server is taken to give none.
const FRAMES_UNANSWERED: usize = 2;

/// What a callback gave: a user, or an error.
pub(super) type Outcome = Result<String, ErrorCode>;

impl Judge {
    /// A client tells its application something.
    pub fn heard(&mut self, world: &World, page: usize, event: &Event) {
        if !world.page(page).is_alive || self.pages[page].is_closed {
            return;
        }
        match event {
            Event::State(AuthState::Authenticated { user, .. }) => self.enter(world, page, user),
            Event::State(AuthState::Anonymous { reason, .. }) => self.leave(world, page, *reason),
            Event::RefreshFailed { error, .. } | Event::Log { error: Some(error), .. } => {
                self.shown(world, page, &format!("{error:?}"));
            }
            _ => {}
        }
    }

    fn enter(&mut self, world: &World, page: usize, user: &User) {
        let at_server = user.claim("sid").and_then(|sid| sid.parse::<usize>().ok());
        let Some(at_server) = at_server else {
            self.fail(world, Invariant::Validated, format!("page {page} has an unknown session"));
            return;
        };
        self.check_begin(world, page, at_server);
        let session = world.server().of_client(at_server);
        if self.pages[page].session == Some(session) {
            return;
        }
        world.note(Some(page), || format!("is in session {session}"));
        self.counts.logins += 1;
        self.pages[page].session = Some(session);
        self.pages[page].latest = Some(session);
        self.pages[page].entered_at = world.now();
    }

    /// The login that a session at the server began with holds, and is its user's.
    fn check_begin(&mut self, world: &World, page: usize, at_server: usize) {
        let (is_poisoned, user, before) = {
            let server = world.server();
            let login = server.access_tokens.iter().find(|token| token.session == at_server);
            let user = |session: usize| server.sessions[session].user;
            let is_poisoned = login.is_some_and(|token| token.poison.is_some());
            (is_poisoned, user(at_server), user(server.of_client(at_server)))
        };
        if is_poisoned {
            let what = format!("session {at_server} began with a response that does not hold");
            self.fail(world, Invariant::Validated, what);
        }
        if user != before {
            let what = format!("page {page} goes on as {user} in a session of {before}");
            self.fail(world, Invariant::SameUser, what);
        }
    }

    fn leave(&mut self, world: &World, page: usize, reason: AnonymousReason) {
        let Some(session) = self.pages[page].session.take() else { return };
        world.note(Some(page), || format!("leaves session {session}: {reason:?}"));
        let is_over = self.is_over(world, session);
        let is_logout_called = self.session(session).is_logout_called;
        let is_replaced = self.session(session).is_replaced;
        let is_right = match reason {
            // A logout also ends a session that began while it waited; the vault that is cleared tells which.
            AnonymousReason::LoggedOut => is_logout_called || self.store_lied,
            AnonymousReason::LoggedOutElsewhere => {
                is_logout_called || is_over || is_replaced || self.store_lied
            }
            AnonymousReason::Expired | AnonymousReason::Revoked => {
                let facts = self.session(session);
                facts.is_ended |= is_over;
                // Whoever hears of it later hears of the same end.
                facts.is_ended
            }
            _ => false,
        };
        let end = self.session(session).at_server.max(session);
        let end = world.server().sessions[end].end;
        if is_over && matches!(end, Some(End::Reuse | End::CodeReuse)) {
            self.counts.ended_by_lost_answer += 1;
        }
        if !is_right {
            let what = format!("page {page} leaves session {session}: {reason:?}, {end:?}");
            self.fail(world, Invariant::EndedByServer, what);
        }
        if reason == AnonymousReason::LoggedOut {
            world.plan(LOGOUT_IS_HEARD, agenda::Event::LogoutHeard { page, session });
        }
    }

    /// Whether the server takes the session's refresh token no more, and silent logins are of no use:
    /// the user is not logged in there, or two in a row got no answer.
    fn is_over(&mut self, world: &World, session: usize) -> bool {
        let may_try = world.plan.logs_in_silently;
        let facts = self.session(session);
        let times = |page: &usize| facts.unanswered.iter().filter(|other| *other == page).count();
        let is_silent = facts.unanswered.iter().any(|page| times(page) >= FRAMES_UNANSWERED);
        facts.is_told && (facts.is_refused || is_silent || !may_try)
    }

    /// The application gets no token. As long as the session goes on, that is not the session's end.
    pub fn denied(&mut self, world: &World, page: usize, call: usize, error: &Error) {
        let call = self.calls.iter().find(|open| open.id == call);
        let Some(session) = call.and_then(|call| call.session) else { return };
        let is_end = matches!(
            error.code(),
            ErrorCode::SessionEnded | ErrorCode::NotAuthenticated | ErrorCode::LoginRequired
        );
        let is_in_it = self.pages[page].session == Some(session);
        let may_be = self.session(session).is_logout_called || self.store_lied;
        if is_end && is_in_it && !may_be && !self.is_over(world, session) {
            let what = format!("page {page} is in session {session} and gets {error}");
            self.fail(world, Invariant::EndedByServer, what);
        }
    }

    /// A page that is or was in a session tells the server of that one, or of another that its logout ends.
    /// One that has not shown any may tell of the one that ended while its client started, but not of the
    /// one that its local logout has ended.
    pub fn check_hint(
        &mut self,
        world: &World,
        page: usize,
        names: Option<usize>,
        ends: &[usize],
        url: &str,
    ) {
        let hint = world.server().session_of_hint(url);
        let may_be_unseen = names.is_none() && self.pages[page].left_locally != hint;
        let is_right = match hint {
            Some(session) => {
                names == hint || ends.contains(&session) || may_be_unseen || self.store_lied
            }
            None => names.is_none(),
        };
        if !is_right {
            let what = format!("a logout of session {names:?} names {hint:?}, and ends {ends:?}");
            self.fail(world, Invariant::LogoutNamesSession, what);
        }
    }

    /// A second after a logout nobody who could hear of it is in its session any more.
    pub fn check_logout_heard(&mut self, world: &World, by: usize, session: usize) {
        let since = world.now() - LOGOUT_IS_HEARD;
        let was_awake = |page: usize| {
            let page = world.page(page);
            page.is_alive && page.frozen_since.is_none() && page.unfrozen_since <= since
        };
        if !was_awake(by) {
            return;
        }
        let late = self.pages.iter().enumerate().find(|(page, facts)| {
            facts.session == Some(session) && facts.entered_at < since && was_awake(*page)
        });
        if let Some((page, _)) = late {
            let what = format!("page {page} has not heard of the logout from session {session}");
            self.fail(world, Invariant::TabsAgree, what);
        }
    }

    /// A callback was handled.
    pub fn handled(&mut self, world: &World, page: usize, url: &str, result: &CallbackResult) {
        if let Some(error) = &result.error {
            self.shown(world, page, &format!("{error:?}"));
        }
        let address = world.page(page).url.clone();
        if is_response(&address) {
            let what = format!("page {page} is still at {address}");
            self.fail(world, Invariant::SecretsHidden, what);
        }
        let outcome = match (&result.user, &result.error) {
            (Some(user), None) => Ok(user.sub().to_owned()),
            (_, Some(error)) if is_answer(error) => Err(error.code()),
            _ => return,
        };
        match self.callback_results.iter().find(|(known, _)| known == url) {
            Some((_, known)) if *known != outcome && !self.store_lied => {
                let what = format!("{url} gave {known:?}, and now {outcome:?}");
                self.fail(world, Invariant::CallbackOnce, what);
            }
            Some(_) => {}
            None => self.callback_results.push((url.to_owned(), outcome)),
        }
    }

    /// What a page gets when everything has healed.
    pub fn finally(&mut self, page: usize, token: Result<(), Error>) {
        // Somebody may still log in after this.
        if self.pages[page].session.is_some() {
            self.pages[page].finally = Some(token);
        }
    }

    /// When everything has healed, all tabs agree, and whoever is logged in has an access token.
    pub fn check_end(&mut self, world: &World) {
        if self.store_lied {
            return;
        }
        let open: Vec<usize> = world
            .open_pages()
            .into_iter()
            .filter(|page| world.page(*page).client.is_some())
            .collect();
        for page in &open {
            let Some(session) = self.pages[*page].session else { continue };
            if self.session(session).logged_out_at.is_some() {
                let what = format!("page {page} is in session {session} after its logout");
                self.fail(world, Invariant::LoggedOutForGood, what);
            }
            if let Some(Err(error)) = &self.pages[*page].finally {
                let what = format!("page {page} has no token in the end: {error}");
                self.fail(world, Invariant::EndedByServer, what);
            }
        }
        let sessions: Vec<_> = open.iter().map(|page| self.pages[*page].session).collect();
        if sessions.windows(2).any(|pair| pair[0] != pair[1]) {
            let what = format!("pages {open:?} are in sessions {sessions:?}");
            self.fail(world, Invariant::TabsAgree, what);
        }
    }
}

/// Whether an error is the answer to a callback, and not the failure to find one.
fn is_answer(error: &Error) -> bool {
    let is_elsewhere = matches!(
        error.code(),
        ErrorCode::NoTransaction
            | ErrorCode::StateMismatch
            | ErrorCode::TransactionExpired
            | ErrorCode::CallbackInvalid
            | ErrorCode::StorageUnavailable
            | ErrorCode::Aborted
    );
    !is_elsewhere && !error.retryable()
}
