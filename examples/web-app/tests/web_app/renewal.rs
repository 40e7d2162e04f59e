//! Access tokens that are renewed while many ask for them.

use portcullis::protocol::base64url;
use portcullis::protocol::signing::sha256;
use portcullis::{Error, ErrorCode, Secret};
use serde_json::json;
use sqlx::Row as _;
use tokio::task::JoinSet;
use web_app::renewal;

use super::authorization_server::Server;
use super::database::{CLIENT, Database, START, log_in, renewed, session};
use super::id_tokens;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_requests_at_many_servers_send_a_refresh_token_once() {
    let (server, database) = (Server::start().await, Database::new().await);
    let mut id = None;
    let mut requests = JoinSet::new();
    for _ in 0..3 {
        let app = database.app(&server).await;
        let id = match &id {
            Some(id) => Secret::clone(id),
            None => id.insert(log_in(&app, &server, "alice").await).clone(),
        };
        for _ in 0..8 {
            let (app, id) = (app.clone(), id.clone());
            requests.spawn(async move { renewed(&app, &id).await });
        }
    }
    for token in requests.join_all().await {
        assert_eq!(token.as_deref(), Some("access-token-1"));
    }
    assert_eq!(server.refreshed(), ["refresh-token-of-alice"]);
}

#[tokio::test]
async fn each_renewal_sends_the_token_that_the_last_one_brought() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let id = log_in(&app, &server, "alice").await;
    assert_eq!(renewed(&app, &id).await.as_deref(), Some("access-token-1"));
    assert_eq!(renewed(&app, &id).await.as_deref(), Some("access-token-1"));
    database.pass(600);
    assert_eq!(renewed(&app, &id).await.as_deref(), Some("access-token-2"));
    assert_eq!(server.refreshed(), ["refresh-token-of-alice", "refresh-token-1"]);
    // Of those that are used, the hash alone is left.
    let query =
        "SELECT token_hash FROM refresh_tokens WHERE sealed IS NOT NULL OR ended_at IS NULL";
    let rows = sqlx::query(query).fetch_all(&app.pool).await.unwrap();
    let alices = session(&app, &id).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(Some(rows[0].get("token_hash")), alices.refresh_token_hash);
}

#[tokio::test]
async fn a_rotation_that_can_not_be_stored_whole_is_not_stored_at_all() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let id = log_in(&app, &server, "alice").await;
    let before = session(&app, &id).await.unwrap();
    let old_hash = before.refresh_token_hash.as_ref().unwrap();
    // The new token's place is taken already.
    let token_hash = base64url::encode(&sha256("refresh-token-1"));
    sqlx::query("INSERT INTO refresh_tokens VALUES ($1, 's', 'bob', 'c', NULL, 0, 0)")
        .bind(&token_hash)
        .execute(&app.pool)
        .await
        .unwrap();
    assert!(renewal::access_token(&app, &before).await.is_err());
    let after = session(&app, &id).await.unwrap();
    assert_eq!(after.refresh_token_hash.as_ref(), Some(old_hash));
    assert_eq!(app.sessions.access_token(&after, app.now()).unwrap(), None);
    assert!(app.refresh_tokens.find(old_hash).await.unwrap().is_some());
}

#[tokio::test]
async fn a_session_goes_on_by_the_refresh_token_of_an_answer_that_is_refused() {
    for fault in [json!({ "token_type": "mac" }), json!({ "id_token": "not.a.token" })] {
        let (server, database) = (Server::start().await, Database::new().await);
        let app = database.app(&server).await;
        let id = log_in(&app, &server, "alice").await;
        server.spoil_once(fault.clone());
        let before = session(&app, &id).await.unwrap();
        assert!(renewal::access_token(&app, &before).await.is_err(), "{fault}");
        assert_eq!(renewed(&app, &id).await.as_deref(), Some("access-token-2"), "{fault}");
        assert_eq!(server.refreshed(), ["refresh-token-of-alice", "refresh-token-1"], "{fault}");
    }
}

#[tokio::test]
async fn an_id_token_of_somebody_else_renews_no_session() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let id = log_in(&app, &server, "alice").await;
    let id_token = |subject: &str| {
        id_tokens::good(&json!({
            "iss": server.issuer,
            "aud": CLIENT,
            "sub": subject,
            "iat": START,
            "exp": START + 300,
        }))
    };
    server.spoil_once(json!({ "id_token": id_token("mallory") }));
    let before = session(&app, &id).await.unwrap();
    let error = renewal::access_token(&app, &before).await.unwrap_err();
    let error: Error = error.downcast().unwrap();
    assert_eq!(error.code(), ErrorCode::IdTokenSub);
    server.spoil_once(json!({ "id_token": id_token("alice") }));
    assert_eq!(renewed(&app, &id).await.as_deref(), Some("access-token-2"));
}

#[tokio::test]
async fn a_refresh_token_that_the_server_leaves_as_it_is_is_sent_again() {
    for same in [json!("refresh-token-of-alice"), json!(null)] {
        let (server, database) = (Server::start().await, Database::new().await);
        let app = database.app(&server).await;
        let id = log_in(&app, &server, "alice").await;
        server.spoil_once(json!({ "refresh_token": same }));
        assert_eq!(renewed(&app, &id).await.as_deref(), Some("access-token-1"), "{same}");
        database.pass(600);
        renewed(&app, &id).await;
        assert_eq!(server.refreshed(), ["refresh-token-of-alice"; 2], "{same}");
    }
}

#[tokio::test]
async fn a_server_that_is_down_ends_no_session_which_goes_on_as_soon_as_it_is_back() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let id = log_in(&app, &server, "alice").await;
    server.fail(true);
    let before = session(&app, &id).await.unwrap();
    assert!(renewal::access_token(&app, &before).await.is_err());
    let after = session(&app, &id).await.unwrap();
    assert_eq!(after.refresh_token_hash, before.refresh_token_hash);
    server.fail(false);
    assert_eq!(renewed(&app, &id).await.as_deref(), Some("access-token-1"));
}

#[tokio::test]
async fn a_session_whose_refresh_token_is_good_no_more_ends() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let id = log_in(&app, &server, "alice").await;
    app.server.revoke(&Secret::new("refresh-token-of-alice".to_owned()), 0.0).await.unwrap();
    assert_eq!(renewed(&app, &id).await, None);
    assert!(session(&app, &id).await.is_none());
}

#[tokio::test]
async fn a_session_is_over_after_two_weeks() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let id = log_in(&app, &server, "alice").await;
    database.pass(14 * 86_400 - 1);
    assert!(session(&app, &id).await.is_some());
    database.pass(1);
    assert!(session(&app, &id).await.is_none());
}
