//! What the handlers share.

use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use portcullis::Secret;
use portcullis::protocol::http::HttpRequest;
use portcullis::verify::{Fetch, Verifier, reqwest_fetch};
use sqlx::AnyPool;

use crate::authorization_server::AuthorizationServer;
use crate::config::Config;
use crate::database;
use crate::logins::Logins;
use crate::refresh_tokens::{RefreshTokens, Whose};
use crate::seal::Sealer;
use crate::sessions::Sessions;

/// A clock, in seconds since the epoch.
pub type Clock = Arc<dyn Fn() -> f64 + Send + Sync>;

/// The app, without its HTTP side.
pub struct App {
    /// How it is set up.
    pub config: Config,
    /// The database.
    pub pool: AnyPool,
    /// The authorization server.
    pub server: AuthorizationServer,
    /// Logins under way.
    pub logins: Logins,
    /// Who is logged in.
    pub sessions: Sessions,
    /// What their sessions go on by.
    pub refresh_tokens: RefreshTokens,
    /// The client that calls the API.
    pub http: reqwest::Client,
    clock: Clock,
}

impl App {
    /// Opens the database, and reaches the authorization server at the first login.
    pub async fn open(config: Config) -> Result<Self> {
        Self::open_at(config, Arc::new(system_time)).await
    }

    /// The same, by this clock.
    pub async fn open_at(config: Config, clock: Clock) -> Result<Self> {
        #[cfg(feature = "tls")]
        rustls::crypto::ring::default_provider().install_default().ok();
        let fetch = Arc::new(reqwest_fetch(reqwest::Client::builder())?);
        let keys = fetch.clone();
        let time = clock.clone();
        let verifier = Verifier::builder(&config.issuer)
            .audience(&config.client_id)
            .fetch(move |request: HttpRequest| keys.fetch(request))
            .clock(move || time())
            .build()
            .context("PORTCULLIS_ISSUER or PORTCULLIS_CLIENT_ID is not valid")?;
        let send = move |request: HttpRequest| fetch.fetch(request);
        let server = AuthorizationServer::new(&config, verifier, send);
        let sealer = Sealer::new(&config.key).context("PORTCULLIS_WEB_APP_KEY is not valid")?;
        let pool = database::connect(config.database_url.expose()).await?;
        let refresh_tokens = RefreshTokens::new(pool.clone(), sealer.clone());
        Ok(Self {
            config,
            server,
            logins: Logins::new(pool.clone(), sealer.clone()),
            sessions: Sessions::new(pool.clone(), sealer, refresh_tokens.clone()),
            refresh_tokens,
            pool,
            http: reqwest::Client::builder().build().context("no HTTP client")?,
            clock,
        })
    }

    /// The time, in seconds since the epoch.
    pub fn seconds(&self) -> f64 {
        (self.clock)()
    }

    /// The time, in whole seconds since the epoch.
    #[expect(clippy::cast_possible_truncation, reason = "seconds of a near time")]
    pub fn now(&self) -> i64 {
        self.seconds() as i64
    }

    /// Ends sessions here and at the authorization server, and gives how many they were. A server that
    /// can't be reached does not keep anyone logged in here.
    pub async fn revoke(&self, whose: Whose<'_>) -> Result<usize> {
        let tokens = self.refresh_tokens.revoke(whose, self.now()).await?;
        for token in &tokens {
            self.revoke_at_server(token).await;
        }
        Ok(tokens.len())
    }

    /// Ends a refresh token at the authorization server, if that can be reached.
    pub async fn revoke_at_server(&self, refresh_token: &Secret) {
        if let Err(error) = self.server.revoke(refresh_token, self.seconds()).await {
            tracing::warn!(%error, "a refresh token is not revoked at the server");
        }
    }
}

fn system_time() -> f64 {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    let now = SystemTime::now();
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
