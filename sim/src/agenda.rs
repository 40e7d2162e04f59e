//! What is to happen at which virtual time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::task::Waker;

use crate::network::{Call, Reply};
use crate::server::Answer;

/// Something that is to happen.
pub(crate) enum Event {
    /// A sleep ends.
    Timer(Waker),
    /// A request reaches the server. Without a reply it is a duplicate that nobody waits for.
    Arrival { call: Call, reply: Option<Rc<Reply>> },
    /// An answer reaches the page that asked.
    Delivery { answer: Answer, reply: Rc<Reply> },
    /// A message of another tab reaches a page.
    Message { page: usize, text: String },
    /// A page is left for a URL.
    Navigation { page: usize, url: String },
    /// A tab shows a page of this origin.
    Opening { tab: usize, url: String },
    /// The next thing that users, the device or the server do.
    Script,
    /// A frozen page goes on.
    Thaw { page: usize },
    /// The device wakes up.
    WakeUp,
    /// The network is back.
    Online,
    /// The server is up again.
    ServerUp,
    /// A logout must have been heard everywhere.
    LogoutHeard { page: usize, session: usize },
}

struct Entry {
    at: f64,
    order: u64,
    event: Event,
}

/// Events by time, and by the order they were planned in.
#[derive(Default)]
pub(crate) struct Agenda {
    entries: BinaryHeap<Entry>,
    planned: u64,
}

impl Agenda {
    pub fn plan(&mut self, at: f64, event: Event) {
        self.planned += 1;
        self.entries.push(Entry { at, order: self.planned, event });
    }

    /// The next event that is not after `limit`, and its time.
    pub fn next(&mut self, limit: f64) -> Option<(f64, Event)> {
        if self.entries.peek()?.at > limit {
            return None;
        }
        self.entries.pop().map(|entry| (entry.at, entry.event))
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.total_cmp(&self.at).then(other.order.cmp(&self.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}
