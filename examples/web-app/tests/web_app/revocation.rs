//! Sessions that are ended one by one, for a user, and for a user at one client.

use portcullis::Secret;
use web_app::app::App;
use web_app::refresh_tokens::Whose;
use web_app::sessions::Tokens;

use super::authorization_server::Server;
use super::database::{CLIENT, Database, session};

/// Logs a user in by this client, with a refresh token of this name.
async fn log_in(app: &App, server: &Server, subject: &str, client: &str, token: &str) -> Secret {
    let refresh_token = Some(Secret::new(token.to_owned()));
    let tokens = Tokens { refresh_token, ..server.tokens(subject) };
    app.sessions.begin(&tokens, client, app.now()).await.unwrap()
}

#[tokio::test]
async fn each_way_of_revoking_ends_what_it_names_and_nothing_else() {
    for (whose, ended) in [
        ("session", &["a1"][..]),
        ("user", &["a1", "a2", "a3"]),
        ("user at client", &["a1", "a2"]),
        ("nobody", &[]),
    ] {
        let (server, database) = (Server::start().await, Database::new().await);
        let app = database.app(&server).await;
        let mut sessions = Vec::new();
        for (token, subject, client) in [
            ("a1", "alice", CLIENT),
            ("a2", "alice", CLIENT),
            ("a3", "alice", "other-client"),
            ("b1", "bob", CLIENT),
        ] {
            sessions.push((token, log_in(&app, &server, subject, client, token).await));
        }
        let first = session(&app, &sessions[0].1).await.unwrap();
        let whose = match whose {
            "session" => Whose::Session(&first.id_hash),
            "user" => Whose::User("alice"),
            "user at client" => Whose::UserAtClient("alice", CLIENT),
            _ => Whose::UserAtClient("carol", CLIENT),
        };
        assert_eq!(app.revoke(whose).await.unwrap(), ended.len(), "{whose:?}");
        for (token, id) in &sessions {
            let is_over = session(&app, id).await.is_none();
            assert_eq!(is_over, ended.contains(token), "{whose:?} {token}");
            assert_eq!(server.has_revoked(token), is_over, "{whose:?} {token}");
        }
        assert_eq!(app.revoke(whose).await.unwrap(), 0, "{whose:?}");
    }
}
