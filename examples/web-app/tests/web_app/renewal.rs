//! Access tokens that are renewed while many ask for them.

use portcullis::Secret;
use tokio::task::JoinSet;
use web_app::app::App;
use web_app::renewal;

use super::authorization_server::Server;
use super::database::{Database, log_in, session};

async fn renewed(app: &App, id: &Secret) -> Option<String> {
    let session = session(app, id).await?;
    let token = renewal::access_token(app, &session).await.unwrap();
    token.map(|token| token.expose().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_requests_at_many_servers_send_a_refresh_token_once() {
    let (server, database) = (Server::start().await, Database::new().await);
    let mut id = None;
    let mut requests = JoinSet::new();
    for _ in 0..3 {
        let app = std::sync::Arc::new(database.app(&server).await);
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
}

#[tokio::test]
async fn a_server_that_is_down_ends_no_session() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let id = log_in(&app, &server, "alice").await;
    server.fail(true);
    let before = session(&app, &id).await.unwrap();
    assert!(renewal::access_token(&app, &before).await.is_err());
    let after = session(&app, &id).await.unwrap();
    assert_eq!(after.refresh_token_hash, before.refresh_token_hash);
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
