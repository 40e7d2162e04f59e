//! The options of the JavaScript surface, each checked by name and type.

use std::cell::RefCell;

use wasm_bindgen::JsValue;

use super::value::from_js;
use crate::client::{LoginOptions, LogoutOptions, TokenOptions};
use crate::config::{
    Config, Dpop, HandleCallback, PushedRequests, RefreshTokens, Restore, SessionManagement,
    SilentLogin, StepUp,
};
use crate::error::{Error, Result};
use crate::protocol::authorization::ResponseMode;
use crate::protocol::json::{Json, Object};
use crate::protocol::signing::SigningAlgorithm;

/// What a configuration may hold.
const CONFIG_OPTIONS: &[&str] = &[
    "issuer",
    "clientId",
    "redirectUri",
    "postLogoutRedirectUri",
    "scope",
    "resource",
    "apis",
    "refreshTokens",
    "restore",
    "silentLogin",
    "sessionManagement",
    "dpop",
    "par",
    "metadata",
    "jwks",
    "responseMode",
    "clockTolerance",
    "refreshAhead",
    "requestTimeout",
    "signingAlgorithms",
    "maxAge",
    "acrValues",
    "uiLocales",
    "extraParams",
    "handleCallback",
    "idleTimeout",
    "stepUp",
];

/// A configuration of `createClient`.
pub(super) fn config(value: &JsValue) -> Result<Config> {
    let options = Options::read(value, "config")?;
    if options.has("clientSecret") {
        // Whoever opens the page can read it.
        options.refuse("clientSecret: a browser can't keep a secret; register a public client");
    }
    options.only(CONFIG_OPTIONS);
    for required in ["issuer", "clientId"] {
        if !options.has(required) {
            options.refuse(required);
        }
    }
    let mut config = Config::new("", "");
    for (name, text) in [
        ("issuer", &mut config.issuer),
        ("clientId", &mut config.client_id),
        ("redirectUri", &mut config.redirect_uri),
        ("scope", &mut config.scope),
    ] {
        if let Some(given) = options.string(name) {
            *text = given;
        }
    }
    for (name, text) in [
        ("postLogoutRedirectUri", &mut config.post_logout_redirect_uri),
        ("acrValues", &mut config.acr_values),
        ("uiLocales", &mut config.ui_locales),
    ] {
        *text = options.string(name);
    }
    config.resource = options.one_or_many("resource");
    config.apis = options.one_or_many("apis");
    config.refresh_tokens = [RefreshTokens::Encrypted, RefreshTokens::Memory]
        [options.choice("refreshTokens", &["encrypted", "memory"])];
    config.restore = [Restore::Optimistic, Restore::Verified]
        [options.choice("restore", &["optimistic", "verified"])];
    config.response_mode = [ResponseMode::Query, ResponseMode::Fragment]
        [options.choice("responseMode", &["query", "fragment"])];
    config.handle_callback = [HandleCallback::Auto, HandleCallback::Manual]
        [options.choice("handleCallback", &["auto", "manual"])];
    config.silent_login =
        [SilentLogin::Iframe, SilentLogin::Off][options.choice("silentLogin", &["iframe", "off"])];
    config.session_management = [SessionManagement::Off, SessionManagement::Auto]
        [options.choice("sessionManagement", &["off", "auto"])];
    config.dpop = [Dpop::Auto, Dpop::Required, Dpop::Off]
        [options.choice("dpop", &["auto", "required", "off"])];
    config.par = [PushedRequests::Auto, PushedRequests::Required, PushedRequests::Off]
        [options.choice("par", &["auto", "required", "off"])];
    config.step_up =
        [StepUp::Event, StepUp::Redirect][options.choice("stepUp", &["event", "redirect"])];
    config.metadata = options.object("metadata");
    config.jwks = options.object("jwks");
    for (name, seconds) in [
        ("clockTolerance", &mut config.clock_tolerance),
        ("refreshAhead", &mut config.refresh_ahead),
        ("requestTimeout", &mut config.request_timeout),
    ] {
        *seconds = options.number(name).unwrap_or(*seconds);
    }
    if options.has("signingAlgorithms") {
        config.signing_algorithms.clear();
        for name in options.one_or_many("signingAlgorithms") {
            match SigningAlgorithm::from_name(&name) {
                Some(algorithm) => config.signing_algorithms.push(algorithm),
                None => options.refuse("signingAlgorithms"),
            }
        }
    }
    config.max_age = options.number("maxAge");
    config.extra_params = options.parameters("extraParams");
    config.idle_timeout = options.number("idleTimeout");
    options.checked(config)
}

/// Options of `loginWithRedirect`.
pub(super) fn login(value: &JsValue) -> Result<LoginOptions> {
    const PARAMETERS: [(&str, &str); 5] = [
        ("prompt", "prompt"),
        ("loginHint", "login_hint"),
        ("acrValues", "acr_values"),
        ("display", "display"),
        ("uiLocales", "ui_locales"),
    ];
    let options = Options::read(value, "options")?;
    options.only(&[
        "returnTo",
        "appState",
        "scope",
        "resource",
        "prompt",
        "loginHint",
        "maxAge",
        "acrValues",
        "display",
        "uiLocales",
        "claims",
        "extraParams",
    ]);
    let mut login = LoginOptions::new();
    login.return_to = options.string("returnTo");
    login.app_state = options.string("appState");
    login.scope = options.string("scope");
    login.resource = options.one_or_many("resource");
    login.max_age = options.seconds("maxAge");
    for (option, parameter) in PARAMETERS {
        if let Some(value) = options.string(option) {
            login = login.param(parameter, &value);
        }
    }
    if let Some(claims) = options.object("claims") {
        login = login.claims(&claims);
    }
    for (name, value) in options.parameters("extraParams") {
        login = login.param(&name, &value);
    }
    options.checked(login)
}

/// Options of `getAccessToken`.
pub(super) fn token(value: &JsValue) -> Result<TokenOptions> {
    let options = Options::read(value, "options")?;
    options.only(&["minValidity", "scope", "resource", "forceRefresh"]);
    let mut token = TokenOptions::new();
    token.min_validity = options.seconds("minValidity").unwrap_or(0.0);
    token.scope = options.string("scope");
    token.resource = options.string("resource");
    token.force_refresh = options.bool("forceRefresh");
    options.checked(token)
}

/// Options of `logout`.
pub(super) fn logout(value: &JsValue) -> Result<LogoutOptions> {
    let options = Options::read(value, "options")?;
    options.only(&["returnTo", "local", "extraParams"]);
    let mut logout = LogoutOptions::new().local(options.bool("local"));
    logout.return_to = options.string("returnTo");
    logout.extra_params = options.parameters("extraParams");
    options.checked(logout)
}

/// An object of options. What is wrong in it comes to light at the end, in [`Options::checked`]: to stop
/// at each option would cost more code than to read on.
struct Options {
    given: Object,
    /// The first that was refused.
    refused: RefCell<Option<Error>>,
}

impl Options {
    /// Reads an object of options; `undefined` and `null` are none at all.
    fn read(value: &JsValue, name: &str) -> Result<Self> {
        let given = match from_js(value) {
            Some(Json::Object(object)) => object,
            Some(Json::Null) => Object::default(),
            _ => return Err(Error::invalid_config(name)),
        };
        Ok(Self { given, refused: RefCell::default() })
    }

    /// What was read, if none of it was refused.
    fn checked<T>(self, read: T) -> Result<T> {
        match self.refused.into_inner() {
            Some(error) => Err(error),
            None => Ok(read),
        }
    }

    fn refuse(&self, name: &str) {
        self.refused.borrow_mut().get_or_insert_with(|| Error::invalid_config(name));
    }

    /// Refuses every option but these.
    fn only(&self, known: &[&str]) {
        if let Some((unknown, _)) = self.given.iter().find(|(name, _)| !known.contains(name)) {
            self.refuse(unknown);
        }
    }

    /// An option that is set: neither `undefined` nor `null`.
    fn get(&self, name: &str) -> Option<&Json> {
        self.given.get(name).filter(|value| **value != Json::Null)
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// An option that is set, as `kind` reads it, which refuses it with `None`.
    fn of_kind<'a, T>(&'a self, name: &str, kind: impl FnOnce(&'a Json) -> Option<T>) -> Option<T> {
        let read = kind(self.get(name)?);
        if read.is_none() {
            self.refuse(name);
        }
        read
    }

    fn string(&self, name: &str) -> Option<String> {
        self.of_kind(name, Json::as_str).map(str::to_owned)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.of_kind(name, number)
    }

    fn seconds(&self, name: &str) -> Option<f64> {
        self.of_kind(name, |value| {
            number(value).filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
        })
    }

    fn bool(&self, name: &str) -> bool {
        let truth = self.of_kind(name, |value| match value {
            Json::Bool(truth) => Some(*truth),
            _ => None,
        });
        truth.unwrap_or_default()
    }

    fn one_or_many(&self, name: &str) -> Vec<String> {
        let texts = self.of_kind(name, Json::one_or_many).unwrap_or_default();
        texts.into_iter().map(str::to_owned).collect()
    }

    /// Which of these it is; the first where the option is not set.
    fn choice(&self, name: &str, choices: &[&str]) -> usize {
        let choice = self.of_kind(name, |value| {
            choices.iter().position(|choice| value.as_str() == Some(choice))
        });
        choice.unwrap_or_default()
    }

    fn object(&self, name: &str) -> Option<Object> {
        self.of_kind(name, Json::as_object).cloned()
    }

    fn parameters(&self, name: &str) -> Vec<(String, String)> {
        let mut parameters = Vec::new();
        for (key, value) in self.object(name).unwrap_or_default().iter() {
            match value.as_str() {
                Some(text) => parameters.push((key.to_owned(), text.to_owned())),
                None => self.refuse(name),
            }
        }
        parameters
    }
}

fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Number(number) => Some(*number),
        _ => None,
    }
}
