//! Good tokens, forged ones, and those for somebody else.

use jwt_compact::alg::{Hs256, Hs256Key, Rsa};
use jwt_compact::{Algorithm as _, AlgorithmSignature as _};
use portcullis::protocol::base64url;
use portcullis::protocol::signing::SigningAlgorithm;
use portcullis::verify::InvalidReason;
use serde_json::json;

use super::issuer::{API, Issuer, START, refused, verify};
use super::key::{KEY, Key, changed, good_claims, signing_input};

#[test]
fn every_algorithm_with_a_backend_verifies() {
    let keys = [
        Key::rsa("rs256", Rsa::rs256()),
        Key::rsa("ps256", Rsa::ps256()),
        Key::rsa("rs512", Rsa::rs512()),
        Key::es256("es256", 1),
        Key::ed25519("eddsa"),
    ];
    let issuer = Issuer::with(&keys.each_ref());
    let verifier = issuer.verifier_for(&[
        SigningAlgorithm::Rs256,
        SigningAlgorithm::Ps256,
        SigningAlgorithm::Rs512,
        SigningAlgorithm::Es256,
        SigningAlgorithm::EdDsa,
    ]);
    for key in &keys {
        let token = verify(&verifier, &key.token()).unwrap();
        assert_eq!((token.subject(), token.client_id()), ("alice", "spa"), "{}", key.alg);
        assert_eq!(token.scopes(), ["openid", "orders"]);
        let without_kid = key.token_with(&json!({ "kid": null }), &json!({}));
        assert!(verify(&verifier, &without_kid).is_ok(), "{}", key.alg);
    }
    assert_eq!(issuer.key_requests(), 1);
}

#[test]
fn an_algorithm_that_is_not_allowed_is_refused_even_with_a_good_signature() {
    let key = Key::rsa("ps256", Rsa::ps256());
    let verifier = Issuer::with(&[&key]).verifier();
    refused(&verifier, &key.token(), InvalidReason::Algorithm);
}

#[test]
fn alg_none_is_refused_in_any_case_and_with_any_signature() {
    let verifier = Issuer::with(&[&KEY]).verifier();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let token = KEY.token_with(&json!({ "alg": alg }), &json!({}));
        refused(&verifier, &token, InvalidReason::Algorithm);
        let (input, _) = token.rsplit_once('.').unwrap();
        refused(&verifier, &format!("{input}."), InvalidReason::Algorithm);
    }
    let (input, _) =
        KEY.token().rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    refused(&verifier, &format!("{input}."), InvalidReason::Signature);
    refused(&verifier, &input, InvalidReason::Malformed);
}

#[test]
fn hs256_with_a_public_key_as_the_secret_is_refused() {
    let key = Key::rsa("rsa", Rsa::rs256());
    let verifier = Issuer::with(&[&key]).verifier();
    let header = json!({ "typ": "at+jwt", "alg": "HS256", "kid": "rsa" });
    let input = signing_input(&header, &good_claims());
    let modulus = base64url::decode(key.public_jwk["n"].as_str().unwrap()).unwrap();
    for secret in [key.public_jwk.to_string().into_bytes(), modulus] {
        let mac = Hs256.sign(&Hs256Key::new(&secret), input.as_bytes());
        let token = format!("{input}.{}", base64url::encode(&mac.as_bytes()));
        refused(&verifier, &token, InvalidReason::Algorithm);
    }
}

#[test]
fn a_key_is_used_with_its_own_algorithm_only() {
    let rsa = Key::rsa("rsa", Rsa::rs256());
    let verifier = Issuer::with(&[&rsa, &KEY]).verifier();
    let token = KEY.token_with(&json!({ "kid": "rsa" }), &json!({}));
    refused(&verifier, &token, InvalidReason::UnknownKey);
    let token = rsa.token_with(&json!({ "kid": "a" }), &json!({}));
    refused(&verifier, &token, InvalidReason::UnknownKey);
    let token = rsa.token_with(&json!({ "alg": "ES256", "kid": "a" }), &json!({}));
    refused(&verifier, &token, InvalidReason::Signature);
}

#[test]
fn a_key_that_the_token_brings_itself_is_not_used() {
    let forger = Key::es256("a", 66);
    let verifier = Issuer::with(&[&KEY]).verifier();
    let header = json!({
        "jwk": forger.public_jwk,
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/cert",
    });
    refused(&verifier, &forger.token_with(&header, &json!({})), InvalidReason::Signature);
}

#[test]
fn a_changed_claim_breaks_the_signature() {
    let verifier = Issuer::with(&[&KEY]).verifier();
    let token = KEY.token();
    let parts: Vec<&str> = token.split('.').collect();
    let admin = changed(good_claims(), &json!({ "sub": "admin" })).to_string();
    let admin = base64url::encode(admin.as_bytes());
    refused(&verifier, &format!("{}.{admin}.{}", parts[0], parts[2]), InvalidReason::Signature);
}

#[test]
fn a_token_for_someone_else_or_another_time_is_refused() {
    let verifier = Issuer::with(&[&KEY]).verifier();
    for (claims, reason) in [
        (json!({ "aud": "https://other.example" }), InvalidReason::Audience),
        (json!({ "aud": null }), InvalidReason::Audience),
        (json!({ "iss": "https://as.example/" }), InvalidReason::Issuer),
        (json!({ "iss": null }), InvalidReason::Issuer),
        (json!({ "nbf": START + 60 }), InvalidReason::NotYetValid),
        (json!({ "iat": START + 60 }), InvalidReason::NotYetValid),
        (json!({ "exp": null }), InvalidReason::Claim("exp")),
        (json!({ "iat": null }), InvalidReason::Claim("iat")),
        (json!({ "sub": null }), InvalidReason::Claim("sub")),
        (json!({ "client_id": null }), InvalidReason::Claim("client_id")),
        (json!({ "cnf": { "jkt": "a" } }), InvalidReason::SenderConstrained),
    ] {
        refused(&verifier, &KEY.token_with(&json!({}), &claims), reason);
    }
    let several = KEY.token_with(&json!({}), &json!({ "aud": ["https://other.example", API] }));
    assert!(verify(&verifier, &several).is_ok());
}

#[test]
fn an_expired_token_has_an_error_of_its_own() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    let token = KEY.token_with(&json!({}), &json!({ "exp": START + 60 }));
    assert!(verify(&verifier, &token).is_ok());
    issuer.pass(64);
    assert!(verify(&verifier, &token).is_ok());
    issuer.pass(1);
    let error = verify(&verifier, &token).unwrap_err();
    assert_eq!((error.code(), error.status()), ("token_expired", 401));
}

#[test]
fn a_token_of_another_type_is_refused() {
    let verifier = Issuer::with(&[&KEY]).verifier();
    for typ in [json!(null), json!("JWT"), json!("dpop+jwt"), json!("logout+jwt"), json!(7)] {
        refused(
            &verifier,
            &KEY.token_with(&json!({ "typ": typ }), &json!({})),
            InvalidReason::Type,
        );
    }
    let token = KEY.token_with(&json!({ "typ": "application/AT+JWT" }), &json!({}));
    assert!(verify(&verifier, &token).is_ok());
}

#[test]
fn a_header_that_must_be_understood_is_refused() {
    let verifier = Issuer::with(&[&KEY]).verifier();
    for header in [
        json!({ "crit": ["exp"] }),
        json!({ "crit": [] }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "b64": true }),
        json!({ "kid": 7 }),
    ] {
        refused(&verifier, &KEY.token_with(&header, &json!({})), InvalidReason::Malformed);
    }
}

#[test]
fn broken_tokens_are_refused_and_never_make_it_ask_for_keys() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    let token = KEY.token();
    let signature_begins = token.rfind('.').unwrap();
    for end in 0..signature_begins {
        assert_eq!(verify(&verifier, &token[..end]).unwrap_err().status(), 401, "{end}");
    }
    for token in
        ["", ".", "..", "...", "a.b.c", "e30.e30", "e30.W10.", "\u{0}", "Bearer x", "é.é.é"]
    {
        refused(&verifier, token, InvalidReason::Malformed);
    }
    refused(&verifier, &"a".repeat(1 << 20), InvalidReason::Malformed);
    assert_eq!(issuer.key_requests(), 0);
}

#[test]
fn a_token_with_any_character_changed_is_refused() {
    let verifier = Issuer::with(&[&KEY]).verifier();
    let token = KEY.token();
    for index in 0..token.len() {
        let other = if &token[index..=index] == "A" { "B" } else { "A" };
        let mut changed = token.clone();
        changed.replace_range(index..=index, other);
        assert_eq!(verify(&verifier, &changed).unwrap_err().status(), 401, "{index}");
        assert_eq!(verify(&verifier, &token[..index]).unwrap_err().status(), 401, "{index}");
    }
}

#[test]
fn signatures_of_any_length_are_refused_without_a_panic() {
    let keys = [Key::rsa("rsa", Rsa::rs256()), Key::es256("ec", 1), Key::ed25519("ed")];
    let verifier = Issuer::with(&keys.each_ref()).verifier();
    for key in &keys {
        let token = key.token();
        let (input, _) = token.rsplit_once('.').unwrap();
        for length in [0, 1, 31, 63, 64, 65, 255, 256, 257, 512] {
            let signature = base64url::encode(&vec![0; length]);
            refused(&verifier, &format!("{input}.{signature}"), InvalidReason::Signature);
        }
    }
}

#[test]
fn a_key_that_is_no_point_of_its_curve_verifies_nothing() {
    let mut broken = Key::es256("a", 1);
    broken.public_jwk["x"] = base64url::encode(&[0xFF; 32]).into();
    let verifier = Issuer::with(&[&broken]).verifier();
    refused(&verifier, &broken.token(), InvalidReason::Signature);
}

#[test]
fn a_claim_that_the_api_requires_is_required() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.builder().required_claims(["tenant", "email"]).build().unwrap();
    for claims in [json!({}), json!({ "tenant": "a" }), json!({ "email": "a" })] {
        refused(&verifier, &KEY.token_with(&json!({}), &claims), InvalidReason::RequiredClaim);
    }
    let whole = KEY.token_with(&json!({}), &json!({ "tenant": "a", "email": false }));
    assert!(verify(&verifier, &whole).is_ok());
    let claims = json!({ "iss": API, "tenant": "a", "email": "b" });
    refused(&verifier, &KEY.token_with(&json!({}), &claims), InvalidReason::Issuer);
}

#[test]
fn an_api_may_accept_tokens_of_no_profile_and_still_none_of_another() {
    let issuer = Issuer::with(&[&KEY]);
    let strict = issuer.verifier();
    let lenient = issuer.builder().accept_any_jwt_profile().build().unwrap();
    for typ in [json!(null), json!("JWT"), json!("jwt"), json!("at+jwt")] {
        let token = KEY.token_with(&json!({ "typ": typ }), &json!({ "client_id": null }));
        assert!(verify(&lenient, &token).is_ok(), "{typ}");
        assert!(verify(&strict, &token).is_err(), "{typ}");
    }
    for typ in [json!("dpop+jwt"), json!("logout+jwt"), json!("secevent+jwt"), json!(7), json!("")]
    {
        refused(&lenient, &KEY.token_with(&json!({ "typ": typ }), &json!({})), InvalidReason::Type);
    }
    let id_token = KEY.token_with(&json!({ "typ": "JWT" }), &json!({ "aud": "spa" }));
    refused(&lenient, &id_token, InvalidReason::Audience);
}
