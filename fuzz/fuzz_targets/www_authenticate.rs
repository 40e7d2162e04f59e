#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::protocol::www_authenticate;

fuzz_target!(|header: &str| {
    let challenges = www_authenticate::parse(header);
    assert!(challenges.iter().all(|challenge| {
        !challenge.scheme.is_empty() && challenge.scheme == challenge.scheme.to_ascii_lowercase()
    }));
    let continued = www_authenticate::parse(&format!("Basic realm=\"a\", {header}"));
    assert_eq!(continued[0].get("realm"), Some("a"));
});
