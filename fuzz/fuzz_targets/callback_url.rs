#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::Secret;
use portcullis::protocol::authorization::ResponseMode;
use portcullis::protocol::callback::{self, Expected};

fuzz_target!(|url: &str| {
    let state = Secret::new("state".to_owned());
    for response_mode in [ResponseMode::Query, ResponseMode::Fragment] {
        let expected = Expected {
            issuer: "https://as.example",
            sends_iss: true,
            state: &state,
            response_mode,
        };
        if let Ok(granted) = callback::read(url, &expected) {
            assert!(!granted.code.expose().is_empty());
            assert!(callback::state(url, response_mode).is_ok_and(|found| found == state));
            assert!(callback::is_response(url));
        }
    }
    let clean = callback::clean_url(url);
    assert_eq!(callback::clean_url(&clean), clean);
    assert!(!callback::is_response(&clean));
});
