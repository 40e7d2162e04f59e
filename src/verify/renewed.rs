use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::Shared;

use super::threads::BoxedFuture;
use crate::error::{Error, Result};

/// How long after a failure the next try is made, unless the server says so, and then at most.
const RETRY_AFTER: (f64, f64) = (5.0, 300.0);

/// After this time a try that everyone stopped waiting for is given up.
const ABANDONED_AFTER: f64 = 30.0;

/// A value that ends, and that one caller at a time renews ahead of its end. Times are seconds since
/// the epoch.
pub struct Renewed<T: Clone>(Mutex<State<T>>);

/// A value for a time.
#[derive(Clone)]
pub struct Lease<T> {
    pub value: T,
    pub began_at: f64,
    pub renew_at: f64,
    pub ends_at: f64,
}

struct State<T: Clone> {
    lease: Option<Lease<T>>,
    renewal: Option<Renewal<T>>,
    failure: Option<(Error, f64)>,
}

#[derive(Clone)]
struct Renewal<T: Clone> {
    outcome: Shared<BoxedFuture<Result<Lease<T>>>>,
    began_at: f64,
}

impl<T: Clone> Default for Renewed<T> {
    fn default() -> Self {
        Self(Mutex::new(State { lease: None, renewal: None, failure: None }))
    }
}

impl<T: Clone + Send + Sync + 'static> Renewed<T> {
    /// The value. Where it is to be renewed, one caller waits for that, and the others only where no
    /// value is left.
    pub async fn get(
        &self,
        now: f64,
        renew: impl FnOnce() -> BoxedFuture<Result<Lease<T>>>,
    ) -> Result<T> {
        let (renewal, is_first, left) = {
            let mut state = self.lock();
            let left = state.lease_at(now);
            if let Some(lease) = left.as_ref().filter(|lease| now < lease.renew_at) {
                return Ok(lease.value.clone());
            }
            let left = left.map(|lease| lease.value);
            if let Some(error) = state.recent_failure(now) {
                return left.ok_or(error);
            }
            let (renewal, is_first) = state.join_or_begin(now, renew);
            (renewal, is_first, left)
        };
        let outcome = match &left {
            Some(value) if !is_first => match renewal.outcome.clone().now_or_never() {
                Some(outcome) => outcome,
                None => return Ok(value.clone()),
            },
            _ => renewal.outcome.clone().await,
        };
        self.settle(&renewal, &outcome);
        match (outcome, left) {
            (Ok(lease), _) => Ok(lease.value),
            (Err(_), Some(value)) => Ok(value),
            (Err(error), None) => Err(error),
        }
    }

    /// Drops the value, for one that turned out to be worth nothing.
    pub fn drop_value(&self) {
        self.lock().lease = None;
    }

    /// Takes an outcome in; whoever of those who waited for it comes first does it.
    fn settle(&self, renewal: &Renewal<T>, outcome: &Result<Lease<T>>) {
        let mut state = self.lock();
        let current = state.renewal.as_ref();
        if !current.is_some_and(|current| current.outcome.ptr_eq(&renewal.outcome)) {
            return;
        }
        state.renewal = None;
        match outcome {
            Ok(lease) => (state.lease, state.failure) = (Some(lease.clone()), None),
            Err(error) => state.failure = Some((error.clone(), renewal.began_at)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone + Send + Sync + 'static> State<T> {
    /// The lease that is good now. A clock that was set back makes none good for longer.
    fn lease_at(&self, now: f64) -> Option<Lease<T>> {
        let is_good = |lease: &&Lease<T>| (lease.began_at..lease.ends_at).contains(&now);
        self.lease.as_ref().filter(is_good).cloned()
    }

    fn recent_failure(&self, now: f64) -> Option<Error> {
        let (error, at) = self.failure.as_ref()?;
        let (shortest, longest) = RETRY_AFTER;
        let wait = error.retry_after().map_or(shortest, f64::from).clamp(shortest, longest);
        (*at..at + wait).contains(&now).then(|| error.clone())
    }

    /// The renewal under way, begun now unless it was before, and whether it was begun now.
    fn join_or_begin(
        &mut self,
        now: f64,
        renew: impl FnOnce() -> BoxedFuture<Result<Lease<T>>>,
    ) -> (Renewal<T>, bool) {
        let is_alive = |renewal: &&Renewal<T>| {
            (renewal.began_at..renewal.began_at + ABANDONED_AFTER).contains(&now)
        };
        if let Some(renewal) = self.renewal.as_ref().filter(is_alive) {
            return (renewal.clone(), false);
        }
        let renewal = Renewal { outcome: renew().shared(), began_at: now };
        self.renewal = Some(renewal.clone());
        (renewal, true)
    }
}
