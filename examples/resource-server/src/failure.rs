use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request is not answered.
#[derive(Serialize, ToSchema)]
pub struct Failure {
    /// The code of the cause.
    error: &'static str,
    /// What it means.
    error_description: &'static str,
    #[serde(skip)]
    status: StatusCode,
}

impl Failure {
    /// There is no such path.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this path")
    }

    /// There is such a path, but not for this method.
    pub fn method_not_allowed() -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, "method_not_allowed", "this path answers to GET only")
    }

    /// This server was not told how to call the stock service.
    pub fn not_configured() -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(status, "not_configured", "the API was started without a client of its own")
    }

    /// The stock service did not answer as it should.
    pub fn stock_unavailable() -> Self {
        let status = StatusCode::BAD_GATEWAY;
        Self::new(status, "stock_unavailable", "the stock can't be looked up at the moment")
    }

    fn new(status: StatusCode, error: &'static str, error_description: &'static str) -> Self {
        Self { error, error_description, status }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, [(header::CACHE_CONTROL, "no-store")], Json(self)).into_response()
    }
}
