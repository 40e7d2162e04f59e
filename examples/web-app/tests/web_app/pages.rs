//! The pages, as a browser gets them.

use serde_json::json;

use super::authorization_server::Server;
use super::browser::{Browser, SESSION};
use super::database::Database;

/// The origin that the app is set up for.
const HERE: &str = "http://localhost:4186";

/// What the forms of a session's own page hold.
async fn csrf(browser: &mut Browser) -> String {
    let page = browser.get("/profile").await.body;
    let (_, rest) = page.split_once(r#"name="csrf" value=""#).unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn no_page_is_framed_kept_or_made_to_load_anything() {
    let (server, database) = (Server::start().await, Database::new().await);
    let mut browser = Browser::open(database.app(&server).await).await;
    let mut pages = vec![browser.get("/").await, browser.get("/callback").await];
    browser.log_in(&server, &json!({})).await;
    pages.push(browser.get("/profile").await);
    pages.push(browser.get("/nothing").await);
    for (page, status) in pages.iter().zip([200, 400, 200, 404]) {
        assert_eq!(page.status, status);
        let header = |name: &str| page.headers[name].to_str().unwrap();
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "same-origin");
        let policy: Vec<_> = header("content-security-policy").split("; ").collect();
        let form_action = format!("form-action 'self' {}", server.issuer);
        assert_eq!(
            policy,
            [
                "default-src 'none'",
                "style-src 'unsafe-inline'",
                &form_action,
                "frame-ancestors 'none'",
                "base-uri 'none'",
            ]
        );
    }
}

#[tokio::test]
async fn what_a_person_is_called_is_text() {
    let (server, database) = (Server::start().await, Database::new().await);
    let mut browser = Browser::open(database.app(&server).await).await;
    let name = "<script>alert(1)</script>";
    browser.log_in(&server, &json!({ "name": name, "email": name, "sub": name })).await;
    let page = browser.get("/profile").await;
    assert_eq!(page.body.matches("&lt;script&gt;alert(1)").count(), 3, "{page:?}");
    assert!(!page.body.contains("<script"), "{page:?}");
}

#[tokio::test]
async fn only_a_form_of_the_sessions_own_page_logs_out() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let (mut alice, mut mallory) = (Browser::open(app.clone()).await, Browser::open(app).await);
    alice.log_in(&server, &json!({})).await;
    mallory.log_in(&server, &json!({ "sub": "mallory" })).await;
    let (own, mallorys) = (csrf(&mut alice).await, csrf(&mut mallory).await);
    for path in ["/logout", "/logout-everywhere"] {
        assert_eq!(alice.get(path).await.status, 405);
        assert_eq!(alice.get(&format!("{path}?csrf={own}")).await.status, 405);
        for (origin, token) in [
            ("http://localhost:4180", &own),
            ("null", &own),
            (HERE, &mallorys),
            (HERE, &String::new()),
        ] {
            let answer = alice.post(path, origin, token).await;
            assert_eq!((answer.status, answer.code()), (403, Some("forged_request")), "{origin}");
        }
        assert_eq!(alice.get("/profile").await.status, 200);
    }
    assert_eq!(alice.post("/logout", HERE, &own).await.status, 303);
    assert_eq!(alice.cookie(SESSION), None);
    assert!(server.has_revoked("refresh-token-of-login-1"));
    assert_eq!(mallory.get("/profile").await.status, 200);
    let answer = alice.post("/logout", HERE, &own).await;
    assert_eq!((answer.status, answer.code()), (401, Some("not_authenticated")));
}

#[tokio::test]
async fn a_login_is_a_new_session_whatever_cookie_the_browser_came_with() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let mut browser = Browser::open(app.clone()).await;
    let planted = "planted-by-somebody-who-waits-for-the-login";
    browser.set_cookie(SESSION, planted);
    browser.log_in(&server, &json!({})).await;
    let first = browser.cookie(SESSION).unwrap().to_owned();
    assert!(first != planted && app.sessions.find(planted, app.now()).await.unwrap().is_none());

    browser.log_in(&server, &json!({})).await;
    assert_ne!(browser.cookie(SESSION), Some(&*first));
    assert!(app.sessions.find(&first, app.now()).await.unwrap().is_none());
    assert!(server.has_revoked("refresh-token-of-login-1"));
}

#[tokio::test]
async fn a_logout_everywhere_ends_the_users_other_sessions_and_nobody_elses() {
    let (server, database) = (Server::start().await, Database::new().await);
    let app = database.app(&server).await;
    let mut browsers = Vec::new();
    for subject in ["alice", "alice", "bob"] {
        let mut browser = Browser::open(app.clone()).await;
        browser.log_in(&server, &json!({ "sub": subject })).await;
        browsers.push(browser);
    }
    let [here, there, bobs] = browsers.as_mut_slice() else { unreachable!() };
    let token = csrf(here).await;
    assert_eq!(here.post("/logout-everywhere", HERE, &token).await.status, 303);
    assert_eq!(there.get("/profile").await.location(), "/login?return_to=/profile");
    assert_eq!(bobs.get("/profile").await.status, 200);
    for (number, is_revoked) in [(1, true), (2, true), (3, false)] {
        let token = format!("refresh-token-of-login-{number}");
        assert_eq!(server.has_revoked(&token), is_revoked, "{token}");
    }
}
