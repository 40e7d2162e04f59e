#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::protocol::base64url;
use portcullis::protocol::http::HttpResponse;
use portcullis::protocol::signing::SigningAlgorithm;
use portcullis::protocol::userinfo::{self, Expected, UserInfo};

// The answer as it comes, plain and as a JWT, and one whose claims are the input.
fuzz_target!(|body: &str| {
    read("application/json", body);
    read("application/jwt", body);
    let parts = [r#"{"alg":"ES256"}"#, body, "signature"];
    read("application/jwt", &parts.map(|part| base64url::encode(part.as_bytes())).join("."));
});

fn read(content_type: &str, body: &str) {
    let mut response = HttpResponse::new(200, body.to_owned());
    response.content_type = Some(content_type.to_owned());
    let expected = Expected {
        sub: "alice",
        issuer: "https://as.example",
        client_id: "spa",
        algorithms: &[SigningAlgorithm::Es256],
    };
    match userinfo::read_response(&response, &expected) {
        Ok(UserInfo::Claims(claims)) => assert_eq!(claims.string("sub"), Some("alice")),
        Ok(UserInfo::Signed(token)) => {
            assert_eq!(token.jws().claims.string("sub"), Some("alice"));
            assert_eq!(token.jws().claims.string("iss"), Some("https://as.example"));
        }
        Err(_) => {}
    }
}
