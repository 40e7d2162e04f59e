//! Every rule of OpenID Connect Core 3.1.3.7 and 12.2 about claims and header, attacked one by one.
#![cfg(not(target_arch = "wasm32"))]

use portcullis::protocol::base64url;
use portcullis::protocol::id_token::{self, Expected, Grant};
use portcullis::protocol::json::{self, Object};
use portcullis::protocol::signed::CheckedClaims;
use portcullis::protocol::signing::{SigningAlgorithm, sha256};
use portcullis::{Error, ErrorCode, Secret};

const NOW: f64 = 1_800_000_000.0;
const TOLERANCE: f64 = 30.0;
const HEADER: &str = r#"{"alg":"ES256","kid":"k1"}"#;

/// The claims of a valid ID token, one member written otherwise; an empty value leaves it out.
fn claims(name: &str, value: &str) -> String {
    let mut members = vec![
        ("iss", r#""https://as.example""#),
        ("sub", r#""alice""#),
        ("aud", r#""spa""#),
        ("exp", "1800000060"),
        ("iat", "1800000000"),
        ("nonce", r#""n""#),
        ("auth_time", "1799999990"),
    ];
    match members.iter_mut().find(|(member, _)| *member == name) {
        Some(member) => member.1 = value,
        None => members.push((name, value)),
    }
    let written: Vec<String> = members
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", written.join(","))
}

fn token(header: &str, claims: &str) -> String {
    [header, claims, "signature"].map(|part| base64url::encode(part.as_bytes())).join(".")
}

fn check_login(text: &str, max_age: Option<f64>) -> Result<CheckedClaims, Error> {
    let nonce = Secret::new("n".to_owned());
    check(text, Grant::Code { nonce: &nonce, max_age, acr: &[], asked: None })
}

fn check(text: &str, grant: Grant<'_>) -> Result<CheckedClaims, Error> {
    let expected = Expected {
        issuer: "https://as.example",
        client_id: "spa",
        algorithms: &[SigningAlgorithm::Rs256, SigningAlgorithm::Es256],
        now: NOW,
        tolerance: TOLERANCE,
        grant,
    };
    id_token::check(text, &expected)
}

fn previous(name: &str, value: &str) -> Object {
    json::object(&claims(name, value)).unwrap()
}

#[track_caller]
fn refused(result: Result<CheckedClaims, Error>, code: ErrorCode) {
    assert_eq!(result.expect_err("accepted").code(), code);
}

#[test]
fn a_valid_id_token_is_accepted_however_it_may_be_written() {
    for (name, value) in [
        ("", ""),
        ("aud", r#"["spa"]"#),
        ("azp", r#""spa""#),
        ("exp", "1800000060.5"),
        ("auth_time", "1799999990.25"),
        ("nbf", "1800000000"),
        ("extra", r#"{"a":[1,null,"x"]}"#),
        ("iat", "1799990000"),
        ("iat", "1800000030"),
        ("exp", "1799999971"),
    ] {
        let text = token(HEADER, &claims(name, value));
        assert!(check_login(&text, None).is_ok(), "{name} {value}");
    }
    let several = claims("aud", r#"["spa","other"]"#).replace('}', r#","azp":"spa"}"#);
    assert!(check_login(&token(HEADER, &several), None).is_ok());
    assert!(check_login(&token(r#"{"typ":"JWT","alg":"RS256"}"#, &claims("", "")), None).is_ok());
}

#[test]
fn each_wrong_claim_is_refused_with_its_own_code() {
    let long = format!("\"{}\"", "a".repeat(256));
    for (name, value, code) in [
        ("iss", "", ErrorCode::IdTokenIss),
        ("iss", r#""https://as.example/""#, ErrorCode::IdTokenIss),
        ("iss", r#""https://AS.example""#, ErrorCode::IdTokenIss),
        ("iss", r#"["https://as.example"]"#, ErrorCode::IdTokenIss),
        ("aud", "", ErrorCode::IdTokenAud),
        ("aud", r#""other""#, ErrorCode::IdTokenAud),
        ("aud", "[]", ErrorCode::IdTokenAud),
        ("aud", r#"["spa",7]"#, ErrorCode::IdTokenAud),
        ("aud", r#"{"0":"spa"}"#, ErrorCode::IdTokenAud),
        ("aud", r#"["spa","other"]"#, ErrorCode::IdTokenAzp),
        ("azp", r#""other""#, ErrorCode::IdTokenAzp),
        ("azp", "null", ErrorCode::IdTokenAzp),
        ("sub", "", ErrorCode::IdTokenSub),
        ("sub", r#""""#, ErrorCode::IdTokenSub),
        ("sub", "7", ErrorCode::IdTokenSub),
        ("sub", r#""älice""#, ErrorCode::IdTokenSub),
        ("sub", &long, ErrorCode::IdTokenSub),
        ("exp", "", ErrorCode::IdTokenExp),
        ("exp", r#""1800000060""#, ErrorCode::IdTokenExp),
        ("exp", "1799999970", ErrorCode::IdTokenExp),
        ("exp", "0", ErrorCode::IdTokenExp),
        ("exp", "-1", ErrorCode::IdTokenExp),
        ("iat", "", ErrorCode::IdTokenIat),
        ("iat", "1800000031", ErrorCode::IdTokenIat),
        ("iat", "1800000000000", ErrorCode::IdTokenIat),
        ("iat", "true", ErrorCode::IdTokenIat),
        ("nbf", "1800000031", ErrorCode::IdTokenNbf),
        ("nbf", r#""now""#, ErrorCode::IdTokenNbf),
        ("nonce", "", ErrorCode::IdTokenNonce),
        ("nonce", r#""N""#, ErrorCode::IdTokenNonce),
        ("nonce", r#""""#, ErrorCode::IdTokenNonce),
        ("nonce", r#"["n"]"#, ErrorCode::IdTokenNonce),
        ("auth_time", r#""1799999990""#, ErrorCode::IdTokenAuthTime),
    ] {
        let result = check_login(&token(HEADER, &claims(name, value)), None);
        assert_eq!(result.expect_err(value).code(), code, "{name} {value}");
    }
}

#[test]
fn only_allowed_algorithms_and_plain_headers_are_accepted() {
    for (header, code) in [
        ("{}", ErrorCode::IdTokenAlg),
        (r#"{"alg":"none"}"#, ErrorCode::IdTokenAlg),
        (r#"{"alg":"None"}"#, ErrorCode::IdTokenAlg),
        (r#"{"alg":"HS256"}"#, ErrorCode::IdTokenAlg),
        (r#"{"alg":"es256"}"#, ErrorCode::IdTokenAlg),
        (r#"{"alg":["ES256"]}"#, ErrorCode::IdTokenAlg),
        (r#"{"alg":"PS256"}"#, ErrorCode::IdTokenAlg),
        (r#"{"alg":"ES256","crit":["exp"]}"#, ErrorCode::IdTokenMalformed),
        (r#"{"alg":"ES256","b64":false}"#, ErrorCode::IdTokenMalformed),
        (r#"{"alg":"ES256","kid":7}"#, ErrorCode::IdTokenMalformed),
        (r#"{"alg":"none","alg":"ES256"}"#, ErrorCode::IdTokenMalformed),
    ] {
        let result = check_login(&token(header, &claims("", "")), None);
        assert_eq!(result.expect_err(header).code(), code, "{header}");
    }
    let twice = claims("", "").replace('}', r#","sub":"mallory"}"#);
    refused(check_login(&token(HEADER, &twice), None), ErrorCode::IdTokenMalformed);
}

#[test]
fn max_age_needs_a_recent_auth_time() {
    let with = |auth_time: &str, max_age| {
        check_login(&token(HEADER, &claims("auth_time", auth_time)), Some(max_age))
    };
    assert!(with("1799999990", 10.0).is_ok());
    assert!(with("1799999990", 0.0).is_ok());
    refused(with("1799999900", 60.0), ErrorCode::IdTokenAuthTime);
    refused(with("", 60.0), ErrorCode::IdTokenAuthTime);
    refused(with("1800000100", 60.0), ErrorCode::IdTokenAuthTime);
}

#[test]
fn at_hash_and_c_hash_bind_the_token_to_what_it_came_with() {
    let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    let digest = sha256(access_token);
    let half = format!("\"{}\"", base64url::encode(&digest[..16]));
    assert_eq!(half, "\"77QmUPtjPfzWtF2AnpK9RQ\"", "the example of Core appendix A.3");
    for claim in ["at_hash", "c_hash"] {
        let hashed = |value: &str| {
            check_login(&token(HEADER, &claims(claim, value)), None)
                .and_then(|token| token.check_hash(claim, &digest))
        };
        assert!(hashed(&half).is_ok());
        assert!(hashed("").is_ok());
        let whole = format!("\"{}\"", base64url::encode(&digest));
        for wrong in [whole.as_str(), r#""""#, "7", "null", r#""77QmUPtjPfzWtF2AnpK9RQ==""#] {
            assert_eq!(hashed(wrong).unwrap_err().code(), ErrorCode::IdTokenAtHash, "{wrong}");
        }
    }
}

#[test]
fn a_refreshed_id_token_is_about_the_same_session() {
    let session = previous("", "");
    let refreshed = |name, value| {
        check(&token(HEADER, &claims(name, value)), Grant::Refresh { previous: &session })
    };
    for (name, value) in
        [("", ""), ("nonce", ""), ("auth_time", ""), ("aud", r#"["spa"]"#), ("iat", "1800000900")]
    {
        let later = claims(name, value).replace("1800000060", "1800001000");
        let text = token(HEADER, &later);
        assert!(check(&text, Grant::Refresh { previous: &session }).is_ok(), "{name} {value}");
    }
    refused(refreshed("sub", r#""bob""#), ErrorCode::IdTokenSub);
    refused(refreshed("iss", r#""https://evil.example""#), ErrorCode::IdTokenIss);
    refused(refreshed("aud", r#""other""#), ErrorCode::IdTokenAud);
    refused(refreshed("nonce", r#""other""#), ErrorCode::IdTokenNonce);
    refused(refreshed("auth_time", "1799999991"), ErrorCode::IdTokenAuthTime);
    refused(refreshed("azp", r#""spa""#), ErrorCode::IdTokenAzp);
    let wider = claims("aud", r#"["spa","other"]"#).replace('}', r#","azp":"spa"}"#);
    refused(
        check(&token(HEADER, &wider), Grant::Refresh { previous: &session }),
        ErrorCode::IdTokenAud,
    );
}

#[test]
fn a_refreshed_id_token_is_measured_against_itself() {
    let session = previous("", "");
    let at = |iat: &str, exp: &str| {
        let text = claims("iat", iat).replace("1800000060", exp);
        check(&token(HEADER, &text), Grant::Refresh { previous: &session })
    };
    assert!(at("1800007200", "1800007260").is_ok(), "this device's clock is two hours behind");
    assert!(at("1799992800", "1799992860").is_ok(), "this device's clock is two hours ahead");
    refused(at("1800007200", "1800007100"), ErrorCode::IdTokenExp);
    refused(at("1800007200", "null"), ErrorCode::IdTokenExp);
    refused(at("null", "1800000060"), ErrorCode::IdTokenIat);
}

#[test]
fn a_refresh_may_tell_an_auth_time_that_the_login_did_not() {
    let session = previous("auth_time", "");
    assert!(check(&token(HEADER, &claims("", "")), Grant::Refresh { previous: &session }).is_ok());
}

#[test]
fn an_essential_acr_is_one_of_those_asked_for() {
    let nonce = Secret::new("n".to_owned());
    let essential = ["gold".to_owned(), "silver".to_owned()];
    let with = |acr: &str| {
        let grant = Grant::Code { nonce: &nonce, max_age: None, acr: &essential, asked: None };
        check(&token(HEADER, &claims("acr", acr)), grant)
    };
    assert!(with(r#""silver""#).is_ok());
    for acr in ["", r#""bronze""#, r#""""#, "7", r#"["gold"]"#] {
        refused(with(acr), ErrorCode::IdTokenAcr);
    }
}

#[test]
fn the_id_token_of_a_device_needs_no_nonce_but_good_times() {
    let with = |name, value| check(&token(HEADER, &claims(name, value)), Grant::Device);
    assert!(with("nonce", "").is_ok());
    refused(with("exp", "1799999970"), ErrorCode::IdTokenExp);
    refused(with("iat", ""), ErrorCode::IdTokenIat);
    refused(with("sub", ""), ErrorCode::IdTokenSub);
}
