//! The host that simulates: one page in one tab.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::future::LocalBoxFuture;
use portcullis::host::Host;
use portcullis::protocol::base64url;
use portcullis::protocol::http::{HttpRequest, HttpResponse};
use portcullis::protocol::jwk::PublicKey;
use portcullis::protocol::session_management::SessionStatus;
use portcullis::protocol::signing::{Hash, SigningAlgorithm, sha256};
use portcullis::{Error, ErrorCode, Secret};

use crate::agenda::Event;
use crate::locks::Request;
use crate::network::received;
use crate::sabotage::Sabotage;
use crate::server::{self, Server};
use crate::world::World;

pub(crate) const ORIGIN: &str = "https://app.example";
/// Where the API is.
pub(crate) const API: &str = "https://api.example/";

/// Less than any clock tells, in milliseconds.
const A_MOMENT: f64 = 0.001;

type Result<T> = std::result::Result<T, Error>;

/// A page, as its client sees it. What a dead page does has no effect and settles at once, so that
/// whatever is under way in it ends; only its sleeps do not go on for ever.
#[derive(Clone)]
pub(crate) struct Page {
    pub world: Rc<World>,
    pub id: usize,
    /// Which of the clients that the page has started.
    pub client: usize,
}

impl Page {
    pub fn is_dead(&self) -> bool {
        !self.world.page(self.id).is_alive
    }

    /// An await at which others may run, and at which the page may die or freeze.
    async fn turn(&self) {
        if self.is_dead() {
            return;
        }
        if self.world.chance(0.03) {
            Sleep::new(self, self.world.between(1.0, 40.0)).await;
            return;
        }
        let mut is_over = false;
        poll_fn(move |context| {
            if is_over {
                return Poll::Ready(());
            }
            is_over = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// The time that something on the network takes.
    pub async fn wait_a_moment(&self) {
        Sleep::new(self, self.world.between(10.0, 100.0)).await;
    }

    /// An operation of the store, which may fail before it has an effect.
    pub async fn at_store(&self) -> Result<()> {
        self.turn().await;
        let fails = self.world.chance(self.world.faults().storage);
        if fails || self.is_dead() {
            return Err(ErrorCode::StorageUnavailable.into());
        }
        Ok(())
    }

    pub fn note(&self, what: impl FnOnce() -> String) {
        if !self.is_dead() {
            self.world.note(Some(self.id), what);
        }
    }

    fn sabotages(&self, sabotage: Sabotage) -> bool {
        self.world.sabotage == Some(sabotage)
    }
}

/// A lock or a presence that is given back when dropped.
pub(crate) struct Lock {
    page: Page,
    name: String,
    /// None for a presence.
    request: Option<Rc<Request>>,
    /// Whether it was ever given.
    is_granted: Cell<bool>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        let world = &self.page.world;
        match &self.request {
            Some(request) => {
                if self.is_granted.get() && !self.page.is_dead() {
                    world.judge().released(world, self.page.id, &self.name);
                }
                world.locks.release(&self.name, request);
            }
            None => world.presence.remove(&self.name, self.page.id),
        }
    }
}

/// A timer. Like the monotonic clock, it stands still while the device sleeps, or it does not.
struct Sleep<'a> {
    page: &'a Page,
    /// By the world's time, less the time in which the monotonic clock stood still.
    until: f64,
    /// Whom the agenda wakes, and at which lag of the monotonic clock that was planned.
    planned: Option<(Waker, f64)>,
}

impl<'a> Sleep<'a> {
    fn new(page: &'a Page, milliseconds: f64) -> Self {
        let until = page.world.now() - page.world.monotonic_lag() + milliseconds;
        Self { page, until, planned: None }
    }
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let world = &self.page.world;
        if self.page.is_dead() {
            return if world.page(self.page.id).may_still_sleep() {
                Poll::Ready(())
            } else {
                Poll::Pending
            };
        }
        let lag = world.monotonic_lag();
        let left = self.until - (world.now() - lag);
        if left < A_MOMENT {
            return Poll::Ready(());
        }
        let is_planned = self.planned.as_ref().is_some_and(|(planned, planned_lag)| {
            planned.will_wake(context.waker()) && lag.total_cmp(planned_lag).is_eq()
        });
        if !is_planned {
            let waker = context.waker().clone();
            world.plan(left, Event::Timer(waker.clone()));
            self.planned = Some((waker, lag));
        }
        Poll::Pending
    }
}

/// A request of the application to its API.
pub(crate) struct ApiRequest;

/// The API's answer.
pub(crate) struct ApiResponse {
    status: u16,
}

impl Page {
    async fn at_store_to_write(&self, key: &str) -> Result<()> {
        let reached = self.at_store().await;
        if reached.is_err() && !self.is_dead() {
            self.world.judge().store_failed(self.id);
            self.note(|| format!("cannot write {key}"));
        }
        reached
    }

    fn put(&self, key: &str, text: &str) {
        let forgets = match self.world.sabotage {
            Some(Sabotage::StoreForgetsSession) => key.starts_with("session"),
            Some(Sabotage::StoreForgetsResults) => {
                key.starts_with("transaction") && self.world.store.load(key).is_some()
            }
            _ => false,
        };
        if !forgets {
            self.note(|| format!("stores {key}: {text}"));
            self.world.judge().stored(&self.world, self.id, key, text);
            self.world.store.store(key, text);
        }
    }

    fn take(&self, key: &str) {
        self.note(|| format!("removes {key}"));
        self.world.judge().removed(&self.world, self, key);
        if !self.sabotages(Sabotage::RemoveForgets) {
            self.world.store.remove(key);
        }
    }
}

impl Host for Page {
    type ApiRequest = ApiRequest;
    type ApiResponse = ApiResponse;
    type Lock = Lock;
    type ServerFrame = ();

    fn wall_clock(&self) -> f64 {
        if self.sabotages(Sabotage::ClocksStandStill) {
            return server::true_wall_clock(0.0);
        }
        server::true_wall_clock(self.world.now()) + self.world.wall_offset.get()
    }

    fn monotonic_clock(&self) -> f64 {
        if self.sabotages(Sabotage::ClocksStandStill) {
            return 0.0;
        }
        self.world.now() - self.world.page(self.id).opened_at - self.world.monotonic_lag()
    }

    async fn sleep(&self, milliseconds: f64) {
        let milliseconds = match self.world.sabotage {
            Some(Sabotage::TimersRush) => milliseconds.min(20.0),
            Some(Sabotage::TimersHang) => f64::MAX,
            _ => self.world.throttled(milliseconds),
        };
        Sleep::new(self, milliseconds.max(0.0)).await;
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.world.executor.spawn(self.id, task);
    }

    async fn load_rest(&self) -> Result<()> {
        if self.world.page(self.id).has_rest {
            return Ok(());
        }
        self.wait_a_moment().await;
        let is_lost = self.world.offline.get() || self.world.chance(self.world.faults().network);
        if is_lost || self.is_dead() {
            self.note(|| "has not got the rest of the code".to_owned());
            return Err(ErrorCode::Network.into());
        }
        self.world.page(self.id).has_rest = true;
        Ok(())
    }

    fn random(&self, bytes: &mut [u8]) -> Result<()> {
        self.world.fill(bytes);
        if bytes.len() == 32 {
            self.world.judge().drawn(base64url::encode(bytes));
        }
        Ok(())
    }

    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse> {
        self.turn().await;
        if self.is_dead() {
            return Err(ErrorCode::Aborted.into());
        }
        if self.sabotages(Sabotage::ErrorsTell) && self.world.chance(0.1) {
            let form = request.form.as_ref().map_or("", |form| form.as_str());
            return Err(Error::new(ErrorCode::Network).about(form));
        }
        let answer = self.world.dispatch(self, request).await.and_then(received)?;
        let is_proxied = self.sabotages(Sabotage::ProxyEndsSessions) && answer.status >= 500;
        let answer = if is_proxied { server::Answer::error(400, "invalid_grant") } else { answer };
        self.note(|| format!("gets {} {}", answer.status, answer.body));
        Ok(answer.to_response())
    }

    async fn load(&self, key: &str) -> Result<Option<String>> {
        if let Some(read) = self.read_ahead(key) {
            self.turn().await;
            return Ok(read.text);
        }
        self.at_store().await?;
        let text = self.world.store.load(key);
        self.note(|| format!("loads {key}: {text:?}"));
        self.turn().await;
        Ok(text)
    }

    async fn store(&self, key: &str, text: &str) -> Result<()> {
        self.at_store_to_write(key).await?;
        self.put(key, text);
        self.turn().await;
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.at_store_to_write(key).await?;
        self.take(key);
        self.turn().await;
        Ok(())
    }

    async fn replace(&self, key: &str, expected: &str, text: Option<&str>) -> Result<bool> {
        self.at_store_to_write(key).await?;
        let is_there = self.world.store.load(key).as_deref() == Some(expected);
        if is_there {
            text.map_or_else(|| self.take(key), |text| self.put(key, text));
        }
        self.turn().await;
        Ok(is_there)
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        self.at_store().await?;
        let keys = self.world.store.keys(prefix);
        self.turn().await;
        Ok(keys)
    }

    async fn seal(&self, text: &Secret, context: &str) -> Result<String> {
        self.turn().await;
        if self.sabotages(Sabotage::SealsInTheClear) {
            return Ok(text.expose().to_owned());
        }
        Ok(self.world.store.seal(text.expose(), context))
    }

    async fn open(&self, sealed: &str, context: &str) -> Result<Option<Secret>> {
        self.turn().await;
        Ok(self.world.store.open(sealed, context).map(Secret::new))
    }

    async fn lock(&self, name: &str) -> Result<Lock> {
        self.turn().await;
        let world = &self.world;
        let request = world.locks.request(name, self.id, self.client);
        // Dropped before it is granted, it leaves the queue.
        let lock = Lock {
            page: self.clone(),
            name: name.to_owned(),
            request: Some(Rc::clone(&request)),
            is_granted: Cell::new(false),
        };
        let is_shared = self.sabotages(Sabotage::LocksAreShared);
        poll_fn(|context| {
            let is_granted = world.locks.is_granted(name, &request, context.waker());
            if is_granted || is_shared || self.is_dead() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        lock.is_granted.set(true);
        self.note(|| format!("has the lock {name}"));
        self.turn().await;
        if self.is_dead() { Err(ErrorCode::Aborted.into()) } else { Ok(lock) }
    }

    async fn be_present(&self, name: &str) -> Result<Lock> {
        self.turn().await;
        if self.is_dead() {
            return Err(ErrorCode::Aborted.into());
        }
        self.world.presence.add(name, self.id);
        Ok(Lock {
            page: self.clone(),
            name: name.to_owned(),
            request: None,
            is_granted: Cell::new(true),
        })
    }

    async fn others_present(&self, name: &str) -> bool {
        self.turn().await;
        !self.is_dead() && self.world.presence.others(name, self.id)
    }

    fn broadcast(&self, channel: &str, message: &str) {
        if self.is_dead() {
            return;
        }
        self.note(|| format!("broadcasts {message}"));
        self.world.judge().broadcast(&self.world, message);
        if self.sabotages(Sabotage::BroadcastsThroughStore) {
            self.world.store.store("last message", message);
            self.world.judge().stored(&self.world, self.id, "last message", message);
        }
        self.world.broadcast(self, channel, message);
    }

    fn on_message(&self, channel: &str, listener: Box<dyn Fn(String)>) {
        let listener: Rc<dyn Fn(String)> = listener.into();
        self.listen(channel, Rc::clone(&listener));
        self.heard_ahead().into_iter().for_each(|message| listener(message));
    }

    fn on_wake(&self, listener: Box<dyn Fn()>) {
        self.world.page(self.id).on_wake.push(Rc::from(listener));
    }

    fn on_hide(&self, listener: Box<dyn Fn()>) {
        self.world.page(self.id).on_hide.push(Rc::from(listener));
    }

    /// No simulated client counts the user's input.
    fn on_input(&self, _: Box<dyn Fn()>) {}

    fn close(&self) {
        let mut page = self.world.page(self.id);
        page.listening = None;
        page.on_wake.clear();
        page.on_hide.clear();
    }

    async fn digest(&self, hash: Hash, bytes: &[u8]) -> Result<Vec<u8>> {
        self.turn().await;
        assert!(!self.sabotages(Sabotage::DigestPanics), "the digest panics");
        debug_assert_eq!(hash, Hash::Sha256);
        Ok(sha256(bytes).to_vec())
    }

    async fn verify(
        &self,
        _: SigningAlgorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool> {
        self.turn().await;
        let PublicKey::Ec { x, .. } = key else { return Ok(false) };
        let is_right = signature == server::signature(x, message);
        Ok(is_right || self.sabotages(Sabotage::VerifiesEverything))
    }

    async fn key_pair(&self, _: &str) -> Result<PublicKey> {
        self.turn().await;
        let coordinate = base64url::encode(&[9; 32]);
        Ok(PublicKey::Ec { crv: "P-256".to_owned(), x: coordinate.clone(), y: coordinate })
    }

    async fn sign(&self, name: &str, message: &[u8]) -> Result<Vec<u8>> {
        self.turn().await;
        Ok(server::signature(name, message))
    }

    fn url(&self) -> String {
        self.world.page(self.id).url.clone()
    }

    fn replace_url(&self, url: &str) {
        if !self.sabotages(Sabotage::UrlStays) {
            url.clone_into(&mut self.world.page(self.id).url);
        }
    }

    fn resolve(&self, url: &str) -> Option<String> {
        if url.starts_with("https://") {
            Some(url.to_owned())
        } else {
            Some(format!("{ORIGIN}/{}", url.trim_start_matches('/')))
        }
    }

    async fn navigate(&self, url: &str) -> Result<()> {
        if self.is_dead() {
            return Err(ErrorCode::Aborted.into());
        }
        let is_cut =
            self.sabotages(Sabotage::LogoutUrlIsCut) && url.starts_with(server::END_SESSION);
        let url = if is_cut { server::END_SESSION } else { url };
        self.world.judge().navigated(&self.world, self.id, url);
        let event = Event::Navigation { page: self.id, url: url.to_owned() };
        self.world.plan(self.world.between(0.0, 100.0), event);
        poll_fn(|_| if self.is_dead() { Poll::Ready(()) } else { Poll::Pending }).await;
        Err(ErrorCode::Aborted.into())
    }

    async fn load_in_frame(&self, url: &str) -> Result<String> {
        if self.is_dead() {
            return Err(ErrorCode::Aborted.into());
        }
        let session = self.world.judge().asks_in_frame(&self.world, self.id, url);
        self.wait_a_moment().await;
        let answer = self.world.answer_in_frame(self.id, url, session);
        let forgets = answer.is_some() && self.sabotages(Sabotage::SilentLoginFindsNobody);
        let answer = if forgets { Some(Server::refuse(url, "login_required")) } else { answer };
        self.note(|| format!("the frame for session {session:?} gives {answer:?}"));
        self.wait_a_moment().await;
        if answer.is_none() {
            poll_fn(|_| if self.is_dead() { Poll::Ready(()) } else { Poll::Pending }).await;
        }
        answer.filter(|_| !self.is_dead()).ok_or_else(|| ErrorCode::Aborted.into())
    }

    async fn until_visible(&self) {}

    /// The simulated server has no page to ask.
    async fn open_server_frame(&self, _: &str) -> Result<()> {
        Err(ErrorCode::Unsupported.into())
    }

    async fn ask_server_frame(&self, (): &(), _: &str) -> Result<SessionStatus> {
        Err(ErrorCode::Unsupported.into())
    }

    fn api_url(&self, _: &ApiRequest) -> String {
        API.to_owned()
    }

    fn api_method(&self, _: &ApiRequest) -> String {
        "GET".to_owned()
    }

    async fn send_to_api(
        &self,
        _: &mut ApiRequest,
        authorization: &Secret,
        _: Option<&str>,
    ) -> Result<ApiResponse> {
        if self.is_dead() {
            return Err(ErrorCode::Aborted.into());
        }
        self.world.judge().sent_to_api(&self.world, authorization.expose());
        self.turn().await;
        if self.world.offline.get() {
            return Err(ErrorCode::Network.into());
        }
        self.wait_a_moment().await;
        let is_refused = self.world.chance(self.world.faults().api);
        Ok(ApiResponse { status: if is_refused { 401 } else { 200 } })
    }

    fn can_repeat(&self, _: &ApiRequest) -> bool {
        true
    }

    fn api_status(&self, response: &ApiResponse) -> u16 {
        response.status
    }

    fn api_header(&self, response: &ApiResponse, name: &str) -> Option<String> {
        let is_challenge = response.status == 401 && name == "www-authenticate";
        is_challenge.then(|| r#"Bearer error="invalid_token""#.to_owned())
    }
}
