//! The authorization request ([RFC 6749 section 4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1),
//! [OpenID Connect Core section 3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).

use super::form::Form;
use super::pkce;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// How the answer comes back
/// ([OAuth 2.0 Multiple Response Types section 2.1](https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html#ResponseModes)).
///
/// ```
/// use portcullis::Config;
/// use portcullis::protocol::authorization::ResponseMode;
///
/// assert_eq!(ResponseMode::default(), ResponseMode::Query);
/// let config = Config::new("https://as.example", "spa").response_mode(ResponseMode::Fragment);
/// assert!(config.validate().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// In its fragment.
    Fragment,
}

/// What is asked for.
///
/// ```
/// use portcullis::Secret;
/// use portcullis::protocol::authorization::{self, AuthorizationRequest, ResponseMode};
///
/// # let [state, nonce, code_verifier] =
/// #     ["xyz", "n-0S6_WzA2Mj", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"]
/// #         .map(|text| Secret::new(text.to_owned()));
/// let request = AuthorizationRequest {
///     client_id: "s6BhdRkqt3",
///     redirect_uri: "https://client.example.com/cb",
///     scope: "openid profile",
///     state: &state,
///     nonce: &nonce,
///     code_verifier: &code_verifier,
///     dpop_jkt: None,
///     response_mode: ResponseMode::Query,
///     resource: &[],
///     more: &[("prompt".to_owned(), "login".to_owned())],
/// };
/// let url = authorization::url("https://server.example.com/authorize", &request).unwrap();
/// assert!(url.starts_with("https://server.example.com/authorize?client_id=s6BhdRkqt3&"));
/// assert!(url.ends_with("&code_challenge_method=S256&prompt=login"));
/// ```
pub struct AuthorizationRequest<'a> {
    /// Our client identifier.
    pub client_id: &'a str,
    /// Where the answer is to come, exactly as registered.
    pub redirect_uri: &'a str,
    /// The scope, space-separated.
    pub scope: &'a str,
    /// Binds the answer to this browser.
    pub state: &'a Secret,
    /// Binds the ID token to this request.
    pub nonce: &'a Secret,
    /// Binds the code to this client.
    pub code_verifier: &'a Secret,
    /// The thumbprint of the key that the code is to be bound to
    /// ([RFC 9449 section 10](https://www.rfc-editor.org/rfc/rfc9449#section-10)).
    pub dpop_jkt: Option<&'a str>,
    /// How the answer comes back.
    pub response_mode: ResponseMode,
    /// Resource indicators ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)).
    pub resource: &'a [String],
    /// Further parameters, such as `prompt`; none of ours.
    pub more: &'a [(String, String)],
}

/// The parameters that the request sets itself and that nobody else may.
pub const OWN_PARAMETERS: [&str; 12] = [
    "client_id",
    "response_type",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "response_mode",
    "resource",
    "client_secret",
];

/// The URL to send the user to, with the parameters in it.
///
/// ```
/// use portcullis::protocol::authorization;
/// # use portcullis::Secret;
/// # use portcullis::protocol::authorization::{AuthorizationRequest, ResponseMode};
/// # let secret = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
/// # let request = AuthorizationRequest {
/// #     client_id: "s6BhdRkqt3",
/// #     redirect_uri: "https://client.example.com/cb",
/// #     scope: "openid",
/// #     state: &secret,
/// #     nonce: &secret,
/// #     code_verifier: &secret,
/// #     dpop_jkt: None,
/// #     response_mode: ResponseMode::Query,
/// #     resource: &[],
/// #     more: &[],
/// # };
///
/// let url = authorization::url("https://server.example.com/authorize", &request).unwrap();
/// assert!(url.contains("&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&"));
/// ```
pub fn url(endpoint: &str, request: &AuthorizationRequest<'_>) -> Result<String> {
    Ok(parameters(request)?.append_to(endpoint))
}

/// The parameters of the request.
///
/// `invalid_config` if `more` holds one of [`OWN_PARAMETERS`].
///
/// ```
/// use portcullis::protocol::authorization;
/// # use portcullis::{ErrorCode, Secret};
/// # use portcullis::protocol::authorization::{AuthorizationRequest, ResponseMode};
/// # let secret = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
/// # let more = [("state".to_owned(), "mine".to_owned())];
/// # let request = AuthorizationRequest {
/// #     client_id: "s6BhdRkqt3",
/// #     redirect_uri: "https://client.example.com/cb",
/// #     scope: "openid",
/// #     state: &secret,
/// #     nonce: &secret,
/// #     code_verifier: &secret,
/// #     dpop_jkt: None,
/// #     response_mode: ResponseMode::Query,
/// #     resource: &[],
/// #     more: &[],
/// # };
///
/// let form = authorization::parameters(&request).unwrap().finish();
/// assert!(form.starts_with("client_id=s6BhdRkqt3&response_type=code&"));
///
/// let overriding = AuthorizationRequest { more: &more, ..request };
/// let error = authorization::parameters(&overriding).err().unwrap();
/// assert_eq!(error.code(), ErrorCode::InvalidConfig);
/// ```
pub fn parameters(request: &AuthorizationRequest<'_>) -> Result<Form> {
    let mut form = Form::new()
        .with("client_id", request.client_id)
        .with("response_type", "code")
        .with("redirect_uri", request.redirect_uri)
        .with("scope", request.scope)
        .with("state", request.state.expose())
        .with("nonce", request.nonce.expose())
        .with("code_challenge", &pkce::code_challenge(request.code_verifier))
        .with("code_challenge_method", "S256")
        .with_some("dpop_jkt", request.dpop_jkt)
        .with_each("resource", request.resource);
    if request.response_mode == ResponseMode::Fragment {
        form = form.with("response_mode", "fragment");
    }
    for (name, value) in request.more {
        if OWN_PARAMETERS.contains(&name.as_str()) {
            return Err(Error::invalid_config(name));
        }
        form = form.with(name, value);
    }
    Ok(form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    fn request<'a>(state: &'a Secret, more: &'a [(String, String)]) -> AuthorizationRequest<'a> {
        AuthorizationRequest {
            client_id: "spa",
            redirect_uri: "https://app.example/",
            scope: "openid email",
            state,
            nonce: state,
            code_verifier: state,
            dpop_jkt: None,
            response_mode: ResponseMode::Query,
            resource: &[],
            more,
        }
    }

    #[test]
    fn the_url_holds_the_challenge_and_never_the_verifier() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        let other = Secret::new("x".to_owned());
        let request = AuthorizationRequest { code_verifier: &verifier, ..request(&other, &[]) };
        let url = url("https://as.example/auth", &request).unwrap();
        assert_eq!(
            url,
            "https://as.example/auth?client_id=spa&response_type=code&redirect_uri=https%3A%2F%2Fapp.example%2F\
             &scope=openid+email&state=x&nonce=x&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
             &code_challenge_method=S256"
        );
    }

    #[test]
    fn nobody_overrides_a_parameter_of_ours() {
        let state = Secret::new("x".to_owned());
        for name in OWN_PARAMETERS {
            let more = [(name.to_owned(), "evil".to_owned())];
            let error = url("https://as.example/auth", &request(&state, &more)).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidConfig);
        }
    }
}
