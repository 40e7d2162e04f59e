#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::protocol::http::HttpResponse;
use portcullis::protocol::token::{self, TokenType};

fuzz_target!(|body: &str| {
    for status in [200, 400] {
        let mut response = HttpResponse::new(status, body.to_owned());
        response.content_type = Some("application/json".to_owned());
        let Ok(tokens) = token::read_response(&response, &[TokenType::Bearer, TokenType::Dpop]) else { continue };
        let may_be_sent =
            |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        assert_eq!(status, 200);
        assert!(may_be_sent(tokens.access_token.expose()));
        assert!(tokens.refresh_token.is_none_or(|token| may_be_sent(token.expose())));
        assert!(tokens.expires_in.is_finite() && tokens.expires_in >= 0.0);
    }
});
