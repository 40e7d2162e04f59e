use portcullis::browser::Browser;
use portcullis::host::Host as _;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn random_bytes_differ_every_time() {
    let browser = Browser::new().unwrap();
    let mut seen = Vec::new();
    for _ in 0..100 {
        let mut bytes = [0; 32];
        browser.random(&mut bytes).unwrap();
        assert!(!seen.contains(&bytes));
        seen.push(bytes);
    }
}

#[wasm_bindgen_test]
fn more_random_bytes_than_the_browser_gives_at_once_are_all_filled() {
    const BLOCK: usize = 64;
    let mut bytes = vec![0; 3 * 65_536];
    Browser::new().unwrap().random(&mut bytes).unwrap();
    assert!(bytes.chunks(BLOCK).all(|block| block.iter().any(|byte| *byte != 0)));
    Browser::new().unwrap().random(&mut []).unwrap();
}
