use super::state::CallbackResult;
use super::told_error::{put_error, take_error};
use crate::error::{Error, ErrorCode, Result};
use crate::host::{Host, begins_with_time};
use crate::protocol::json::{self, Json, Object};
use crate::protocol::signing::sha256;
use crate::protocol::{ascii, base64url, number};
use crate::secret::Secret;

/// How long a login or a logout may take, in milliseconds.
const LIFETIME: f64 = 10.0 * 60.0 * 1000.0;

/// What every key begins with, whichever client it is of.
const KIND: &str = "transaction ";

/// One login attempt: what has to be known when its callback comes.
pub(super) struct Transaction {
    pub state: Secret,
    pub nonce: Secret,
    pub code_verifier: Secret,
    pub return_to: Option<String>,
    pub app_state: Option<String>,
    pub scope: String,
    pub resource: Option<String>,
    pub max_age: Option<f64>,
    /// Whether the code is bound to the key of this browser.
    pub is_bound: bool,
    /// The essential values of `acr`.
    pub acr: Vec<String>,
    /// What the `claims` parameter asks of the ID token.
    pub asked: Option<Object>,
}

/// What is known of a login attempt.
pub(super) enum Progress {
    /// The user was sent to the server.
    Begun(Box<Transaction>),
    /// Its callback was handled, with this result.
    Done(Box<CallbackResult>),
}

/// The login attempts of one client, sealed in the host's store or for this tab alone, and its logouts,
/// of which there is nothing to seal.
pub(super) struct Transactions {
    prefix: String,
}

impl Transactions {
    pub fn new(namespace: &str) -> Self {
        Self { prefix: [KIND, namespace, " "].concat() }
    }

    /// The name that the one of this `state` has in store and lock.
    pub fn key(&self, state: &Secret) -> String {
        [&self.prefix, base64url::encode(&sha256(state.expose())).as_str()].concat()
    }

    /// Lays a login attempt down; see [`Self::put`].
    pub async fn begin(
        &self,
        host: &impl Host,
        transaction: &Transaction,
    ) -> Result<Option<Error>> {
        // What can't be swept now is swept later.
        let _ = self.sweep(host).await;
        self.put(host, &transaction.state, transaction.to_object()).await
    }

    /// Replaces a login attempt by its result, so that the same callback gives the same answer.
    pub fn finish(
        &self,
        host: &impl Host,
        state: &Secret,
        result: &CallbackResult,
    ) -> impl Future<Output = Result<Option<Error>>> {
        self.put(host, state, done_to_object(result))
    }

    /// The login attempt of this `state`.
    ///
    /// `transaction_expired` after ten minutes; without any attempt `no_transaction`, and
    /// `state_mismatch` where there are others.
    pub async fn find(&self, host: &impl Host, state: &Secret) -> Result<Progress> {
        let key = self.key(state);
        let in_tab = host.in_tab(&key).pop().map(|(_, text)| text);
        let is_in_tab = in_tab.is_some();
        let stored = if is_in_tab { in_tab } else { host.load(&key).await? };
        let Some(stored) = stored else {
            let any = !known(host, &self.prefix).await.is_empty();
            return Err(
                if any { ErrorCode::StateMismatch } else { ErrorCode::NoTransaction }.into()
            );
        };
        let (begun_at, sealed) = split(&stored).ok_or(ErrorCode::NoTransaction)?;
        if is_expired(host, begun_at) {
            if is_in_tab {
                host.keep_in_tab(&key, None)?;
            } else {
                host.remove(&key).await?;
            }
            return Err(ErrorCode::TransactionExpired.into());
        }
        let opened = if is_in_tab {
            host.open_under(state, sealed, &key).await?
        } else {
            host.open(sealed, &key).await?
        };
        let opened = opened.ok_or(ErrorCode::NoTransaction)?;
        let mut object = json::object(opened.expose()).ok_or(ErrorCode::NoTransaction)?;
        match Transaction::parse(&mut object) {
            Some(transaction) => Ok(Progress::Begun(transaction)),
            None => Ok(Progress::Done(Box::new(done_from_object(&mut object)))),
        }
    }

    /// Notes that a logout with this `state` was begun.
    pub async fn begin_logout(&self, host: &impl Host, state: &Secret) -> Result<()> {
        host.store(&self.key(state), &stamped(host, "")).await
    }

    /// Forgets the logout of this `state`; says whether one was begun, and in time.
    pub async fn finish_logout(&self, host: &impl Host, state: &Secret) -> Result<bool> {
        let key = self.key(state);
        let stored = host.load(&key).await?;
        let Some((begun_at, "")) = stored.as_deref().and_then(split) else { return Ok(false) };
        host.remove(&key).await?;
        Ok(!is_expired(host, begun_at))
    }

    /// Whether this `state` is that of another client of this origin.
    pub async fn is_of_another_client(&self, host: &impl Host, state: &Secret) -> bool {
        let ours = self.key(state);
        let id = &ours[self.prefix.len()..];
        let all = known(host, KIND).await;
        all.iter().any(|key| key.ends_with(id)) && !all.contains(&ours)
    }

    /// Lays it down in the store, or where that fails for this tab alone, under a key that only
    /// `state` gives, which is in no storage. Then the store's error is given.
    async fn put(&self, host: &impl Host, state: &Secret, object: Object) -> Result<Option<Error>> {
        let (key, text) = (self.key(state), Secret::new(object.to_text()));
        let stored = match host.seal(&text, &key).await {
            Ok(sealed) => host.store(&key, &stamped(host, &sealed)).await,
            Err(error) => Err(error),
        };
        if stored.is_ok() {
            // What this tab kept before is older.
            let _ = host.keep_in_tab(&key, None);
            return Ok(None);
        }
        let sealed = host.seal_under(state, &text, &key).await?;
        host.keep_in_tab(&key, Some(&stamped(host, &sealed)))?;
        Ok(stored.err())
    }

    /// Removes what nobody finished in time.
    pub async fn sweep(&self, host: &impl Host) -> Result<()> {
        let now = host.wall_clock();
        let (from, to) = (now - LIFETIME, now + LIFETIME);
        for (key, text) in host.in_tab(&self.prefix) {
            if !begins_with_time(&text, from, to) {
                host.keep_in_tab(&key, None)?;
            }
        }
        host.sweep(&self.prefix, from, to).await
    }
}

/// The keys that begin with `prefix`, in the store and in this tab.
async fn known(host: &impl Host, prefix: &str) -> Vec<String> {
    let mut keys = host.keys(prefix).await.unwrap_or_default();
    keys.extend(host.in_tab(prefix).into_iter().map(|(key, _)| key));
    keys
}

/// What is stored: when, and what.
fn stamped(host: &impl Host, sealed: &str) -> String {
    [&number::to_text(host.wall_clock().trunc()), " ", sealed].concat()
}

fn split(stored: &str) -> Option<(f64, &str)> {
    let (begun_at, sealed) = ascii::cut(stored, b" ")?;
    Some((number::whole(begun_at)?, sealed))
}

/// Also true where the clock was turned back past the beginning by as much.
fn is_expired(host: &impl Host, begun_at: f64) -> bool {
    (host.wall_clock() - begun_at).abs() > LIFETIME
}

impl Transaction {
    /// A login that asks for nothing yet.
    pub fn new(state: Secret, nonce: Secret, code_verifier: Secret) -> Self {
        Self {
            state,
            nonce,
            code_verifier,
            return_to: None,
            app_state: None,
            scope: String::new(),
            resource: None,
            max_age: None,
            is_bound: false,
            acr: Vec::new(),
            asked: None,
        }
    }

    fn to_object(&self) -> Object {
        let mut object = Object::default();
        object.set("state", Json::from(self.state.expose()));
        object.set("nonce", Json::from(self.nonce.expose()));
        object.set("code_verifier", Json::from(self.code_verifier.expose()));
        object.set("scope", Json::from(self.scope.as_str()));
        object.set("is_bound", Json::Bool(self.is_bound));
        object.set_some("return_to", self.return_to.as_deref());
        object.set_some("app_state", self.app_state.as_deref());
        object.set_some("resource", self.resource.as_deref());
        object.set("acr", Json::Array(self.acr.iter().map(|acr| acr.as_str().into()).collect()));
        if let Some(asked) = &self.asked {
            object.set("asked", Json::Object(asked.clone()));
        }
        if let Some(max_age) = self.max_age {
            object.set("max_age", Json::Number(max_age));
        }
        object
    }

    fn parse(object: &mut Object) -> Option<Box<Self>> {
        let mut secret = |name| object.take_string(name).map(Secret::new);
        let mut transaction =
            Box::new(Self::new(secret("state")?, secret("nonce")?, secret("code_verifier")?));
        transaction.scope = object.take_string("scope")?;
        transaction.return_to = object.take_string("return_to");
        transaction.app_state = object.take_string("app_state");
        transaction.resource = object.take_string("resource");
        transaction.max_age = object.number("max_age");
        transaction.is_bound = object.bool("is_bound")?;
        transaction.acr = object.strings("acr")?;
        transaction.asked = object.get("asked").and_then(Json::as_object).cloned();
        Some(transaction)
    }
}

fn done_to_object(result: &CallbackResult) -> Object {
    let mut object = Object::default();
    object.set_some("return_to", result.return_to.as_deref());
    object.set_some("app_state", result.app_state.as_deref());
    if let Some(error) = &result.error {
        put_error(&mut object, error);
    }
    if let Some(user) = &result.user {
        object.set("claims", Json::Object(user.claims().clone()));
    }
    object
}

fn done_from_object(object: &mut Object) -> CallbackResult {
    let error = take_error(object);
    CallbackResult {
        return_to: object.take_string("return_to"),
        app_state: object.take_string("app_state"),
        user: object
            .get("claims")
            .and_then(Json::as_object)
            .map(|claims| super::state::User::new(claims.clone().into())),
        error,
    }
}
