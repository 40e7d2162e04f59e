//! The service that the API calls in its own name, by the client credentials grant.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, Result};
use portcullis::verify::ClientCredentials;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long the service has for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The scope that the service asks for.
pub const SCOPE: &str = "stock.read";

/// What lies in the store.
#[derive(Deserialize, Serialize, ToSchema)]
pub struct Stock {
    /// What it is.
    pub article: String,
    /// How many of it there are.
    pub pieces: u32,
}

/// Where the service is, and the token that it is called with.
#[derive(Clone)]
pub struct StockService {
    url: String,
    tokens: ClientCredentials,
    client: Client,
}

impl StockService {
    /// The service at this URL.
    pub fn new(url: &str, tokens: ClientCredentials) -> Result<Self> {
        let client = Client::builder().timeout(TIMEOUT).build().context("no HTTP client")?;
        Ok(Self { url: url.to_owned(), tokens: tokens.scope(SCOPE), client })
    }

    /// Asks the service. A token that it refuses is taken for one that was revoked, and replaced once.
    pub async fn look_up(&self) -> Result<Stock> {
        let mut response = self.get().await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            self.tokens.discard();
            response = self.get().await?;
        }
        Ok(response.error_for_status()?.json().await?)
    }

    async fn get(&self) -> Result<reqwest::Response> {
        let token = self.tokens.access_token().await?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()))?;
        bearer.set_sensitive(true);
        Ok(self.client.get(&self.url).header(AUTHORIZATION, bearer).send().await?)
    }
}

impl fmt::Debug for StockService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StockService").field("url", &self.url).finish_non_exhaustive()
    }
}
