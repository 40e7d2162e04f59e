//! What the npm package calls. The TypeScript layer in `npm/` gives it its public shape.
//!
//! What is asked and told is JSON, which JavaScript makes and reads by itself, and there is one entry for
//! all calls: each value and each entry that wasm-bindgen carries over costs code on both sides.

use futures_util::future::{FutureExt as _, LocalBoxFuture, TryFutureExt as _};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::browser::{ApiRequest, Browser};
use crate::client::later::Later;
use crate::client::{self, AuthState, CallbackResult, DevicePrompt, Event, Subscription, User};
use crate::error::{Error, Result};
use crate::host::Host as _;
use crate::protocol::json::{Json, Object};

mod device;
mod options;
pub(crate) mod rest;

/// Half the size of the default allocator.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

type Client = client::Client<Browser>;

/// A client, as the TypeScript layer holds it.
#[wasm_bindgen]
pub struct Core {
    client: Client,
    _subscription: Subscription,
}

#[wasm_bindgen]
impl Core {
    /// Starts a client, and calls `listener` with its state, the callback it has handled, if it has, and
    /// from then on with every event.
    pub fn start(config: String, listener: Function) -> Promise {
        promise(async move { start(&config, listener).await })
    }

    /// Ends the session that the server's iframe asks to end.
    #[wasm_bindgen(js_name = handleFrontchannelLogout)]
    pub fn handle_frontchannel_logout(config: String, url: JsValue) -> Promise {
        promise(async move {
            let browser = Browser::new()?;
            browser.load_rest().await?;
            Later::new(handle_frontchannel_logout(browser, &config, url.as_string())).await
        })
    }

    /// Gives what is wrong with options of a login, if something is.
    #[wasm_bindgen(js_name = checkLogin)]
    pub fn check_login(&self, options: &str) -> JsValue {
        let checked = options::login(options).and_then(|login| self.client.check_login(&login));
        checked.err().map_or(JsValue::UNDEFINED, |why| thrown(&why))
    }

    /// Calls a method of the client. What is no option is in `value`: the URL of a callback, the request
    /// that is to be sent, the app that a login by device is for.
    pub fn call(&self, method: String, options: String, value: JsValue) -> Promise {
        let client = self.client.clone();
        promise(async move { client.later(call(&client, &method, &options, value)).await })
    }

    /// An access token, for which the rest of the wasm need not be here.
    #[wasm_bindgen(js_name = accessToken)]
    pub fn access_token(&self, options: String) -> Promise {
        let client = self.client.clone();
        promise(async move {
            let token = client.access_token(options::token(&options)?).await?;
            Ok(token.expose().into())
        })
    }

    /// The default access token, if it need not be waited for.
    #[wasm_bindgen(js_name = tokenAtHand)]
    pub fn token_at_hand(&self) -> Option<JsValue> {
        self.client.token_at_hand(|token| token.expose().into())
    }

    /// Stops the client.
    pub fn close(&self) {
        self.client.close();
    }
}

async fn start(config: &str, listener: Function) -> Result<JsValue> {
    let config = options::config(config)?;
    let client = client::Client::start(Browser::new()?, config).await?;
    let tell = move |name: &str, detail: Json| {
        let event = members([("name", name.into()), ("detail", detail)]);
        // The TypeScript layer's listener does not throw.
        let _ = listener.call1(&JsValue::UNDEFINED, &to_js(&event));
    };
    tell("state", Json::Object(state(&client.state())));
    if let Some(result) = client.callback() {
        tell("callback", Json::Object(callback_result(&result)));
    }
    let subscription = client.subscribe(move |event| {
        let (name, detail) = described(event);
        tell(name, detail);
    });
    Ok(Core { client, _subscription: subscription }.into())
}

async fn handle_frontchannel_logout(
    browser: Browser,
    config: &str,
    url: Option<String>,
) -> Result<JsValue> {
    let config = options::config(config)?;
    Ok(client::Client::handle_frontchannel_logout(browser, config, url.as_deref()).await?.into())
}

/// Calls a method by its name in JavaScript.
async fn call(client: &Client, method: &str, options: &str, value: JsValue) -> Result<JsValue> {
    match method {
        "fetch" | "fetchOnce" => {
            let request = ApiRequest::new(value.unchecked_into(), method == "fetch");
            return Ok(client.fetch(request).await?.into());
        }
        "loginWithRedirect" => client.login_with_redirect(options::login(options)?).await?,
        "loginInOtherWindow" => {
            let begun = client.login_in_other_window(options::login(options)?).await?;
            let (url, state) = (begun.url.as_str().into(), begun.state.expose().into());
            return Ok(to_js(&members([("url", url), ("state", state)])));
        }
        "loginSilently" => {
            if let Some(who) = client.login_silently(options::login(options)?).await? {
                return Ok(to_js(&user(&who)));
            }
        }
        "loginWithDevice" => {
            let options = options::read(options)?;
            let who = device::log_in(client, options.string("scope"), value.unchecked_into());
            return Ok(to_js(&user(&who.await?)));
        }
        "handleRedirectCallback" => {
            let result = client.handle_redirect_callback(value.as_string().as_deref()).await?;
            return Ok(to_js(&callback_result(&result)));
        }
        "getUserInfo" => return Ok(to_js(&client.user_info().await?)),
        "refresh" => client.refresh().await?,
        "logout" => client.logout(options::logout(options)?).await?,
        _ => {}
    }
    Ok(JsValue::UNDEFINED)
}

/// What is given or told, as JSON.
fn to_js(object: &Object) -> JsValue {
    object.to_text().into()
}

/// The promise of a call.
fn promise(call: impl Future<Output = Result<JsValue>> + 'static) -> Promise {
    settling(call.boxed_local())
}

/// Not a copy of it for every call.
fn settling(call: LocalBoxFuture<'static, Result<JsValue>>) -> Promise {
    future_to_promise(call.map_err(|why| thrown(&why)))
}

fn thrown(why: &Error) -> JsValue {
    to_js(&error(why))
}

/// The name of an event, and what it tells.
fn described(event: &Event) -> (&'static str, Json) {
    match event {
        Event::State(now) => ("state", Json::Object(state(now))),
        Event::Login(who) => ("login", Json::Object(user(who))),
        Event::Logout(reason) => ("logout", reason.as_str().into()),
        Event::Refreshed { expires_at, by } => (
            "refreshed",
            object([("expiresAt", Json::Number(*expires_at)), ("by", by.as_str().into())]),
        ),
        Event::RefreshFailed { error: why, retry_at } => (
            "refreshFailed",
            object([("error", Json::Object(error(why))), ("retryAt", Json::Number(*retry_at))]),
        ),
        Event::IdleWarning { logout_at } => {
            ("idleWarning", object([("logoutAt", logout_at.map_or(Json::Null, Json::Number))]))
        }
        Event::StepUp { acr_values, max_age, scope } => {
            let mut detail = Object::default();
            detail.set_some("acrValues", acr_values.as_deref());
            detail.set_some("scope", scope.as_deref());
            if let Some(seconds) = max_age {
                detail.set("maxAge", Json::Number(*seconds));
            }
            ("stepUp", Json::Object(detail))
        }
        Event::Mistake(mistake) => ("mistake", mistake.as_str().into()),
        Event::Log { message, error: why } => {
            let mut detail = members([("message", (*message).into())]);
            if let Some(why) = why {
                detail.set("error", Json::Object(error(why)));
            }
            ("log", Json::Object(detail))
        }
    }
}

fn object<const N: usize>(of: [(&str, Json); N]) -> Json {
    Json::Object(members(of))
}

fn state(state: &AuthState) -> Object {
    match state {
        AuthState::Anonymous { reason, error: why } => {
            let mut object =
                members([("status", "anonymous".into()), ("reason", reason.as_str().into())]);
            if let Some(why) = why {
                object.set("error", Json::Object(error(why)));
            }
            object
        }
        AuthState::Authenticated { user: who, scope, expires_at, token_type } => members([
            ("status", "authenticated".into()),
            ("user", Json::Object(user(who))),
            ("scope", Json::Array(scope.iter().map(|scope| scope.as_str().into()).collect())),
            ("expiresAt", Json::Number(*expires_at)),
            ("sender", token_type.as_str().into()),
        ]),
    }
}

fn user(user: &User) -> Object {
    let claims = user.claims();
    let mut object =
        members([("sub", user.sub().into()), ("claims", Json::Object(claims.clone()))]);
    for name in ["name", "email", "picture", "preferred_username"] {
        object.set_some(name, claims.string(name));
    }
    if let Some(verified) = claims.bool("email_verified") {
        object.set("email_verified", Json::Bool(verified));
    }
    object
}

fn device_prompt(prompt: &DevicePrompt) -> Object {
    let mut object = members([
        ("userCode", prompt.user_code.as_str().into()),
        ("verificationUri", prompt.verification_uri.as_str().into()),
        ("expiresAt", Json::Number(prompt.expires_at)),
    ]);
    object.set_some("verificationUriComplete", prompt.verification_uri_complete.as_deref());
    object
}

fn callback_result(result: &CallbackResult) -> Object {
    let mut object = Object::default();
    object.set_some("returnTo", result.return_to.as_deref());
    object.set_some("appState", result.app_state.as_deref());
    if let Some(who) = &result.user {
        object.set("user", Json::Object(user(who)));
    }
    if let Some(why) = &result.error {
        object.set("error", Json::Object(error(why)));
    }
    object
}

fn error(error: &Error) -> Object {
    let mut object = members([
        ("code", error.code().as_str().into()),
        ("message", error.message().as_str().into()),
        ("retryable", Json::Bool(error.retryable())),
    ]);
    object.set_some("oauthError", error.oauth_error());
    object.set_some("description", error.description());
    if let Some(status) = error.status() {
        object.set("status", Json::Number(status.into()));
    }
    object
}

fn members<const N: usize>(mut members: [(&str, Json); N]) -> Object {
    object_of(&mut members)
}

/// The same for any number of them.
fn object_of(members: &mut [(&str, Json)]) -> Object {
    let mut object = Object::default();
    for (name, value) in members {
        object.set(name, std::mem::replace(value, Json::Null));
    }
    object
}
