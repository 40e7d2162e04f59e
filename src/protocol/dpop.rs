//! Demonstrating proof of possession ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).

use super::base64url;
use super::json::{Json, Object};
use super::jwk::PublicKey;
use super::signing::sha256;
use crate::secret::Secret;

/// What one proof is for.
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
pub fn signing_input(key: &PublicKey, proof: &Proof<'_>) -> String {
    let mut header = Object::default();
    header.set("typ", Json::from("dpop+jwt"));
    header.set("alg", Json::from("ES256"));
    header.set("jwk", Json::Object(key.to_object()));
    let mut claims = Object::default();
    claims.set("jti", Json::from(base64url::encode(proof.jti).as_str()));
    claims.set("htm", Json::from(proof.method));
    claims.set("htu", Json::from(proof.url.split(['?', '#']).next().unwrap_or_default()));
    claims.set("iat", Json::Number(proof.now.floor()));
    if let Some(nonce) = proof.nonce {
        claims.set("nonce", Json::from(nonce));
    }
    if let Some(token) = proof.access_token {
        let hash = base64url::encode(&sha256(token.expose()));
        claims.set("ath", Json::from(hash.as_str()));
    }
    let encode = |object: &Object| base64url::encode(object.to_text().as_bytes());
    format!("{}.{}", encode(&header), encode(&claims))
}

/// The proof, with the signature over its signing input.
pub fn signed(signing_input: &str, signature: &[u8]) -> String {
    format!("{signing_input}.{}", base64url::encode(signature))
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
        assert_eq!(key.thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }
}
