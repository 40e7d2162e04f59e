//! What the API says of itself, and the page that shows it.

use axum::Router;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::SwaggerUi;

use crate::api;

#[derive(OpenApi)]
#[openapi(
    info(title = "The demo's API", description = "Routes that differ in what they ask of a caller."),
    servers((url = "/", description = "this server")),
    paths(api::public, api::me, api::inbox, api::recovery_codes, api::order, api::stock),
    modifiers(&BearerToken),
)]
struct Description;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("access_token", scheme);
    }
}

/// `/api/openapi.json`, and the page at `/api/docs/` that shows it and loads nothing from elsewhere.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    SwaggerUi::new("/api/docs").url("/api/openapi.json", Description::openapi()).into()
}
