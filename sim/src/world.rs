//! Everything that the pages of one browser share, and the time.

use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

use fastrand::Rng;
use portcullis::Subscription;
use portcullis::client::Client;

use crate::agenda::{Agenda, Event};
use crate::ahead::Ahead;
use crate::executor::Executor;
use crate::host::Page;
use crate::judge::Judge;
use crate::locks::{Locks, Presence};
use crate::plan::{Faults, Plan};
use crate::sabotage::Sabotage;
use crate::server::Server;
use crate::store::Store;

/// How long a message from tab to tab takes, at most, in milliseconds.
const MESSAGE_DELAY: f64 = 50.0;

/// More than stand between any task and its end.
const MOST_SLEEPS_AFTER_DEATH: usize = 8;

pub(crate) struct World {
    pub plan: Plan,
    pub sabotage: Option<Sabotage>,
    pub executor: Executor,
    pub locks: Locks,
    pub presence: Presence,
    pub store: Store,
    pub offline: Cell<bool>,
    pub server_up: Cell<bool>,
    /// By how much the wall clock is ahead of the truth, in milliseconds.
    pub wall_offset: Cell<f64>,
    /// Since when the device sleeps, if it does.
    asleep_since: Cell<Option<f64>>,
    /// How long the monotonic clock stood still.
    monotonic_lag: Cell<f64>,
    /// Whether nothing goes wrong at present.
    pub is_calm: Cell<bool>,
    pub steps: Cell<u64>,
    /// The callback URLs so far.
    pub callbacks: RefCell<Vec<String>>,
    is_traced: bool,
    now: Cell<f64>,
    random: RefCell<Rng>,
    agenda: RefCell<Agenda>,
    server: RefCell<Server>,
    judge: RefCell<Judge>,
    pages: RefCell<Vec<PageState>>,
}

/// A client that hears the messages of a channel.
pub(crate) struct Listening {
    pub client: usize,
    pub channel: String,
    pub listener: Rc<dyn Fn(String)>,
}

/// One page, from when it is opened until it is left.
pub(crate) struct PageState {
    pub tab: usize,
    pub is_alive: bool,
    pub frozen_since: Option<f64>,
    /// When it was last frozen, or opened.
    pub unfrozen_since: f64,
    pub url: String,
    pub opened_at: f64,
    /// Whether the code is here that a page does not need to begin with.
    pub has_rest: bool,
    pub client: Option<Client<Page>>,
    pub subscription: Option<Subscription>,
    pub listening: Option<Listening>,
    pub ahead: Option<Ahead>,
    /// How many clients it has started.
    pub clients: usize,
    pub on_wake: Vec<Rc<dyn Fn()>>,
    pub on_hide: Vec<Rc<dyn Fn()>>,
    /// Messages and tasks that wait until the page is no longer frozen.
    pub inbox: Vec<String>,
    pub parked: Vec<usize>,
    /// The sleeps that ended after the page had.
    sleeps_after_death: usize,
}

impl PageState {
    /// Whether a sleep of a dead page ends. One may stand between a task and its end, but who plans
    /// the next try would go on for ever.
    pub fn may_still_sleep(&mut self) -> bool {
        self.sleeps_after_death += 1;
        self.sleeps_after_death <= MOST_SLEEPS_AFTER_DEATH
    }
}

impl World {
    pub fn new(seed: u64, sabotage: Option<Sabotage>, is_traced: bool) -> Self {
        let mut random = Rng::with_seed(seed);
        let plan = Plan::new(&mut random);
        let mut server = Server::new(plan.rules.clone());
        server.names_first_user = sabotage == Some(Sabotage::SilentLoginHidesUser);
        Self {
            sabotage,
            executor: Executor::default(),
            locks: Locks::default(),
            presence: Presence::default(),
            store: Store::default(),
            offline: Cell::new(false),
            server_up: Cell::new(true),
            wall_offset: Cell::new(0.0),
            asleep_since: Cell::new(None),
            monotonic_lag: Cell::new(0.0),
            is_calm: Cell::new(plan.begins_calm),
            steps: Cell::new(0),
            callbacks: RefCell::default(),
            is_traced,
            now: Cell::new(0.0),
            random: RefCell::new(random),
            agenda: RefCell::default(),
            server: RefCell::new(server),
            judge: RefCell::default(),
            pages: RefCell::default(),
            plan,
        }
    }

    /// Virtual milliseconds since the beginning.
    pub fn now(&self) -> f64 {
        self.now.get()
    }

    pub fn faults(&self) -> Faults {
        if self.is_calm.get() { Faults::default() } else { self.plan.faults }
    }

    pub fn server(&self) -> RefMut<'_, Server> {
        self.server.borrow_mut()
    }

    pub fn judge(&self) -> RefMut<'_, Judge> {
        self.judge.borrow_mut()
    }

    pub fn page(&self, id: usize) -> RefMut<'_, PageState> {
        RefMut::map(self.pages.borrow_mut(), |pages| &mut pages[id])
    }

    /// The pages that are open.
    pub fn open_pages(&self) -> Vec<usize> {
        let pages = self.pages.borrow();
        (0..pages.len()).filter(|id| pages[*id].is_alive).collect()
    }

    pub fn plan(&self, delay: f64, event: Event) {
        self.agenda.borrow_mut().plan(self.now.get() + delay, event);
    }

    /// Moves the time to the next event, if there is one until `limit`.
    pub fn next_event(&self, limit: f64) -> Option<Event> {
        let (at, event) = self.agenda.borrow_mut().next(limit)?;
        self.now.set(self.now.get().max(at));
        Some(event)
    }

    pub fn pass_until(&self, time: f64) {
        self.now.set(self.now.get().max(time));
    }

    pub fn chance(&self, probability: f64) -> bool {
        probability > 0.0 && self.random.borrow_mut().f64() < probability
    }

    pub fn below(&self, limit: usize) -> usize {
        self.random.borrow_mut().usize(..limit)
    }

    pub fn between(&self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.random.borrow_mut().f64()
    }

    pub fn fill(&self, bytes: &mut [u8]) {
        self.random.borrow_mut().fill(bytes);
    }

    /// The device goes to sleep, and every page with it.
    pub fn fall_asleep(&self) {
        self.asleep_since.set(Some(self.now()));
        for id in self.open_pages() {
            self.freeze(id);
        }
    }

    pub fn is_asleep(&self) -> bool {
        self.asleep_since.get().is_some()
    }

    pub fn wake_up(&self) {
        self.monotonic_lag.set(self.monotonic_lag());
        self.asleep_since.set(None);
        for id in self.open_pages() {
            self.thaw(id);
        }
    }

    /// By how much the monotonic clock is behind, as it stands still in sleep.
    pub fn monotonic_lag(&self) -> f64 {
        let stood_still = match self.asleep_since.get() {
            Some(since) if self.plan.monotonic_stands_still => self.now() - since,
            _ => 0.0,
        };
        self.monotonic_lag.get() + stood_still
    }

    /// How long a timer really takes.
    pub fn throttled(&self, milliseconds: f64) -> f64 {
        if self.plan.throttles && milliseconds < f64::MAX {
            let until = ((self.now() + milliseconds) / 1000.0).ceil() * 1000.0;
            until - self.now()
        } else {
            milliseconds
        }
    }

    /// Adds a line to the trace, if there is one.
    pub fn note(&self, page: Option<usize>, what: impl FnOnce() -> String) {
        if self.is_traced {
            let who = page.map_or_else(|| "world".to_owned(), |page| format!("page {page}"));
            println!("{:>10.3} s  {who:<8}  {}", self.now() / 1000.0, what());
        }
    }

    pub fn open_page(&self, tab: usize, url: &str) -> usize {
        let mut pages = self.pages.borrow_mut();
        pages.push(PageState {
            tab,
            is_alive: true,
            frozen_since: None,
            unfrozen_since: self.now(),
            url: url.to_owned(),
            opened_at: self.now(),
            // With the answer to a login it is waited for.
            has_rest: url.contains("state="),
            client: None,
            subscription: None,
            listening: None,
            ahead: None,
            clients: 0,
            on_wake: Vec::new(),
            on_hide: Vec::new(),
            inbox: Vec::new(),
            parked: Vec::new(),
            sleeps_after_death: 0,
        });
        let page = pages.len() - 1;
        self.judge().opened(page, self.now());
        page
    }

    /// Ends a page at whatever await its tasks are.
    pub fn kill(&self, id: usize) {
        if !self.page(id).is_alive {
            return;
        }
        self.note(Some(id), || "is gone".to_owned());
        self.judge().died(id);
        self.page(id).is_alive = false;
        self.executor.end_page(id);
        self.locks.forget(id);
        self.presence.forget(id);
        let (client, subscription) = {
            let mut page = self.page(id);
            page.listening = None;
            page.ahead = None;
            page.on_wake.clear();
            page.on_hide.clear();
            page.parked.clear();
            (page.client.take(), page.subscription.take())
        };
        drop(client);
        drop(subscription);
    }

    pub fn broadcast(&self, from: &Page, channel: &str, message: &str) {
        if self.sabotage == Some(Sabotage::MessagesAreLost) {
            return;
        }
        let delay = self.between(0.0, MESSAGE_DELAY);
        for id in self.open_pages() {
            let listens = {
                let page = self.page(id);
                let is_another = |other: &Listening| (id, other.client) != (from.id, from.client);
                page.listening
                    .as_ref()
                    .is_some_and(|other| is_another(other) && other.channel == channel)
            };
            if listens {
                self.plan(delay, Event::Message { page: id, text: message.to_owned() });
            }
        }
    }

    /// Hands a message over, or keeps it for when the page is no longer frozen.
    pub fn deliver_message(&self, id: usize, text: String) {
        let listener = {
            let mut page = self.page(id);
            if page.frozen_since.is_some() {
                page.inbox.push(text);
                return;
            }
            page.listening.as_ref().map(|listening| Rc::clone(&listening.listener))
        };
        if let Some(listener) = listener {
            listener(text);
        }
    }

    pub fn freeze(&self, id: usize) {
        let now = self.now();
        let mut page = self.page(id);
        if page.is_alive && page.frozen_since.is_none() {
            page.frozen_since = Some(now);
            drop(page);
            self.note(Some(id), || "freezes".to_owned());
            self.judge().froze(now);
        }
    }

    pub fn thaw(&self, id: usize) {
        if self.is_asleep() {
            return;
        }
        let (since, inbox) = {
            let mut page = self.page(id);
            let Some(since) = page.frozen_since.take() else { return };
            page.unfrozen_since = self.now();
            for task in std::mem::take(&mut page.parked) {
                self.executor.put_back(task);
            }
            (since, std::mem::take(&mut page.inbox))
        };
        self.note(Some(id), || "goes on".to_owned());
        self.judge().thawed(id, since, self.now());
        for text in inbox {
            self.deliver_message(id, text);
        }
        self.wake(id);
    }

    /// Tells a page that it is back, or that the network is.
    pub fn wake(&self, id: usize) {
        let listeners = self.page(id).on_wake.clone();
        if self.sabotage != Some(Sabotage::MessagesAreLost) {
            self.judge().triggered(id, self.now());
            for listener in listeners {
                listener();
            }
        }
    }

    pub fn wake_all(&self) {
        for id in self.open_pages() {
            if self.page(id).frozen_since.is_none() {
                self.wake(id);
            }
        }
    }

    /// Tells a page that it is hidden, and freezes it.
    pub fn hide(&self, id: usize) {
        self.forget_ahead(id);
        let listeners = self.page(id).on_hide.clone();
        for listener in listeners {
            listener();
        }
        self.freeze(id);
    }

    /// Ends everything, so that nothing holds anything.
    pub fn end(&self) {
        self.agenda.borrow_mut().clear();
        for id in self.open_pages() {
            self.kill(id);
        }
    }
}
