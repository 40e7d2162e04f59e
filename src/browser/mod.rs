//! The host that ships: one tab of a browser.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use js_sys::Reflect;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, CryptoKey, MessageEvent, Window};

use crate::error::{ErrorCode, Result};
use crate::host::Host;
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::jwk::PublicKey;
use crate::protocol::session_management::SessionStatus;
use crate::protocol::signing::{Hash, SigningAlgorithm};
use crate::secret::Secret;

mod api;
mod client;
mod crypto;
mod database;
mod frame;
mod http;
mod lease;
mod listener;
mod lock;
mod server_frame;
mod tab_storage;

pub use api::ApiRequest;
pub use client::Client;

use database::{Change, Database};
use lease::OwnLeases;
#[cfg(feature = "js")]
pub(crate) use listener::Listener;
#[cfg(not(feature = "js"))]
use listener::Listener;
use lock::{Held, Lock};
use server_frame::ServerFrame;

/// The name that the sealing key is stored under.
const SEALING_KEY: &str = "sealing";

/// One tab of a browser.
pub struct Browser {
    window: Window,
    database: Rc<Database>,
    own_leases: OwnLeases,
    channel: RefCell<Option<(BroadcastChannel, Listener)>>,
    page: RefCell<Vec<Listener>>,
}

impl Browser {
    /// The tab this runs in; `unsupported` outside of a page.
    pub fn new() -> Result<Self> {
        let window = web_sys::window().ok_or(ErrorCode::Unsupported)?;
        Ok(Self {
            database: Rc::new(Database::new()),
            own_leases: OwnLeases::default(),
            channel: RefCell::default(),
            page: RefCell::default(),
            window,
        })
    }

    /// In the hidden frame of a silent login: hands the answer to the page around it and never goes on.
    pub(crate) async fn hand_over(&self) {
        frame::hand_over(&self.window).await;
    }

    /// The key that every record and message of this origin is sealed with. Where it can't be looked up,
    /// the one seen last serves.
    async fn sealing_key(&self) -> Result<CryptoKey> {
        let key = match self.database.key(SEALING_KEY, crypto::generate_sealing_key).await {
            Ok(key) => key,
            Err(error) => self.database.known_key(SEALING_KEY).ok_or(error)?,
        };
        key.dyn_into().map_err(|_| ErrorCode::StorageUnavailable.into())
    }

    /// The key pair of this name: in the database, or where that fails in the memory of this tab.
    async fn key_pair_of(&self, name: &str) -> Result<JsValue> {
        if let Some(pair) = self.database.known_key(name) {
            return Ok(pair);
        }
        match self.database.key(name, crypto::generate_key_pair).await {
            Err(error) if error.code() == ErrorCode::StorageUnavailable => {
                let pair = crypto::generate_key_pair().await?;
                self.database.remember_key(name, &pair);
                Ok(pair)
            }
            found => found,
        }
    }
}

impl Host for Browser {
    type ApiRequest = ApiRequest;
    type ApiResponse = web_sys::Response;
    type Lock = Lock;
    type ServerFrame = ServerFrame;

    fn wall_clock(&self) -> f64 {
        wall_clock()
    }

    fn monotonic_clock(&self) -> f64 {
        self.window.performance().map_or(0.0, |performance| performance.now())
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    async fn sleep(&self, milliseconds: f64) {
        // A timer can't be set further ahead than this; whoever sleeps looks at the clock after it.
        let longest = f64::from(i32::MAX);
        gloo_timers::future::TimeoutFuture::new(milliseconds.clamp(0.0, longest) as u32).await;
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(task);
    }

    #[expect(clippy::disallowed_methods, reason = "this is the Host")]
    fn random(&self, bytes: &mut [u8]) -> Result<()> {
        getrandom::fill(bytes).map_err(|_| ErrorCode::Unsupported.into())
    }

    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse> {
        http::send(&self.window, request).await
    }

    async fn load(&self, key: &str) -> Result<Option<String>> {
        self.database.load(key).await
    }

    async fn store(&self, key: &str, text: &str) -> Result<()> {
        self.database.store(key, text).await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.database.remove(key).await
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        self.database.keys(prefix).await
    }

    async fn replace(&self, key: &str, expected: &str, text: Option<&str>) -> Result<bool> {
        let mut change = |found: Option<String>| match text {
            _ if found.as_deref() != Some(expected) => Change::Leave,
            Some(text) => Change::Store(text.to_owned()),
            None => Change::Remove,
        };
        self.database.change(key, &mut change).await
    }

    async fn sweep(&self, prefix: &str, is_old: &dyn Fn(&str) -> bool) -> Result<()> {
        self.database.sweep(prefix, is_old).await
    }

    fn in_tab(&self, prefix: &str) -> Vec<(String, String)> {
        tab_storage::read(&self.window, prefix)
    }

    fn keep_in_tab(&self, key: &str, text: Option<&str>) -> Result<()> {
        tab_storage::write(&self.window, key, text)
    }

    async fn seal_under(&self, secret: &Secret, text: &Secret, context: &str) -> Result<String> {
        crypto::seal(&crypto::derive_sealing_key(secret, context).await?, text, context, self).await
    }

    async fn open_under(
        &self,
        secret: &Secret,
        sealed: &str,
        context: &str,
    ) -> Result<Option<Secret>> {
        crypto::open(&crypto::derive_sealing_key(secret, context).await?, sealed, context).await
    }

    async fn seal(&self, text: &Secret, context: &str) -> Result<String> {
        crypto::seal(&self.sealing_key().await?, text, context, self).await
    }

    async fn open(&self, sealed: &str, context: &str) -> Result<Option<Secret>> {
        crypto::open(&self.sealing_key().await?, sealed, context).await
    }

    async fn lock(&self, name: &str) -> Result<Lock> {
        if lock::are_there(&self.window) {
            let granted = lock::request(&self.window, name, lock::Mode::Exclusive).await?;
            return Ok(Lock(Held::Granted(granted)));
        }
        Ok(Lock(Held::Leased(lease::acquire(self, name).await?)))
    }

    async fn holds(&self, lock: &Lock) -> bool {
        match &lock.0 {
            Held::Leased(lease) => lease.is_held().await,
            _ => true,
        }
    }

    async fn be_present(&self, name: &str) -> Result<Lock> {
        if !lock::are_there(&self.window) {
            return Ok(Lock(Held::Nothing));
        }
        let granted = lock::request(&self.window, name, lock::Mode::Shared).await?;
        Ok(Lock(Held::Granted(granted)))
    }

    async fn others_present(&self, name: &str) -> bool {
        !lock::are_there(&self.window) || lock::holders(&self.window, name).await > 1
    }

    fn broadcast(&self, channel: &str, message: &str) {
        let message = JsValue::from_str(message);
        if let Some((channel, _)) = &*self.channel.borrow() {
            // It fails only once the channel is closed, and this one is open.
            let _ = channel.post_message(&message);
        } else if let Ok(channel) = BroadcastChannel::new(channel) {
            // What a closed client still finishes is for the others to know all the same.
            let _ = channel.post_message(&message);
            channel.close();
        }
    }

    fn on_message(&self, channel: &str, listener: Box<dyn Fn(String)>) {
        let Ok(channel) = BroadcastChannel::new(channel) else { return };
        let heard = Listener::new(&channel, "message", move |event| {
            let message = event.dyn_into::<MessageEvent>().ok();
            if let Some(text) = message.and_then(|message| message.data().as_string()) {
                listener(text);
            }
        });
        *self.channel.borrow_mut() = Some((channel, heard));
    }

    fn on_wake(&self, listener: Box<dyn Fn()>) {
        let listener: Rc<dyn Fn()> = Rc::from(listener);
        self.database.on_lost(Rc::clone(&listener));
        let window = self.window.clone();
        let shown = {
            let listener = Rc::clone(&listener);
            move |_| {
                let document = window.document();
                if document.is_some_and(|document| !document.hidden()) {
                    listener();
                }
            }
        };
        let mut page = self.page.borrow_mut();
        for event in ["online", "pageshow"] {
            let listener = Rc::clone(&listener);
            page.push(Listener::new(&self.window, event, move |_| listener()));
        }
        if let Some(document) = self.window.document() {
            page.push(Listener::new(&document, "visibilitychange", shown));
        }
    }

    fn on_hide(&self, listener: Box<dyn Fn()>) {
        self.page.borrow_mut().push(Listener::new(&self.window, "pagehide", move |_| listener()));
    }

    fn on_input(&self, listener: Box<dyn Fn()>) {
        let listener = std::rc::Rc::new(listener);
        let mut page = self.page.borrow_mut();
        for event in ["keydown", "pointerdown", "pointermove", "touchmove", "wheel"] {
            let listener = std::rc::Rc::clone(&listener);
            page.push(Listener::new(&self.window, event, move |_| listener()));
        }
    }

    fn close(&self) {
        if let Some((channel, _)) = self.channel.take() {
            channel.close();
        }
        self.page.take();
        self.database.close();
    }

    async fn digest(&self, hash: Hash, bytes: &[u8]) -> Result<Vec<u8>> {
        crypto::digest(hash, bytes).await
    }

    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool> {
        crypto::verify(algorithm, key, message, signature).await
    }

    async fn key_pair(&self, name: &str) -> Result<PublicKey> {
        crypto::public_key(&self.key_pair_of(name).await?)
    }

    async fn keeps_key_pair(&self, name: &str) -> bool {
        // One that was made before may have been cleared.
        self.database.key(name, crypto::generate_key_pair).await.is_ok()
    }

    async fn sign(&self, name: &str, message: &[u8]) -> Result<Vec<u8>> {
        crypto::sign(&self.key_pair_of(name).await?, message).await
    }

    fn url(&self) -> String {
        self.window.location().href().unwrap_or_default()
    }

    fn replace_url(&self, url: &str) {
        if let Ok(history) = self.window.history() {
            let state = history.state().unwrap_or(JsValue::NULL);
            // A sandboxed page may not change its URL; nothing else depends on it.
            let _ = history.replace_state_with_url(&state, "", Some(url));
        }
    }

    fn resolve(&self, url: &str) -> Option<String> {
        Some(web_sys::Url::new_with_base(url, &self.url()).ok()?.href())
    }

    async fn navigate(&self, url: &str) -> Result<()> {
        self.window.location().assign(url).map_err(|_| ErrorCode::Unsupported)?;
        futures_util::future::pending().await
    }

    async fn load_in_frame(&self, url: &str) -> Result<String> {
        frame::load(&self.window, url).await
    }

    async fn until_visible(&self) {
        let Some(document) = self.window.document().filter(web_sys::Document::hidden) else {
            return;
        };
        let page = document.clone();
        let shown = move |_| (!page.hidden()).then_some(());
        // It fails only where nothing listens any more.
        let _ = listener::first(&document, "visibilitychange", shown).await;
    }

    async fn open_server_frame(&self, url: &str) -> Result<ServerFrame> {
        server_frame::open(&self.window, url).await
    }

    async fn ask_server_frame(&self, frame: &ServerFrame, message: &str) -> Result<SessionStatus> {
        server_frame::ask(&self.window, frame, message).await
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
        request.send(&self.window, authorization, proof).await
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

#[expect(clippy::disallowed_methods, reason = "this is the Host")]
fn wall_clock() -> f64 {
    js_sys::Date::now()
}

/// An object of these members.
fn object<const N: usize>(members: [(&str, JsValue); N]) -> js_sys::Object {
    let object = js_sys::Object::new();
    for (name, value) in members {
        // A plain object takes every member.
        let _ = Reflect::set(&object, &JsValue::from_str(name), &value);
    }
    object
}
