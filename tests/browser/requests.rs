use portcullis::ErrorCode;
use portcullis::browser::Browser;
use portcullis::host::Host as _;
use portcullis::protocol::base64url;
use portcullis::protocol::http::{HttpRequest, MAX_RESPONSE_BYTES};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_response_is_read_whole_whatever_its_status() {
    let browser = Browser::new().unwrap();
    let page = browser.send(&HttpRequest::get(&browser.resolve("/").unwrap())).await.unwrap();
    assert_eq!(page.status, 200);
    assert_eq!(page.media_type(), "text/html");
    assert!(page.body.contains("</html>"));

    let url = browser.resolve("/there-is-no-such-file").unwrap();
    let missing = browser.send(&HttpRequest::get(&url)).await.unwrap();
    assert_eq!(missing.status, 404);
}

#[wasm_bindgen_test]
async fn a_server_that_cannot_be_reached_is_a_network_error() {
    let browser = Browser::new().unwrap();
    for url in ["http://127.0.0.1:9/", "https://as.invalid/", "http://["] {
        let error = browser.send(&HttpRequest::get(url)).await.err().unwrap();
        assert_eq!(error.code(), ErrorCode::Network, "{url}");
    }
}

#[wasm_bindgen_test]
async fn a_response_that_is_too_long_or_no_text_is_refused() {
    let browser = Browser::new().unwrap();
    let answer = async |body: &[u8]| {
        let mut base64 = base64url::encode(body).replace('-', "+").replace('_', "/");
        base64.push_str(&"=".repeat((4 - base64.len() % 4) % 4));
        let url = format!("data:application/json;base64,{base64}");
        let response = browser.send(&HttpRequest::get(&url)).await;
        response.map(|response| response.body.len()).map_err(|error| error.code())
    };
    assert_eq!(answer(b"{}").await, Ok(2));
    assert_eq!(answer(&vec![b' '; MAX_RESPONSE_BYTES]).await, Ok(MAX_RESPONSE_BYTES));
    assert_eq!(answer(&vec![b' '; MAX_RESPONSE_BYTES + 1]).await, Err(ErrorCode::InvalidJson));
    assert_eq!(answer(b"{\"a\":\"\xFF\"}").await, Err(ErrorCode::InvalidJson));
}
