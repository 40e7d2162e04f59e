use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use portcullis::verify::VerifyError;
use serde::Serialize;

/// When to come back, in seconds, if the authorization server could not be asked.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// The answer to a request without a token that is good for it: a JSON object of `error`, the
/// [code](VerifyError::code), and `error_description`, with the challenge of the cause.
///
/// | `error` | status | |
/// |---|---|---|
/// | `missing_token` | 401 | no access token came |
/// | `invalid_token` | 401 | it is not one this API accepts |
/// | `token_expired` | 401 | it was valid once; `invalid_token` in the challenge |
/// | `invalid_dpop_proof` | 401 | the proof is not one for this request |
/// | `use_dpop_nonce` | 401 | the proof needs the nonce in `DPoP-Nonce` |
/// | `insufficient_user_authentication` | 401 | the login is too weak or too old; `acr_values` and `max_age` say what it needs |
/// | `insufficient_scope` | 403 | `scope` says what the token lacks |
/// | `keys_unavailable`, `introspection_failed` | 503 | the authorization server could not be asked |
///
/// ```
/// use portcullis_axum::{Refused, User};
/// # let (protection, status_of) =
/// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example_api.rs"));
///
/// // A handler that refuses answers as the layer does.
/// async fn delete(user: User) -> Result<&'static str, Refused> {
///     user.require_scopes(&["delete"])?;
///     Ok("deleted")
/// }
///
/// # use axum::{Router, routing::get};
/// # use portcullis_axum::RequireAuth;
/// let app = Router::new().route("/", get(delete)).route_layer(RequireAuth::new(&protection));
/// assert_eq!(status_of(app), 403);
/// ```
#[derive(Debug)]
pub struct Refused {
    error: VerifyError,
    challenge: Option<String>,
}

#[derive(Serialize)]
struct Failure {
    error: &'static str,
    error_description: String,
}

impl Refused {
    pub(crate) fn new(error: VerifyError, challenge: Option<String>) -> Self {
        Self { error, challenge }
    }

    /// The cause.
    ///
    /// ```
    /// use portcullis_axum::{Refused, User};
    /// # let (protection, status_of) =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example_api.rs"));
    ///
    /// async fn export(user: User) -> Result<&'static str, Refused> {
    ///     let allowed = user.require_scopes(&["export"]);
    ///     if let Err(refused) = &allowed {
    ///         assert_eq!(refused.error().code(), "insufficient_scope");
    ///     }
    ///     allowed.map(|()| "id,total")
    /// }
    ///
    /// # use axum::{Router, routing::get};
    /// # use portcullis_axum::RequireAuth;
    /// let app = Router::new().route("/", get(export)).route_layer(RequireAuth::new(&protection));
    /// assert_eq!(status_of(app), 403);
    /// ```
    pub fn error(&self) -> &VerifyError {
        &self.error
    }

    /// What the client is told of it. What is wrong between the API and the authorization server is
    /// for the log.
    fn description(&self) -> String {
        match &self.error {
            VerifyError::KeysUnavailable(_) | VerifyError::IntrospectionFailed(_) => {
                "the token can't be checked at the moment, try again later".to_owned()
            }
            error => error.to_string(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        tracing::info!(code = self.error.code(), reason = %self.error, "refused");
        let status = StatusCode::from_u16(self.error.status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = Failure { error: self.error.code(), error_description: self.description() };
        let mut response =
            (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
        let challenge = self.challenge.and_then(|text| HeaderValue::try_from(text).ok());
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}
