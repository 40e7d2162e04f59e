//! A tab of the browser whose authorization server is scripted, and which stays where it is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::LocalBoxFuture;
use portcullis::browser::{ApiRequest, Browser};
use portcullis::client::Client;
use portcullis::host::Host;
use portcullis::protocol::form::Parameters;
use portcullis::protocol::http::{HttpRequest, HttpResponse};
use portcullis::protocol::jwk::PublicKey;
use portcullis::protocol::session_management::SessionStatus;
use portcullis::protocol::signing::{Hash, SigningAlgorithm};
use portcullis::protocol::{base64url, form, json};
use portcullis::{CallbackResult, Config, Error, LoginOptions, Secret};
use web_sys::Response;

use crate::signing_key::SigningKey;

pub const CLIENT_ID: &str = "spa";
pub const ACCESS_TOKEN: &str = "the-access-token-";
pub const REFRESH_TOKEN: &str = "the-refresh-token-";

/// An authorization server that answers every token request with tokens of its own.
pub struct ScriptedServer {
    pub issuer: String,
    /// When all its ID tokens were issued, in seconds: two of them say the same.
    issued_at: f64,
    key: SigningKey,
    nonce: RefCell<String>,
    granted: Cell<u32>,
    /// The forms of the requests to the token endpoint.
    pub token_requests: RefCell<Vec<String>>,
    /// The ID token it gave last.
    pub id_token: RefCell<String>,
    /// Where the tab was sent last.
    pub sent_to: RefCell<String>,
    next_freeze: RefCell<Option<NextFreeze>>,
}

impl ScriptedServer {
    /// Each test has an issuer of its own, and with it its own sessions.
    pub async fn new(name: &str) -> Rc<Self> {
        Rc::new(Self {
            issuer: format!("https://{name}.example"),
            issued_at: (Browser::new().unwrap().wall_clock() / 1000.0).floor(),
            key: SigningKey::generate(SigningAlgorithm::Es256).await,
            nonce: RefCell::default(),
            granted: Cell::new(0),
            token_requests: RefCell::default(),
            id_token: RefCell::default(),
            sent_to: RefCell::default(),
            next_freeze: RefCell::default(),
        })
    }

    pub fn config(&self) -> Config {
        let mut jwks = json::Object::default();
        jwks.set("keys", json::Json::Array(vec![json::Json::Object(self.key.jwk.clone())]));
        Config::new(&self.issuer, CLIENT_ID).metadata(metadata(&self.issuer)).jwks(jwks)
    }

    /// A client in a tab of its own.
    pub async fn client(self: &Rc<Self>) -> Client<ScriptedTab> {
        self.client_with(self.config()).await
    }

    pub async fn client_with(self: &Rc<Self>, config: Config) -> Client<ScriptedTab> {
        let tab = ScriptedTab { browser: Browser::new().unwrap(), server: Rc::clone(self) };
        Client::start(tab, config).await.unwrap()
    }

    /// Freezes the next tab that comes there. The first end given tells when, the other lets it go on.
    pub fn freeze_next(&self, at: Freeze) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let ((frozen, is_frozen), (thaw, thawed)) = (oneshot::channel(), oneshot::channel());
        *self.next_freeze.borrow_mut() = Some(NextFreeze { at, frozen, thawed });
        (is_frozen, thaw)
    }

    /// The refresh tokens that were sent.
    pub fn refresh_tokens(&self) -> Vec<String> {
        let requests = self.token_requests.borrow();
        let sent =
            |form: &String| Some(Parameters::parse(form).get("refresh_token").ok()??.to_owned());
        requests.iter().filter_map(sent).collect()
    }

    /// Sends the user to log in and gives the URL they come back with.
    pub async fn callback_url(&self, client: &Client<ScriptedTab>) -> String {
        client.login_with_redirect(LoginOptions::new().return_to("/inbox")).await.unwrap();
        let sent_to = self.sent_to.borrow().clone();
        let (query, _) = form::query_and_fragment(&sent_to);
        let parameters = Parameters::parse(query);
        let parameter = |name| parameters.get(name).unwrap().unwrap().to_owned();
        *self.nonce.borrow_mut() = parameter("nonce");
        format!("{}?code=the-code&state={}", parameter("redirect_uri"), parameter("state"))
    }

    /// A whole login.
    pub async fn log_in(&self, client: &Client<ScriptedTab>) -> CallbackResult {
        let url = self.callback_url(client).await;
        client.handle_redirect_callback(Some(&url)).await.unwrap()
    }

    async fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let form = request.form.as_ref().map(|form| form.to_string()).unwrap_or_default();
        self.token_requests.borrow_mut().push(form);
        let number = self.granted.get() + 1;
        self.granted.set(number);
        let id_token = self.sign_id_token().await;
        id_token.clone_into(&mut self.id_token.borrow_mut());
        let body = format!(
            r#"{{"access_token":"{ACCESS_TOKEN}{number}","token_type":"Bearer","expires_in":300,
                "refresh_token":"{REFRESH_TOKEN}{number}","id_token":"{id_token}"}}"#
        );
        let content_type = Some("application/json".to_owned());
        HttpResponse { content_type, ..HttpResponse::new(200, body) }
    }

    async fn sign_id_token(&self) -> String {
        let now = self.issued_at;
        let claims = format!(
            r#"{{"iss":"{}","aud":"{CLIENT_ID}","sub":"alice","exp":{},"iat":{now},"nonce":"{}"}}"#,
            self.issuer,
            now + 300.0,
            self.nonce.borrow(),
        );
        let [header, claims] =
            [r#"{"alg":"ES256"}"#, &claims].map(|part| base64url::encode(part.as_bytes()));
        let signature = self.key.sign(format!("{header}.{claims}").as_bytes()).await;
        format!("{header}.{claims}.{}", base64url::encode(&signature))
    }
}

/// Server metadata with the endpoints that every server has, and no others.
pub fn metadata(issuer: &str) -> json::Object {
    let text = format!(
        r#"{{"issuer":"{issuer}","authorization_endpoint":"{issuer}/auth",
            "token_endpoint":"{issuer}/token","jwks_uri":"{issuer}/jwks"}}"#
    );
    json::object(&text).unwrap()
}

pub struct ScriptedTab {
    browser: Browser,
    server: Rc<ScriptedServer>,
}

/// Where a tab may be frozen.
#[derive(Clone, Copy, PartialEq)]
pub enum Freeze {
    /// When it has read the session.
    VaultRead,
    /// When a request was answered.
    Answer,
}

/// The next tab that comes there is frozen, which is told, until it is thawed.
struct NextFreeze {
    at: Freeze,
    frozen: oneshot::Sender<()>,
    thawed: oneshot::Receiver<()>,
}

impl ScriptedTab {
    async fn freeze_at(&self, now: Freeze) {
        let freeze = self.server.next_freeze.borrow_mut().take_if(|freeze| freeze.at == now);
        if let Some(NextFreeze { frozen, thawed, .. }) = freeze {
            frozen.send(()).unwrap();
            thawed.await.unwrap();
        }
    }
}

type Result<T> = std::result::Result<T, Error>;

/// Everything but `send` and `navigate` is the browser's.
impl Host for ScriptedTab {
    type ApiRequest = ApiRequest;
    type ApiResponse = Response;
    type Lock = <Browser as Host>::Lock;
    type ServerFrame = <Browser as Host>::ServerFrame;

    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse> {
        let answer = self.server.answer(request).await;
        self.freeze_at(Freeze::Answer).await;
        Ok(answer)
    }

    async fn navigate(&self, url: &str) -> Result<()> {
        url.clone_into(&mut self.server.sent_to.borrow_mut());
        Ok(())
    }

    fn wall_clock(&self) -> f64 {
        self.browser.wall_clock()
    }

    fn monotonic_clock(&self) -> f64 {
        self.browser.monotonic_clock()
    }

    async fn sleep(&self, milliseconds: f64) {
        self.browser.sleep(milliseconds).await;
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.browser.spawn(task);
    }

    fn random(&self, bytes: &mut [u8]) -> Result<()> {
        self.browser.random(bytes)
    }

    async fn load(&self, key: &str) -> Result<Option<String>> {
        let found = self.browser.load(key).await;
        if key.starts_with("session ") {
            self.freeze_at(Freeze::VaultRead).await;
        }
        found
    }

    async fn store(&self, key: &str, text: &str) -> Result<()> {
        self.browser.store(key, text).await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.browser.remove(key).await
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        self.browser.keys(prefix).await
    }

    async fn replace(&self, key: &str, expected: &str, text: Option<&str>) -> Result<bool> {
        self.browser.replace(key, expected, text).await
    }

    async fn sweep(&self, prefix: &str, from: f64, to: f64) -> Result<()> {
        self.browser.sweep(prefix, from, to).await
    }

    fn in_tab(&self, prefix: &str) -> Vec<(String, String)> {
        self.browser.in_tab(prefix)
    }

    fn keep_in_tab(&self, key: &str, text: Option<&str>) -> Result<()> {
        self.browser.keep_in_tab(key, text)
    }

    async fn seal_under(&self, secret: &Secret, text: &Secret, context: &str) -> Result<String> {
        self.browser.seal_under(secret, text, context).await
    }

    async fn open_under(
        &self,
        secret: &Secret,
        sealed: &str,
        context: &str,
    ) -> Result<Option<Secret>> {
        self.browser.open_under(secret, sealed, context).await
    }

    async fn seal(&self, text: &Secret, context: &str) -> Result<String> {
        self.browser.seal(text, context).await
    }

    async fn open(&self, sealed: &str, context: &str) -> Result<Option<Secret>> {
        self.browser.open(sealed, context).await
    }

    async fn lock(&self, name: &str) -> Result<Self::Lock> {
        self.browser.lock(name).await
    }

    async fn holds(&self, lock: &Self::Lock) -> bool {
        self.browser.holds(lock).await
    }

    async fn be_present(&self, name: &str) -> Result<Self::Lock> {
        self.browser.be_present(name).await
    }

    async fn others_present(&self, name: &str) -> bool {
        self.browser.others_present(name).await
    }

    fn broadcast(&self, channel: &str, message: &str) {
        self.browser.broadcast(channel, message);
    }

    fn on_message(&self, channel: &str, listener: Box<dyn Fn(String)>) {
        self.browser.on_message(channel, listener);
    }

    fn on_wake(&self, listener: Box<dyn Fn()>) {
        self.browser.on_wake(listener);
    }

    fn on_hide(&self, listener: Box<dyn Fn()>) {
        self.browser.on_hide(listener);
    }

    fn on_input(&self, listener: Box<dyn Fn()>) {
        self.browser.on_input(listener);
    }

    fn close(&self) {
        self.browser.close();
    }

    async fn digest(&self, hash: Hash, bytes: &[u8]) -> Result<Vec<u8>> {
        self.browser.digest(hash, bytes).await
    }

    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool> {
        self.browser.verify(algorithm, key, message, signature).await
    }

    async fn key_pair(&self, name: &str) -> Result<PublicKey> {
        self.browser.key_pair(name).await
    }

    async fn keeps_key_pair(&self, name: &str) -> bool {
        self.browser.keeps_key_pair(name).await
    }

    async fn sign(&self, name: &str, message: &[u8]) -> Result<Vec<u8>> {
        self.browser.sign(name, message).await
    }

    fn url(&self) -> String {
        self.browser.url()
    }

    fn replace_url(&self, url: &str) {
        self.browser.replace_url(url);
    }

    fn resolve(&self, url: &str) -> Option<String> {
        self.browser.resolve(url)
    }

    async fn until_visible(&self) {
        self.browser.until_visible().await;
    }

    async fn open_server_frame(&self, url: &str) -> Result<Self::ServerFrame> {
        self.browser.open_server_frame(url).await
    }

    async fn ask_server_frame(
        &self,
        frame: &Self::ServerFrame,
        message: &str,
    ) -> Result<SessionStatus> {
        self.browser.ask_server_frame(frame, message).await
    }

    async fn load_in_frame(&self, url: &str) -> Result<String> {
        self.browser.load_in_frame(url).await
    }

    fn api_url(&self, request: &ApiRequest) -> String {
        self.browser.api_url(request)
    }

    fn api_method(&self, request: &ApiRequest) -> String {
        self.browser.api_method(request)
    }

    async fn send_to_api(
        &self,
        request: &mut ApiRequest,
        authorization: &Secret,
        proof: Option<&str>,
    ) -> Result<Response> {
        self.browser.send_to_api(request, authorization, proof).await
    }

    fn can_repeat(&self, request: &ApiRequest) -> bool {
        self.browser.can_repeat(request)
    }

    fn api_status(&self, response: &Response) -> u16 {
        self.browser.api_status(response)
    }

    fn api_header(&self, response: &Response, name: &str) -> Option<String> {
        self.browser.api_header(response, name)
    }
}
