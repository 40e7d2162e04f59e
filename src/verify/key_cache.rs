use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::Shared;

use super::fetch::Fetch;
use super::signing_keys::SigningKeys;
use super::threads::{BoxedFuture, boxed};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::discovery;
use crate::protocol::http::HttpRequest;
use crate::protocol::jwk::JwkSet;
use crate::protocol::signing::SigningAlgorithm;

/// How long keys are kept where the issuer does not say, in seconds.
const DEFAULT_LIFETIME: f64 = 3_600.0;

/// The shortest and the longest time that an issuer may ask for: it can't make every request wait for
/// a fetch, and a key it withdrew is out after a day.
const LIFETIMES: (f64, f64) = (60.0, 86_400.0);

/// How long expired keys are used while the issuer gives no new ones.
const MAX_STALENESS: f64 = 86_400.0;

/// How long after a failed fetch the next one is tried.
const RETRY_AFTER: f64 = 5.0;

/// How often at most an unknown key is looked for.
const SEARCH_INTERVAL: f64 = 60.0;

/// After this time a fetch that everyone stopped waiting for is given up.
const ABANDONED_AFTER: f64 = 30.0;

/// An issuer's keys. Times are seconds since the epoch.
pub struct KeyCache {
    source: Arc<KeySource>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    fetched: Option<(Fetched, Times)>,
    in_flight: Option<Flight>,
    failure: Option<(Error, f64)>,
    searched_at: Option<f64>,
}

#[derive(Clone, Copy)]
struct Times {
    fetched_at: f64,
    expires_at: f64,
}

#[derive(Clone)]
struct Flight {
    outcome: Shared<BoxedFuture<Result<Fetched>>>,
    started_at: f64,
}

impl KeyCache {
    pub fn new(source: KeySource) -> Self {
        Self { source: Arc::new(source), state: Mutex::default() }
    }

    /// The keys to use now.
    pub async fn current(&self, now: f64) -> Result<Arc<SigningKeys>> {
        let (flight, is_first, old) = {
            let mut state = self.lock();
            if let Some(keys) = state.fresh_keys(now) {
                return Ok(keys);
            }
            let old = state.old_keys(now);
            if let Some(error) = state.recent_failure(now) {
                return old.ok_or(error);
            }
            let (flight, is_first) = self.join_or_start(&mut state, now);
            (flight, is_first, old)
        };
        // One caller waits for the issuer. The others have old keys to go on with, and only see
        // whether the answer is there.
        let outcome = match &old {
            Some(old) if !is_first => match flight.outcome.clone().now_or_never() {
                Some(outcome) => outcome,
                None => return Ok(old.clone()),
            },
            _ => flight.outcome.clone().await,
        };
        self.settle(&flight, &outcome);
        match (outcome, old) {
            (Ok(fetched), _) => Ok(fetched.keys),
            (Err(_), Some(old)) => Ok(old),
            (Err(error), None) => Err(error),
        }
    }

    /// Newer keys than these, in which a key is missing. `None` where there are none, or where the
    /// issuer was asked less than a minute ago.
    pub async fn newer_than(
        &self,
        seen: &Arc<SigningKeys>,
        now: f64,
    ) -> Result<Option<Arc<SigningKeys>>> {
        let flight = {
            let mut state = self.lock();
            if let Some((newer, _)) =
                state.fetched.as_ref().filter(|(f, _)| !Arc::ptr_eq(&f.keys, seen))
            {
                return Ok(Some(newer.keys.clone()));
            }
            if state.in_flight.is_none() {
                if state.searched_at.is_some_and(|at| within(at, SEARCH_INTERVAL, now)) {
                    return state
                        .failure
                        .as_ref()
                        .map_or(Ok(None), |(error, _)| Err(error.clone()));
                }
                state.searched_at = Some(now);
            }
            self.join_or_start(&mut state, now).0
        };
        let outcome = flight.outcome.clone().await;
        self.settle(&flight, &outcome);
        outcome.map(|fetched| Some(fetched.keys))
    }

    /// The one fetch under way, begun now unless it was before, and whether it was begun now.
    fn join_or_start(&self, state: &mut State, now: f64) -> (Flight, bool) {
        let under_way = state.in_flight.as_ref();
        if let Some(flight) =
            under_way.filter(|flight| within(flight.started_at, ABANDONED_AFTER, now))
        {
            return (flight.clone(), false);
        }
        let jwks_uri = state.fetched.as_ref().map(|(fetched, _)| fetched.jwks_uri.clone());
        // After a failure the metadata is read again: the keys may have moved.
        let jwks_uri = jwks_uri.filter(|_| state.failure.is_none());
        let source = self.source.clone();
        let flight = Flight {
            outcome: boxed(async move { source.fetch(jwks_uri).await }).shared(),
            started_at: now,
        };
        state.in_flight = Some(flight.clone());
        (flight, true)
    }

    /// Takes the outcome of a fetch in; whoever of those who waited for it comes first does it.
    fn settle(&self, flight: &Flight, outcome: &Result<Fetched>) {
        let mut state = self.lock();
        if !state.in_flight.as_ref().is_some_and(|current| current.outcome.ptr_eq(&flight.outcome))
        {
            return;
        }
        state.in_flight = None;
        match outcome {
            Ok(fetched) => {
                let fetched_at = flight.started_at;
                let times = Times { fetched_at, expires_at: fetched_at + fetched.lifetime };
                state.fetched = Some((fetched.clone(), times));
                state.failure = None;
            }
            Err(error) => state.failure = Some((error.clone(), flight.started_at)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fresh_keys(&self, now: f64) -> Option<Arc<SigningKeys>> {
        let (fetched, times) = self.fetched.as_ref()?;
        (times.fetched_at..times.expires_at).contains(&now).then(|| fetched.keys.clone())
    }

    fn old_keys(&self, now: f64) -> Option<Arc<SigningKeys>> {
        let (fetched, times) = self.fetched.as_ref()?;
        (now < times.expires_at + MAX_STALENESS).then(|| fetched.keys.clone())
    }

    fn recent_failure(&self, now: f64) -> Option<Error> {
        let (error, at) = self.failure.as_ref()?;
        within(*at, RETRY_AFTER, now).then(|| error.clone())
    }
}

/// Whether `at` is less than this long ago. A clock that was set back does not make anyone wait.
fn within(at: f64, seconds: f64, now: f64) -> bool {
    (0.0..seconds).contains(&(now - at))
}

/// Where an issuer's keys come from.
pub struct KeySource {
    /// The issuer, whose metadata names the address of the keys.
    pub issuer: String,
    /// The address of the keys, where it is configured.
    pub jwks_uri: Option<String>,
    /// The algorithms that keys are wanted for.
    pub algorithms: Vec<SigningAlgorithm>,
    /// How to reach the issuer.
    pub fetch: Arc<dyn Fetch>,
}

#[derive(Clone)]
struct Fetched {
    keys: Arc<SigningKeys>,
    lifetime: f64,
    jwks_uri: String,
}

impl KeySource {
    async fn fetch(&self, known_jwks_uri: Option<String>) -> Result<Fetched> {
        let jwks_uri = match self.jwks_uri.clone().or(known_jwks_uri) {
            Some(jwks_uri) => jwks_uri,
            None => self.discover().await?,
        };
        let response = self.fetch.fetch(HttpRequest::get(&jwks_uri)).await?;
        if response.status != 200 {
            return Err(response.unexpected_status().about("jwks_uri"));
        }
        let keys = SigningKeys::new(JwkSet::parse(&response.json()?)?);
        // An empty set is more likely a mistake of the issuer's than its will.
        if !keys.has_one_for(&self.algorithms) {
            return Err(Error::new(ErrorCode::DiscoveryFailed).about("keys"));
        }
        let (shortest, longest) = LIFETIMES;
        let lifetime = response.max_age().map_or(DEFAULT_LIFETIME, f64::from);
        Ok(Fetched { keys: Arc::new(keys), lifetime: lifetime.clamp(shortest, longest), jwks_uri })
    }

    async fn discover(&self) -> Result<String> {
        let response = self.fetch.fetch(discovery::request(&self.issuer)).await?;
        Ok(discovery::read_response(&response, &self.issuer)?.jwks_uri)
    }
}
