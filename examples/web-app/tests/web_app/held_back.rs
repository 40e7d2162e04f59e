//! What happens while the authorization server has not answered a refresh yet.

use std::sync::Arc;

use portcullis::Secret;
use tokio::task::JoinHandle;
use web_app::app::App;
use web_app::refresh_tokens::Whose;
use web_app::renewal::LEASE;

use super::authorization_server::{HeldBack, Server};
use super::database::{Database, log_in, renewed, session};

/// Asks for the access token of a session, as a browser does that may leave before it comes.
fn ask(app: &Arc<App>, id: &Secret) -> JoinHandle<Option<String>> {
    let (app, id) = (Arc::clone(app), id.clone());
    tokio::spawn(async move { renewed(&app, &id).await })
}

/// Logs Alice in and asks for her access token, until the server has her refresh token and keeps its
/// answer back.
async fn begin_renewal(
    app: &Arc<App>,
    server: &Server,
) -> (Secret, Arc<HeldBack>, JoinHandle<Option<String>>) {
    let id = log_in(app, server, "alice").await;
    let held_back = server.hold_back("refresh-token-of-alice");
    let request = ask(app, &id);
    held_back.has_come().await;
    (id, held_back, request)
}

#[tokio::test]
async fn others_log_in_and_renew_meanwhile() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let alice = log_in(&app, &server, "alice").await;
    let bob = log_in(&app, &server, "bob").await;
    let held_back = server.hold_back("refresh-token-of-alice");
    let request = ask(&app, &alice);
    held_back.has_come().await;

    assert_eq!(renewed(&app, &bob).await.as_deref(), Some("access-token-2"));
    let carol = log_in(&app, &server, "carol").await;
    assert_eq!(app.revoke(Whose::User("bob")).await.unwrap(), 1);
    assert!(!request.is_finished());
    held_back.let_go();
    assert_eq!(request.await.unwrap().as_deref(), Some("access-token-1"));
    assert!(session(&app, &carol).await.is_some());
}

#[tokio::test]
async fn whoever_asks_at_another_server_waits_for_the_same_answer() {
    let (server, database) = (Server::start().await, Database::new().await);
    let (here, there) = (database.app(&server).await, database.app(&server).await);
    let (id, held_back, first) = begin_renewal(&here, &server).await;
    let second = ask(&there, &id);
    // That the second one looks and gets nothing, before it gets what the first one brought.
    let alices = session(&there, &id).await.unwrap();
    let claim = there.sessions.claim(&alices.id_hash, there.now(), there.now() + LEASE);
    assert!(claim.await.unwrap().is_none());
    held_back.let_go();
    for request in [first, second] {
        assert_eq!(request.await.unwrap().as_deref(), Some("access-token-1"));
    }
    assert_eq!(server.refreshed(), ["refresh-token-of-alice"]);
}

#[tokio::test]
async fn a_browser_that_leaves_costs_no_refresh_token() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let (id, held_back, request) = begin_renewal(&app, &server).await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    held_back.let_go();
    assert_eq!(renewed(&app, &id).await.as_deref(), Some("access-token-1"));
    assert_eq!(server.refreshed(), ["refresh-token-of-alice"]);
}

#[tokio::test]
async fn a_session_that_is_revoked_meanwhile_stays_so_with_what_came_for_it() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let (id, held_back, request) = begin_renewal(&app, &server).await;
    assert_eq!(app.revoke(Whose::User("alice")).await.unwrap(), 1);
    held_back.let_go();
    assert_eq!(request.await.unwrap(), None);
    assert!(session(&app, &id).await.is_none());
    assert!(server.has_revoked("refresh-token-1"));
}

#[tokio::test]
async fn a_renewal_that_died_with_its_server_is_made_by_another_one_later() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let id = log_in(&app, &server, "alice").await;
    let id_hash = session(&app, &id).await.unwrap().id_hash;
    let claim = async || {
        let claim = app.sessions.claim(&id_hash, app.now(), app.now() + LEASE);
        claim.await.unwrap().is_some()
    };
    assert!(claim().await);
    database.pass(LEASE - 1);
    assert!(!claim().await);
    database.pass(1);
    assert_eq!(renewed(&app, &id).await.as_deref(), Some("access-token-1"));
    assert!(!claim().await);
}
