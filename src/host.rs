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
use crate::protocol::session_management::SessionStatus;
use crate::protocol::signing::{Hash, SigningAlgorithm};
use crate::protocol::{ascii, number};
use crate::secret::Secret;

/// The surroundings of one tab.
///
/// ```
/// use portcullis::{Error, Secret, host::Host};
///
/// // What a flow does through its host alone: keep a secret from page to page.
/// async fn keep<H: Host>(host: &H, text: &Secret) -> Result<Option<Secret>, Error> {
///     let sealed = host.seal(text, "session").await?;
///     host.store("session", &sealed).await?;
///     match host.load("session").await? {
///         Some(sealed) => host.open(&sealed, "session").await,
///         None => Ok(None),
///     }
/// }
/// ```
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
    ///
    /// ```
    /// # fn call<H: portcullis::host::Host>(host: &H) {
    /// let now_in_seconds = (host.wall_clock() / 1000.0).floor();
    /// assert!(now_in_seconds > 1_600_000_000.0);
    /// # }
    /// ```
    fn wall_clock(&self) -> f64;

    /// Milliseconds since some moment, by a clock that never goes back and may stand still in sleep.
    ///
    /// ```
    /// # fn call<H: portcullis::host::Host>(host: &H) {
    /// let before = host.monotonic_clock();
    /// assert!(host.monotonic_clock() >= before);
    /// # }
    /// ```
    fn monotonic_clock(&self) -> f64;

    /// Waits for about this many milliseconds.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// let before = host.monotonic_clock();
    /// host.sleep(1000.0).await;
    /// println!("{} ms have passed", host.monotonic_clock() - before);
    /// # Ok(())
    /// # }
    /// ```
    async fn sleep(&self, milliseconds: f64);

    /// Runs a task by itself.
    ///
    /// ```
    /// # use futures_util::FutureExt;
    /// # fn call<H: portcullis::host::Host>(host: &H) {
    /// host.spawn(async { println!("later") }.boxed_local());
    /// # }
    /// ```
    fn spawn(&self, task: LocalBoxFuture<'static, ()>);

    /// Brings the code that a page does not need to begin with, if it is not all here. Ready at once when it is.
    /// The wasm of a front end in Rust is one file, and nobody asks there.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// host.load_rest().await?;
    /// # Ok(())
    /// # }
    /// ```
    async fn load_rest(&self) -> Result<()> {
        Ok(())
    }

    /// Fills `bytes` from a cryptographically secure source.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// let mut bytes = [0; 32];
    /// host.random(&mut bytes)?;
    /// assert_ne!(bytes, [0; 32]);
    /// # Ok(())
    /// # }
    /// ```
    fn random(&self, bytes: &mut [u8]) -> Result<()>;

    /// Sends a request without cookies and reads the response whole; a redirect is an error. Dropping
    /// the future aborts the request.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// use portcullis::protocol::discovery;
    ///
    /// let response = host.send(&discovery::request("https://as.example")).await?;
    /// let metadata = discovery::read_response(&response, "https://as.example")?;
    /// assert_eq!(metadata.issuer, "https://as.example");
    /// # Ok(())
    /// # }
    /// ```
    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse>;

    /// The stored text of this key.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// assert_eq!(host.load("a key that nothing was stored under").await?, None);
    /// # Ok(())
    /// # }
    /// ```
    async fn load(&self, key: &str) -> Result<Option<String>>;

    /// Stores a text under this key; it is durable when this returns.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// host.store("greeting", "hello").await?;
    /// assert_eq!(host.load("greeting").await?.as_deref(), Some("hello"));
    /// # Ok(())
    /// # }
    /// ```
    async fn store(&self, key: &str, text: &str) -> Result<()>;

    /// Removes a key.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// host.remove("greeting").await?;
    /// assert_eq!(host.load("greeting").await?, None);
    /// # Ok(())
    /// # }
    /// ```
    async fn remove(&self, key: &str) -> Result<()>;

    /// The keys that begin with `prefix`.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// host.store("login 1", "").await?;
    /// host.store("session", "").await?;
    /// assert_eq!(host.keys("login ").await?, ["login 1"]);
    /// # Ok(())
    /// # }
    /// ```
    async fn keys(&self, prefix: &str) -> Result<Vec<String>>;

    /// Puts `text` in the place of `expected`, or with `None` removes it, unless the key holds something
    /// else by now. Says whether it did. A store that tabs share does it in one step.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// host.store("turn", "1").await?;
    /// assert!(host.replace("turn", "1", Some("2")).await?);
    /// assert!(!host.replace("turn", "1", Some("3")).await?, "it is 2 by now");
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// let now = host.wall_clock();
    /// host.store("login 1", &format!("{} of long ago", now - 3_600_000.0)).await?;
    /// host.sweep("login ", now - 600_000.0, now).await?;
    /// assert_eq!(host.load("login 1").await?, None);
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// host.keep_in_tab("login 1", Some("xyz"))?;
    /// assert_eq!(host.in_tab("login "), [("login 1".to_owned(), "xyz".to_owned())]);
    /// # Ok(())
    /// # }
    /// ```
    fn in_tab(&self, _prefix: &str) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Keeps a text for the next page of this tab, or with `None` keeps it no longer.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// host.keep_in_tab("login 1", None)?;
    /// assert!(host.in_tab("login 1").is_empty());
    /// # Ok(())
    /// # }
    /// ```
    fn keep_in_tab(&self, _key: &str, _text: Option<&str>) -> Result<()> {
        Err(ErrorCode::StorageUnavailable.into())
    }

    /// Encrypts under a key derived from `secret`, for where the shared key can't be had.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// # use portcullis::Secret;
    /// # let [state, verifier] = ["xyz", "dBjftJeZ"].map(|text| Secret::new(text.to_owned()));
    /// let sealed = host.seal_under(&state, &verifier, "login").await?;
    /// assert!(!sealed.contains(verifier.expose()));
    /// # Ok(())
    /// # }
    /// ```
    async fn seal_under(&self, _secret: &Secret, _text: &Secret, _context: &str) -> Result<String> {
        Err(ErrorCode::StorageUnavailable.into())
    }

    /// Decrypts; `None` if it was not sealed under `secret` for this `context`.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// # use portcullis::Secret;
    /// # let (state, another) = (Secret::new("xyz".to_owned()), Secret::new("abc".to_owned()));
    /// # let verifier = Secret::new("dBjftJeZ".to_owned());
    /// # let sealed = host.seal_under(&state, &verifier, "login").await?;
    /// assert_eq!(host.open_under(&state, &sealed, "login").await?, Some(verifier));
    /// assert_eq!(host.open_under(&another, &sealed, "login").await?, None);
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// # use portcullis::Secret;
    /// let refresh_token = Secret::new("tGzv3JOkF0XG5Qx2TlKWIA".to_owned());
    /// let sealed = host.seal(&refresh_token, "refresh token").await?;
    /// assert!(!sealed.contains("tGzv3JOkF0XG5Qx2TlKWIA"));
    /// # Ok(())
    /// # }
    /// ```
    async fn seal(&self, text: &Secret, context: &str) -> Result<String>;

    /// Decrypts; `None` if it was not sealed here for this `context`.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// # use portcullis::Secret;
    /// # let refresh_token = Secret::new("tGzv3JOkF0XG5Qx2TlKWIA".to_owned());
    /// # let sealed = host.seal(&refresh_token, "refresh token").await?;
    /// assert_eq!(host.open(&sealed, "refresh token").await?, Some(refresh_token));
    /// assert_eq!(host.open(&sealed, "ID token").await?, None);
    /// # Ok(())
    /// # }
    /// ```
    async fn open(&self, sealed: &str, context: &str) -> Result<Option<Secret>>;

    /// Takes the lock of this name, which one tab has at a time.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// let lock = host.lock("refresh").await?;
    /// // Until it is dropped, no other tab has it.
    /// drop(lock);
    /// # Ok(())
    /// # }
    /// ```
    async fn lock(&self, name: &str) -> Result<Self::Lock>;

    /// Whether the lock is still this tab's: one that lapses may be another's after a freeze.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// let lock = host.lock("refresh").await?;
    /// host.sleep(60_000.0).await;
    /// if !host.holds(&lock).await {
    ///     println!("another tab may have refreshed meanwhile");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    async fn holds(&self, _lock: &Self::Lock) -> bool {
        true
    }

    /// Makes this tab count under `name` until the lock is dropped.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// let presence = host.be_present("tab").await?;
    /// drop(presence); // Now the other tabs no longer count this one.
    /// # Ok(())
    /// # }
    /// ```
    async fn be_present(&self, name: &str) -> Result<Self::Lock>;

    /// Whether another tab is present under `name`; true where that can't be known.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// if host.others_present("tab").await {
    ///     host.broadcast("session", "who has an access token?");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    async fn others_present(&self, name: &str) -> bool;

    /// Sends a message to every other tab that listens on the channel of this name.
    ///
    /// ```
    /// # fn call<H: portcullis::host::Host>(host: &H) {
    /// host.on_message("session", Box::new(|message| println!("another tab: {message}")));
    /// host.broadcast("session", "logged out"); // The other tabs print that, this one does not.
    /// # }
    /// ```
    fn broadcast(&self, channel: &str, message: &str);

    /// Calls `listener` with each message of the other tabs, until [`Host::close`].
    ///
    /// ```
    /// # fn call<H: portcullis::host::Host>(host: &H) {
    /// host.on_message("session", Box::new(|message| println!("another tab: {message}")));
    /// # }
    /// ```
    fn on_message(&self, channel: &str, listener: Box<dyn Fn(String)>);

    /// Calls `listener` when the network or the page comes back, or the store was taken away, until
    /// [`Host::close`].
    ///
    /// ```
    /// # fn call<H: portcullis::host::Host>(host: &H) {
    /// host.on_wake(Box::new(|| println!("is the access token still good?")));
    /// # }
    /// ```
    fn on_wake(&self, listener: Box<dyn Fn()>);

    /// Calls `listener` when the page is hidden for good or for later, until [`Host::close`].
    ///
    /// ```
    /// # fn call<H: portcullis::host::Host>(host: &H) {
    /// host.on_hide(Box::new(|| println!("the page may never be seen again")));
    /// # }
    /// ```
    fn on_hide(&self, listener: Box<dyn Fn()>);

    /// Calls `listener` whenever the user does something in this tab, until [`Host::close`].
    ///
    /// ```
    /// # fn call<H: portcullis::host::Host>(host: &H) {
    /// host.on_input(Box::new(|| println!("somebody is there")));
    /// # }
    /// ```
    fn on_input(&self, listener: Box<dyn Fn()>);

    /// Stops all listeners.
    ///
    /// ```
    /// # fn call<H: portcullis::host::Host>(host: &H) {
    /// host.on_input(Box::new(|| println!("somebody is there")));
    /// host.close(); // From now on nothing is printed.
    /// # }
    /// ```
    fn close(&self);

    /// The digest of `bytes`.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// use portcullis::protocol::{base64url, signing::Hash};
    ///
    /// let verifier = b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    /// let digest = host.digest(Hash::Sha256, verifier).await?;
    /// assert_eq!(base64url::encode(&digest), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    /// # Ok(())
    /// # }
    /// ```
    async fn digest(&self, hash: Hash, bytes: &[u8]) -> Result<Vec<u8>>;

    /// Whether `signature` over `message` is by this key.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// use portcullis::protocol::signing::SigningAlgorithm;
    ///
    /// let key = host.key_pair("dpop").await?;
    /// let signature = host.sign("dpop", b"message").await?;
    /// assert!(host.verify(SigningAlgorithm::Es256, &key, b"message", &signature).await?);
    /// assert!(!host.verify(SigningAlgorithm::Es256, &key, b"another", &signature).await?);
    /// # Ok(())
    /// # }
    /// ```
    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool>;

    /// The public half of the ES256 key pair of this name, which is made where there is none. All tabs
    /// of this origin share it, and nobody can read its private half.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// let key = host.key_pair("dpop").await?;
    /// assert_eq!(host.key_pair("dpop").await?, key, "it is made once");
    /// assert_eq!(key.curve(), Some("P-256"));
    /// # Ok(())
    /// # }
    /// ```
    async fn key_pair(&self, name: &str) -> Result<PublicKey>;

    /// Makes sure that there is a key pair of this name on the next page too. Says whether there is.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// let dpop_jkt = match host.keeps_key_pair("dpop").await {
    ///     true => Some(host.key_pair("dpop").await?.thumbprint()),
    ///     false => None,
    /// };
    /// # Ok(())
    /// # }
    /// ```
    async fn keeps_key_pair(&self, _name: &str) -> bool {
        true
    }

    /// The ES256 signature of `message` by the key pair of this name.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// let signature = host.sign("dpop", b"header.claims").await?;
    /// assert_eq!(signature.len(), 64);
    /// # Ok(())
    /// # }
    /// ```
    async fn sign(&self, name: &str, message: &[u8]) -> Result<Vec<u8>>;

    /// The URL of the page.
    ///
    /// ```
    /// # fn call<H: portcullis::host::Host>(host: &H) {
    /// host.replace_url("https://app.example/orders");
    /// assert_eq!(host.url(), "https://app.example/orders");
    /// # }
    /// ```
    fn url(&self) -> String;

    /// Puts another URL into the address bar, without loading anything.
    ///
    /// ```
    /// # fn call<H: portcullis::host::Host>(host: &H) {
    /// use portcullis::protocol::callback;
    ///
    /// host.replace_url(&callback::clean_url(&host.url()));
    /// assert!(!callback::is_response(&host.url()));
    /// # }
    /// ```
    fn replace_url(&self, url: &str);

    /// `url` resolved against the page, if it is one.
    ///
    /// ```
    /// # fn call<H: portcullis::host::Host>(host: &H) {
    /// # host.replace_url("https://app.example/orders");
    /// assert_eq!(host.resolve("/callback").as_deref(), Some("https://app.example/callback"));
    /// assert_eq!(host.resolve("https://"), None);
    /// # }
    /// ```
    fn resolve(&self, url: &str) -> Option<String>;

    /// Leaves the page for `url`. Settles only if that did not happen.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// host.navigate("https://as.example/auth?client_id=spa").await?;
    /// unreachable!("the page was left");
    /// # }
    /// ```
    async fn navigate(&self, url: &str) -> Result<()>;

    /// Loads `url` where the user does not see it, until the server has sent the browser back with an
    /// authorization response, and gives the URL that it came with. Dropping the future gives up.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// use portcullis::protocol::callback;
    ///
    /// let url = host.load_in_frame("https://as.example/auth?client_id=spa&prompt=none").await?;
    /// assert!(callback::is_response(&url));
    /// # Ok(())
    /// # }
    /// ```
    async fn load_in_frame(&self, url: &str) -> Result<String>;

    /// Waits until the user can see the page.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// host.until_visible().await;
    /// println!("the user can see the page");
    /// # Ok(())
    /// # }
    /// ```
    async fn until_visible(&self);

    /// Loads the server's page at `url` where the user does not see it, and keeps it there.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// let frame = host.open_server_frame("https://as.example/session").await?;
    /// drop(frame); // The page is gone.
    /// # Ok(())
    /// # }
    /// ```
    async fn open_server_frame(&self, url: &str) -> Result<Self::ServerFrame>;

    /// Sends `message` to the server's page and gives its answer. No page of another origin gets to see
    /// the message, and none but this frame's is heard.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(host: &H) -> Result<(), portcullis::Error> {
    /// use portcullis::protocol::session_management::{SessionStatus, message};
    ///
    /// let frame = host.open_server_frame("https://as.example/session").await?;
    /// let status = host.ask_server_frame(&frame, &message("s6BhdRkqt3", "hash.salt")).await?;
    /// assert_eq!(status, SessionStatus::Unchanged);
    /// # Ok(())
    /// # }
    /// ```
    async fn ask_server_frame(
        &self,
        frame: &Self::ServerFrame,
        message: &str,
    ) -> Result<SessionStatus>;

    /// The URL that a request of the application goes to, resolved.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(
    /// #     host: &H, mut request: H::ApiRequest,
    /// # ) -> Result<(), portcullis::Error> {
    /// assert!(host.api_url(&request).starts_with("https://api.example/"));
    /// # Ok(())
    /// # }
    /// ```
    fn api_url(&self, request: &Self::ApiRequest) -> String;

    /// The method of a request of the application.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(
    /// #     host: &H, mut request: H::ApiRequest,
    /// # ) -> Result<(), portcullis::Error> {
    /// assert_eq!(host.api_method(&request), "GET");
    /// # Ok(())
    /// # }
    /// ```
    fn api_method(&self, request: &Self::ApiRequest) -> String;

    /// Sends a request of the application with this `Authorization` header and, if there is one, this
    /// proof in the `DPoP` header. What it needs to be sent once more, if it can be, it keeps in
    /// `request`.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(
    /// #     host: &H, mut request: H::ApiRequest,
    /// # ) -> Result<(), portcullis::Error> {
    /// use portcullis::{Secret, TokenType};
    ///
    /// let header = TokenType::Bearer.authorization(&Secret::new("mF_9.B5f-4.1JqM".to_owned()));
    /// let response = host.send_to_api(&mut request, &header, None).await?;
    /// assert_eq!(host.api_status(&response), 200);
    /// # Ok(())
    /// # }
    /// ```
    async fn send_to_api(
        &self,
        request: &mut Self::ApiRequest,
        authorization: &Secret,
        proof: Option<&str>,
    ) -> Result<Self::ApiResponse>;

    /// Whether the request could be sent once more.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(
    /// #     host: &H, mut request: H::ApiRequest,
    /// # ) -> Result<(), portcullis::Error> {
    /// # let header = portcullis::Secret::new("Bearer mF_9.B5f-4.1JqM".to_owned());
    /// let response = host.send_to_api(&mut request, &header, None).await?;
    /// if host.api_status(&response) == 401 && host.can_repeat(&request) {
    ///     host.send_to_api(&mut request, &header, None).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn can_repeat(&self, request: &Self::ApiRequest) -> bool;

    /// The status of a response.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(
    /// #     host: &H, mut request: H::ApiRequest,
    /// # ) -> Result<(), portcullis::Error> {
    /// # let header = portcullis::Secret::new("Bearer expired".to_owned());
    /// let response = host.send_to_api(&mut request, &header, None).await?;
    /// assert_eq!(host.api_status(&response), 401);
    /// # Ok(())
    /// # }
    /// ```
    fn api_status(&self, response: &Self::ApiResponse) -> u16;

    /// A header of a response, by its name in lower case.
    ///
    /// ```
    /// # async fn call<H: portcullis::host::Host>(
    /// #     host: &H, mut request: H::ApiRequest,
    /// # ) -> Result<(), portcullis::Error> {
    /// # let header = portcullis::Secret::new("Bearer expired".to_owned());
    /// let response = host.send_to_api(&mut request, &header, None).await?;
    /// let challenge = host.api_header(&response, "www-authenticate");
    /// assert!(challenge.unwrap_or_default().contains("invalid_token"));
    /// # Ok(())
    /// # }
    /// ```
    fn api_header(&self, response: &Self::ApiResponse, name: &str) -> Option<String>;
}

/// Whether a text begins with a time from `from` to `to`.
pub(crate) fn begins_with_time(text: &str, from: f64, to: f64) -> bool {
    let time = number::whole(ascii::before(text, b" "));
    time.is_some_and(|time| (from..=to).contains(&time))
}
