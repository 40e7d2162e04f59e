#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::protocol::json;
use portcullis::protocol::jwk::{Jwk, JwkSet};
use portcullis::protocol::signing::SigningAlgorithm;

fuzz_target!(|text: &str| {
    let Some(object) = json::object(text) else { return };
    assert!(
        json::object(&object.to_text()).is_some(),
        "what was read is written so that it reads again"
    );
    let Ok(keys) = JwkSet::parse(&object) else { return };
    for algorithm in SigningAlgorithm::ALL {
        let candidates = keys.candidates(None, *algorithm);
        assert!(candidates.len() <= 4);
        for jwk in candidates {
            assert_eq!(jwk.key().curve(), algorithm.curve());
            assert_eq!(jwk.key().thumbprint().len(), 43);
            let again = Jwk::parse(&jwk.key().to_object());
            assert_eq!(again.as_ref().map(Jwk::key), Some(jwk.key()));
        }
    }
});
