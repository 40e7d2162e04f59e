pub use portcullis::AuthState;
use portcullis::Config;
pub use portcullis_yew::{Anonymous, Auth, AuthProvider, Authenticated, RequireAuth, use_auth};

use crate::settings::Settings;

pub fn config(settings: &Settings) -> Config {
    Config::new(&settings.issuer, &settings.client_id)
        .redirect_uri("/yew/callback")
        .post_logout_redirect_uri("/yew/")
        .scope("openid profile email offline_access inbox.read")
        .resource(&settings.api)
        .api(&settings.api)
}
