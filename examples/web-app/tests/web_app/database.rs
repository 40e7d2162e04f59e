//! A database of its own for every test, and apps on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use portcullis::Secret;
use portcullis::protocol::base64url;
use sqlx::{AnyConnection, Connection as _, Row as _};
use tempfile::TempDir;
use web_app::app::App;
use web_app::config::Config;
use web_app::renewal;
use web_app::sessions::Session;

use super::authorization_server::Server;

pub const CLIENT: &str = "web-app";
pub const START: i64 = 1_700_000_000;

/// A new database.
pub struct Database {
    pub url: String,
    pub folder: TempDir,
    clock: Arc<AtomicI64>,
}

impl Database {
    pub async fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let folder = TempDir::new().unwrap();
        let url = match std::env::var("PORTCULLIS_TEST_POSTGRES") {
            Ok(server) => {
                let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                let name = format!("web_app_{}_{number}", std::process::id());
                sqlx::any::install_default_drivers();
                let mut connection =
                    AnyConnection::connect(&format!("{server}/postgres")).await.unwrap();
                let create = format!("CREATE DATABASE {name}");
                sqlx::query(&create).execute(&mut connection).await.unwrap();
                format!("{server}/{name}")
            }
            Err(_) => format!("sqlite:{}?mode=rwc", folder.path().join("app.sqlite").display()),
        };
        Self { url, folder, clock: Arc::new(AtomicI64::new(START)) }
    }

    /// The environment of an app on this database, but for its port.
    pub fn variables(&self, server: &Server) -> [(&'static str, String); 5] {
        [
            ("PORTCULLIS_ISSUER", server.issuer.clone()),
            ("PORTCULLIS_CLIENT_ID", CLIENT.to_owned()),
            ("PORTCULLIS_CLIENT_SECRET", "s3cret".to_owned()),
            ("PORTCULLIS_WEB_APP_KEY", base64url::encode(&[7; 32])),
            ("DATABASE_URL", self.url.clone()),
        ]
    }

    /// An app on this database, as one more server of it has it.
    pub async fn app(&self, server: &Server) -> Arc<App> {
        let variables = self.variables(server);
        let config = Config::read(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.clone())
        });
        let clock = self.clock.clone();
        #[expect(clippy::cast_precision_loss, reason = "seconds of a near time")]
        let clock = Arc::new(move || clock.load(Ordering::Relaxed) as f64);
        Arc::new(App::open_at(config.unwrap(), clock).await.unwrap())
    }

    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }
}

/// Logs a user in, and gives what the browser's cookie would hold.
pub async fn log_in(app: &App, server: &Server, subject: &str) -> Secret {
    app.sessions.begin(&server.tokens(subject), CLIENT, app.now()).await.unwrap()
}

/// The access token that a request of this session gets.
pub async fn renewed(app: &Arc<App>, id: &Secret) -> Option<String> {
    let session = session(app, id).await?;
    let token = renewal::access_token(app, &session).await.unwrap();
    token.map(|token| token.expose().to_owned())
}

pub async fn session(app: &App, id: &Secret) -> Option<Session> {
    app.sessions.find(id.expose(), app.now()).await.unwrap()
}

/// Everything that is in the database, as text.
pub async fn contents(app: &App) -> String {
    let mut text = String::new();
    for query in [
        "SELECT state_hash || browser_hash || sealed AS text FROM logins",
        "SELECT id_hash || claims || sealed_id_token || sealed_access_token || refresh_token_hash AS text FROM sessions",
        "SELECT token_hash || session_hash || COALESCE(sealed, '') AS text FROM refresh_tokens",
    ] {
        for row in sqlx::query(query).fetch_all(&app.pool).await.unwrap() {
            text.push_str(&row.get::<String, _>("text"));
            text.push('\n');
        }
    }
    text
}
