#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::protocol::discovery;
use portcullis::protocol::endpoint;
use portcullis::protocol::http::HttpResponse;

fuzz_target!(|body: &str| {
    let mut response = HttpResponse::new(200, body.to_owned());
    response.content_type = Some("application/json".to_owned());
    let Ok(metadata) = discovery::read_response(&response, "https://as.example") else { return };
    assert_eq!(metadata.issuer, "https://as.example");
    let endpoints = [
        Some(&metadata.authorization_endpoint),
        Some(&metadata.token_endpoint),
        Some(&metadata.jwks_uri),
        metadata.userinfo_endpoint.as_ref(),
        metadata.revocation_endpoint.as_ref(),
        metadata.end_session_endpoint.as_ref(),
        metadata.device_authorization_endpoint.as_ref(),
        metadata.pushed_authorization_request_endpoint.as_ref(),
    ];
    for url in endpoints.into_iter().flatten() {
        assert!(endpoint::secure(url, "endpoint").is_ok());
    }
});
