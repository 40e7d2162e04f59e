//! Logging out whoever does nothing in any tab for the time of `idleTimeout`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::FutureExt;

use super::session::Moment;
use super::signal::Stop;
use super::state::AnonymousReason;
use super::{Client, Event, Inner};
use crate::host::Host;
use crate::protocol::json::Json;
use crate::protocol::number;

/// How long before the logout the warning comes, in milliseconds; at most half the time.
const WARNING: f64 = 60_000.0;
/// The least time between two words to the other tabs, in milliseconds; at most a tenth of the time.
const SHARE_EVERY: f64 = 5_000.0;

/// The user's latest input, in whichever tab.
pub(super) struct Idle {
    /// What it is stored under, for a page that is opened later.
    key: String,
    latest: Cell<Option<Moment>>,
    /// Whether the other tabs are soon told of it.
    is_shared_soon: Cell<bool>,
    has_warned: Cell<bool>,
    watch: RefCell<Option<Stop>>,
}

impl Idle {
    pub fn new(namespace: &str) -> Self {
        Self {
            key: ["input ", namespace].concat(),
            latest: Cell::default(),
            is_shared_soon: Cell::default(),
            has_warned: Cell::default(),
            watch: RefCell::default(),
        }
    }

    /// Forgets the session that was watched over.
    pub fn stop(&self) {
        self.latest.take();
        self.has_warned.set(false);
        self.watch.take();
    }
}

impl<H: Host> Client<H> {
    /// Counts the user's input in this tab, if so configured.
    pub(super) fn listen_to_input(&self) {
        let inner = self.inner();
        if inner.config.idle_timeout.is_none() {
            return;
        }
        let weak = Rc::downgrade(inner);
        inner.host.on_input(Box::new(move || {
            let Some(inner) = weak.upgrade() else { return };
            if inner.session.borrow().is_some() && !inner.is_idle() {
                inner.has_input_at(Moment::now(&inner.host));
                Self::from_inner(inner).share_input();
            }
        }));
    }

    /// Watches over a session that has just begun here, or was restored: for that one the input counts
    /// that any tab saw before.
    pub(super) async fn watch_over_new_session(&self, is_restored: bool) {
        let inner = self.inner();
        let Some(timeout) = inner.idle_timeout() else { return };
        let now = Moment::now(&inner.host);
        let stored = if is_restored { inner.stored_input().await } else { None };
        inner.idle.latest.set(Some(stored.unwrap_or(now)));
        if stored.is_none() {
            self.share_input();
        }
        let client = self.clone();
        let watch = async move { client.watch_input(timeout).await };
        let (stop, watch) = Stop::task(watch.boxed_local());
        inner.idle.watch.replace(Some(stop));
        inner.host.spawn(watch);
    }

    async fn watch_input(&self, timeout: f64) {
        let inner = self.inner();
        while inner.session.borrow().is_some() {
            if inner.is_idle() {
                // In a task of its own, as the end of the session ends this one.
                let client = self.clone();
                inner.host.spawn(async move { client.end_if_idle().await }.map(drop).boxed_local());
                return;
            }
            let Some(latest) = inner.idle.latest.get() else { return };
            let left = latest.after(timeout).remaining(&inner.host);
            let warning = WARNING.min(timeout / 2.0);
            if left > warning {
                inner.host.sleep(left - warning).await;
                continue;
            }
            if !inner.idle.has_warned.replace(true) {
                inner.emit(&Event::IdleWarning { logout_at: Some(latest.after(timeout).wall) });
            }
            inner.host.sleep(left).await;
        }
    }

    /// Ends the session in every tab if its user has done nothing for too long.
    pub(super) async fn end_if_idle(&self) -> bool {
        let inner = self.inner();
        if inner.session.borrow().is_none() || !inner.is_idle() {
            return false;
        }
        if let Some(record) = self.end_here(AnonymousReason::Idle).await {
            self.revoke_in_background(record);
        }
        true
    }

    /// Tells the other tabs of the latest input, now or, if they were told just before, soon.
    fn share_input(&self) {
        let inner = self.inner();
        let Some(timeout) = inner.idle_timeout() else { return };
        if inner.idle.is_shared_soon.replace(true) {
            return;
        }
        let client = self.clone();
        let share = async move {
            let inner = client.inner();
            let told = inner.tell_input().await;
            inner.host.sleep(SHARE_EVERY.min(timeout / 10.0)).await;
            inner.idle.is_shared_soon.set(false);
            if inner.idle.latest.get().map(|latest| latest.wall) > told {
                client.share_input();
            }
        };
        inner.host.spawn(share.boxed_local());
    }
}

impl<H: Host> Inner<H> {
    /// In milliseconds.
    fn idle_timeout(&self) -> Option<f64> {
        self.config.idle_timeout.map(|seconds| seconds * 1000.0)
    }

    fn is_idle(&self) -> bool {
        match (self.idle_timeout(), self.idle.latest.get()) {
            (Some(timeout), Some(latest)) => latest.after(timeout).is_over(&self.host),
            _ => false,
        }
    }

    /// Counts an input, here or in another tab.
    pub(super) fn has_input_at(&self, moment: Moment) {
        if self.idle.latest.get().is_none_or(|latest| latest.wall >= moment.wall) {
            return;
        }
        self.idle.latest.set(Some(moment));
        if self.idle.has_warned.replace(false) {
            self.emit(&Event::IdleWarning { logout_at: None });
        }
    }

    /// Gives the time that was told, by the wall clock.
    async fn tell_input(&self) -> Option<f64> {
        let wall = self.idle.latest.get()?.wall;
        // Without a store a page that is opened later begins anew.
        let _ = self.host.store(&self.idle.key, &number::to_text(wall.trunc())).await;
        self.tell_input_at(wall).await;
        Some(wall)
    }

    /// Tells the other tabs when the user did something here, by the wall clock.
    fn tell_input_at(&self, wall: f64) -> impl Future<Output = ()> {
        let message = self.message_of_session("input").map(|mut message| {
            message.set("at", Json::Number(wall));
            message
        });
        self.tell(message)
    }

    async fn stored_input(&self) -> Option<Moment> {
        let stored = self.host.load(&self.idle.key).await.ok().flatten()?;
        Some(Moment::at_wall(&self.host, number::whole(&stored)?))
    }
}
