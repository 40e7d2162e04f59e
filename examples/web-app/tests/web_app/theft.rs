//! Somebody has a copy of the database.

use portcullis::Secret;
use web_app::logins::Login;
use web_app::renewal;

use super::authorization_server::Server;
use super::database::{Database, contents, log_in, session};

#[tokio::test]
async fn a_stolen_database_holds_no_token_and_no_cookie() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let id = log_in(&app, &server, "alice").await;
    let secret = |text: &str| Secret::new(text.to_owned());
    let login = Login {
        state: secret("state-of-alice"),
        nonce: secret("nonce-of-alice"),
        code_verifier: secret("verifier-of-alice"),
        return_to: "/".to_owned(),
    };
    app.logins.begin(&login, &secret("browser-of-alice"), app.now()).await.unwrap();
    let mut stolen = contents(&app).await;
    let alices = session(&app, &id).await.unwrap();
    renewal::access_token(&app, &alices).await.unwrap();
    stolen += &contents(&app).await;
    app.pool.close().await;
    for file in std::fs::read_dir(database.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        stolen += &String::from_utf8_lossy(&bytes);
    }

    assert!(stolen.contains("alice") && stolen.contains(&alices.id_hash));
    for hidden in [
        "id-token-of",
        "access-token-",
        "refresh-token-",
        "state-of",
        "nonce-of",
        "verifier-of",
        "browser-of",
        id.expose(),
    ] {
        assert!(!stolen.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn what_is_moved_to_another_row_is_not_opened_there() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let alice = log_in(&app, &server, "alice").await;
    let bob = log_in(&app, &server, "bob").await;
    let (alices, bobs) = (session(&app, &alice).await.unwrap(), session(&app, &bob).await.unwrap());
    sqlx::query(
        "UPDATE refresh_tokens SET sealed = (SELECT sealed FROM refresh_tokens WHERE session_hash = $1)
         WHERE session_hash = $2",
    )
    .bind(&alices.id_hash)
    .bind(&bobs.id_hash)
    .execute(&app.pool)
    .await
    .unwrap();
    assert!(renewal::access_token(&app, &bobs).await.is_err());
    assert!(server.refreshed().is_empty());
}

#[tokio::test]
async fn a_login_is_answered_once_and_for_the_browser_that_began_it() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let secret = |text: &str| Secret::new(text.to_owned());
    let begin = async |state: &str| {
        let login = Login {
            state: secret(state),
            nonce: secret("n"),
            code_verifier: secret("v"),
            return_to: "/inbox?folder=a b".to_owned(),
        };
        app.logins.begin(&login, &secret("browser"), app.now()).await.unwrap();
    };
    let take = async |state: &str, browser: &str| {
        app.logins.take(secret(state), browser, app.now()).await.unwrap()
    };
    begin("one").await;
    assert!(take("one", "another").await.is_none());
    assert!(take("one", "").await.is_none());
    assert_eq!(take("one", "browser").await.unwrap().return_to, "/inbox?folder=a b");
    assert!(take("one", "browser").await.is_none());
    begin("two").await;
    database.pass(600);
    assert!(take("two", "browser").await.is_none());
}
