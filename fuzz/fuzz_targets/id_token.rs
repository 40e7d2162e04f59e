#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::Secret;
use portcullis::protocol::base64url;
use portcullis::protocol::id_token::{self, Expected, Grant};
use portcullis::protocol::jws::Jws;
use portcullis::protocol::signing::{SigningAlgorithm, sha256};

// The token as it comes, and one whose header and claims are the two lines of the input, so that the
// fuzzer does not have to learn base64url.
fuzz_target!(|text: &str| {
    check(text);
    let (header, claims) = text.split_once('\n').unwrap_or((text, ""));
    let parts = [header, claims, "signature"].map(|part| base64url::encode(part.as_bytes()));
    check(&parts.join("."));
});

fn check(text: &str) {
    if let Some(jws) = Jws::parse(text) {
        assert_eq!(jws.text(), text);
        let end = jws.signing_input().len();
        assert_eq!(text[end..], format!(".{}", base64url::encode(&jws.signature)));
    }
    let nonce = Secret::new("n".to_owned());
    let expected = Expected {
        issuer: "https://as.example",
        client_id: "spa",
        algorithms: &[SigningAlgorithm::Es256],
        now: 1_800_000_000.0,
        tolerance: 30.0,
        grant: Grant::Code { nonce: &nonce, max_age: None, acr: &[], asked: None },
    };
    if let Ok(token) = id_token::check(text, &expected) {
        let claims = &token.jws().claims;
        assert_eq!(token.jws().header.string("alg"), Some("ES256"));
        assert_eq!(claims.string("iss"), Some("https://as.example"));
        assert_eq!(claims.string("nonce"), Some("n"));
        assert!(claims.number("exp").is_some_and(|exp| exp > 1_799_999_970.0));
        let _ = token.check_hash("at_hash", &sha256("access token"));
    }
}
