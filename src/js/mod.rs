//! What the npm package calls. The TypeScript layer in `npm/` gives it its public shape.

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use crate::browser::{ApiRequest, Browser};
use crate::client::{self, AuthState, CallbackResult, DevicePrompt, Event, Subscription, User};
use crate::error::{Error, Result};
use crate::protocol::json::{Json, Object};

mod abort;
mod options;
mod value;

use abort::unless_aborted;
use value::to_js;

/// Half the size of the default allocator.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// A client, as the TypeScript layer holds it.
#[wasm_bindgen]
pub struct Core {
    client: client::Client<Browser>,
    subscription: Option<Subscription>,
}

#[wasm_bindgen]
impl Core {
    /// Starts a client.
    pub fn start(config: JsValue) -> Promise {
        promise(async move {
            let config = options::config(&config)?;
            let browser = Browser::new()?;
            browser.hand_over().await;
            let client = client::Client::start(browser, config).await?;
            Ok(Self { client, subscription: None }.into())
        })
    }

    /// Ends the session that the server's iframe asks to end.
    #[wasm_bindgen(js_name = handleFrontchannelLogout)]
    pub fn handle_frontchannel_logout(config: JsValue, url: Option<String>) -> Promise {
        promise(async move {
            let (host, config) = (Browser::new()?, options::config(&config)?);
            let url = url.as_deref();
            let ended = client::Client::handle_frontchannel_logout(host, config, url).await?;
            Ok(ended.into())
        })
    }

    /// The state now.
    pub fn state(&self) -> JsValue {
        to_js(state(&self.client.state()))
    }

    /// The callback that `start` handled.
    pub fn callback(&self) -> JsValue {
        self.client.callback().map_or(JsValue::NULL, |result| to_js(callback_result(&result)))
    }

    /// Calls `listener(name, detail)` with every event.
    pub fn listen(&mut self, listener: Function) {
        self.subscription = Some(self.client.subscribe(move |event| {
            let (name, detail) = event_to_js(event);
            // The TypeScript layer's listener does not throw.
            let _ = listener.call2(&JsValue::UNDEFINED, &name.into(), &detail);
        }));
    }

    #[wasm_bindgen(js_name = loginWithRedirect)]
    pub fn login_with_redirect(&self, options: JsValue) -> Promise {
        let client = self.client.clone();
        promise(async move {
            client.login_with_redirect(options::login(&options)?).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Throws what is wrong with options of a login.
    #[wasm_bindgen(js_name = checkLogin)]
    pub fn check_login(&self, options: &JsValue) -> std::result::Result<(), JsValue> {
        let checked = options::login(options).and_then(|login| self.client.check_login(&login));
        checked.map_err(|why| to_js(error(&why)))
    }

    /// Gives the URL that a window of its own is to be sent to, and the `state` it comes back with.
    #[wasm_bindgen(js_name = loginInOtherWindow)]
    pub fn login_in_other_window(&self, options: JsValue) -> Promise {
        let client = self.client.clone();
        promise(async move {
            let begun = client.login_in_other_window(options::login(&options)?).await?;
            let (url, state) = (begun.url.as_str().into(), begun.state.expose().into());
            Ok(to_js(members([("url", url), ("state", state)])))
        })
    }

    /// Gives the user, or `null` if the server needs them for it.
    #[wasm_bindgen(js_name = loginSilently)]
    pub fn login_silently(&self, options: JsValue) -> Promise {
        let client = self.client.clone();
        promise(async move {
            let who = client.login_silently(options::login(&options)?).await?;
            Ok(who.map_or(JsValue::NULL, |who| to_js(user(&who))))
        })
    }

    #[wasm_bindgen(js_name = handleRedirectCallback)]
    pub fn handle_redirect_callback(&self, url: Option<String>) -> Promise {
        let client = self.client.clone();
        promise(async move {
            let result = client.handle_redirect_callback(url.as_deref()).await?;
            Ok(to_js(callback_result(&result)))
        })
    }

    /// The default access token, if it need not be waited for.
    #[wasm_bindgen(js_name = tokenAtHand)]
    pub fn token_at_hand(&self) -> Option<JsValue> {
        self.client.token_at_hand(|token| token.expose().into())
    }

    #[wasm_bindgen(js_name = getAccessToken)]
    pub fn access_token(&self, options: JsValue) -> Promise {
        let client = self.client.clone();
        promise(async move {
            let token = client.access_token(options::token(&options)?).await?;
            Ok(token.expose().into())
        })
    }

    pub fn fetch(&self, request: web_sys::Request, repeatable: bool) -> Promise {
        let client = self.client.clone();
        promise(async move { Ok(client.fetch(ApiRequest::new(request, repeatable)).await?.into()) })
    }

    #[wasm_bindgen(js_name = getUserInfo)]
    pub fn user_info(&self) -> Promise {
        let client = self.client.clone();
        promise(async move { Ok(to_js(client.user_info().await?)) })
    }

    pub fn refresh(&self) -> Promise {
        let client = self.client.clone();
        promise(async move {
            client.refresh().await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    pub fn logout(&self, options: JsValue) -> Promise {
        let client = self.client.clone();
        promise(async move {
            client.logout(options::logout(&options)?).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// `signal` is an `AbortSignal` or `undefined`; aborting it gives up.
    #[wasm_bindgen(js_name = loginWithDevice)]
    pub fn login_with_device(
        &self,
        scope: Option<String>,
        on_prompt: Function,
        signal: Option<web_sys::AbortSignal>,
    ) -> Promise {
        let client = self.client.clone();
        promise(async move {
            let login = client.login_with_device(scope.as_deref(), |prompt| {
                // The TypeScript layer's listener does not throw.
                let _ = on_prompt.call1(&JsValue::UNDEFINED, &to_js(device_prompt(&prompt)));
            });
            let who = unless_aborted(login, signal).await?;
            Ok(to_js(user(&who)))
        })
    }

    pub fn close(&self) {
        self.client.close();
    }
}

/// The promise of a call.
fn promise(call: impl Future<Output = Result<JsValue>> + 'static) -> Promise {
    settling(call.boxed_local())
}

/// Not a copy of it for every call.
#[inline(never)]
fn settling(call: LocalBoxFuture<'static, Result<JsValue>>) -> Promise {
    wasm_bindgen_futures::future_to_promise(
        call.map(|settled| settled.map_err(|why| to_js(error(&why)))),
    )
}

fn event_to_js(event: &Event) -> (&'static str, JsValue) {
    match event {
        Event::State(now) => ("state", to_js(state(now))),
        Event::Login(who) => ("login", to_js(user(who))),
        Event::Logout(reason) => ("logout", reason.as_str().into()),
        Event::Refreshed { expires_at, by } => {
            let detail =
                members([("expiresAt", Json::Number(*expires_at)), ("by", by.as_str().into())]);
            ("refreshed", to_js(detail))
        }
        Event::RefreshFailed { error: why, retry_at } => {
            let detail = members([
                ("error", Json::Object(error(why))),
                ("retryAt", Json::Number(*retry_at)),
            ]);
            ("refreshFailed", to_js(detail))
        }
        Event::IdleWarning { logout_at } => {
            let logout_at = logout_at.map_or(Json::Null, Json::Number);
            ("idleWarning", to_js(members([("logoutAt", logout_at)])))
        }
        Event::StepUp { acr_values, max_age, scope } => {
            let mut detail = Object::default();
            detail.set_some("acrValues", acr_values.as_deref());
            detail.set_some("scope", scope.as_deref());
            if let Some(seconds) = max_age {
                detail.set("maxAge", Json::Number(*seconds));
            }
            ("stepUp", to_js(detail))
        }
        Event::Mistake(mistake) => ("mistake", mistake.as_str().into()),
        Event::Log { message, error: why } => {
            let mut detail = members([("message", (*message).into())]);
            if let Some(why) = why {
                detail.set("error", Json::Object(error(why)));
            }
            ("log", to_js(detail))
        }
    }
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
