//! The lock of browsers that have no Web Locks: a record in the database, which lapses unless its
//! holder renews it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future;
use gloo_timers::future::TimeoutFuture;
use web_sys::BroadcastChannel;

use super::Browser;
use super::database::{Change, Database};
use super::listener::Listener;
use crate::error::Result;
use crate::host::Host as _;
use crate::protocol::base64url;

/// How long a lease lasts that is not renewed, in milliseconds: longer than the tab of a slow request
/// is held back from renewing it.
const LIFETIME: f64 = 30_000.0;
/// How long one that has lapsed by the wall clock has to lie there unchanged, in milliseconds: the
/// clock may have jumped, and then its holder renews it.
const DOUBT: f64 = 5_000.0;
/// How often a lease is renewed, in milliseconds.
const RENEWAL: u32 = 2_000;
/// How long a release may go unheard, in milliseconds.
const POLL: u32 = 500;
/// Where tabs are told of a release.
const CHANNEL: &str = "portcullis leases";

/// The leases that a tab has of itself alone, where there is no store.
pub(super) type OwnLeases = Rc<RefCell<Vec<String>>>;

/// A lease that is renewed until this is dropped, which releases it.
pub(super) struct Lease {
    database: Rc<Database>,
    key: String,
    owner: String,
    is_over: Rc<Cell<bool>>,
    own: Option<OwnLeases>,
}

/// Waits for the lease of this name.
pub(super) async fn acquire(browser: &Browser, name: &str) -> Result<Lease> {
    let mut owner = [0; 16];
    browser.random(&mut owner)?;
    // Whoever gives up drops it, and with it what the store may have taken by then.
    let mut lease = Lease {
        database: Rc::clone(&browser.database),
        key: format!("lease {name}"),
        owner: base64url::encode(&owner),
        is_over: Rc::default(),
        own: None,
    };
    let releases = Releases::listen();
    let mut seen = Seen { text: String::new(), since: browser.monotonic_clock() };
    loop {
        let release = releases.next();
        let mut take = |found: Option<String>| {
            let is_free = found.is_none_or(|found| seen.has_lapsed(found, browser));
            if is_free { Change::Store(text(&lease.owner)) } else { Change::Leave }
        };
        match lease.database.change(&lease.key, &mut take).await {
            Ok(true) => {
                lease.renew();
                return Ok(lease);
            }
            Ok(false) => {}
            // What no tab can store, no tab has in common with another.
            Err(_) => {
                let own = &browser.own_leases;
                if !own.borrow().contains(&lease.key) {
                    own.borrow_mut().push(lease.key.clone());
                    lease.own = Some(Rc::clone(own));
                    return Ok(lease);
                }
            }
        }
        future::select(release, TimeoutFuture::new(POLL)).await;
    }
}

/// The lease of another tab, and since when it has not changed by the monotonic clock.
struct Seen {
    text: String,
    since: f64,
}

impl Seen {
    /// Whether a lease has lapsed: it was seen unchanged for as long as it lasts, or it lapsed before
    /// this tab came and nobody renews it.
    fn has_lapsed(&mut self, text: String, browser: &Browser) -> bool {
        let now = browser.monotonic_clock();
        if self.text != text {
            (self.text, self.since) = (text, now);
        }
        let left = expiry(&self.text).unwrap_or(0).saturating_sub(whole(browser.wall_clock()));
        let is_good_by_wall_clock = left > 0 && left <= whole(LIFETIME);
        now - self.since >= if is_good_by_wall_clock { LIFETIME } else { DOUBT }
    }
}

/// When a lease lapses, by the wall clock.
fn expiry(text: &str) -> Option<i64> {
    text.split_once(' ')?.1.parse().ok()
}

impl Lease {
    /// Whether it is still this tab's.
    pub async fn is_held(&self) -> bool {
        if self.own.is_some() {
            return true;
        }
        match self.database.load(&self.key).await {
            Ok(found) => is_of(&self.owner, found.as_deref()),
            // Whoever can't read it can't read what it guards either.
            Err(_) => true,
        }
    }

    /// Renews it until it is over, or another tab's.
    fn renew(&self) {
        let (database, key) = (Rc::clone(&self.database), self.key.clone());
        let (owner, is_over) = (self.owner.clone(), Rc::clone(&self.is_over));
        wasm_bindgen_futures::spawn_local(async move {
            let mut is_ours = true;
            while is_ours {
                TimeoutFuture::new(RENEWAL).await;
                if is_over.get() {
                    return;
                }
                let renew = &mut || Change::Store(text(&owner));
                is_ours = change_own(&database, &key, &owner, renew).await.unwrap_or(true);
            }
        });
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.is_over.set(true);
        if let Some(own) = &self.own {
            own.borrow_mut().retain(|key| *key != self.key);
        }
        let (database, key) = (Rc::clone(&self.database), self.key.clone());
        let owner = self.owner.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let release = &mut || Change::Remove;
            // What can't be released lapses.
            if change_own(&database, &key, &owner, release).await.unwrap_or(false)
                && let Ok(channel) = BroadcastChannel::new(CHANNEL)
            {
                // Whoever does not hear it looks again soon.
                let _ = channel.post_message(&wasm_bindgen::JsValue::NULL);
                channel.close();
            }
        });
    }
}

/// Changes a lease if it is still of this owner; says whether it was.
async fn change_own(
    database: &Database,
    key: &str,
    owner: &str,
    change: &mut dyn FnMut() -> Change,
) -> Result<bool> {
    let mut change = |found: Option<String>| {
        if is_of(owner, found.as_deref()) { change() } else { Change::Leave }
    };
    database.change(key, &mut change).await
}

fn text(owner: &str) -> String {
    format!("{owner} {}", whole(super::wall_clock() + LIFETIME))
}

/// Milliseconds as a whole number, which is written and read in a fraction of the code.
#[allow(clippy::cast_possible_truncation)]
fn whole(milliseconds: f64) -> i64 {
    milliseconds as i64
}

fn is_of(owner: &str, found: Option<&str>) -> bool {
    found.and_then(|found| found.split_once(' ')).is_some_and(|(other, _)| other == owner)
}

/// Hears that leases are released.
struct Releases {
    waiting: Rc<RefCell<Option<oneshot::Sender<()>>>>,
    channel: Option<(BroadcastChannel, Listener)>,
}

impl Releases {
    fn listen() -> Self {
        let waiting = Rc::<RefCell<Option<oneshot::Sender<()>>>>::default();
        let heard = Rc::clone(&waiting);
        let channel = BroadcastChannel::new(CHANNEL).ok().map(|channel| {
            let listener = Listener::new(&channel, "message", move |_| {
                drop(heard.take());
            });
            (channel, listener)
        });
        Self { waiting, channel }
    }

    /// Ready when one is released from now on.
    fn next(&self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        *self.waiting.borrow_mut() = Some(sender);
        receiver
    }
}

impl Drop for Releases {
    fn drop(&mut self) {
        if let Some((channel, _)) = self.channel.take() {
            channel.close();
        }
    }
}
