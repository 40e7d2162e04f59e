//! The host that ships: one tab of a browser.
//!
//! What a browser does by itself it does in JavaScript, in the modules beside those of Rust: it is a
//! fraction of the size, as nothing has to be carried over and back for each step.

use futures_util::future::LocalBoxFuture;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::error::{ErrorCode, Result};
use crate::host::Host;
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::jwk::PublicKey;
use crate::protocol::session_management::SessionStatus;
use crate::protocol::signing::{Hash, SigningAlgorithm, sha256};
use crate::protocol::{form, json};
use crate::secret::Secret;

pub(crate) mod answer;
mod api;
mod client;
mod crypto;
mod database;
mod frame;
mod http;
mod lock;
mod page;
mod typed;

pub use api::ApiRequest;
pub use client::Client;

use answer::{Answer, Ongoing};
use database::Database;
use frame::ServerFrame;
use lock::{Lock, Locks};
use page::Page;

/// One tab of a browser.
///
/// ```no_run
/// # async fn example(config: portcullis::Config) -> Result<(), portcullis::Error> {
/// use portcullis::browser::Browser;
/// use portcullis::client::Client;
///
/// let client = Client::start(Browser::new()?, config).await?;
/// assert_eq!(client.callback(), None, "no login came back with this page");
/// # Ok(())
/// # }
/// ```
pub struct Browser {
    database: Database,
    locks: Locks,
    page: Page,
}

impl Browser {
    /// The tab this runs in; `unsupported` outside of a page.
    ///
    /// ```no_run
    /// use portcullis::browser::Browser;
    /// use portcullis::host::Host;
    ///
    /// let browser = Browser::new().expect("this runs in a page");
    /// assert!(browser.url().starts_with("https://"));
    /// ```
    pub fn new() -> Result<Self> {
        if !page::is_page() {
            return Err(ErrorCode::Unsupported.into());
        }
        let database = database::database();
        Ok(Self { locks: Locks::new(&database), page: Page::new(&database), database })
    }

    /// In the hidden frame of a silent login: hands the answer to the page around it and never goes on.
    #[cfg(feature = "silent-login")]
    async fn hand_over(&self) {
        if frame::hand_over() {
            std::future::pending::<()>().await;
        }
    }

    fn sealed(&self, secret: Option<&Secret>, text: &Secret, context: &str) -> Answer<String> {
        let secret = secret.map(Secret::expose);
        let sealed = crypto::seal(&self.database, secret, text.expose(), context);
        Answer::new(sealed, |sealed| sealed.as_string().unwrap_or_default())
    }

    fn opened(
        &self,
        secret: Option<&Secret>,
        sealed: &str,
        context: &str,
    ) -> Answer<Option<Secret>> {
        let opened = crypto::open(&self.database, secret.map(Secret::expose), sealed, context);
        Answer::new(opened, |opened| opened.as_string().map(Secret::new))
    }
}

/// Most of it is JavaScript's answer, without a future of its own around it.
impl Host for Browser {
    type ApiRequest = ApiRequest;
    type ApiResponse = web_sys::Response;
    type Lock = Lock;
    type ServerFrame = ServerFrame;

    #[expect(clippy::disallowed_methods, reason = "this is the Host")]
    fn wall_clock(&self) -> f64 {
        js_sys::Date::now()
    }

    fn monotonic_clock(&self) -> f64 {
        page::monotonic_clock()
    }

    async fn sleep(&self, milliseconds: f64) {
        // A timer does not fail.
        let _ = Ongoing(page::sleep(milliseconds)).result().await;
    }

    #[cfg(feature = "js")]
    async fn load_rest(&self) -> Result<()> {
        match crate::js::rest::load() {
            Some(loading) => Answer::new(loading, |_| ()).await,
            None => Ok(()),
        }
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(task);
    }

    #[expect(clippy::disallowed_methods, reason = "this is the Host")]
    fn random(&self, bytes: &mut [u8]) -> Result<()> {
        getrandom::fill(bytes).map_err(|_| ErrorCode::Unsupported.into())
    }

    fn send(&self, request: &HttpRequest) -> impl Future<Output = Result<HttpResponse>> {
        http::send(request)
    }

    fn load(&self, key: &str) -> impl Future<Output = Result<Option<String>>> {
        Answer::new(self.database.load(key), JsValue::as_string)
    }

    fn store(&self, key: &str, text: &str) -> impl Future<Output = Result<()>> {
        Answer::new(self.database.store(key, text), |_| ())
    }

    fn remove(&self, key: &str) -> impl Future<Output = Result<()>> {
        Answer::new(self.database.remove(key), |_| ())
    }

    fn keys(&self, prefix: &str) -> impl Future<Output = Result<Vec<String>>> {
        Answer::new(self.database.keys(prefix), |keys| {
            Array::from(keys).iter().filter_map(|key| key.as_string()).collect()
        })
    }

    fn replace(
        &self,
        key: &str,
        expected: &str,
        text: Option<&str>,
    ) -> impl Future<Output = Result<bool>> {
        Answer::new(self.database.replace(key, expected, text), JsValue::is_truthy)
    }

    fn sweep(&self, prefix: &str, from: f64, to: f64) -> impl Future<Output = Result<()>> {
        Answer::new(self.database.sweep(prefix, from, to), |_| ())
    }

    fn in_tab(&self, prefix: &str) -> Vec<(String, String)> {
        form::pairs(&page::kept_in_tab(prefix))
    }

    fn keep_in_tab(&self, key: &str, text: Option<&str>) -> Result<()> {
        if page::keep_in_tab(key, text) {
            Ok(())
        } else {
            Err(ErrorCode::StorageUnavailable.into())
        }
    }

    fn seal_under(
        &self,
        secret: &Secret,
        text: &Secret,
        context: &str,
    ) -> impl Future<Output = Result<String>> {
        self.sealed(Some(secret), text, context)
    }

    fn open_under(
        &self,
        secret: &Secret,
        sealed: &str,
        context: &str,
    ) -> impl Future<Output = Result<Option<Secret>>> {
        self.opened(Some(secret), sealed, context)
    }

    fn seal(&self, text: &Secret, context: &str) -> impl Future<Output = Result<String>> {
        self.sealed(None, text, context)
    }

    fn open(&self, sealed: &str, context: &str) -> impl Future<Output = Result<Option<Secret>>> {
        self.opened(None, sealed, context)
    }

    fn lock(&self, name: &str) -> impl Future<Output = Result<Lock>> {
        Lock::request(&self.locks, name)
    }

    fn holds(&self, lock: &Lock) -> impl Future<Output = bool> {
        lock.is_held()
    }

    fn be_present(&self, name: &str) -> impl Future<Output = Result<Lock>> {
        Lock::presence(&self.locks, name)
    }

    async fn others_present(&self, name: &str) -> bool {
        Answer::new(self.locks.others_present(name), JsValue::is_truthy).await.unwrap_or(true)
    }

    fn broadcast(&self, channel: &str, message: &str) {
        self.page.broadcast(channel, message);
    }

    fn on_message(&self, channel: &str, listener: Box<dyn Fn(String)>) {
        self.page.on_message(channel, Closure::wrap(listener).into_js_value());
    }

    fn on_wake(&self, listener: Box<dyn Fn()>) {
        self.page.on_wake(Closure::wrap(listener).into_js_value());
    }

    fn on_hide(&self, listener: Box<dyn Fn()>) {
        self.page.on("pagehide", Closure::wrap(listener).into_js_value());
    }

    fn on_input(&self, listener: Box<dyn Fn()>) {
        let events = "keydown pointerdown pointermove touchmove wheel";
        self.page.on(events, Closure::wrap(listener).into_js_value());
    }

    fn close(&self) {
        self.page.close();
    }

    async fn digest(&self, hash: Hash, bytes: &[u8]) -> Result<Vec<u8>> {
        if hash == Hash::Sha256 {
            return Ok(sha256(bytes).to_vec());
        }
        // The longer hashes are rare: the browser has them, so that the wasm need not.
        Answer::new(crypto::digest(hash.as_str(), bytes.into()), to_bytes).await
    }

    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool> {
        if key.curve() != algorithm.curve() {
            return Ok(false);
        }
        let jwk = key.to_object().to_text();
        let verified = crypto::verify(algorithm.as_str(), &jwk, message.into(), signature.into());
        Answer::new(verified, JsValue::is_truthy).await
    }

    async fn key_pair(&self, name: &str) -> Result<PublicKey> {
        let jwk = Answer::new(crypto::public_key(&self.database, name), JsValue::as_string).await?;
        let key = jwk.and_then(|jwk| PublicKey::parse(&json::object(&jwk)?));
        key.ok_or_else(|| ErrorCode::Unsupported.into())
    }

    async fn keeps_key_pair(&self, name: &str) -> bool {
        Answer::new(crypto::keep_key_pair(&self.database, name), |_| ()).await.is_ok()
    }

    fn sign(&self, name: &str, message: &[u8]) -> impl Future<Output = Result<Vec<u8>>> {
        Answer::new(crypto::sign(&self.database, name, message.into()), to_bytes)
    }

    fn url(&self) -> String {
        page::url()
    }

    fn replace_url(&self, url: &str) {
        page::replace_url(url);
    }

    fn resolve(&self, url: &str) -> Option<String> {
        page::resolve(url)
    }

    async fn navigate(&self, url: &str) -> Result<()> {
        if !page::navigate(url) {
            return Err(ErrorCode::Unsupported.into());
        }
        std::future::pending().await
    }

    fn load_in_frame(&self, url: &str) -> impl Future<Output = Result<String>> {
        frame::log_in(url)
    }

    async fn until_visible(&self) {
        // It only waits.
        let _ = Ongoing(page::until_visible()).result().await;
    }

    fn open_server_frame(&self, url: &str) -> impl Future<Output = Result<ServerFrame>> {
        ServerFrame::open(url)
    }

    fn ask_server_frame(
        &self,
        frame: &ServerFrame,
        message: &str,
    ) -> impl Future<Output = Result<SessionStatus>> {
        frame.ask(message)
    }

    fn api_url(&self, request: &ApiRequest) -> String {
        request.url()
    }

    fn api_method(&self, request: &ApiRequest) -> String {
        request.method()
    }

    async fn send_to_api(
        &self,
        request: &mut ApiRequest,
        authorization: &Secret,
        proof: Option<&str>,
    ) -> Result<web_sys::Response> {
        let request = request.take().ok_or(ErrorCode::Aborted)?;
        let response = http::send_to_api(request, authorization.expose(), proof);
        Answer::new(response, |response| response.clone().unchecked_into()).await
    }

    fn can_repeat(&self, request: &ApiRequest) -> bool {
        request.can_repeat()
    }

    fn api_status(&self, response: &web_sys::Response) -> u16 {
        response.status()
    }

    fn api_header(&self, response: &web_sys::Response, name: &str) -> Option<String> {
        response.headers().get(name).ok().flatten()
    }
}

fn to_bytes(value: &JsValue) -> Vec<u8> {
    Uint8Array::new(value).to_vec()
}
