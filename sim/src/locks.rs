//! Locks that one page has at a time, and the presence of pages under a name.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Waker;

/// The exclusive locks of an origin. Whoever stands first in a queue has the lock.
#[derive(Default)]
pub(crate) struct Locks(RefCell<Vec<(String, VecDeque<Rc<Request>>)>>);

/// Somebody who has a lock or waits for it.
pub(crate) struct Request {
    page: usize,
    /// Which of the page's clients.
    client: usize,
    waker: RefCell<Option<Waker>>,
}

impl Locks {
    pub fn request(&self, name: &str, page: usize, client: usize) -> Rc<Request> {
        let request = Rc::new(Request { page, client, waker: RefCell::default() });
        let mut queues = self.0.borrow_mut();
        match queues.iter_mut().find(|(other, _)| other == name) {
            Some((_, queue)) => queue.push_back(Rc::clone(&request)),
            None => queues.push((name.to_owned(), VecDeque::from([Rc::clone(&request)]))),
        }
        request
    }

    /// Whether the request has the lock; if not, `waker` is called when it may have it.
    pub fn is_granted(&self, name: &str, request: &Rc<Request>, waker: &Waker) -> bool {
        let queues = self.0.borrow();
        let queue = queues.iter().find(|(other, _)| other == name);
        let first = queue.and_then(|(_, queue)| queue.front());
        let is_granted = first.is_some_and(|first| Rc::ptr_eq(first, request));
        if !is_granted {
            *request.waker.borrow_mut() = Some(waker.clone());
        }
        is_granted
    }

    /// Whether a page's client has a lock whose name begins with `prefix`.
    pub fn is_held_by(&self, prefix: &str, page: usize, client: usize) -> bool {
        let queues = self.0.borrow();
        let queue = queues.iter().find(|(name, _)| name.starts_with(prefix));
        let first = queue.and_then(|(_, queue)| queue.front());
        first.is_some_and(|first| (first.page, first.client) == (page, client))
    }

    /// A page is gone: it gives back what it has, and waits for nothing.
    pub fn forget(&self, page: usize) {
        for (_, queue) in self.0.borrow_mut().iter_mut() {
            queue.retain(|request| request.page != page);
            if let Some(waker) = queue.front().and_then(|first| first.waker.take()) {
                waker.wake();
            }
        }
    }

    /// Gives the lock back, or stops waiting for it.
    pub fn release(&self, name: &str, request: &Rc<Request>) {
        let mut queues = self.0.borrow_mut();
        let Some((_, queue)) = queues.iter_mut().find(|(other, _)| other == name) else { return };
        queue.retain(|other| !Rc::ptr_eq(other, request));
        if let Some(waker) = queue.front().and_then(|first| first.waker.take()) {
            waker.wake();
        }
    }
}

/// The pages that count under a name.
#[derive(Default)]
pub(crate) struct Presence(RefCell<Vec<(String, usize)>>);

impl Presence {
    pub fn add(&self, name: &str, page: usize) {
        self.0.borrow_mut().push((name.to_owned(), page));
    }

    pub fn remove(&self, name: &str, page: usize) {
        let mut all = self.0.borrow_mut();
        if let Some(index) = all.iter().position(|entry| entry.0 == name && entry.1 == page) {
            all.swap_remove(index);
        }
    }

    /// A page is gone.
    pub fn forget(&self, page: usize) {
        self.0.borrow_mut().retain(|(_, present)| *present != page);
    }

    pub fn others(&self, name: &str, page: usize) -> bool {
        self.0.borrow().iter().any(|(other, present)| other == name && *present != page)
    }
}
