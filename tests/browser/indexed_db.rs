//! The database as any script of the page can read it.

use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, IdbDatabase, IdbFactory, IdbObjectStore, IdbRequest, IdbTransactionMode};

/// Every record: its key and what is stored.
pub async fn records() -> Vec<(String, JsValue)> {
    let records = objects("records").await;
    let keys = Array::from(&settled(&records.get_all_keys().unwrap()).await);
    let values = Array::from(&settled(&records.get_all().unwrap()).await);
    keys.iter().map(|key| key.as_string().unwrap()).zip(values.iter()).collect()
}

/// The keys that lie by themselves in the store of keys; a key pair is no such.
pub async fn keys() -> Vec<CryptoKey> {
    let found = settled(&objects("keys").await.get_all().unwrap()).await;
    Array::from(&found).iter().filter_map(|key| key.dyn_into().ok()).collect()
}

/// Empties the store of keys.
pub async fn forget_keys() {
    settled(&objects("keys").await.clear().unwrap()).await;
}

/// Empties both stores, as by the hand of a user in the developer tools.
pub async fn forget_everything() {
    for store in ["records", "keys"] {
        settled(&objects(store).await.clear().unwrap()).await;
    }
}

/// Deletes the database.
pub async fn delete() {
    settled(&factory().delete_database("portcullis").unwrap()).await;
}

fn factory() -> IdbFactory {
    js_sys::Reflect::get(&js_sys::global(), &"indexedDB".into()).unwrap().unchecked_into()
}

async fn objects(name: &str) -> IdbObjectStore {
    let request = factory().open("portcullis").unwrap();
    let database: IdbDatabase = settled(&request).await.unchecked_into();
    let transaction =
        database.transaction_with_str_and_mode(name, IdbTransactionMode::Readwrite).unwrap();
    // It closes when the transaction has ended, so that nobody waits for it who deletes the database.
    database.close();
    transaction.object_store(name).unwrap()
}

async fn settled(request: &IdbRequest) -> JsValue {
    let promise = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await.unwrap();
    request.result().unwrap()
}
