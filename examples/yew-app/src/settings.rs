use gloo_net::http::Request;
use serde::Deserialize;

/// What the app is told by the host that serves it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    pub issuer: String,
    pub client_id: String,
    pub api: String,
}

impl Settings {
    pub async fn load() -> Result<Self, gloo_net::Error> {
        Request::get("/config.json").send().await?.json().await
    }
}
