//! The options of the JavaScript surface, as JSON. `npm/options.ts` has looked at their names and types.

use crate::client::{LoginOptions, LogoutOptions, TokenOptions};
use crate::config::{
    Config, Dpop, HandleCallback, PushedRequests, RefreshTokens, Restore, SessionManagement,
    SilentLogin, StepUp,
};
use crate::error::{Error, Result};
use crate::protocol::authorization::ResponseMode;
use crate::protocol::json::{self, Json, Object};
use crate::protocol::signing::SigningAlgorithm;

/// A configuration of `createClient`.
pub(super) fn config(given: &str) -> Result<Config> {
    let given = read(given)?;
    let mut config = Config::new("", "");
    for (name, text) in [
        ("issuer", &mut config.issuer),
        ("clientId", &mut config.client_id),
        ("redirectUri", &mut config.redirect_uri),
        ("scope", &mut config.scope),
    ] {
        if let Some(given) = text_of(&given, name) {
            *text = given;
        }
    }
    for (name, text) in [
        ("postLogoutRedirectUri", &mut config.post_logout_redirect_uri),
        ("acrValues", &mut config.acr_values),
        ("uiLocales", &mut config.ui_locales),
    ] {
        *text = text_of(&given, name);
    }
    for (name, seconds) in [
        ("clockTolerance", &mut config.clock_tolerance),
        ("refreshAhead", &mut config.refresh_ahead),
        ("requestTimeout", &mut config.request_timeout),
    ] {
        *seconds = given.number(name).unwrap_or(*seconds);
    }
    config.max_age = given.number("maxAge");
    config.idle_timeout = given.number("idleTimeout");
    config.resource = texts(&given, "resource");
    config.apis = texts(&given, "apis");
    config.metadata = object(&given, "metadata");
    config.jwks = object(&given, "jwks");
    config.extra_params = parameters(&given, "extraParams");
    choose(&given, &mut config);
    if given.get("signingAlgorithms").is_some_and(|algorithms| *algorithms != Json::Null) {
        let named = texts(&given, "signingAlgorithms");
        let known = named.iter().map(|name| SigningAlgorithm::from_name(name));
        config.signing_algorithms = known
            .collect::<Option<_>>()
            .ok_or_else(|| Error::invalid_config("signingAlgorithms"))?;
    }
    Ok(config)
}

/// The options that are a choice, where it is not the default.
fn choose(given: &Object, config: &mut Config) {
    let is = |name, choice| given.string(name) == Some(choice);
    if is("refreshTokens", "memory") {
        config.refresh_tokens = RefreshTokens::Memory;
    }
    if is("restore", "verified") {
        config.restore = Restore::Verified;
    }
    if is("responseMode", "fragment") {
        config.response_mode = ResponseMode::Fragment;
    }
    if is("handleCallback", "manual") {
        config.handle_callback = HandleCallback::Manual;
    }
    if is("silentLogin", "off") {
        config.silent_login = SilentLogin::Off;
    }
    if is("sessionManagement", "auto") {
        config.session_management = SessionManagement::Auto;
    }
    if is("dpop", "required") {
        config.dpop = Dpop::Required;
    }
    if is("dpop", "off") {
        config.dpop = Dpop::Off;
    }
    if is("par", "required") {
        config.par = PushedRequests::Required;
    }
    if is("par", "off") {
        config.par = PushedRequests::Off;
    }
    if is("stepUp", "redirect") {
        config.step_up = StepUp::Redirect;
    }
}

/// Options of a login.
pub(super) fn login(given: &str) -> Result<LoginOptions> {
    const PARAMETERS: [(&str, &str); 5] = [
        ("prompt", "prompt"),
        ("loginHint", "login_hint"),
        ("acrValues", "acr_values"),
        ("display", "display"),
        ("uiLocales", "ui_locales"),
    ];
    let given = read(given)?;
    let mut login = LoginOptions::new();
    login.return_to = text_of(&given, "returnTo");
    login.app_state = text_of(&given, "appState");
    login.scope = text_of(&given, "scope");
    login.resource = texts(&given, "resource");
    login.max_age = given.number("maxAge");
    for (option, parameter) in PARAMETERS {
        if let Some(value) = given.string(option) {
            login = login.param(parameter, value);
        }
    }
    if let Some(claims) = object(&given, "claims") {
        login = login.claims(&claims);
    }
    for (name, value) in parameters(&given, "extraParams") {
        login = login.param(&name, &value);
    }
    Ok(login)
}

/// Options of `getAccessToken`.
pub(super) fn token(given: &str) -> Result<TokenOptions> {
    let given = read(given)?;
    let mut token = TokenOptions::new();
    token.min_validity = given.number("minValidity").unwrap_or(0.0);
    token.scope = text_of(&given, "scope");
    token.resource = text_of(&given, "resource");
    token.force_refresh = given.bool("forceRefresh").unwrap_or_default();
    Ok(token)
}

/// Options of `logout`.
pub(super) fn logout(given: &str) -> Result<LogoutOptions> {
    let given = read(given)?;
    let mut logout = LogoutOptions::new().local(given.bool("local").unwrap_or_default());
    logout.return_to = text_of(&given, "returnTo");
    logout.extra_params = parameters(&given, "extraParams");
    Ok(logout)
}

/// The options; what is nested too deep for JSON of ours is refused as a whole.
pub(super) fn read(given: &str) -> Result<Object> {
    json::object(given).ok_or_else(|| Error::invalid_config("options"))
}

fn text_of(given: &Object, name: &str) -> Option<String> {
    given.string(name).map(str::to_owned)
}

/// One text or many.
fn texts(given: &Object, name: &str) -> Vec<String> {
    let texts = given.get(name).and_then(Json::one_or_many).unwrap_or_default();
    texts.into_iter().map(str::to_owned).collect()
}

fn object(given: &Object, name: &str) -> Option<Object> {
    given.get(name)?.as_object().cloned()
}

fn parameters(given: &Object, name: &str) -> Vec<(String, String)> {
    let given = object(given, name).unwrap_or_default();
    let texts = given.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    texts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
