use portcullis::{AnonymousReason, AuthState, ErrorCode, TokenOptions};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::eventually::eventually;
use crate::indexed_db;
use crate::scripted_tab::{ScriptedServer, ScriptedTab};

type Client = portcullis::client::Client<ScriptedTab>;

fn was_logged_out(client: &Client) -> bool {
    let reason = AnonymousReason::LoggedOutElsewhere;
    client.state() == AuthState::Anonymous { reason, error: None }
}

#[wasm_bindgen_test]
async fn when_the_database_is_deleted_the_session_ends_in_every_tab_and_a_new_one_can_begin() {
    let server = ScriptedServer::new("deleted").await;
    let tabs = [server.client().await, server.client().await];
    server.log_in(&tabs[0]).await;
    eventually("both are logged in", async || tabs[1].state().user().is_some()).await;

    indexed_db::delete().await;
    for tab in &tabs {
        eventually("the session ends", async || was_logged_out(tab)).await;
        let error = tab.access_token(TokenOptions::new()).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::NotAuthenticated);
    }

    assert_eq!(server.log_in(&tabs[0]).await.error, None);
    eventually("the other follows", async || tabs[1].state().user().is_some()).await;
    let next_page = server.client().await;
    assert!(next_page.state().user().is_some(), "what was stored can be opened later");
    for client in tabs.iter().chain([&next_page]) {
        client.close();
    }
}

#[wasm_bindgen_test]
async fn when_the_records_are_cleared_the_session_ends_with_its_next_refresh() {
    let server = ScriptedServer::new("emptied").await;
    let client = server.client().await;
    server.log_in(&client).await;
    indexed_db::forget_everything().await;
    let error = client.refresh().await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::SessionEnded);
    assert!(was_logged_out(&client));
    assert_eq!(server.token_requests.borrow().len(), 1, "nothing is sent");

    assert_eq!(server.log_in(&client).await.error, None);
    let next_page = server.client().await;
    assert!(next_page.state().user().is_some(), "it is sealed with the key that is stored now");
    client.close();
    next_page.close();
}

#[wasm_bindgen_test]
async fn a_login_that_was_begun_before_everything_was_cleared_is_none() {
    let server = ScriptedServer::new("cleared-login").await;
    let client = server.client().await;
    let url = server.callback_url(&client).await;
    indexed_db::delete().await;
    let error = client.handle_redirect_callback(Some(&url)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NoTransaction);
    assert_eq!(server.log_in(&client).await.error, None);
    client.close();
}
