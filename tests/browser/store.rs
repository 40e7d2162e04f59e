use portcullis::browser::Browser;
use portcullis::host::Host as _;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::indexed_db;

#[wasm_bindgen_test]
async fn a_text_is_kept_until_it_is_replaced_or_removed() {
    let (here, another_tab) = (Browser::new().unwrap(), Browser::new().unwrap());
    assert_eq!(here.load("store text").await.unwrap(), None);

    here.store("store text", "one").await.unwrap();
    assert_eq!(another_tab.load("store text").await.unwrap().as_deref(), Some("one"));

    another_tab.store("store text", "zwei – 二 – 🔑\0").await.unwrap();
    assert_eq!(here.load("store text").await.unwrap().as_deref(), Some("zwei – 二 – 🔑\0"));

    here.remove("store text").await.unwrap();
    assert_eq!(another_tab.load("store text").await.unwrap(), None);
    here.remove("store text").await.unwrap();
}

#[wasm_bindgen_test]
async fn the_empty_text_is_a_text() {
    let browser = Browser::new().unwrap();
    browser.store("store empty", "").await.unwrap();
    assert_eq!(browser.load("store empty").await.unwrap().as_deref(), Some(""));
    browser.remove("store empty").await.unwrap();
}

#[wasm_bindgen_test]
async fn what_is_stored_is_in_the_database_when_the_call_returns() {
    let browser = Browser::new().unwrap();
    browser.store("store durable", "here").await.unwrap();
    let records = indexed_db::records().await;
    let found = records.iter().find(|(key, _)| key == "store durable").map(|(_, value)| value);
    assert_eq!(found.unwrap().as_string().as_deref(), Some("here"));
    browser.remove("store durable").await.unwrap();
}

#[wasm_bindgen_test]
async fn keys_are_listed_by_their_prefix() {
    let browser = Browser::new().unwrap();
    let stored = ["list a ", "list a 1", "list a 2", "list a é", "list b 1", "list", "lisu"];
    for key in stored {
        browser.store(key, "x").await.unwrap();
    }
    assert_eq!(
        browser.keys("list a ").await.unwrap(),
        ["list a ", "list a 1", "list a 2", "list a é"]
    );
    assert_eq!(browser.keys("list b ").await.unwrap(), ["list b 1"]);
    assert!(browser.keys("list c ").await.unwrap().is_empty());
    for key in stored {
        browser.remove(key).await.unwrap();
    }
    assert!(browser.keys("lis").await.unwrap().is_empty());
}
