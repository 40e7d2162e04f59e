//! `IndexedDB`: the records of the client, and the keys that seal them and prove possession.

use std::cell::RefCell;

use js_sys::{Array, Promise};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest,
    IdbTransaction, IdbTransactionMode,
};

use crate::error::{Error, ErrorCode, Result};

const NAME: &str = "portcullis";
const RECORDS: &str = "records";
const KEYS: &str = "keys";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = globalThis, js_name = indexedDB)]
    static INDEXED_DB: Option<IdbFactory>;
}

/// The database of this origin.
pub(super) struct Database {
    connection: RefCell<Option<IdbDatabase>>,
    /// The keys read so far, by name.
    keys: RefCell<Vec<(String, JsValue)>>,
}

impl Database {
    pub fn new() -> Self {
        Self { connection: RefCell::default(), keys: RefCell::default() }
    }

    pub async fn load(&self, key: &str) -> Result<Option<String>> {
        let records = self.objects(RECORDS, IdbTransactionMode::Readonly).await?;
        let found = settled(&records.get(&key.into()).map_err(unavailable)?).await?;
        Ok(found.as_string())
    }

    pub async fn store(&self, key: &str, text: &str) -> Result<()> {
        let records = self.objects(RECORDS, IdbTransactionMode::Readwrite).await?;
        records.put_with_key(&text.into(), &key.into()).map_err(unavailable)?;
        committed(&records.transaction()).await
    }

    pub async fn remove(&self, key: &str) -> Result<()> {
        let records = self.objects(RECORDS, IdbTransactionMode::Readwrite).await?;
        records.delete(&key.into()).map_err(unavailable)?;
        committed(&records.transaction()).await
    }

    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        let records = self.objects(RECORDS, IdbTransactionMode::Readonly).await?;
        let end = format!("{prefix}\u{ffff}");
        let range = IdbKeyRange::bound(&prefix.into(), &end.into()).map_err(unavailable)?;
        let found = settled(&records.get_all_keys_with_key(&range).map_err(unavailable)?).await?;
        Ok(Array::from(&found).iter().filter_map(|key| key.as_string()).collect())
    }

    /// The key of this name, which all tabs share. The first one to need it makes it.
    pub async fn key(
        &self,
        name: &str,
        generate: impl AsyncFnOnce() -> Result<JsValue>,
    ) -> Result<JsValue> {
        let known = self.keys.borrow().iter().find(|(known, _)| known == name).cloned();
        if let Some((_, key)) = known {
            return Ok(key);
        }
        let keys = self.objects(KEYS, IdbTransactionMode::Readonly).await?;
        let stored = settled(&keys.get(&name.into()).map_err(unavailable)?).await?;
        let key =
            if stored.is_object() { stored } else { self.add_key(name, generate().await?).await? };
        self.keys.borrow_mut().push((name.to_owned(), key.clone()));
        Ok(key)
    }

    /// Adds the key unless another tab was faster; then that tab's key it is.
    async fn add_key(&self, name: &str, key: JsValue) -> Result<JsValue> {
        let keys = self.objects(KEYS, IdbTransactionMode::Readwrite).await?;
        let theirs = settled(&keys.get(&name.into()).map_err(unavailable)?).await?;
        if theirs.is_object() {
            return Ok(theirs);
        }
        keys.put_with_key(&key, &name.into()).map_err(unavailable)?;
        committed(&keys.transaction()).await?;
        Ok(key)
    }

    async fn objects(&self, name: &str, mode: IdbTransactionMode) -> Result<IdbObjectStore> {
        let connection = self.connection().await?;
        let transaction = if let Ok(begun) = connection.transaction_with_str_and_mode(name, mode) {
            begun
        } else {
            // The browser closes connections when it clears a site's data, or in the background.
            self.connection.take();
            self.keys.take();
            let connection = self.connection().await?;
            connection.transaction_with_str_and_mode(name, mode).map_err(unavailable)?
        };
        transaction.object_store(name).map_err(unavailable)
    }

    async fn connection(&self) -> Result<IdbDatabase> {
        let known = self.connection.borrow().clone();
        if let Some(connection) = known {
            return Ok(connection);
        }
        let connection = open().await?;
        *self.connection.borrow_mut() = Some(connection.clone());
        Ok(connection)
    }
}

async fn open() -> Result<IdbDatabase> {
    let factory = INDEXED_DB.with(Clone::clone);
    let factory = factory.ok_or(ErrorCode::StorageUnavailable)?;
    let request: IdbOpenDbRequest = factory.open_with_u32(NAME, 1).map_err(unavailable)?;
    let opening = request.clone();
    let upgrade = Closure::once_into_js(move || {
        let connection =
            opening.result().ok().and_then(|result| result.dyn_into::<IdbDatabase>().ok());
        for name in [RECORDS, KEYS] {
            // A failure makes the opening fail.
            let _ = connection.as_ref().map(|connection| connection.create_object_store(name));
        }
    });
    request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
    let connection: IdbDatabase = settled(&request).await?.dyn_into().map_err(unavailable)?;
    let closing = connection.clone();
    // Whoever wants to delete the database need not wait for this page.
    let close = Closure::once_into_js(move || closing.close());
    connection.set_onversionchange(Some(close.unchecked_ref()));
    Ok(connection)
}

/// Waits for a request and gives its result.
async fn settled(request: &IdbRequest) -> Result<JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await.map_err(unavailable)?;
    request.result().map_err(unavailable)
}

/// Waits until what a transaction wrote is durable.
async fn committed(transaction: &IdbTransaction) -> Result<()> {
    let promise = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
        transaction.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await.map_err(unavailable)?;
    Ok(())
}

fn unavailable(_: impl Into<JsValue>) -> Error {
    ErrorCode::StorageUnavailable.into()
}
