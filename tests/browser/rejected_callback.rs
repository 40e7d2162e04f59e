use std::rc::Rc;

use portcullis::{AnonymousReason, AuthState, CallbackResult, Client, Config, Error, ErrorCode};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{History, Window};

use crate::scripted_tab::{CLIENT_ID, ScriptedServer, metadata};

fn window() -> Window {
    web_sys::window().unwrap()
}

fn history() -> History {
    window().history().unwrap()
}

/// Starts a client in a page that was opened with this URL. Gives it, and the URL it leaves behind.
async fn opened_with(url: &str, config: Config) -> (Client, String) {
    let location = window().location();
    let before = location.href().unwrap();
    history().push_state_with_url(&JsValue::NULL, "", Some(url)).unwrap();
    let client = Client::start(config).await.unwrap();
    let left = location.href().unwrap();
    history().replace_state_with_url(&JsValue::NULL, "", Some(&before)).unwrap();
    (client, left[location.origin().unwrap().len()..].to_owned())
}

fn config(name: &str) -> Config {
    let issuer = format!("https://{name}.example");
    Config::new(&issuer, CLIENT_ID).metadata(metadata(&issuer))
}

fn error_of(client: &Client) -> Error {
    let result: Rc<CallbackResult> = client.callback().expect("a callback was handled");
    assert_eq!(result.user, None);
    let AuthState::Anonymous { reason: AnonymousReason::LoginFailed, error } = client.state()
    else {
        panic!("the state is {:?}", client.state());
    };
    assert_eq!(error, result.error);
    error.unwrap()
}

#[wasm_bindgen_test]
async fn a_callback_without_a_login_is_refused_and_leaves_the_address_bar() {
    for url in ["/?code=secret&state=unknown", "/?error=access_denied&state=unknown"] {
        let (client, left) = opened_with(url, config("no-login")).await;
        assert_eq!(error_of(&client).code(), ErrorCode::NoTransaction);
        assert_eq!(left, "/");
        client.close();
    }
}

#[wasm_bindgen_test]
async fn what_is_not_of_the_response_stays_in_the_address_bar() {
    let url = "/?tab=a%20b&code=secret&state=unknown&iss=https%3A%2F%2Fx.example&x#section";
    let (client, left) = opened_with(url, config("cleaned")).await;
    assert_eq!(left, "/?tab=a%20b&x#section");
    client.close();
}

#[wasm_bindgen_test]
async fn a_callback_with_the_state_of_no_login_begun_here_is_refused() {
    let server = ScriptedServer::new("other-state").await;
    let begun = server.client().await;
    let callback_url = server.callback_url(&begun).await;
    begun.close();

    let (client, left) = opened_with("/?code=secret&state=unknown", server.config()).await;
    assert_eq!(error_of(&client).code(), ErrorCode::StateMismatch);
    assert_eq!(left, "/");
    client.close();
    assert!(server.token_requests.borrow().is_empty());

    let returning = server.client().await;
    let result = returning.handle_redirect_callback(Some(&callback_url)).await.unwrap();
    assert_eq!(result.user.unwrap().sub(), "alice", "the login that was begun is still good");
    returning.close();
}

#[wasm_bindgen_test]
async fn a_malformed_callback_is_refused_and_leaves_the_address_bar() {
    for url in [
        "/?code=a&state=s&state=t",
        "/?code=a&state=s&id_token=e",
        "/#code=a&state=s",
        "/#access_token=a&state=s",
        "/?code=a&state=s#state=s",
    ] {
        let (client, left) = opened_with(url, config("malformed")).await;
        assert_eq!(error_of(&client).code(), ErrorCode::CallbackInvalid, "{url}");
        assert_eq!(left, "/", "{url}");
        client.close();
    }
}

#[wasm_bindgen_test]
async fn a_url_that_is_no_callback_of_ours_is_left_alone() {
    let elsewhere = config("left-alone").redirect_uri("/callback");
    for (url, config) in [
        ("/?code=a&state=s", elsewhere),
        ("/?code=a", config("left-alone")),
        ("/?state=s#code", config("left-alone")),
        ("/page?code=a&state=s", config("left-alone")),
    ] {
        let (client, left) = opened_with(url, config).await;
        assert!(client.callback().is_none(), "{url}");
        assert_eq!(left, url);
        client.close();
    }
}
