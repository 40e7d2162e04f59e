//! Watches everything that happens, and says when an invariant is broken.

use std::collections::VecDeque;
use std::fmt;

use portcullis::Error;

use crate::app;
use crate::network::Call;
use crate::world::World;

mod sessions;
mod tokens;

/// How long a call may take while its page is not frozen, in milliseconds.
const CALL_LIMIT: f64 = 600_000.0;

/// Requests that a page may send in a minute, and more of them for each reason it has.
const REQUESTS_A_MINUTE: (usize, usize) = (40, 6);

/// What the names of the lock over a session begin with.
const SESSION_LOCK: &str = "portcullis session";

/// What has to hold, always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invariant {
    /// No access token is stored, and nothing secret in the clear.
    SecretsAtRest,
    /// A refresh token is sent once, unless the outcome of the first sending is unknown.
    SentOnce,
    /// A new refresh token is stored before its access token is used and the lock is released.
    StoredFirst,
    /// Only the user ends a session, or the server that takes its refresh token no more and does not
    /// log its user in again.
    EndedByServer,
    /// Nothing of a token response is used before all of it holds.
    Validated,
    /// A callback is handled once, with one answer.
    CallbackOnce,
    /// No secret is in an error, an event or, after the callback, the address bar.
    SecretsHidden,
    /// An access token that has expired by either clock is not handed out.
    NeverExpired,
    /// No page sends requests in a storm.
    NoStorm,
    /// Every call settles.
    Settles,
    /// Nothing panics.
    NoPanic,
    /// A session stays that of its user.
    SameUser,
    /// All tabs agree on who is logged in.
    TabsAgree,
    /// A session that was logged out does not come back.
    LoggedOutForGood,
    /// A logout tells the server whose session it ends.
    LogoutNamesSession,
}

/// An invariant that was broken.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// How.
    pub what: String,
    /// At which virtual millisecond.
    pub at: f64,
    /// After how many steps.
    pub step: u64,
}

/// What happened in the world of one seed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Steps: tasks that ran to their next await, and events.
    pub steps: u64,
    /// Sessions that began in a page.
    pub logins: u64,
    /// Refreshes that the server granted.
    pub refreshes: u64,
    /// Pages that died or were left.
    pub pages_lost: u64,
    /// Refresh tokens that were sent again because no answer had come.
    pub sent_again: u64,
    /// Sessions that went on by a login that the user did not see.
    pub renewed_silently: u64,
    /// Sessions that ended because a lost answer's refresh token was used again too late, and no
    /// silent login was possible.
    pub ended_by_lost_answer: u64,
}

impl Counts {
    /// Adds what happened in another world.
    pub fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.logins += other.logins;
        self.refreshes += other.refreshes;
        self.pages_lost += other.pages_lost;
        self.sent_again += other.sent_again;
        self.renewed_silently += other.renewed_silently;
        self.ended_by_lost_answer += other.ended_by_lost_answer;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steps, logins, refreshes, pages_lost, sent_again, .. } = self;
        let Self { renewed_silently, ended_by_lost_answer, .. } = self;
        write!(
            f,
            "{steps} steps, {logins} times a page entered a session, {refreshes} refreshes, \
             {sent_again} refresh tokens sent again after no answer, {pages_lost} pages lost, \
             {renewed_silently} sessions renewed silently, {ended_by_lost_answer} pages out of a session because of a lost answer"
        )
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, what, at, step } = self;
        write!(f, "{invariant:?} at {:.3} s, step {step}: {what}", at / 1000.0)
    }
}

/// What is known of all that happened.
#[derive(Default)]
pub(crate) struct Judge {
    pub violation: Option<Violation>,
    pub counts: Counts,
    refresh_tokens: Vec<Sendings>,
    codes: Vec<Sendings>,
    pages: Vec<PageFacts>,
    sessions: Vec<SessionFacts>,
    calls: Vec<OpenCall>,
    called: usize,
    /// What the client drew at random: verifiers, states, nonces, session identifiers.
    random_texts: Vec<String>,
    /// Since when each access token counts for the page that asked for it.
    asked_at: Vec<f64>,
    /// The transactions whose result was stored.
    done_transactions: Vec<String>,
    callback_results: Vec<(String, sessions::Outcome)>,
    /// Whether the store failed to keep something, or was cleared: sessions may be lost then.
    store_lied: bool,
    last_freeze: f64,
    last_set_back: f64,
}

/// The times that a refresh token or a code was sent.
#[derive(Default)]
struct Sendings {
    all: Vec<Sending>,
    successors: Vec<usize>,
    is_stored: bool,
}

struct Sending {
    page: usize,
    at: f64,
    outcome: Sent,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sent {
    UnderWay,
    Unknown,
    Refused,
    Granted,
}

#[derive(Default)]
struct PageFacts {
    session: Option<usize>,
    /// The session that its client was in last.
    latest: Option<usize>,
    /// The one that a local logout of its client has ended last.
    left_locally: Option<usize>,
    entered_at: f64,
    /// A refresh token that came and is not stored yet.
    unstored: Option<usize>,
    sent_at: VecDeque<f64>,
    triggered_at: VecDeque<f64>,
    is_closed: bool,
    finally: Option<Result<(), Error>>,
}

/// What is known of a session of the client. It may go on over several sessions at the server, and has
/// the index of the first.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct SessionFacts {
    is_logout_called: bool,
    logged_out_at: Option<f64>,
    /// Whether a logout had to go on while another page had the lock and was frozen with it.
    is_logout_uncertain: bool,
    /// Whether another login took its place in the vault. That one may have ended meanwhile.
    is_replaced: bool,
    /// Whether the server's word that it takes the refresh token no more reached a page.
    is_told: bool,
    /// Whether the server has answered a silent login since then, and the user is not logged in there.
    is_refused: bool,
    /// Whether a page has left it rightly, as the server had ended it.
    is_ended: bool,
    /// The pages whose silent logins got no answer, as often as that was in a row.
    unanswered: Vec<usize>,
    /// The latest of its sessions at the server whose refresh token was stored.
    at_server: usize,
}

struct OpenCall {
    id: usize,
    page: usize,
    call: app::Call,
    at: f64,
    until: f64,
    /// The session that the page was in.
    session: Option<usize>,
    /// The sessions that a logout is to end.
    ends: Vec<usize>,
    /// The session that a logout tells the server of.
    names: Option<usize>,
}

impl Judge {
    pub fn fail(&mut self, world: &World, invariant: Invariant, what: String) {
        if self.violation.is_none() {
            let (at, step) = (world.now(), world.steps.get());
            self.violation = Some(Violation { invariant, what, at, step });
        }
    }

    pub fn opened(&mut self, page: usize, now: f64) {
        self.pages.push(PageFacts::default());
        self.triggered(page, now);
    }

    pub fn died(&mut self, page: usize) {
        self.counts.pages_lost += 1;
        self.pages[page].session = None;
        self.calls.retain(|call| call.page != page);
        for sendings in self.refresh_tokens.iter_mut().chain(&mut self.codes) {
            for sending in sendings.all.iter_mut().filter(|sending| sending.page == page) {
                if sending.outcome == Sent::UnderWay {
                    sending.outcome = Sent::Unknown;
                }
            }
        }
    }

    pub fn froze(&mut self, now: f64) {
        self.last_freeze = now;
    }

    /// A page was frozen since then: its calls could not go on meanwhile.
    pub fn thawed(&mut self, page: usize, since: f64, now: f64) {
        self.last_freeze = now;
        let for_long = now - since;
        for call in self.calls.iter_mut().filter(|call| call.page == page) {
            call.until += for_long;
        }
    }

    pub fn wall_clock_set_back(&mut self, now: f64) {
        self.last_set_back = now;
    }

    pub fn store_failed(&mut self, page: usize) {
        self.pages[page].unstored = None;
        self.store_lied = true;
    }

    pub fn store_cleared(&mut self) {
        self.store_lied = true;
    }

    pub fn closed(&mut self, page: usize) {
        let facts = &mut self.pages[page];
        (facts.session, facts.latest, facts.left_locally) = (None, None, None);
        facts.is_closed = true;
        // A client that is closed knows nothing of what comes after it.
        for call in self.calls.iter_mut().filter(|call| call.page == page) {
            (call.session, call.names) = (None, None);
        }
    }

    /// A page has a reason to send requests.
    pub fn triggered(&mut self, page: usize, now: f64) {
        self.pages[page].triggered_at.push_back(now);
    }

    fn requested(&mut self, world: &World, page: usize) {
        let minute_ago = world.now() - 60_000.0;
        let facts = &mut self.pages[page];
        facts.sent_at.push_back(world.now());
        for times in [&mut facts.sent_at, &mut facts.triggered_at] {
            while times.front().is_some_and(|at| *at < minute_ago) {
                times.pop_front();
            }
        }
        let (base, more) = REQUESTS_A_MINUTE;
        let (sent, reasons) = (facts.sent_at.len(), facts.triggered_at.len());
        if sent > base + more * reasons {
            let what = format!("page {page} sent {sent} requests in a minute");
            self.fail(world, Invariant::NoStorm, what);
        }
    }

    pub fn called(&mut self, world: &World, page: usize, call: app::Call) -> usize {
        self.called += 1;
        let (at, until) = (world.now(), world.now() + CALL_LIMIT);
        if call == app::Call::Start {
            self.pages[page].is_closed = false;
        }
        let mut ends = Vec::new();
        if matches!(call, app::Call::Logout { .. }) {
            ends.extend(self.pages[page].session);
            ends.extend(vault_session(world));
            for session in &ends {
                self.session(*session).is_logout_called = true;
            }
        }
        let PageFacts { session, latest: names, .. } = self.pages[page];
        self.calls.push(OpenCall { id: self.called, page, call, at, until, session, ends, names });
        self.called
    }

    pub fn settled(&mut self, world: &World, id: usize) {
        if let Some(index) = self.calls.iter().position(|call| call.id == id) {
            let call = self.calls.swap_remove(index);
            let facts = &mut self.pages[call.page];
            if call.call == (app::Call::Logout { is_local: true }) && facts.latest == call.names {
                facts.left_locally = facts.latest.take().or(facts.left_locally);
            }
            self.logged_out(world, &call.ends);
        }
    }

    fn logged_out(&mut self, world: &World, sessions: &[usize]) {
        for session in sessions {
            let facts = self.session(*session);
            if !facts.is_logout_uncertain {
                facts.logged_out_at.get_or_insert(world.now());
            }
        }
    }

    /// Looks for calls that take too long.
    pub fn check_calls(&mut self, world: &World) {
        let is_late = |call: &&OpenCall| {
            world.now() > call.until && world.page(call.page).frozen_since.is_none()
        };
        if let Some(late) = self.calls.iter().find(is_late) {
            let what = format!("{:?} of page {} does not settle", late.call, late.page);
            self.fail(world, Invariant::Settles, what);
        }
    }

    fn session(&mut self, session: usize) -> &mut SessionFacts {
        if self.sessions.len() <= session {
            self.sessions.resize_with(session + 1, SessionFacts::default);
        }
        &mut self.sessions[session]
    }

    fn sendings(&mut self, call: &Call) -> Option<&mut Sendings> {
        let (all, index) = match call {
            Call::Refresh { token, .. } => (&mut self.refresh_tokens, *token),
            Call::Code { code, .. } => (&mut self.codes, *code),
            _ => return None,
        };
        if all.len() <= index {
            all.resize_with(index + 1, Sendings::default);
        }
        Some(&mut all[index])
    }
}

/// The session that rests in the vault.
fn vault_session(world: &World) -> Option<usize> {
    let text = world.store.vault()?;
    let token = crate::server::indices(&text, crate::server::REFRESH_TOKEN).next()?;
    let server = world.server();
    Some(server.of_client(server.refresh_tokens[token].session))
}
