use portcullis::browser::Browser;
use portcullis::host::Host as _;

const LIMIT_MS: f64 = 60_000.0;

/// Waits for what the browser does in its own time.
pub async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let browser = Browser::new().unwrap();
    let began = browser.monotonic_clock();
    while !holds().await {
        assert!(browser.monotonic_clock() - began < LIMIT_MS, "{what}: not within {LIMIT_MS} ms");
        browser.sleep(10.0).await;
    }
}
