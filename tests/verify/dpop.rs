//! Tokens that are bound to a key, by RFC 9449: with their proofs, without, and with anybody else's.

use futures_util::future::join_all;
use jwt_compact::alg::Rsa;
use portcullis::protocol::base64url;
use portcullis::protocol::json;
use portcullis::protocol::jwk::Jwk;
use portcullis::protocol::signing::sha256;
use portcullis::verify::{
    AccessToken, InvalidReason, ProofReason, ResourceRequest, Scheme, Verifier, VerifyError,
};
use serde_json::{Value, json};

use super::issuer::{API, Fault, Issuer, START, block_on};
use super::key::{KEY, Key, changed, signing_input};

const URL: &str = "https://api.example/orders";
const ALGORITHMS: &str = "ES256 EdDSA PS256 RS256";

/// A client with a key of its own and a token that is bound to it.
pub struct Client {
    key: Key,
    token: String,
}

impl Client {
    pub fn new() -> Self {
        Self::with(Key::es256("client", 9))
    }

    fn with(key: Key) -> Self {
        let token = KEY.token_with(&json!({}), &json!({ "cnf": { "jkt": thumbprint(&key) } }));
        Self { key, token }
    }

    pub fn proof(&self, jti: &str) -> String {
        self.proof_with(&json!({}), &json!({ "jti": jti }))
    }

    /// A good proof, but for these members of its header and its claims; `null` takes one out.
    pub fn proof_with(&self, header: &Value, claims: &Value) -> String {
        let good_header =
            json!({ "typ": "dpop+jwt", "alg": self.key.alg, "jwk": self.key.public_jwk });
        let good_claims = json!({
            "jti": "1",
            "htm": "GET",
            "htu": URL,
            "iat": START,
            "ath": base64url::encode(&sha256(&self.token)),
        });
        let input = signing_input(&changed(good_header, header), &changed(good_claims, claims));
        let signature = (self.key.sign)(input.as_bytes());
        format!("{input}.{}", base64url::encode(&signature))
    }

    pub fn send(&self, verifier: &Verifier, proof: &str) -> Result<AccessToken, VerifyError> {
        send(verifier, "DPoP", &self.token, &[proof])
    }

    pub fn is_refused(&self, verifier: &Verifier, proof: &str, reason: ProofReason) {
        let error = self.send(verifier, proof).unwrap_err();
        assert_eq!(error, reason.into(), "{proof}");
        assert_eq!((error.code(), error.status()), ("invalid_dpop_proof", 401));
    }
}

fn thumbprint(key: &Key) -> String {
    Jwk::parse(&json::object(&key.public_jwk.to_string()).unwrap()).unwrap().key().thumbprint()
}

fn send(
    verifier: &Verifier,
    scheme: &str,
    token: &str,
    dpop: &[&str],
) -> Result<AccessToken, VerifyError> {
    let authorization = format!("{scheme} {token}");
    let request =
        ResourceRequest { method: "GET", url: URL, authorization: &[&authorization], dpop };
    let result = block_on(verifier.verify_request(&request));
    if let Err(error) = &result {
        let text = format!("{error}{error:?}{:?}", verifier.challenge(request.scheme(), error));
        let secrets = dpop.iter().copied().chain([token]).filter(|secret| secret.len() > 8);
        assert!(secrets.into_iter().all(|secret| !text.contains(secret)), "{text}");
    }
    result
}

pub fn verifier() -> Verifier {
    Issuer::with(&[&KEY]).verifier()
}

#[test]
fn a_bound_token_is_accepted_with_a_proof_of_its_key() {
    let (verifier, client) = (verifier(), Client::new());
    let token = client.send(&verifier, &client.proof("1")).unwrap();
    assert_eq!((token.subject(), token.scheme()), ("alice", Scheme::Dpop));
    assert_eq!(token.bound_to(), Some(thumbprint(&client.key).as_str()));
    assert!(send(&verifier, "dpop", &client.token, &[&client.proof("2")]).is_ok());
}

#[test]
fn an_unbound_token_is_still_a_bearer_token() {
    let token = send(&verifier(), "Bearer", &KEY.token(), &[]).unwrap();
    assert_eq!((token.scheme(), token.bound_to()), (Scheme::Bearer, None));
}

#[test]
fn proofs_are_signed_with_any_allowed_algorithm() {
    let verifier = verifier();
    for key in [Key::ed25519("ed"), Key::rsa("ps", Rsa::ps256()), Key::rsa("rs", Rsa::rs256())] {
        let client = Client::with(key);
        assert!(
            client.send(&verifier, &client.proof(client.key.alg)).is_ok(),
            "{}",
            client.key.alg
        );
    }
    let client = Client::with(Key::rsa("rsa", Rsa::rs512()));
    client.is_refused(&verifier, &client.proof("1"), ProofReason::Algorithm);
}

#[test]
fn a_bound_token_is_not_a_bearer_token_not_even_with_a_proof() {
    let (verifier, client) = (verifier(), Client::new());
    let proof = client.proof("1");
    for dpop in [&[][..], &[&*proof]] {
        let error = send(&verifier, "Bearer", &client.token, dpop).unwrap_err();
        assert_eq!(error, InvalidReason::SenderConstrained.into());
        let challenge = verifier.challenge(Some(Scheme::Bearer), &error).unwrap();
        assert!(challenge.starts_with(r#"Bearer error="invalid_token", "#), "{challenge}");
        let offer = format!(r#", DPoP algs="{ALGORITHMS}""#);
        assert!(challenge.ends_with(&offer), "{challenge}");
    }
    let error = block_on(verifier.verify(&client.token)).unwrap_err();
    assert_eq!(error, InvalidReason::SenderConstrained.into());
}

#[test]
fn a_bearer_token_is_refused_under_the_scheme_of_dpop() {
    let client = Client { token: KEY.token(), ..Client::new() };
    let error = client.send(&verifier(), &client.proof("1")).unwrap_err();
    assert_eq!(error, InvalidReason::NotBound.into());
}

#[test]
fn a_stolen_token_is_worth_nothing_with_the_thiefs_own_key() {
    let thief = Client { key: Key::es256("thief", 66), token: Client::new().token };
    let verifier = verifier();
    let error = thief.send(&verifier, &thief.proof("1")).unwrap_err();
    assert_eq!(error, InvalidReason::Binding.into());
    assert_eq!(
        verifier.challenge(Some(Scheme::Dpop), &error).unwrap(),
        format!(r#"DPoP error="invalid_token", error_description="{error}", algs="{ALGORITHMS}""#)
    );
}

#[test]
fn a_stolen_token_is_worth_nothing_with_the_owners_key_in_the_header() {
    let (owner, thief) = (Client::new(), Key::es256("thief", 66));
    let thief = Client { key: thief, token: owner.token };
    let proof = thief.proof_with(&json!({ "jwk": owner.key.public_jwk }), &json!({}));
    thief.is_refused(&verifier(), &proof, ProofReason::Signature);
}

#[test]
fn there_is_exactly_one_proof() {
    let (verifier, client) = (verifier(), Client::new());
    let (one, two) = (client.proof("1"), client.proof("2"));
    let error = send(&verifier, "DPoP", &client.token, &[]).unwrap_err();
    assert_eq!(error, ProofReason::Missing.into());
    for proofs in [[&*one, &*two], [&*one, &*one]] {
        let error = send(&verifier, "DPoP", &client.token, &proofs).unwrap_err();
        assert_eq!(error, ProofReason::Several.into());
    }
    client.is_refused(&verifier, &format!("{one}, {two}"), ProofReason::Malformed);
    assert!(client.send(&verifier, &one).is_ok());
}

#[test]
fn there_is_exactly_one_authorization_header() {
    let (verifier, client) = (verifier(), Client::new());
    let (proof, authorization) = (client.proof("1"), format!("DPoP {}", client.token));
    let bearer = format!("Bearer {}", KEY.token());
    let with = |authorization: &[&str]| {
        let request = ResourceRequest { method: "GET", url: URL, authorization, dpop: &[&proof] };
        assert_eq!(request.scheme().is_some(), authorization.len() == 1);
        block_on(verifier.verify_request(&request))
    };
    assert_eq!(with(&[]).unwrap_err(), VerifyError::MissingToken);
    for several in [[&*authorization, &*authorization], [&*bearer, &*authorization]] {
        assert_eq!(with(&several).unwrap_err(), InvalidReason::Malformed.into());
    }
    assert!(with(&[&authorization]).is_ok());
}

#[test]
fn a_wrong_header_makes_no_proof() {
    let (verifier, client) = (verifier(), Client::new());
    let jwk = |changes: Value| json!({ "jwk": changed(client.key.public_jwk.clone(), &changes) });
    for (header, reason) in [
        (json!({ "typ": null }), ProofReason::Type),
        (json!({ "typ": "JWT" }), ProofReason::Type),
        (json!({ "typ": "at+jwt" }), ProofReason::Type),
        (json!({ "alg": null }), ProofReason::Algorithm),
        (json!({ "alg": "none" }), ProofReason::Algorithm),
        (json!({ "alg": "None" }), ProofReason::Algorithm),
        (json!({ "alg": "HS256" }), ProofReason::Algorithm),
        (json!({ "alg": "ES384" }), ProofReason::Algorithm),
        (json!({ "alg": "EdDSA" }), ProofReason::Key),
        (json!({ "alg": "RS256" }), ProofReason::Key),
        (json!({ "jwk": null }), ProofReason::Key),
        (json!({ "jwk": "a" }), ProofReason::Key),
        (json!({ "jwk": { "kty": "oct", "k": "c2VjcmV0" } }), ProofReason::Key),
        (jwk(json!({ "use": "enc" })), ProofReason::Key),
        (jwk(json!({ "alg": "RS256" })), ProofReason::Key),
        (jwk(json!({ "x": base64url::encode(&[0xFF; 32]) })), ProofReason::Signature),
        (json!({ "crit": ["exp"] }), ProofReason::Malformed),
    ] {
        client.is_refused(&verifier, &client.proof_with(&header, &json!({})), reason);
    }
}

#[test]
fn a_proof_that_gives_the_private_key_away_is_refused() {
    let (verifier, client) = (verifier(), Client::new());
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let mut jwk = client.key.public_jwk.clone();
        jwk[member] = "c2VjcmV0".into();
        let proof = client.proof_with(&json!({ "jwk": jwk }), &json!({}));
        client.is_refused(&verifier, &proof, ProofReason::Key);
    }
}

#[test]
fn a_proof_for_another_request_is_refused() {
    let (verifier, client) = (verifier(), Client::new());
    let other_hash = base64url::encode(&sha256(KEY.token()));
    for (claims, reason) in [
        (json!({ "htm": "POST" }), ProofReason::Method),
        (json!({ "htm": "get" }), ProofReason::Method),
        (json!({ "htu": "https://api.example/other" }), ProofReason::Url),
        (json!({ "htu": "https://evil.example/orders" }), ProofReason::Url),
        (json!({ "htu": "http://api.example/orders" }), ProofReason::Url),
        (json!({ "htu": "https://api.example:8443/orders" }), ProofReason::Url),
        (json!({ "htu": "/orders" }), ProofReason::Url),
        (json!({ "htu": API }), ProofReason::Url),
        (json!({ "ath": other_hash }), ProofReason::AccessToken),
        (json!({ "ath": client.token }), ProofReason::AccessToken),
    ] {
        client.is_refused(&verifier, &client.proof_with(&json!({}), &claims), reason);
    }
    for name in ["jti", "htm", "htu", "iat", "ath"] {
        for value in [json!(null), json!(""), json!(["1"]), json!({})] {
            let proof = client.proof_with(&json!({}), &json!({ name: value }));
            client.is_refused(&verifier, &proof, ProofReason::Claim(name));
        }
    }
}

#[test]
fn the_url_is_compared_without_its_query_and_in_any_spelling() {
    let (verifier, client) = (verifier(), Client::new());
    for htu in ["HTTPS://API.example:443/orders", "https://api.example/%6Frders?a=b#c"] {
        let proof = client.proof_with(&json!({}), &json!({ "htu": htu, "jti": htu }));
        assert!(client.send(&verifier, &proof).is_ok(), "{htu}");
    }
}

#[test]
fn a_proof_is_good_for_five_minutes_and_not_before_its_time() {
    let client = Client::new();
    for (offset, is_good) in [(-301, false), (-300, true), (0, true), (60, true), (61, false)] {
        let proof = client
            .proof_with(&json!({}), &json!({ "iat": f64::from(START) + f64::from(offset) + 0.5 }));
        match client.send(&verifier(), &proof) {
            Ok(_) => assert!(is_good, "{offset}"),
            Err(error) => assert_eq!((error, is_good), (ProofReason::Time.into(), false)),
        }
    }
    for iat in [json!(-1), json!("1700000000"), json!(true)] {
        let proof = client.proof_with(&json!({}), &json!({ "iat": iat }));
        client.is_refused(&verifier(), &proof, ProofReason::Claim("iat"));
    }
    let proof = client.proof_with(&json!({}), &json!({ "iat": 1e300 }));
    client.is_refused(&verifier(), &proof, ProofReason::Time);
}

#[test]
fn a_proof_is_used_once() {
    let issuer = Issuer::with(&[&KEY]);
    let (verifier, client) = (issuer.verifier(), Client::new());
    let proof = client.proof("1");
    assert!(client.send(&verifier, &proof).is_ok());
    client.is_refused(&verifier, &proof, ProofReason::Replayed);
    let with_the_same_jti = client.proof_with(&json!({}), &json!({ "iat": START - 1 }));
    client.is_refused(&verifier, &with_the_same_jti, ProofReason::Replayed);
    assert!(client.send(&verifier, &client.proof("2")).is_ok());
    issuer.pass(300);
    client.is_refused(&verifier, &proof, ProofReason::Replayed);
    issuer.pass(1);
    client.is_refused(&verifier, &proof, ProofReason::Time);
}

#[test]
fn of_many_uses_at_the_same_time_one_succeeds() {
    let (verifier, client) = (verifier(), Client::new());
    let (proof, authorization) = (client.proof("1"), format!("DPoP {}", client.token));
    let (authorization, dpop) = (&[&*authorization][..], &[&*proof][..]);
    let request = ResourceRequest { method: "GET", url: URL, authorization, dpop };
    let results = block_on(join_all((0..50).map(|_| verifier.verify_request(&request))));
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
}

#[test]
fn two_clients_may_choose_the_same_jti() {
    let (verifier, one) = (verifier(), Client::new());
    let other = Client::with(Key::es256("other", 10));
    assert!(one.send(&verifier, &one.proof("1")).is_ok());
    assert!(other.send(&verifier, &other.proof("1")).is_ok());
}

#[test]
fn a_request_that_was_refused_for_another_reason_does_not_use_its_proof_up() {
    let issuer = Issuer::with(&[&KEY]);
    let (verifier, client) = (issuer.verifier(), Client::new());
    let proof = client.proof("1");
    issuer.state().fault = Fault::Unreachable;
    assert_eq!(client.send(&verifier, &proof).unwrap_err().code(), "keys_unavailable");
    issuer.state().fault = Fault::None;
    issuer.pass(5);
    assert!(client.send(&verifier, &proof).is_ok());
}

#[test]
fn a_token_of_nobody_uses_no_proof_and_no_key_up() {
    let issuer = Issuer::with(&[&KEY]);
    let (verifier, client) = (issuer.verifier(), Client::new());
    let proof = client.proof("1");
    for end in 0..proof.len() {
        assert_eq!(client.send(&verifier, &proof[..end]).unwrap_err().status(), 401, "{end}");
    }
    assert_eq!(issuer.key_requests(), 0);
    let forged = Key::es256("a", 66)
        .token_with(&json!({}), &json!({ "cnf": { "jkt": thumbprint(&client.key) } }));
    let sender = Client { token: forged, ..Client::new() };
    let error = sender.send(&verifier, &sender.proof("1")).unwrap_err();
    assert_eq!(error, InvalidReason::Signature.into());
    assert!(client.send(&verifier, &proof).is_ok());
}

#[test]
fn an_expired_token_is_expired_before_its_proof_is_looked_at() {
    let client = Client::new();
    let token = KEY.token_with(
        &json!({}),
        &json!({ "exp": START - 60, "cnf": { "jkt": thumbprint(&client.key) } }),
    );
    let verifier = verifier();
    let error = send(&verifier, "DPoP", &token, &[]).unwrap_err();
    assert_eq!(error, VerifyError::TokenExpired);
    let challenge = verifier.challenge(Some(Scheme::Dpop), &error).unwrap();
    assert!(challenge.starts_with(r#"DPoP error="invalid_token", "#), "{challenge}");
}

#[test]
fn no_token_is_told_both_schemes_and_no_error() {
    let verifier = verifier();
    let offer = format!(r#"Bearer, DPoP algs="{ALGORITHMS}""#);
    for scheme in [None, Some(Scheme::Bearer), Some(Scheme::Dpop)] {
        assert_eq!(verifier.challenge(scheme, &VerifyError::MissingToken).unwrap(), offer);
    }
}

#[test]
fn a_missing_scope_is_told_under_the_scheme_of_the_token() {
    let (verifier, client) = (verifier(), Client::new());
    let token = client.send(&verifier, &client.proof("1")).unwrap();
    let error = token.require_scopes(&["admin"]).unwrap_err();
    let challenge = verifier.challenge(Some(token.scheme()), &error).unwrap();
    assert!(challenge.starts_with(r#"DPoP error="insufficient_scope", "#), "{challenge}");
    assert!(challenge.contains(r#"scope="admin", algs="ES256"#), "{challenge}");
}
