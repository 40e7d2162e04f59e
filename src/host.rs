//! The few things the flows need from their surroundings.
//!
//! The browser implements them for real; a simulator implements them with a virtual clock and
//! network. The flows in [`client`](crate::client) do everything through this trait.

// Every host runs its futures on one thread, so none of them has to be `Send`.
#![allow(async_fn_in_trait)]

use futures_util::future::LocalBoxFuture;

use crate::error::{ErrorCode, Result};
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::jwk::PublicKey;
use crate::protocol::number;
use crate::protocol::session_management::SessionStatus;
use crate::protocol::signing::{Hash, SigningAlgorithm};
use crate::secret::Secret;

/// The surroundings of one tab.
pub trait Host: 'static {
    /// A request of the application to its API.
    type ApiRequest;
    /// The API's response.
    type ApiResponse;
    /// A lock that is held until this is dropped.
    type Lock;
    /// A page of the server's in a hidden frame, until this is dropped.
    type ServerFrame;

    /// Milliseconds since the epoch, by a clock that the user may change.
    fn wall_clock(&self) -> f64;

    /// Milliseconds since some moment, by a clock that never goes back and may stand still in sleep.
    fn monotonic_clock(&self) -> f64;

    /// Waits for about this many milliseconds.
    async fn sleep(&self, milliseconds: f64);

    /// Runs a task by itself.
    fn spawn(&self, task: LocalBoxFuture<'static, ()>);

    /// Fills `bytes` from a cryptographically secure source.
    fn random(&self, bytes: &mut [u8]) -> Result<()>;

    /// Sends a request without cookies and reads the response whole; a redirect is an error. Dropping
    /// the future aborts the request.
    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse>;

    /// The stored text of this key.
    async fn load(&self, key: &str) -> Result<Option<String>>;

    /// Stores a text under this key; it is durable when this returns.
    async fn store(&self, key: &str, text: &str) -> Result<()>;

    /// Removes a key.
    async fn remove(&self, key: &str) -> Result<()>;

    /// The keys that begin with `prefix`.
    async fn keys(&self, prefix: &str) -> Result<Vec<String>>;

    /// Puts `text` in the place of `expected`, or with `None` removes it, unless the key holds something
    /// else by now. Says whether it did. A store that tabs share does it in one step.
    async fn replace(&self, key: &str, expected: &str, text: Option<&str>) -> Result<bool> {
        if self.load(key).await?.as_deref() != Some(expected) {
            return Ok(false);
        }
        match text {
            Some(text) => self.store(key, text).await?,
            None => self.remove(key).await?,
        }
        Ok(true)
    }

    /// Removes the texts whose keys begin with `prefix`, unless they begin with a time from `from` to
    /// `to`, in milliseconds since the epoch.
    async fn sweep(&self, prefix: &str, from: f64, to: f64) -> Result<()> {
        for key in self.keys(prefix).await? {
            let text = self.load(&key).await?;
            if text.is_some_and(|text| !begins_with_time(&text, from, to)) {
                self.remove(&key).await?;
            }
        }
        Ok(())
    }

    /// The texts that this tab alone keeps from page to page, whose keys begin with `prefix`. None
    /// where it keeps nothing.
    fn in_tab(&self, _prefix: &str) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Keeps a text for the next page of this tab, or with `None` keeps it no longer.
    fn keep_in_tab(&self, _key: &str, _text: Option<&str>) -> Result<()> {
        Err(ErrorCode::StorageUnavailable.into())
    }

    /// Encrypts under a key derived from `secret`, for where the shared key can't be had.
    async fn seal_under(&self, _secret: &Secret, _text: &Secret, _context: &str) -> Result<String> {
        Err(ErrorCode::StorageUnavailable.into())
    }

    /// Decrypts; `None` if it was not sealed under `secret` for this `context`.
    async fn open_under(
        &self,
        _secret: &Secret,
        _sealed: &str,
        _context: &str,
    ) -> Result<Option<Secret>> {
        Err(ErrorCode::StorageUnavailable.into())
    }

    /// Encrypts with the key that all tabs of this origin share and none can read. Opening it needs
    /// the same `context`.
    async fn seal(&self, text: &Secret, context: &str) -> Result<String>;

    /// Decrypts; `None` if it was not sealed here for this `context`.
    async fn open(&self, sealed: &str, context: &str) -> Result<Option<Secret>>;

    /// Takes the lock of this name, which one tab has at a time.
    async fn lock(&self, name: &str) -> Result<Self::Lock>;

    /// Whether the lock is still this tab's: one that lapses may be another's after a freeze.
    async fn holds(&self, _lock: &Self::Lock) -> bool {
        true
    }

    /// Makes this tab count under `name` until the lock is dropped.
    async fn be_present(&self, name: &str) -> Result<Self::Lock>;

    /// Whether another tab is present under `name`; true where that can't be known.
    async fn others_present(&self, name: &str) -> bool;

    /// Sends a message to every other tab that listens on the channel of this name.
    fn broadcast(&self, channel: &str, message: &str);

    /// Calls `listener` with each message of the other tabs, until [`Host::close`].
    fn on_message(&self, channel: &str, listener: Box<dyn Fn(String)>);

    /// Calls `listener` when the network or the page comes back, or the store was taken away, until
    /// [`Host::close`].
    fn on_wake(&self, listener: Box<dyn Fn()>);

    /// Calls `listener` when the page is hidden for good or for later, until [`Host::close`].
    fn on_hide(&self, listener: Box<dyn Fn()>);

    /// Calls `listener` whenever the user does something in this tab, until [`Host::close`].
    fn on_input(&self, listener: Box<dyn Fn()>);

    /// Stops all listeners.
    fn close(&self);

    /// The digest of `bytes`.
    async fn digest(&self, hash: Hash, bytes: &[u8]) -> Result<Vec<u8>>;

    /// Whether `signature` over `message` is by this key.
    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool>;

    /// The public half of the ES256 key pair of this name, which is made where there is none. All tabs
    /// of this origin share it, and nobody can read its private half.
    async fn key_pair(&self, name: &str) -> Result<PublicKey>;

    /// Makes sure that there is a key pair of this name on the next page too. Says whether there is.
    async fn keeps_key_pair(&self, _name: &str) -> bool {
        true
    }

    /// The ES256 signature of `message` by the key pair of this name.
    async fn sign(&self, name: &str, message: &[u8]) -> Result<Vec<u8>>;

    /// The URL of the page.
    fn url(&self) -> String;

    /// Puts another URL into the address bar, without loading anything.
    fn replace_url(&self, url: &str);

    /// `url` resolved against the page, if it is one.
    fn resolve(&self, url: &str) -> Option<String>;

    /// Leaves the page for `url`. Settles only if that did not happen.
    async fn navigate(&self, url: &str) -> Result<()>;

    /// Loads `url` where the user does not see it, until the server has sent the browser back with an
    /// authorization response, and gives the URL that it came with. Dropping the future gives up.
    async fn load_in_frame(&self, url: &str) -> Result<String>;

    /// Waits until the user can see the page.
    async fn until_visible(&self);

    /// Loads the server's page at `url` where the user does not see it, and keeps it there.
    async fn open_server_frame(&self, url: &str) -> Result<Self::ServerFrame>;

    /// Sends `message` to the server's page and gives its answer. No page of another origin gets to see
    /// the message, and none but this frame's is heard.
    async fn ask_server_frame(
        &self,
        frame: &Self::ServerFrame,
        message: &str,
    ) -> Result<SessionStatus>;

    /// The URL that a request of the application goes to, resolved.
    fn api_url(&self, request: &Self::ApiRequest) -> String;

    /// The method of a request of the application.
    fn api_method(&self, request: &Self::ApiRequest) -> String;

    /// Sends a request of the application with this `Authorization` header and, if there is one, this
    /// proof in the `DPoP` header. What it needs to be sent once more, if it can be, it keeps in
    /// `request`.
    async fn send_to_api(
        &self,
        request: &mut Self::ApiRequest,
        authorization: &Secret,
        proof: Option<&str>,
    ) -> Result<Self::ApiResponse>;

    /// Whether the request could be sent once more.
    fn can_repeat(&self, request: &Self::ApiRequest) -> bool;

    /// The status of a response.
    fn api_status(&self, response: &Self::ApiResponse) -> u16;

    /// A header of a response, by its name in lower case.
    fn api_header(&self, response: &Self::ApiResponse, name: &str) -> Option<String>;
}

/// Whether a text begins with a time from `from` to `to`.
pub(crate) fn begins_with_time(text: &str, from: f64, to: f64) -> bool {
    let time = text.split(' ').next().and_then(number::whole);
    time.is_some_and(|time| (from..=to).contains(&time))
}
