use futures_util::future::{Either, select};
use portcullis::browser::Browser;
use portcullis::host::Host as _;
use portcullis::protocol::json;
use portcullis::{
    AnonymousReason, AuthState, Client, Config, Error, ErrorCode, LoginOptions, LogoutOptions,
    Restore, TokenOptions,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::eventually::eventually;
use crate::scripted_tab::{CLIENT_ID, Freeze, ScriptedServer, metadata};

const ISSUER: &str = "https://start.example";

fn config() -> Config {
    Config::new(ISSUER, CLIENT_ID)
        .metadata(metadata(ISSUER))
        .jwks(json::object(r#"{"keys":[]}"#).unwrap())
}

async fn refused(config: Config) -> Error {
    Client::start(config).await.err().expect("the configuration is refused")
}

#[wasm_bindgen_test]
async fn a_client_starts_anonymous_without_a_request() {
    let client = Client::start(config()).await.unwrap();
    let never = AuthState::Anonymous { reason: AnonymousReason::Never, error: None };
    assert_eq!(client.state(), never);
    assert!(client.callback().is_none());
    client.close();
}

#[wasm_bindgen_test]
async fn a_wrong_configuration_is_refused_by_code_and_name() {
    for (config, code, about) in [
        (Config::new("http://as.example", "spa"), ErrorCode::InsecureUrl, "issuer"),
        (Config::new("", "spa"), ErrorCode::InsecureUrl, "issuer"),
        (Config::new(ISSUER, ""), ErrorCode::InvalidConfig, "clientId"),
        (config().scope("profile"), ErrorCode::InvalidConfig, "scope"),
        (config().api("http://api.example"), ErrorCode::InvalidConfig, "apis"),
        (config().redirect_uri("/#fragment"), ErrorCode::InvalidConfig, "redirectUri"),
        (config().redirect_uri("http://["), ErrorCode::InvalidConfig, "redirectUri"),
        (config().redirect_uri("http://app.example"), ErrorCode::InsecureUrl, "redirectUri"),
        (
            config().post_logout_redirect_uri("javascript:alert(1)"),
            ErrorCode::InsecureUrl,
            "postLogoutRedirectUri",
        ),
        (config().request_timeout(f64::NAN), ErrorCode::InvalidConfig, "requestTimeout"),
    ] {
        let error = refused(config).await;
        assert_eq!(error.code(), code, "{about}");
        assert!(error.message().ends_with(about), "{}", error.message());
    }
    let of_another = config().metadata(metadata("https://another.example"));
    assert_eq!(refused(of_another).await.code(), ErrorCode::IssuerMismatch);
}

#[wasm_bindgen_test]
async fn what_needs_a_user_says_that_there_is_none() {
    let client = Client::start(config().api("https://api.example/")).await.unwrap();
    let code = |error: Error| error.code();
    for options in [TokenOptions::new(), TokenOptions::new().force_refresh(true)] {
        let token = client.access_token_with(options).await;
        assert_eq!(token.map(drop).map_err(code), Err(ErrorCode::NotAuthenticated));
    }
    assert_eq!(client.refresh().await.map_err(code), Err(ErrorCode::NotAuthenticated));
    let user_info = client.user_info().await;
    assert_eq!(user_info.map_err(code), Err(ErrorCode::NotAuthenticated));
    let request = gloo_net::http::Request::get("https://api.example/me").build().unwrap();
    let response = client.fetch(request).await;
    assert_eq!(response.map(drop).map_err(code), Err(ErrorCode::NotAuthenticated));
    client.logout(LogoutOptions::new()).await.unwrap();
    client.close();
}

#[wasm_bindgen_test]
async fn a_url_outside_of_the_apis_is_not_fetched() {
    let origin = web_sys::window().unwrap().location().origin().unwrap();
    let client = Client::start(config().api(&format!("{origin}/api"))).await.unwrap();
    for url in ["https://api.example/", "/", "/apis", "/api/../secret", "//api.example/api"] {
        let request = gloo_net::http::Request::get(url).build().unwrap();
        let error = client.fetch(request).await.err().unwrap();
        assert_eq!(error.code(), ErrorCode::UrlNotAllowed, "{url}");
    }
    client.close();
}

#[wasm_bindgen_test]
async fn a_login_with_wrong_options_is_refused_before_anything_happens() {
    let client = Client::start(config()).await.unwrap();
    for (options, about) in [
        (LoginOptions::new().return_to("https://evil.example/"), "returnTo"),
        (LoginOptions::new().return_to("//evil.example/"), "returnTo"),
        (LoginOptions::new().return_to("/\\evil.example/"), "returnTo"),
        (LoginOptions::new().return_to("javascript:alert(1)"), "returnTo"),
        (LoginOptions::new().return_to("http://["), "returnTo"),
        (LoginOptions::new().scope("profile"), "scope"),
        (LoginOptions::new().param("redirect_uri", "https://evil.example/"), "redirect_uri"),
        (LoginOptions::new().param("client_secret", "x"), "client_secret"),
    ] {
        let error = client.login_with_redirect(options).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidConfig, "{about}");
        assert!(error.message().ends_with(about), "{}", error.message());
    }
    client.close();
}

#[wasm_bindgen_test]
async fn a_callback_that_is_no_url_or_no_response_is_refused() {
    let client = Client::start(config()).await.unwrap();
    for url in [None, Some("http://["), Some("/"), Some("/?code=a"), Some("")] {
        let error = client.handle_redirect_callback(url).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::CallbackInvalid, "{url:?}");
    }
    client.close();
}

#[wasm_bindgen_test]
async fn a_start_that_is_given_up_leaves_nothing_running() {
    let server = ScriptedServer::new("given-up-start").await;
    let before = server.client().await;
    server.log_in(&before).await;
    before.close();
    let (browser, presence) =
        (Browser::new().unwrap(), format!("portcullis tab {} {CLIENT_ID}", server.issuer));
    // With this one, somebody else is present as long as the client is.
    let _present = browser.be_present(&presence).await.unwrap();
    let (refreshing, answer) = server.freeze_next(Freeze::Answer);
    let starting = server.client_with(server.config().restore(Restore::Verified));
    let Either::Right((_, starting)) = select(Box::pin(starting), refreshing).await else {
        panic!("it does not wait for its refresh");
    };
    assert!(browser.others_present(&presence).await);
    drop(starting);
    answer.send(()).unwrap();
    eventually("its end", async || !browser.others_present(&presence).await).await;
}
