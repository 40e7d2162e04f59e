pub use portcullis::AuthState;
use portcullis::Config;
pub use portcullis_leptos::{Anonymous, Auth, Authenticated, RequireAuth, provide_auth, use_auth};

use crate::settings::Settings;

pub fn config(settings: &Settings) -> Config {
    Config::new(&settings.issuer, &settings.client_id)
        .redirect_uri("/leptos/callback")
        .post_logout_redirect_uri("/leptos/")
        .scope("openid profile email offline_access inbox.read")
        .resource(&settings.api)
        .api(&settings.api)
}
