use std::cell::RefCell;
use std::rc::Rc;

use portcullis::browser::Browser;
use portcullis::client::Client;
use portcullis::host::Host as _;
use portcullis::protocol::form::{self, Parameters};
use portcullis::protocol::json::Json;
use portcullis::{
    Config, Dpop, ErrorCode, Event, LoginOptions, RefreshTokens, Secret, Subscription, TokenOptions,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::patched::Patched;
use crate::scripted_tab::{ACCESS_TOKEN, REFRESH_TOKEN, ScriptedServer, ScriptedTab, metadata};

fn without_indexed_db() -> Patched {
    Patched::get("indexedDB", "return undefined")
}

type Codes = Rc<RefCell<Vec<ErrorCode>>>;

/// The codes of the errors that a client logs, also those from before.
fn logged(client: &Client<ScriptedTab>) -> (Codes, Subscription) {
    let codes = Codes::default();
    let heard = Rc::clone(&codes);
    let subscription = client.subscribe(move |event| {
        if let Event::Log { error: Some(error), .. } = event {
            heard.borrow_mut().push(error.code());
        }
    });
    (codes, subscription)
}

fn session_storage() -> String {
    let browser = Browser::new().unwrap();
    browser.in_tab("").into_iter().map(|(key, text)| key + &text).collect()
}

/// A login in one page, its callback on the next, and a refresh there.
async fn log_in_across_pages(name: &str, config: impl Fn(Config) -> Config) {
    let server = ScriptedServer::new(name).await;
    let page = server.client_with(config(server.config())).await;
    let (codes, _subscription) = logged(&page);
    let url = server.callback_url(&page).await;
    assert_eq!(*codes.borrow(), [ErrorCode::StorageUnavailable], "{name}: told once");
    page.close();

    let next_page = server.client_with(config(server.config())).await;
    let (codes, _subscription) = logged(&next_page);
    let result = next_page.handle_redirect_callback(Some(&url)).await.unwrap();
    assert_eq!(result.error, None, "{name}");
    assert_eq!(result.user.as_ref().unwrap().sub(), "alice");
    assert!(result.return_to.as_ref().unwrap().ends_with("/inbox"));
    next_page.refresh().await.unwrap();
    let token = next_page.access_token(TokenOptions::new()).await.unwrap();
    assert_eq!(token.expose(), format!("{ACCESS_TOKEN}2"), "{name}");
    let again = next_page.handle_redirect_callback(Some(&url)).await.unwrap();
    assert_eq!(again, result, "{name}: the same callback gives the same answer");
    assert_eq!(server.token_requests.borrow().len(), 2);
    assert_eq!(*codes.borrow(), [ErrorCode::StorageUnavailable], "{name}: told once");
    next_page.close();
}

#[wasm_bindgen_test]
async fn a_login_by_redirect_works_where_there_is_no_indexed_db() {
    for (name, getter) in [
        ("undefined", "return undefined"),
        ("null", "return null"),
        ("throws", "throw new DOMException('blocked', 'SecurityError')"),
    ] {
        let _blocked = Patched::get("indexedDB", getter);
        log_in_across_pages(&format!("indexed-db-{name}"), |config| config).await;
    }
}

#[wasm_bindgen_test]
async fn a_login_by_redirect_works_where_indexed_db_can_not_be_opened() {
    for (name, body) in [
        ("throws", "throw new DOMException('blocked', 'SecurityError')"),
        ("fails", "const r = {}; setTimeout(() => r.onerror(new Event('error'))); return r"),
    ] {
        let _blocked = Patched::method("IDBFactory.prototype.open", body);
        log_in_across_pages(&format!("opening-{name}"), |config| config).await;
    }
}

#[wasm_bindgen_test]
async fn an_opening_that_is_never_answered_is_waited_for_once() {
    let _silent = Patched::method("IDBFactory.prototype.open", "return {}");
    let browser = Browser::new().unwrap();
    let began = browser.monotonic_clock();
    for _ in 0..3 {
        let error = browser.load("opening silent").await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::StorageUnavailable);
    }
    let waited = browser.monotonic_clock() - began;
    assert!((4_900.0..9_000.0).contains(&waited), "{waited} ms");
}

#[wasm_bindgen_test]
async fn a_login_by_redirect_works_where_the_storage_is_full() {
    let body = "throw new DOMException('full', 'QuotaExceededError')";
    let _full = Patched::method("IDBObjectStore.prototype.put", body);
    log_in_across_pages("full", |config| config).await;
}

#[wasm_bindgen_test]
async fn a_refresh_token_in_memory_needs_no_indexed_db() {
    let _blocked = without_indexed_db();
    log_in_across_pages("memory-only", |config| config.refresh_tokens(RefreshTokens::Memory)).await;
}

#[wasm_bindgen_test]
async fn a_login_that_this_tab_alone_keeps_can_not_be_read_there() {
    let _blocked = without_indexed_db();
    let server = ScriptedServer::new("sealed-in-tab").await;
    let client = server.client().await;
    let url = server.callback_url(&client).await;
    let during = session_storage();
    assert!(during.contains(&server.issuer));
    client.handle_redirect_callback(Some(&url)).await.unwrap();
    let after = session_storage();
    let sent_to = server.sent_to.borrow().clone();
    let request = Parameters::parse(form::query_and_fragment(&sent_to).0);
    let token_request = server.token_requests.borrow()[0].clone();
    let verifier = Parameters::parse(&token_request);
    let id_token = server.id_token.borrow().clone();
    for secret in [
        request.get("state").unwrap().unwrap(),
        request.get("nonce").unwrap().unwrap(),
        verifier.get("code_verifier").unwrap().unwrap(),
        &id_token,
        ACCESS_TOKEN,
        REFRESH_TOKEN,
        "/inbox",
        "alice",
    ] {
        assert!(!during.contains(secret) && !after.contains(secret));
    }
    client.close();
}

#[wasm_bindgen_test]
async fn a_login_that_was_swapped_or_altered_in_the_tab_is_none() {
    let _blocked = without_indexed_db();
    let server = ScriptedServer::new("swapped-in-tab").await;
    let client = server.client().await;
    let url = server.callback_url(&client).await;
    let browser = Browser::new().unwrap();
    let prefix = format!("transaction {} ", server.issuer);
    let (ours, text) = browser.in_tab(&prefix).pop().unwrap();
    server.callback_url(&client).await;
    let theirs = browser.in_tab(&prefix).into_iter().find(|(key, _)| *key != ours).unwrap().1;
    let altered = format!("{}AAAA", &text[..text.len() - 4]);
    for forged in [theirs.as_str(), &altered, "", "0", &text[..20]] {
        browser.keep_in_tab(&ours, Some(forged)).unwrap();
        let error = client.handle_redirect_callback(Some(&url)).await.unwrap_err();
        assert!(
            matches!(error.code(), ErrorCode::NoTransaction | ErrorCode::TransactionExpired),
            "{forged}"
        );
        assert!(server.token_requests.borrow().is_empty());
    }
    client.close();
}

#[wasm_bindgen_test]
async fn what_is_sealed_under_a_secret_opens_under_it_alone() {
    let browser = Browser::new().unwrap();
    let secret = |text: &str| Secret::new(text.to_owned());
    let (key, text) = (secret("the state"), secret("the text"));
    let sealed = browser.seal_under(&key, &text, "here").await.unwrap();
    assert!(browser.open_under(&key, &sealed, "here").await.unwrap() == Some(text));
    for (other, context) in [("another state", "here"), ("the state", "there"), ("", "here")] {
        assert!(browser.open_under(&secret(other), &sealed, context).await.unwrap().is_none());
    }
    assert!(browser.open(&sealed, "here").await.unwrap().is_none());
}

#[wasm_bindgen_test]
async fn without_any_storage_a_login_by_redirect_says_so() {
    let _blocked = without_indexed_db();
    for body in ["throw new DOMException('blocked', 'SecurityError')", "return null"] {
        let _blocked_too = Patched::get("sessionStorage", body);
        let server = ScriptedServer::new("no-storage").await;
        let client = server.client().await;
        let error = client.login_with_redirect(LoginOptions::new()).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::StorageUnavailable);
        assert!(server.sent_to.borrow().is_empty());
        client.close();
    }
}

#[wasm_bindgen_test]
async fn tokens_are_bound_to_no_key_that_a_redirect_would_lose() {
    let _blocked = without_indexed_db();
    let server = ScriptedServer::new("dpop-in-memory").await;
    let mut with_dpop = metadata(&server.issuer);
    with_dpop.set("dpop_signing_alg_values_supported", Json::Array(vec!["ES256".into()]));
    let config = |dpop| server.config().metadata(with_dpop.clone()).dpop(dpop);

    let client = server.client_with(config(Dpop::Auto)).await;
    client.login_with_redirect(LoginOptions::new()).await.unwrap();
    let sent_to = server.sent_to.take();
    assert!(sent_to.contains("state=") && !sent_to.contains("dpop_jkt"));
    client.close();

    let client = server.client_with(config(Dpop::Required)).await;
    let error = client.login_with_redirect(LoginOptions::new()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::StorageUnavailable);
    assert!(server.sent_to.borrow().is_empty());
    client.close();
}

#[wasm_bindgen_test]
async fn a_key_pair_in_memory_serves_for_the_time_of_the_page() {
    let browser = Browser::new().unwrap();
    {
        let _blocked = without_indexed_db();
        assert!(!browser.keeps_key_pair("key pair in memory").await);
        let pair = browser.key_pair("key pair in memory").await.unwrap();
        assert_eq!(browser.key_pair("key pair in memory").await.unwrap(), pair);
        assert!(!browser.keeps_key_pair("key pair in memory").await);
        assert_eq!(browser.sign("key pair in memory", b"proof").await.unwrap().len(), 64);
    }
    assert!(browser.keeps_key_pair("key pair in memory").await);
    let kept = browser.key_pair("key pair in memory").await.unwrap();
    let next_page = Browser::new().unwrap();
    assert_eq!(next_page.key_pair("key pair in memory").await.unwrap(), kept);
}
