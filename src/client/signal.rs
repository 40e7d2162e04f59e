//! What happens once, and those who wait for it. One kind of it serves all flows: who shares a refresh,
//! who asked another tab for its token, and what is given up when it is no longer wanted.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt;
use futures_util::future::{self, LocalBoxFuture};

/// Something that happens once and gives a value to all who wait. Clones are the same signal.
pub(super) struct Signal<T>(Rc<RefCell<State<T>>>);

struct State<T> {
    given: Option<T>,
    waiting: Vec<Waker>,
}

impl<T> Signal<T> {
    pub fn new() -> Self {
        Self(Rc::new(RefCell::new(State { given: None, waiting: Vec::new() })))
    }

    pub fn is_given(&self) -> bool {
        self.0.borrow().given.is_some()
    }

    pub fn give(&self, value: T) {
        let mut state = self.0.borrow_mut();
        state.given = Some(value);
        let waiting = std::mem::take(&mut state.waiting);
        // Whoever is woken may look at it at once.
        drop(state);
        for waker in waiting {
            waker.wake();
        }
    }
}

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: Clone> Future for Signal<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut state = self.0.borrow_mut();
        if let Some(value) = &state.given {
            return Poll::Ready(value.clone());
        }
        let waker = context.waker();
        if !state.waiting.iter().any(|waiting| waiting.will_wake(waker)) {
            state.waiting.push(waker.clone());
        }
        Poll::Pending
    }
}

/// Something that goes on until this is dropped.
pub(super) struct Stop(Signal<()>);

impl Stop {
    pub fn new() -> (Self, Signal<()>) {
        let signal = Signal::new();
        (Self(signal.clone()), signal)
    }

    /// The task, until it is stopped.
    pub fn task(task: LocalBoxFuture<'static, ()>) -> (Self, LocalBoxFuture<'static, ()>) {
        let (stop, stopped) = Self::new();
        (stop, future::select(stopped, task).map(drop).boxed_local())
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.give(());
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_signal_gives_its_value_to_who_came_before_and_to_who_comes_later() {
        let signal = Signal::new();
        assert_eq!(signal.clone().now_or_never(), None);
        signal.give(7);
        assert_eq!(signal.clone().now_or_never(), Some(7));
        assert_eq!(signal.now_or_never(), Some(7));
    }

    #[test]
    fn a_task_goes_no_further_once_it_is_stopped() {
        let went_on = Rc::new(Cell::new(false));
        let (seen, gate) = (Rc::clone(&went_on), Signal::new());
        let opened = gate.clone();
        let task = async move {
            opened.await;
            seen.set(true);
        };
        let (stop, mut task) = Stop::task(task.boxed_local());
        assert_eq!((&mut task).now_or_never(), None);
        drop(stop);
        gate.give(());
        assert_eq!(task.now_or_never(), Some(()));
        assert!(!went_on.get());
    }
}
