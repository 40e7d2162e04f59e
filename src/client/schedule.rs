//! When a session is renewed: ahead of expiry, after a failure, on waking.

use futures_util::FutureExt;

use super::refresh_policy::{self, RetryWait, SHORTEST_WAIT};
use super::signal::Stop;
use super::state::AnonymousReason;
use super::vault::Record;
use super::{Client, Event, Inner};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;

/// A refresh that failed and is to be tried again.
#[derive(Clone)]
pub(super) struct Retry {
    /// The tries that failed since the last success.
    attempts: i32,
    error: Error,
    /// When the next one is, by the wall clock.
    at: f64,
    /// The server asked for no try before this, by the monotonic clock.
    not_before: f64,
}

/// What the tabs tell each other of a refresh that failed.
pub(super) struct Failure {
    /// The tries that failed since the last success.
    pub attempts: i32,
    pub error: Error,
    /// Milliseconds from now that the server asked to wait.
    pub asked: f64,
    /// Milliseconds from now until the next try.
    pub wait: f64,
}

impl<H: Host> Client<H> {
    /// Plans the next refresh of the default access token, ahead of its expiry and with jitter.
    pub(super) fn schedule_refresh(&self) {
        let inner = self.inner();
        inner.retry.take();
        let key = inner.default_key();
        let (remaining, is_renewable) = {
            let mut session = inner.session.borrow_mut();
            let Some(session) = session.as_mut() else { return };
            session.unanswered = None;
            let remaining = match session.access_token(&key) {
                Some(token) => token.remaining(&inner.host),
                None if session.is_renewable => 0.0,
                None => session.expires_at - inner.host.wall_clock(),
            };
            (remaining, session.is_renewable)
        };
        let wait = if is_renewable {
            let ahead = inner.config.refresh_ahead * 1000.0;
            refresh_policy::wait_after_success(remaining, ahead, inner.random_fraction())
        } else {
            remaining.max(SHORTEST_WAIT)
        };
        self.refresh_after(wait);
    }

    pub(super) fn refresh_in_background(&self) {
        let inner = self.inner();
        // Its result is dealt with where every refresh of the default token ends.
        drop(self.refresh_token_of(inner.default_key(), false));
    }

    fn refresh_after(&self, milliseconds: f64) {
        let inner = self.inner();
        let client = self.clone();
        let timer = async move {
            client.inner().host.sleep(milliseconds).await;
            client.refresh_in_background();
        };
        let (stop, timer) = Stop::task(timer.boxed_local());
        inner.timer.replace(Some(stop));
        inner.host.spawn(timer);
    }

    /// What follows a refresh of the default access token: the plan for the next one.
    pub(super) fn after_refresh(&self, result: &Result<()>) {
        let inner = self.inner();
        if inner.closed.get() || inner.session.borrow().is_none() {
            return;
        }
        match result {
            Ok(()) if inner.has_good_token(&inner.default_key()) => self.schedule_refresh(),
            Ok(()) => self.retry_later(&expired_on_arrival()),
            Err(error) if is_beyond_retry(error) => self.schedule_refresh(),
            Err(error) => self.retry_later(error),
        }
    }

    /// Exponential back-off with full jitter, after what the server asked for.
    fn retry_later(&self, error: &Error) {
        let inner = self.inner();
        let attempts = inner.retry.borrow().as_ref().map_or(0, |retry| retry.attempts);
        let lifetime = inner.session.borrow().as_ref().map_or(0.0, |session| session.lifetime);
        let chance = inner.random_fraction();
        let RetryWait { asked, back_off } =
            refresh_policy::wait_after_failure(attempts, lifetime, error.retry_after(), chance);
        let wait = asked + back_off;
        let failure = Failure { attempts: attempts + 1, error: error.clone(), asked, wait };
        inner.note_failure(&failure);
        self.refresh_after(wait);
        let client = self.clone();
        let tell = async move { client.inner().tell_failure(&failure).await };
        inner.host.spawn(tell.boxed_local());
    }

    /// A refresh failed in another tab, which tries again by itself; this tab does only if nothing comes
    /// of that.
    pub(super) fn leave_retry_to_other_tab(&self, failure: &Failure) {
        let inner = self.inner();
        inner.note_failure(failure);
        // One try is up to two requests.
        let patience = inner.config.request_timeout * 1000.0 * (2.0 + inner.random_fraction());
        self.refresh_after(failure.wait + patience);
    }

    /// The network or the page is back: what happened meanwhile in other tabs is looked up before an
    /// access token is given out, and what waits for a better moment need not wait longer.
    pub(super) async fn wake(&self, looking_up: Stop) {
        let inner = self.inner();
        if inner.closed.get() {
            return;
        }
        inner.be_present().await;
        // What can't be read now is compared the next time.
        let _ = self.catch_up().await;
        drop(looking_up);
        if self.end_if_idle().await {
            return;
        }
        let is_due = inner.session.borrow().as_ref().is_some_and(|session| {
            let ahead = inner.config.refresh_ahead * 1000.0;
            let token = session.access_token(&inner.default_key());
            let is_short = token.is_none_or(|token| {
                token.remaining(&inner.host) <= ahead.min(token.lifetime / 2.0)
            });
            session.is_renewable && (is_short || inner.retry.borrow().is_some())
        });
        if is_due && inner.asked_to_wait().is_none() && !inner.closed.get() {
            self.refresh_in_background();
        }
    }

    /// Compares the session of this tab with the one in the vault, which other tabs may have ended,
    /// replaced or begun. Gives what is in the vault.
    pub(super) async fn catch_up(&self) -> Result<Option<Box<Record>>> {
        let inner = self.inner();
        let (record, ours) = loop {
            let before = inner.session_id();
            let record = inner.vault.read(&inner.host).await?;
            let ours = inner.session_id();
            // Otherwise what was read is older than what this tab knows by now.
            if ours == before {
                break (record, ours);
            }
        };
        match (&record, ours) {
            (Some(record), ours) if ours.as_ref() != Some(&record.session) => self.follow(record),
            (None, Some(_)) => inner.leave(AnonymousReason::LoggedOutElsewhere, None),
            _ => {}
        }
        Ok(record)
    }
}

impl<H: Host> Inner<H> {
    fn note_failure(&self, failure: &Failure) {
        let error = &failure.error;
        let retry_at = self.host.wall_clock() + failure.wait;
        *self.retry.borrow_mut() = Some(Retry {
            attempts: failure.attempts,
            error: error.clone(),
            at: retry_at,
            not_before: self.host.monotonic_clock() + failure.asked,
        });
        self.emit(&Event::RefreshFailed { error: error.clone(), retry_at });
    }

    /// The error of the last try, while the server's `Retry-After` to it runs
    /// ([RFC 9110 section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
    pub(super) fn asked_to_wait(&self) -> Option<Error> {
        let retry = self.retry.borrow();
        let retry = retry.as_ref()?;
        (self.host.monotonic_clock() < retry.not_before && self.host.wall_clock() < retry.at)
            .then(|| retry.error.clone())
    }

    /// A number from 0 to 1; 1 where there is no randomness.
    fn random_fraction(&self) -> f64 {
        let mut bytes = [u8::MAX; 4];
        let _ = self.host.random(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }
}

/// Whether trying again has no use: only a login renews the session, or it has ended and another one
/// has taken its place.
fn is_beyond_retry(error: &Error) -> bool {
    matches!(error.code(), ErrorCode::LoginRequired | ErrorCode::SessionEnded)
}

/// A token that is no good when it comes is no success, or refreshes would follow each other.
pub(super) fn expired_on_arrival() -> Error {
    Error::new(ErrorCode::TokenResponseInvalid).about("expires_in")
}
