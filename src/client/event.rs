use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::state::{AnonymousReason, AuthState, User};
use crate::error::Error;

/// The most that is kept for the first listener.
const MAX_EARLY: usize = 16;

/// What happened to the session.
///
/// ```
/// use portcullis::{AnonymousReason, Event};
///
/// let notice = |event: &Event| match event {
///     Event::IdleWarning { logout_at: Some(_) } => Some("You will be logged out soon."),
///     Event::Logout(AnonymousReason::Idle) => Some("You were logged out."),
///     _ => None,
/// };
/// assert_eq!(notice(&Event::Logout(AnonymousReason::Idle)), Some("You were logged out."));
/// ```
#[derive(Clone, Debug)]
pub enum Event {
    /// The state is now this one.
    State(AuthState),
    /// Somebody logged in.
    Login(User),
    /// The session is over.
    Logout(AnonymousReason),
    /// There is a new access token.
    Refreshed {
        /// When it expires, in milliseconds since the epoch.
        expires_at: f64,
        /// Which tab fetched it.
        by: RefreshedBy,
    },
    /// A refresh failed and the session goes on.
    RefreshFailed {
        /// Why it failed.
        error: Error,
        /// When it is tried again, in milliseconds since the epoch.
        retry_at: f64,
    },
    /// The user does nothing and is soon logged out, or has done something again. It comes with the feature
    /// `idle-timeout`.
    IdleWarning {
        /// When they are logged out, in milliseconds since the epoch; `None` if they no longer are.
        logout_at: Option<f64>,
    },
    /// An API asked for a stronger or a more recent login
    /// ([RFC 9470 section 3](https://www.rfc-editor.org/rfc/rfc9470#section-3)).
    StepUp {
        /// The authentication context classes asked for, space-separated.
        acr_values: Option<String>,
        /// The most seconds since the user last proved who they are.
        max_age: Option<f64>,
        /// The scope asked for.
        scope: Option<String>,
    },
    /// Something to log. It holds no secret.
    Log {
        /// What happened.
        message: &'static str,
        /// The error it is about.
        error: Option<Error>,
    },
    /// A usual mistake of a set-up was seen.
    Mistake(Mistake),
}

/// A usual mistake of a set-up, which `docs/mistakes.md` explains.
///
/// ```
/// use portcullis::{Event, Mistake};
///
/// let hint = |event: &Event| match event {
///     Event::Mistake(mistake) => format!("see docs/mistakes.md#{}", mistake.as_str()),
///     _ => String::new(),
/// };
/// let event = Event::Mistake(Mistake::NoRefreshToken);
/// assert_eq!(hint(&event), "see docs/mistakes.md#no-refresh-token");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// The answer to a login came to another path than that of `redirectUri`.
    RedirectUri,
    /// A login gave no refresh token.
    NoRefreshToken,
    /// A refresh token is neither replaced when it is used nor bound to a key.
    RefreshTokenNotRotated,
}

impl Mistake {
    /// Its name, which is also the anchor of its explanation.
    ///
    /// ```
    /// # use portcullis::Mistake;
    /// assert_eq!(Mistake::RedirectUri.as_str(), "redirect-uri");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RedirectUri => "redirect-uri",
            Self::NoRefreshToken => "no-refresh-token",
            Self::RefreshTokenNotRotated => "refresh-token-not-rotated",
        }
    }
}

/// Which tab refreshed.
///
/// ```
/// use portcullis::{Event, RefreshedBy};
///
/// let event = Event::Refreshed { expires_at: 1_700_000_300_000.0, by: RefreshedBy::AnotherTab };
/// let Event::Refreshed { by, .. } = event else { unreachable!() };
/// assert_eq!(by.as_str(), "another_tab");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshedBy {
    /// This one.
    ThisTab,
    /// Another one.
    AnotherTab,
}

impl RefreshedBy {
    /// The tab as JavaScript sees it.
    ///
    /// ```
    /// # use portcullis::RefreshedBy;
    /// assert_eq!(RefreshedBy::ThisTab.as_str(), "this_tab");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ThisTab => "this_tab",
            Self::AnotherTab => "another_tab",
        }
    }
}

/// Ends its subscription when dropped.
///
/// ```
/// # use portcullis::{Event, Subscription, client::Client, host::Host};
/// # fn listen<H: Host>(client: &Client<H>) {
/// let subscription: Subscription = client.subscribe(|event: &Event| println!("{event:?}"));
/// drop(subscription); // From now on nothing is printed.
/// # }
/// ```
#[must_use = "dropping it ends the subscription"]
pub struct Subscription {
    listeners: Weak<RefCell<Vec<Listener>>>,
    id: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(listeners) = self.listeners.upgrade() {
            // Dropping a listener may drop another subscription: not while the list is borrowed.
            let index = listeners.borrow().iter().position(|listener| listener.id == self.id);
            let removed = index.map(|index| listeners.borrow_mut().remove(index));
            drop(removed);
        }
    }
}

#[derive(Clone)]
struct Listener {
    id: u64,
    call: Rc<dyn Fn(&Event)>,
}

#[derive(Default)]
pub(super) struct Listeners {
    all: Rc<RefCell<Vec<Listener>>>,
    last_id: Cell<u64>,
    /// What was logged before anyone listened: while the client started.
    early: RefCell<Vec<Event>>,
}

impl Listeners {
    pub fn add(&self, call: impl Fn(&Event) + 'static) -> Subscription {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        self.all.borrow_mut().push(Listener { id, call: Rc::new(call) });
        for event in self.early.take() {
            self.call(&event);
        }
        Subscription { listeners: Rc::downgrade(&self.all), id }
    }

    /// Calls every listener; one may add or remove listeners meanwhile. The first one is also told
    /// what was logged before.
    pub fn call(&self, event: &Event) {
        let is_kept = matches!(event, Event::Log { .. } | Event::Mistake(_));
        if is_kept && self.last_id.get() == 0 && self.early.borrow().len() < MAX_EARLY {
            self.early.borrow_mut().push(event.clone());
        }
        let now = self.all.borrow().clone();
        for listener in now {
            (listener.call)(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_listener_hears_what_was_logged_before_it_and_the_second_does_not() {
        let listeners = Listeners::default();
        listeners.call(&Event::Logout(AnonymousReason::Idle));
        listeners.call(&Event::Log { message: "early", error: None });
        let heard = Rc::new(RefCell::new(Vec::new()));
        let listener = |who: &'static str| {
            let heard = Rc::clone(&heard);
            move |event: &Event| {
                if let Event::Log { message, .. } = event {
                    heard.borrow_mut().push((who, *message));
                }
            }
        };
        let _first = listeners.add(listener("first"));
        let _second = listeners.add(listener("second"));
        listeners.call(&Event::Log { message: "late", error: None });
        assert_eq!(*heard.borrow(), [("first", "early"), ("first", "late"), ("second", "late")]);
    }

    #[test]
    fn a_subscription_ends_when_it_is_dropped_and_the_others_go_on() {
        let listeners = Listeners::default();
        let heard = Rc::new(Cell::new(0));
        let listener = |worth: u32| {
            let heard = Rc::clone(&heard);
            move |_: &Event| heard.set(heard.get() + worth)
        };
        let first = listeners.add(listener(1));
        let _second = listeners.add(listener(10));
        listeners.call(&Event::Logout(AnonymousReason::Idle));
        drop(first);
        listeners.call(&Event::Logout(AnonymousReason::Idle));
        assert_eq!(heard.get(), 21);
    }
}
