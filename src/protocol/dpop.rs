//! Demonstrating proof of possession ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).

use super::http::{HttpResponse, read_oauth_error};
use super::json::{Json, Object};
use super::jwk::PublicKey;
use super::signing::sha256;
use super::{ascii, base64url, www_authenticate};
use crate::error::ErrorCode;
use crate::secret::Secret;

/// What one proof is for.
///
/// ```
/// use portcullis::Secret;
/// use portcullis::protocol::dpop::Proof;
///
/// // For a token request; one to an API also has the access token.
/// let proof = Proof {
///     method: "POST",
///     url: "https://server.example.com/token",
///     jti: &[7; 16],
///     now: 1_562_262_616.0,
///     nonce: None,
///     access_token: None,
/// };
/// let token = Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU".to_owned());
/// let url = "https://resource.example.org/protectedresource";
/// let for_api = Proof { method: "GET", url, access_token: Some(&token), ..proof };
/// assert_eq!(for_api.now, proof.now);
/// ```
pub struct Proof<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The URL; its query and fragment are left out of the proof.
    pub url: &'a str,
    /// 16 random bytes that make this proof unique.
    pub jti: &'a [u8; 16],
    /// Seconds since the epoch.
    pub now: f64,
    /// The latest nonce of the server that the proof goes to.
    pub nonce: Option<&'a str>,
    /// The access token that the proof goes with, if any.
    pub access_token: Option<&'a Secret>,
}

/// What is to be signed with ES256 for a proof
/// ([section 4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)).
///
/// ```
/// use portcullis::protocol::{dpop, jws::Jws};
/// # use portcullis::protocol::{dpop::Proof, json, jwk::PublicKey};
/// # let key = PublicKey::parse(&json::object(r#"{"kty":"EC","crv":"P-256",
/// #     "x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
/// #     "y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}"#).unwrap()).unwrap();
/// # let token = portcullis::Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU".to_owned());
/// # let proof = Proof {
/// #     method: "GET",
/// #     url: "https://resource.example.org/protectedresource?page=2",
/// #     jti: &[7; 16],
/// #     now: 1_562_262_618.0,
/// #     nonce: None,
/// #     access_token: Some(&token),
/// # };
///
/// let input = dpop::signing_input(&key, &proof);
/// let claims = Jws::parse(&dpop::signed(&input, b"signature")).unwrap().claims;
/// assert_eq!(claims.string("htu"), Some("https://resource.example.org/protectedresource"));
/// assert_eq!(claims.string("ath"), Some("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"));
/// ```
pub fn signing_input(key: &PublicKey, proof: &Proof<'_>) -> String {
    let mut header = Object::default();
    header.set("typ", Json::from("dpop+jwt"));
    header.set("alg", Json::from("ES256"));
    header.set("jwk", Json::Object(key.to_object()));
    let mut claims = Object::default();
    claims.set("jti", Json::from(base64url::encode(proof.jti).as_str()));
    claims.set("htm", Json::from(proof.method));
    claims.set("htu", Json::from(ascii::before(proof.url, b"?#")));
    claims.set("iat", Json::Number(proof.now.floor()));
    if let Some(nonce) = proof.nonce {
        claims.set("nonce", Json::from(nonce));
    }
    if let Some(token) = proof.access_token {
        let hash = base64url::encode(&sha256(token.expose()));
        claims.set("ath", Json::from(hash.as_str()));
    }
    let encode = |object: &Object| base64url::encode(object.to_text().as_bytes());
    [&*encode(&header), ".", &encode(&claims)].concat()
}

/// The proof, with the signature over its signing input.
///
/// ```
/// use portcullis::protocol::dpop;
///
/// let signature = [3, 236, 255, 224, 193];
/// assert_eq!(dpop::signed("aGVhZGVy.Y2xhaW1z", &signature), "aGVhZGVy.Y2xhaW1z.A-z_4ME");
/// ```
pub fn signed(signing_input: &str, signature: &[u8]) -> String {
    [signing_input, ".", &base64url::encode(signature)].concat()
}

/// Whether a server refuses a request only for want of the nonce that its response brings
/// ([sections 8](https://www.rfc-editor.org/rfc/rfc9449#section-8) and
/// [9](https://www.rfc-editor.org/rfc/rfc9449#section-9)).
///
/// ```
/// use portcullis::protocol::{dpop, http::HttpResponse};
///
/// let response = HttpResponse {
///     content_type: Some("application/json".to_owned()),
///     dpop_nonce: Some("eyJ7S_zG.eyJH0-Z.HX4w-7v".to_owned()),
///     ..HttpResponse::new(400, r#"{"error":"use_dpop_nonce"}"#.to_owned())
/// };
/// assert!(dpop::asks_for_nonce(&response));
/// assert!(!dpop::asks_for_nonce(&HttpResponse { dpop_nonce: None, ..response }));
/// ```
pub fn asks_for_nonce(response: &HttpResponse) -> bool {
    response.dpop_nonce.is_some()
        && match response.status {
            400 => read_oauth_error(response).code() == ErrorCode::UseDpopNonce,
            401 => is_nonce_challenge(response.www_authenticate.as_deref().unwrap_or_default()),
            _ => false,
        }
}

/// Whether the `WWW-Authenticate` header of a resource server asks for a nonce
/// ([section 9](https://www.rfc-editor.org/rfc/rfc9449#section-9)).
///
/// ```
/// use portcullis::protocol::dpop;
///
/// assert!(dpop::is_nonce_challenge(r#"DPoP error="use_dpop_nonce""#));
/// assert!(!dpop::is_nonce_challenge(r#"DPoP error="invalid_token""#));
/// ```
pub fn is_nonce_challenge(www_authenticate: &str) -> bool {
    www_authenticate::parse(www_authenticate).iter().any(|challenge| {
        challenge.scheme == "dpop" && challenge.get("error") == Some("use_dpop_nonce")
    })
}

#[cfg(test)]
mod tests {
    use super::super::{json, jwk::Jwk, jws::Jws};
    use super::*;

    /// The key and the access token of RFC 9449 sections 4.1 and 7.1.
    const JWK: &str = r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}"#;
    const TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

    #[test]
    fn a_proof_says_what_it_is_for_and_nothing_of_the_query() {
        let key = Jwk::parse(&json::object(JWK).unwrap()).unwrap();
        let token = Secret::new(TOKEN.to_owned());
        let proof = Proof {
            method: "GET",
            url: "https://resource.example.org/protectedresource?x=1#y",
            jti: &[7; 16],
            now: 1_562_262_618.9,
            nonce: Some("n"),
            access_token: Some(&token),
        };
        let jws = Jws::parse(&signed(&signing_input(key.key(), &proof), b"signature")).unwrap();
        assert_eq!(jws.header.string("typ"), Some("dpop+jwt"));
        assert_eq!(jws.header.get("jwk").unwrap().as_object().unwrap().string("kty"), Some("EC"));
        assert_eq!(
            jws.claims.string("htu"),
            Some("https://resource.example.org/protectedresource")
        );
        assert_eq!(jws.claims.string("htm"), Some("GET"));
        assert_eq!(jws.claims.number("iat"), Some(1_562_262_618.0));
        assert_eq!(jws.claims.string("nonce"), Some("n"));
        assert_eq!(jws.claims.string("ath"), Some("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"));
        assert_eq!(key.key().thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }

    #[test]
    fn a_nonce_is_asked_for_by_either_kind_of_server_and_comes_with_the_answer() {
        let answer = |status, nonce: Option<&str>, challenge: Option<&str>, body: &str| {
            asks_for_nonce(&HttpResponse {
                content_type: Some("application/json".to_owned()),
                dpop_nonce: nonce.map(str::to_owned),
                www_authenticate: challenge.map(str::to_owned),
                ..HttpResponse::new(status, body.to_owned())
            })
        };
        let (error, challenge) =
            (r#"{"error":"use_dpop_nonce"}"#, Some(r#"DPoP error="use_dpop_nonce""#));
        assert!(answer(400, Some("n"), None, error));
        assert!(answer(401, Some("n"), challenge, ""));
        assert!(!answer(400, None, None, error));
        assert!(!answer(401, None, challenge, ""));
        assert!(!answer(200, Some("n"), challenge, error));
        assert!(!answer(400, Some("n"), None, r#"{"error":"invalid_grant"}"#));
        assert!(!answer(401, Some("n"), Some(r#"DPoP error="invalid_token""#), ""));
        assert!(!answer(401, Some("n"), Some(r#"Bearer error="use_dpop_nonce""#), ""));
    }
}
