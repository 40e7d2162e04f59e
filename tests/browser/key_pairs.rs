use futures_util::future::join;
use portcullis::browser::Browser;
use portcullis::host::Host as _;
use portcullis::protocol::signing::SigningAlgorithm;
use wasm_bindgen_test::wasm_bindgen_test;

const MESSAGE: &[u8] = b"a proof";

#[wasm_bindgen_test]
async fn a_signature_is_good_under_the_public_key_of_its_pair_and_no_other() {
    let browser = Browser::new().unwrap();
    let (ours, another) =
        join(browser.key_pair("signature ours"), browser.key_pair("signature another")).await;
    let (ours, another) = (ours.unwrap(), another.unwrap());
    assert_ne!(ours, another);
    let signature = browser.sign("signature ours", MESSAGE).await.unwrap();
    let is_by = async |key, message| {
        browser.verify(SigningAlgorithm::Es256, key, message, &signature).await.unwrap()
    };
    assert!(is_by(&ours, MESSAGE).await);
    assert!(!is_by(&another, MESSAGE).await);
    assert!(!is_by(&ours, b"another proof").await);
}

#[wasm_bindgen_test]
async fn all_tabs_share_a_key_pair_even_if_they_make_it_at_once() {
    let (here, there) = (Browser::new().unwrap(), Browser::new().unwrap());
    let (first, second) = join(here.key_pair("shared pair"), there.key_pair("shared pair")).await;
    let key = first.unwrap();
    assert_eq!(key, second.unwrap());
    let signature = there.sign("shared pair", MESSAGE).await.unwrap();
    assert!(here.verify(SigningAlgorithm::Es256, &key, MESSAGE, &signature).await.unwrap());
    let later = Browser::new().unwrap();
    assert_eq!(later.key_pair("shared pair").await.unwrap(), key);
}
