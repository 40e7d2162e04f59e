//! What is logged while people log in, stay and leave.

use std::fs::{File, read_to_string};
use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;
use web_app::refresh_tokens::Whose;

use super::authorization_server::{CODE, Server};
use super::browser::{Browser, SESSION};
use super::database::Database;
use super::id_tokens;

#[tokio::test]
async fn the_log_holds_no_secret_at_any_level() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("log");
    // For the whole process: what the other tests log meanwhile holds no secret either.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(Arc::new(File::create(&file).unwrap()))
        .init();
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let mut browser = Browser::open(app.clone()).await;

    let request = browser.begin_login("/login").await;
    let id_token = id_tokens::good(&request.claims(&server));
    browser.come_back(&server, &request, json!(id_token)).await;
    let cookie = browser.cookie(SESSION).unwrap().to_owned();
    database.pass(600);
    for is_failing in [true, false] {
        server.fail(is_failing);
        browser.get("/profile").await;
    }
    browser.get("/callback?code=a-code-that-nobody-wants&state=a-state").await;
    app.revoke(Whose::User("alice")).await.unwrap();

    let log = read_to_string(&file).unwrap();
    assert!(log.contains("TRACE") && log.contains("no_transaction"), "{log}");
    let signature = id_token.rsplit_once('.').unwrap().1;
    for secret in [
        CODE,
        "access-token-",
        "refresh-token-",
        "s3cret",
        "d2ViLWFwcDpzM2NyZXQ",
        request.parameter("state"),
        request.parameter("nonce"),
        signature,
        &cookie,
    ] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
