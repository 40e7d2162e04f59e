//! A network that drops, delays, reorders and duplicates, before or after the server acts.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use portcullis::protocol::form::Parameters;
use portcullis::protocol::http::HttpRequest;
use portcullis::protocol::jws::Jws;
use portcullis::{Error, ErrorCode};

use crate::agenda::Event;
use crate::host::Page;
use crate::server::{self, Answer, Poison};
use crate::world::World;

/// How long a request may be under way before the server sees it, at most, in milliseconds.
const LONGEST_DELAY: f64 = 20_000.0;

/// What a request asks of the server.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Metadata,
    Keys,
    Code { code: usize, verifier: String, proof: Option<Proof> },
    Refresh { token: usize, proof: Option<Proof> },
    Revoke { token: usize },
    Unknown,
}

/// What a `DPoP` header proves.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    pub nonce: Option<String>,
}

impl Call {
    pub fn read(request: &HttpRequest) -> Self {
        let Some(form) = &request.form else {
            return match &*request.url {
                "https://as.example/.well-known/openid-configuration" => Self::Metadata,
                "https://as.example/jwks" => Self::Keys,
                _ => Self::Unknown,
            };
        };
        let parameters = Parameters::parse(form);
        let parameter = |name| parameters.get(name).ok().flatten().unwrap_or_default();
        let index = |name, mark| server::indices(parameter(name), mark).next();
        let proof = request.proof.as_deref().and_then(Jws::parse);
        let proof = proof.map(|jws| Proof { nonce: jws.claims.string("nonce").map(str::to_owned) });
        if let Some(code) = index("code", server::CODE) {
            Self::Code { code, verifier: parameter("code_verifier").to_owned(), proof }
        } else if let Some(token) = index("refresh_token", server::REFRESH_TOKEN) {
            Self::Refresh { token, proof }
        } else if let Some(token) = index("token", server::REFRESH_TOKEN) {
            Self::Revoke { token }
        } else {
            Self::Unknown
        }
    }

    pub fn is_token_request(&self) -> bool {
        matches!(self, Self::Code { .. } | Self::Refresh { .. })
    }
}

/// Where an answer waits for the page that asked.
pub(crate) struct Reply {
    pub page: usize,
    pub call: Call,
    pub outcome: RefCell<Option<Result<Answer, Error>>>,
    waker: RefCell<Option<Waker>>,
    /// Which sending of its token this is.
    pub sending: usize,
    is_over: Cell<bool>,
}

impl Reply {
    pub fn settle(&self, outcome: Result<Answer, Error>) {
        *self.outcome.borrow_mut() = Some(outcome);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The wait for an answer. Dropped before it came, its outcome stays unknown.
pub(crate) struct Answering<'a> {
    page: &'a Page,
    reply: Rc<Reply>,
}

impl Future for Answering<'_> {
    type Output = Result<Answer, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.page.is_dead() {
            return Poll::Ready(Err(ErrorCode::Aborted.into()));
        }
        let Some(outcome) = self.reply.outcome.take() else {
            *self.reply.waker.borrow_mut() = Some(context.waker().clone());
            return Poll::Pending;
        };
        self.reply.is_over.set(true);
        self.page.world.judge().answered(&self.page.world, &self.reply, outcome.as_ref().ok());
        Poll::Ready(outcome)
    }
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        if !self.reply.is_over.get() && !self.page.is_dead() {
            self.page.world.judge().given_up(&self.reply);
        }
    }
}

impl World {
    /// Sends a request of a page on its way.
    pub fn dispatch<'a>(&self, page: &'a Page, request: &HttpRequest) -> Answering<'a> {
        let call = Call::read(request);
        let sending = self.judge().sending(self, page.id, &call);
        self.note(Some(page.id), || format!("sends {call:?}"));
        let reply = Rc::new(Reply {
            page: page.id,
            call: call.clone(),
            outcome: RefCell::default(),
            waker: RefCell::default(),
            sending,
            is_over: Cell::new(false),
        });
        self.carry(call, &reply);
        Answering { page, reply }
    }

    fn carry(&self, call: Call, reply: &Rc<Reply>) {
        let latency = self.between(10.0, 200.0);
        let is_lost = self.offline.get() || self.chance(self.faults().network);
        if is_lost {
            self.lose(reply, latency);
            return;
        }
        let delay = if self.chance(self.faults().network) {
            self.between(0.0, LONGEST_DELAY)
        } else {
            latency
        };
        if self.chance(self.faults().network / 2.0) {
            let duplicate = Event::Arrival { call: call.clone(), reply: None };
            self.plan(self.between(0.0, 5_000.0), duplicate);
        }
        self.plan(delay, Event::Arrival { call, reply: Some(Rc::clone(reply)) });
    }

    /// Nobody hears of it any more: at once an error, or nothing until somebody gives up.
    fn lose(&self, reply: &Rc<Reply>, latency: f64) {
        self.note(Some(reply.page), || format!("{:?} is lost", reply.call));
        if self.offline.get() || self.chance(0.5) {
            let failure = Answer { status: 0, ..Answer::html(502) };
            self.plan(latency, Event::Delivery { answer: failure, reply: Rc::clone(reply) });
        }
    }

    /// A request reaches the server, or what stands in front of it.
    pub fn arrive(&self, call: &Call, reply: Option<&Rc<Reply>>) {
        let trouble = self.trouble();
        let answer = match trouble {
            Some(Trouble::Before(answer)) => answer,
            trouble => {
                let poison = self.poison(call);
                let now = self.now() / 1000.0;
                let answer = self.server().answer(call, now, poison);
                self.note(None, || format!("{call:?}: {} {}", answer.status, answer.body));
                match trouble {
                    Some(Trouble::After(instead)) => instead,
                    _ => answer,
                }
            }
        };
        let Some(reply) = reply else { return };
        let latency = self.between(10.0, 200.0);
        if self.offline.get() || self.chance(self.faults().network) {
            self.lose(reply, latency);
            return;
        }
        let delay = if self.chance(self.faults().network) {
            self.between(0.0, LONGEST_DELAY)
        } else {
            latency
        };
        self.plan(delay, Event::Delivery { answer, reply: Rc::clone(reply) });
    }

    /// What the server answers in a hidden frame to a login for a session of the client. Without an
    /// answer the frame shows something that nobody sees.
    pub fn answer_in_frame(
        &self,
        page: usize,
        url: &str,
        session: Option<usize>,
    ) -> Option<String> {
        let faults = self.faults();
        let is_lost = self.offline.get() || !self.server_up.get();
        if is_lost || self.chance(faults.network.max(faults.server)) {
            return None;
        }
        if !self.plan.rules.answers_in_frames {
            return None;
        }
        if let Some(session) = session {
            let is_same_user = self.server().would_renew(session);
            self.judge().answered_in_frame(page, session, is_same_user);
        }
        Some(self.server().log_in_silently(url, session))
    }

    fn poison(&self, call: &Call) -> Option<Poison> {
        let strikes = call.is_token_request() && self.chance(self.faults().poison);
        strikes.then(|| Poison::ALL[self.below(Poison::ALL.len())])
    }

    fn trouble(&self) -> Option<Trouble> {
        if !self.server_up.get() {
            return Some(Trouble::Before(self.refusal()));
        }
        if !self.chance(self.faults().server) {
            return None;
        }
        Some(match self.below(4) {
            0 | 1 => Trouble::Before(self.refusal()),
            2 => Trouble::After(Answer::html(504)),
            _ => Trouble::After(Answer::json(200, r#"{"access_token":"#.to_owned())),
        })
    }

    fn refusal(&self) -> Answer {
        match self.below(5) {
            0 => {
                let retry_after = 1 + self.below(60);
                let retry_after = u32::try_from(retry_after).ok();
                Answer { retry_after, ..Answer::html(429) }
            }
            1 => Answer::error(503, "temporarily_unavailable"),
            2 => Answer::html(502),
            // A server in trouble says many things.
            3 => Answer::error(500, "invalid_grant"),
            _ => Answer { retry_after: Some(5), ..Answer::json(503, String::new()) },
        }
    }
}

/// A fault of the server or of a proxy before it.
enum Trouble {
    /// The server has not acted.
    Before(Answer),
    /// It has, and its answer was replaced.
    After(Answer),
}

/// What a page gets of an answer that reached it.
pub(crate) fn received(answer: Answer) -> Result<Answer, Error> {
    if answer.status == 0 { Err(ErrorCode::Network.into()) } else { Ok(answer) }
}
