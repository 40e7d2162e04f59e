//! The options of the JavaScript surface, each checked by name and type.

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
        return Err(Error::invalid_config(
            "clientSecret: a browser can't keep a secret; register a public client",
        ));
    }
    options.only(CONFIG_OPTIONS)?;
    let required = |name| options.string(name)?.ok_or_else(|| Error::invalid_config(name));
    let mut config = Config::new(required("issuer")?, required("clientId")?);
    if let Some(uri) = options.string("redirectUri")? {
        config = config.redirect_uri(uri);
    }
    if let Some(uri) = options.string("postLogoutRedirectUri")? {
        config = config.post_logout_redirect_uri(uri);
    }
    if let Some(scope) = options.string("scope")? {
        config = config.scope(scope);
    }
    config.resource = options.one_or_many("resource")?;
    config.apis = options.one_or_many("apis")?;
    config.refresh_tokens = options.one_of(
        "refreshTokens",
        &[("encrypted", RefreshTokens::Encrypted), ("memory", RefreshTokens::Memory)],
    )?;
    config.restore = options.one_of(
        "restore",
        &[("optimistic", Restore::Optimistic), ("verified", Restore::Verified)],
    )?;
    config.response_mode = options.one_of(
        "responseMode",
        &[("query", ResponseMode::Query), ("fragment", ResponseMode::Fragment)],
    )?;
    config.handle_callback = options.one_of(
        "handleCallback",
        &[("auto", HandleCallback::Auto), ("manual", HandleCallback::Manual)],
    )?;
    config.silent_login = options
        .one_of("silentLogin", &[("iframe", SilentLogin::Iframe), ("off", SilentLogin::Off)])?;
    config.session_management = options.one_of(
        "sessionManagement",
        &[("off", SessionManagement::Off), ("auto", SessionManagement::Auto)],
    )?;
    config.dpop = options.one_of(
        "dpop",
        &[("auto", Dpop::Auto), ("required", Dpop::Required), ("off", Dpop::Off)],
    )?;
    config.par = options.one_of(
        "par",
        &[
            ("auto", PushedRequests::Auto),
            ("required", PushedRequests::Required),
            ("off", PushedRequests::Off),
        ],
    )?;
    config.step_up =
        options.one_of("stepUp", &[("event", StepUp::Event), ("redirect", StepUp::Redirect)])?;
    config.metadata = options.object("metadata")?;
    config.jwks = options.object("jwks")?;
    for (name, seconds) in [
        ("clockTolerance", &mut config.clock_tolerance),
        ("refreshAhead", &mut config.refresh_ahead),
        ("requestTimeout", &mut config.request_timeout),
    ] {
        *seconds = options.number(name)?.unwrap_or(*seconds);
    }
    if options.has("signingAlgorithms") {
        config.signing_algorithms = options
            .one_or_many("signingAlgorithms")?
            .iter()
            .map(|name| {
                SigningAlgorithm::from_name(name)
                    .ok_or_else(|| Error::invalid_config("signingAlgorithms"))
            })
            .collect::<Result<_>>()?;
    }
    config.max_age = options.number("maxAge")?;
    config.acr_values = options.string("acrValues")?.map(str::to_owned);
    config.ui_locales = options.string("uiLocales")?.map(str::to_owned);
    config.extra_params = options.parameters("extraParams")?;
    config.idle_timeout = options.number("idleTimeout")?;
    Ok(config)
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
    ])?;
    let mut login = LoginOptions::new();
    login.return_to = options.string("returnTo")?.map(str::to_owned);
    login.app_state = options.string("appState")?.map(str::to_owned);
    login.scope = options.string("scope")?.map(str::to_owned);
    login.resource = options.one_or_many("resource")?;
    login.max_age = options.seconds("maxAge")?;
    for (option, parameter) in PARAMETERS {
        if let Some(value) = options.string(option)? {
            login = login.param(parameter, value);
        }
    }
    if let Some(claims) = options.object("claims")? {
        login = login.claims(&claims);
    }
    for (name, value) in options.parameters("extraParams")? {
        login = login.param(&name, &value);
    }
    Ok(login)
}

/// Options of `getAccessToken`.
pub(super) fn token(value: &JsValue) -> Result<TokenOptions> {
    let options = Options::read(value, "options")?;
    options.only(&["minValidity", "scope", "resource", "forceRefresh"])?;
    let mut token = TokenOptions::new();
    token.min_validity = options.seconds("minValidity")?.unwrap_or(0.0);
    token.scope = options.string("scope")?.map(str::to_owned);
    token.resource = options.string("resource")?.map(str::to_owned);
    token.force_refresh = options.bool("forceRefresh")?;
    Ok(token)
}

/// Options of `logout`.
pub(super) fn logout(value: &JsValue) -> Result<LogoutOptions> {
    let options = Options::read(value, "options")?;
    options.only(&["returnTo", "local", "extraParams"])?;
    let mut logout = LogoutOptions::new().local(options.bool("local")?);
    logout.return_to = options.string("returnTo")?.map(str::to_owned);
    logout.extra_params = options.parameters("extraParams")?;
    Ok(logout)
}

struct Options(Object);

impl Options {
    /// Reads an object of options; `undefined` and `null` are none at all.
    fn read(value: &JsValue, name: &str) -> Result<Self> {
        match from_js(value) {
            Some(Json::Object(object)) => Ok(Self(object)),
            Some(Json::Null) => Ok(Self(Object::default())),
            _ => Err(Error::invalid_config(name)),
        }
    }

    fn only(&self, known: &[&str]) -> Result<()> {
        match self.0.iter().find(|(name, _)| !known.contains(name)) {
            Some((unknown, _)) => Err(Error::invalid_config(unknown)),
            None => Ok(()),
        }
    }

    /// An option that is set: neither `undefined` nor `null`.
    fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name).filter(|value| **value != Json::Null)
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn string(&self, name: &str) -> Result<Option<&str>> {
        self.get(name)
            .map(|value| value.as_str().ok_or_else(|| Error::invalid_config(name)))
            .transpose()
    }

    fn number(&self, name: &str) -> Result<Option<f64>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Number(number)) => Ok(Some(*number)),
            Some(_) => Err(Error::invalid_config(name)),
        }
    }

    fn seconds(&self, name: &str) -> Result<Option<f64>> {
        match self.number(name)? {
            Some(seconds) if !seconds.is_finite() || seconds < 0.0 => {
                Err(Error::invalid_config(name))
            }
            seconds => Ok(seconds),
        }
    }

    fn bool(&self, name: &str) -> Result<bool> {
        match self.get(name) {
            None => Ok(false),
            Some(Json::Bool(value)) => Ok(*value),
            Some(_) => Err(Error::invalid_config(name)),
        }
    }

    fn one_or_many(&self, name: &str) -> Result<Vec<String>> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let texts = value.one_or_many().ok_or_else(|| Error::invalid_config(name))?;
        Ok(texts.into_iter().map(str::to_owned).collect())
    }

    fn one_of<T: Copy + Default>(&self, name: &str, choices: &[(&str, T)]) -> Result<T> {
        let Some(value) = self.string(name)? else { return Ok(T::default()) };
        let choice = choices.iter().find(|(choice, _)| *choice == value);
        choice.map(|(_, choice)| *choice).ok_or_else(|| Error::invalid_config(name))
    }

    fn object(&self, name: &str) -> Result<Option<Object>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Object(object)) => Ok(Some(object.clone())),
            Some(_) => Err(Error::invalid_config(name)),
        }
    }

    fn parameters(&self, name: &str) -> Result<Vec<(String, String)>> {
        let Some(object) = self.object(name)? else { return Ok(Vec::new()) };
        object
            .iter()
            .map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned())))
            .collect::<Option<_>>()
            .ok_or_else(|| Error::invalid_config(name))
    }
}
