use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::join_all;
use portcullis::client::Client;
use portcullis::protocol::base64url;
use portcullis::protocol::form::{self, Parameters};
use portcullis::{
    AnonymousReason, AuthState, ErrorCode, Event, LogoutOptions, RefreshedBy, TokenOptions,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::eventually::eventually;
use crate::indexed_db;
use crate::scripted_tab::{ACCESS_TOKEN, REFRESH_TOKEN, ScriptedServer, ScriptedTab};

/// Everything that is stored, as it lies there and taken out of its base64url.
async fn stored_bytes() -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in indexed_db::records().await {
        let value = value.as_string().expect("a record is a text");
        bytes.extend(key.bytes());
        bytes.extend(value.bytes());
        for part in value.split(' ') {
            bytes.extend(base64url::decode(part).unwrap_or_default());
        }
    }
    bytes
}

fn holds(bytes: &[u8], text: &str) -> bool {
    assert!(!text.is_empty());
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn reason(state: &AuthState) -> Option<AnonymousReason> {
    match state {
        AuthState::Anonymous { reason, .. } => Some(*reason),
        AuthState::Authenticated { .. } => None,
    }
}

/// The events that a client tells of, while the subscription lives.
fn heard(client: &Client<ScriptedTab>) -> (Rc<RefCell<Vec<Event>>>, portcullis::Subscription) {
    let events = Rc::new(RefCell::new(Vec::new()));
    let hear = Rc::clone(&events);
    let subscription = client.subscribe(move |event| hear.borrow_mut().push(event.clone()));
    (events, subscription)
}

#[wasm_bindgen_test]
async fn a_login_attempt_is_stored_so_that_nobody_can_read_it() {
    let server = ScriptedServer::new("sealed-attempt").await;
    let client = server.client().await;
    let callback_url = server.callback_url(&client).await;
    let stored = stored_bytes().await;
    assert!(holds(&stored, &format!("transaction {}", server.issuer)));

    client.handle_redirect_callback(Some(&callback_url)).await.unwrap();
    let sent_to = server.sent_to.borrow().clone();
    let request = Parameters::parse(form::query_and_fragment(&sent_to).0);
    let token_request = server.token_requests.borrow()[0].clone();
    let verifier = Parameters::parse(&token_request);
    for secret in [
        request.get("state").unwrap().unwrap(),
        request.get("nonce").unwrap().unwrap(),
        verifier.get("code_verifier").unwrap().unwrap(),
        "/inbox",
    ] {
        assert!(!holds(&stored, secret));
    }
    client.close();
}

#[wasm_bindgen_test]
async fn a_session_is_stored_so_that_nobody_can_read_it_and_its_access_token_not_at_all() {
    let server = ScriptedServer::new("sealed-session").await;
    let client = server.client().await;
    let result = server.log_in(&client).await;
    assert_eq!(result.error, None);
    assert_eq!(result.user.unwrap().sub(), "alice");
    assert!(result.return_to.unwrap().ends_with("/inbox"));
    assert_eq!(client.access_token(TokenOptions::new()).await.unwrap().expose().len(), 18);

    let stored = stored_bytes().await;
    assert!(holds(&stored, &format!("session {}", server.issuer)));
    let id_token = server.id_token.borrow().clone();
    for secret in [ACCESS_TOKEN, REFRESH_TOKEN, "the-code", &id_token, "alice"] {
        assert!(!holds(&stored, secret), "{secret}");
    }
    client.close();
}

#[wasm_bindgen_test]
async fn a_callback_is_handled_once_and_answered_the_same_ever_after() {
    let server = ScriptedServer::new("callback-once").await;
    let client = server.client().await;
    let url = server.callback_url(&client).await;
    let results = join_all([1, 2, 3].map(|_| client.handle_redirect_callback(Some(&url)))).await;
    let first = results[0].clone().unwrap();
    assert_eq!(first.user.as_ref().unwrap().sub(), "alice");
    for result in results {
        assert_eq!(result.unwrap(), first);
    }
    let another_tab = server.client().await;
    assert_eq!(another_tab.handle_redirect_callback(Some(&url)).await.unwrap(), first);
    assert_eq!(server.token_requests.borrow().len(), 1);
    client.close();
    another_tab.close();
}

#[wasm_bindgen_test]
async fn a_second_tab_has_the_session_at_once_and_its_token_without_a_request() {
    let server = ScriptedServer::new("second-tab").await;
    let first = server.client().await;
    server.log_in(&first).await;
    let token = first.access_token(TokenOptions::new()).await.unwrap();

    let second = server.client().await;
    assert_eq!(second.state().user().unwrap().sub(), "alice");
    let (events, _subscription) = heard(&second);
    assert!(second.access_token(TokenOptions::new()).await.unwrap() == token);
    assert_eq!(server.token_requests.borrow().len(), 1);
    eventually("the second tab knows where its token is from", async || {
        let by_another =
            |event: &Event| matches!(event, Event::Refreshed { by: RefreshedBy::AnotherTab, .. });
        events.borrow().iter().any(by_another)
    })
    .await;
    first.close();
    second.close();
}

#[wasm_bindgen_test]
async fn a_tab_opened_after_the_last_one_was_closed_restores_the_session() {
    let server = ScriptedServer::new("restored").await;
    let first = server.client().await;
    server.log_in(&first).await;
    first.close();

    let second = server.client().await;
    assert_eq!(second.state().user().unwrap().sub(), "alice");
    let token = second.access_token(TokenOptions::new()).await.unwrap();
    assert_eq!(token.expose(), format!("{ACCESS_TOKEN}2"));
    let requests = server.token_requests.borrow().clone();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].contains(&format!("{REFRESH_TOKEN}1")));
    second.close();
}

#[wasm_bindgen_test]
async fn many_calls_at_once_in_many_tabs_send_a_refresh_token_once() {
    let server = ScriptedServer::new("one-refresh").await;
    let tabs = [server.client().await, server.client().await, server.client().await];
    server.log_in(&tabs[0]).await;
    for tab in &tabs {
        eventually("every tab is logged in", async || tab.state().user().is_some()).await;
        tab.access_token(TokenOptions::new()).await.unwrap();
    }
    let before = server.token_requests.borrow().len();
    let calls = (0..30).map(|_| tabs[0].access_token(TokenOptions::new().force_refresh(true)));
    let tokens = join_all(calls).await;
    assert_eq!(server.token_requests.borrow().len(), before + 1);
    for tab in &tabs {
        let newest = tokens[0].clone().unwrap();
        eventually("every tab has the new token", async || {
            tab.access_token(TokenOptions::new()).await.unwrap() == newest
        })
        .await;
    }
    assert_eq!(server.token_requests.borrow().len(), before + 1);
    let used: Vec<_> = server
        .token_requests
        .borrow()
        .iter()
        .filter_map(|form| Some(Parameters::parse(form).get("refresh_token").ok()??.to_owned()))
        .collect();
    assert!(used.iter().enumerate().all(|(index, token)| !used[..index].contains(token)));
    for tab in tabs {
        tab.close();
    }
}

#[wasm_bindgen_test]
async fn logging_out_ends_the_session_in_every_tab_and_leaves_nothing_of_it() {
    let server = ScriptedServer::new("logout").await;
    let (here, there) = (server.client().await, server.client().await);
    server.log_in(&here).await;
    eventually("the other tab follows", async || there.state().user().is_some()).await;

    here.logout(LogoutOptions::new().local(true)).await.unwrap();
    assert_eq!(reason(&here.state()), Some(AnonymousReason::LoggedOut));
    eventually("the other tab follows", async || {
        reason(&there.state()) == Some(AnonymousReason::LoggedOutElsewhere)
    })
    .await;
    for client in [&here, &there] {
        let error = client.access_token(TokenOptions::new()).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::NotAuthenticated);
    }
    assert!(!holds(&stored_bytes().await, &format!("session {}", server.issuer)));
    let later = server.client().await;
    assert_eq!(reason(&later.state()), Some(AnonymousReason::Never));
    for client in [here, there, later] {
        client.close();
    }
}

#[wasm_bindgen_test]
async fn a_session_that_someone_else_wrote_is_none() {
    let server = ScriptedServer::new("forged-session").await;
    let first = server.client().await;
    server.log_in(&first).await;
    first.close();
    let forged = portcullis::browser::Browser::new().unwrap();
    let key = format!("session {} spa", server.issuer);
    for text in ["", "{}", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        portcullis::host::Host::store(&forged, &key, text).await.unwrap();
        let client = server.client().await;
        assert_eq!(reason(&client.state()), Some(AnonymousReason::Never), "{text:?}");
        client.close();
    }
}

#[wasm_bindgen_test]
async fn a_subscription_ends_when_it_is_dropped() {
    let server = ScriptedServer::new("subscription").await;
    let client = server.client().await;
    let (dropped, subscription) = heard(&client);
    let (kept, _subscription) = heard(&client);
    drop(subscription);
    server.log_in(&client).await;
    assert!(dropped.borrow().is_empty());
    let login = |event: &Event| matches!(event, Event::Login(user) if user.sub() == "alice");
    assert_eq!(kept.borrow().iter().filter(|event| login(event)).count(), 1);
    client.close();
}

#[wasm_bindgen_test]
async fn a_listener_may_unsubscribe_itself_and_subscribe_others() {
    let server = ScriptedServer::new("resubscription").await;
    let client = server.client().await;
    let own = Rc::new(RefCell::new(None));
    let calls = Rc::new(RefCell::new(0));
    let (in_listener, count, again) = (Rc::clone(&own), Rc::clone(&calls), client.clone());
    *own.borrow_mut() = Some(client.subscribe(move |_| {
        *count.borrow_mut() += 1;
        // Adding one and removing itself, while the event goes round.
        let another = again.subscribe(|_| {});
        in_listener.borrow_mut().replace(another);
    }));
    server.log_in(&client).await;
    assert_eq!(*calls.borrow(), 1);
    client.close();
}
