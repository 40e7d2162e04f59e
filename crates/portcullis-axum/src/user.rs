use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use portcullis::verify::{AccessToken, InvalidReason, VerifyError};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::protection::Verified;
use crate::refused::Refused;

/// Whoever sent the request, by the token that [`RequireAuth`](crate::RequireAuth) has verified.
///
/// `C` is what the handler wants to know of the token's claims: [`Claims`], or a type of your own. A
/// token that does not have them is refused with `invalid_token`.
///
/// A handler that takes one on a route without the layer answers 500 to everybody: a route that
/// was forgotten lets nobody in.
///
/// ```
/// use portcullis_axum::User;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Member {
///     sub: String,
///     tenant: String,
/// }
///
/// async fn orders(user: User<Member>) -> String {
///     format!("{} of {}", user.claims.sub, user.claims.tenant)
/// }
/// ```
#[derive(Clone)]
pub struct User<C = Claims> {
    /// What the token says, as the handler wants it.
    pub claims: C,
    verified: Verified,
}

/// The claims that every access token has
/// ([RFC 9068 section 2.2](https://www.rfc-editor.org/rfc/rfc9068#section-2.2)).
///
/// ```
/// use portcullis_axum::Claims;
///
/// let claims = r#"{"sub":"Z5O3upPC88QrAjx00dis","exp":1419356238,"scope":"read write"}"#;
/// let claims: Claims = serde_json::from_str(claims).unwrap();
/// assert_eq!((claims.scope.as_str(), claims.client_id.as_str()), ("read write", ""));
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Claims {
    /// Whom the token speaks for.
    pub sub: String,
    /// The client it was issued to; empty where the issuer does not say.
    #[serde(default)]
    pub client_id: String,
    /// The scopes, space-separated.
    #[serde(default)]
    pub scope: String,
    /// When it expires, in seconds since the epoch.
    pub exp: u64,
}

impl<C> User<C> {
    /// The token itself.
    ///
    /// ```
    /// use portcullis_axum::User;
    /// # let (protection, status_of) =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example_api.rs"));
    ///
    /// async fn me(user: User) -> String {
    ///     assert_eq!(user.token().subject(), user.claims.sub);
    ///     user.token().scopes().join(", ")
    /// }
    ///
    /// # use axum::{Router, routing::get};
    /// # use portcullis_axum::RequireAuth;
    /// let app = Router::new().route("/", get(me)).route_layer(RequireAuth::new(&protection));
    /// assert_eq!(status_of(app), 200);
    /// ```
    pub fn token(&self) -> &AccessToken {
        &self.verified.token
    }

    /// Refuses the request unless its token has all of these scopes: for what only the handler knows to
    /// need them.
    ///
    /// ```
    /// use portcullis_axum::{Refused, User};
    ///
    /// async fn delete(user: User) -> Result<&'static str, Refused> {
    ///     user.require_scopes(&["orders.delete"])?;
    ///     Ok("deleted")
    /// }
    /// ```
    pub fn require_scopes(&self, scopes: &[&str]) -> Result<(), Refused> {
        self.token().require_scopes(scopes).map_err(|error| self.verified.refused(error))
    }

    /// Refuses the request unless its user logged in by one of these classes, if there are any, and
    /// at most `max_age` seconds ago, if there is one
    /// ([RFC 9470](https://www.rfc-editor.org/rfc/rfc9470)).
    ///
    /// ```
    /// use portcullis_axum::{Refused, User};
    /// # let (protection, status_of) =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example_api.rs"));
    ///
    /// async fn change_password(user: User) -> Result<&'static str, Refused> {
    ///     user.require_authentication(&[], Some(300))?;
    ///     Ok("changed")
    /// }
    ///
    /// # use axum::{Router, routing::get};
    /// # use portcullis_axum::RequireAuth;
    /// let app =
    ///     Router::new().route("/", get(change_password)).route_layer(RequireAuth::new(&protection));
    /// assert_eq!(status_of(app), 401);
    /// ```
    pub fn require_authentication(
        &self,
        acr_values: &[&str],
        max_age: Option<u32>,
    ) -> Result<(), Refused> {
        let result = self.token().require_authentication(acr_values, max_age);
        result.map_err(|error| self.verified.refused(error))
    }
}

impl<C: DeserializeOwned, S: Sync> FromRequestParts<S> for User<C> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let Some(verified) = parts.extensions.get::<Verified>().cloned() else {
            tracing::error!(path = parts.uri.path(), "a route takes a User without RequireAuth");
            return Err(StatusCode::INTERNAL_SERVER_ERROR.into_response());
        };
        let claims = serde_json::from_str(&verified.token.claims().to_text()).map_err(|_| {
            let error = VerifyError::InvalidToken(InvalidReason::RequiredClaim);
            verified.refused(error).into_response()
        })?;
        Ok(Self { claims, verified })
    }
}

impl<C> fmt::Debug for User<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("token", self.token()).finish_non_exhaustive()
    }
}
